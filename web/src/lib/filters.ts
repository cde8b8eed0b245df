// Filters that live in the address, so that a link, a reload and the back button keep them.

import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** One parameter of the address; empty ones are left out of it. */
export function useFilter(name: string) {
  const route = useRoute()
  const router = useRouter()
  return computed<string>({
    get: () => one(route.query[name]),
    set: (value) => {
      if (value === one(route.query[name])) return
      const query = { ...route.query }
      if (value === '') Reflect.deleteProperty(query, name)
      else query[name] = value
      void router.push({ query })
    },
  })
}

/** The same as a list, joined by commas. */
export function useFilterList(name: string) {
  const text = useFilter(name)
  return computed<string[]>({
    get: () => (text.value === '' ? [] : text.value.split(',')),
    set: (values) => { text.value = values.join(',') },
  })
}

function one(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
