// Does something at most so often, and the last time for sure.

import { onScopeDispose } from 'vue'

export function throttled(doing: () => void, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAsked = false
  function run(): void {
    isAsked = false
    doing()
    timer = setTimeout(() => {
      timer = undefined
      if (isAsked) run()
    }, everyMs)
  }
  onScopeDispose(() => { clearTimeout(timer) })
  return () => {
    isAsked = true
    if (timer === undefined) run()
  }
}
