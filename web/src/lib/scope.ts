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

/** Whether this session may change things. */
export const mayWrite = computed(() => session.session?.scope !== 'read')
