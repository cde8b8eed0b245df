// Which app one looks at: the one of the key, or the one in the address (`?app=`), or all.

import { computed } from 'vue'
import { session } from '@/api/session'
import { useFilter } from './filters'

export function useScope() {
  const chosen = useFilter('app')
  const fixed = computed(() => (session.session?.scope === 'app' ? (session.session.appId ?? undefined) : undefined))
  const app = computed(() => fixed.value ?? (chosen.value === '' ? undefined : chosen.value))
  return { app, chosen, fixed }
}

const scope = computed(() => session.session?.scope)

/** Whether this session may change what it sees of an app: its endpoints, its deliveries. */
export const mayWrite = computed(() => scope.value === 'admin' || scope.value === 'app')
/** Whether it may do what concerns the organization: apps, event types, keys, cancelling. */
export const isAdmin = computed(() => scope.value === 'admin')
/** Whether it is for one app alone. */
export const isOfApp = computed(() => scope.value === 'app')
