// Something that is read from the server, again and again if need be. The last good value stays while it is read anew.

import { onScopeDispose, shallowRef } from 'vue'

export function useLoaded<T>(read: (signal: AbortSignal) => Promise<T>) {
  const value = shallowRef<T>()
  const error = shallowRef<unknown>()
  const loading = shallowRef(false)
  let current: AbortController | undefined

  async function load(): Promise<void> {
    current?.abort()
    const mine = (current = new AbortController())
    loading.value = true
    try {
      value.value = await read(mine.signal)
      error.value = undefined
    } catch (cause) {
      if (mine.signal.aborted) return
      error.value = cause
    } finally {
      if (current === mine) loading.value = false
    }
  }

  /** As `load`, but lets a read that is under way end first: for what comes often. */
  function refresh(): void {
    if (!loading.value) void load()
  }

  onScopeDispose(() => current?.abort())
  return { value, error, loading, load, refresh }
}
