import { effectScope } from 'vue'
import { expect, test, vi } from 'vitest'
import { throttled } from './throttle'

test('however often it is asked for, it is done once in the time, and once more at the end', () => {
  vi.useFakeTimers()
  const doing = vi.fn()
  const ask = effectScope().run(() => throttled(doing, 1000))
  for (let i = 0; i < 50; i++) ask?.()
  expect(doing).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1000)
  expect(doing).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(5000)
  expect(doing).toHaveBeenCalledTimes(2)
  ask?.()
  expect(doing).toHaveBeenCalledTimes(3)
  vi.useRealTimers()
})
