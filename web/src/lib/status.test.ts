import { expect, test } from 'vitest'
import { health } from './status'

test.each([
  [{ success: 0, fail: 0 }, 'idle'],
  [{ success: 100, fail: 0 }, 'healthy'],
  [{ success: 97, fail: 3 }, 'shaky'],
  [{ success: 1, fail: 3 }, 'failing'],
  [{ success: 100, fail: 1, failingSince: '2026-11-25T11:58:00Z' }, 'healthy'],
  [{ success: 100, fail: 1, failingSince: '2026-11-25T11:50:00Z' }, 'failing'],
  [{ success: 100, fail: 0, disabled: true }, 'disabled'],
])('%j is %s', (endpoint, expected) => {
  expect(health(endpoint, Date.parse('2026-11-25T12:00:00Z'))).toBe(expected)
})
