import { expect, test } from 'vitest'
import { duration, fromInput, relative, toInput, utc } from './time'

const now = Date.parse('2026-11-25T12:00:00Z')

test.each([
  ['2026-11-25T12:00:00.400Z', 'now'],
  ['2026-11-25T11:59:48Z', '12 s ago'],
  ['2026-11-25T12:03:00Z', 'in 3 min'],
  ['2026-11-25T09:55:00Z', '2 h 5 min ago'],
  ['2026-11-24T22:00:00Z', '14 h ago'],
])('%s is %s', (at, words) => {
  expect(relative(at, now)).toBe(words)
})

test.each([[0, '0 ms'], [840, '840 ms'], [1234, '1.2 s'], [15_000, '15 s'], [90_000, '2 min'], [7_500_000, '2 h 5 min']])(
  '%i ms is %s',
  (ms, words) => {
    expect(duration(ms)).toBe(words)
  },
)

test('hover texts are UTC to the millisecond', () => {
  expect(utc('2026-11-25T12:00:00.123456+01:00')).toBe('2026-11-25 11:00:00.123 UTC')
})

test('a time goes through an input and back', () => {
  expect(fromInput(toInput('2026-11-25T12:34:00.000Z'))).toBe('2026-11-25T12:34:00.000Z')
  expect(fromInput('')).toBeUndefined()
  expect(toInput('nonsense')).toBe('')
})
