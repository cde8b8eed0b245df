import { expect, test } from 'vitest'
import { Exact, isLossy, tryParseJson } from './json'

test.each([
  ['1', false], ['1.0', false], ['1e3', false], ['-0', false], ['0.1', false], ['123456789012345', false], ['9007199254740993', true],
  ['12345678901234567890', true], ['1e400', true], ['1e-400', true], ['0.1234567890123456789', true],
])('a double loses something of %s: %s', (source, expected) => {
  expect(isLossy(Number(source), source)).toBe(expected)
})

test('what is no JSON is undefined', () => {
  expect(tryParseJson('{"a": [1, "b"]}')).toEqual({ a: [1, 'b'] })
  expect(tryParseJson('<html>')).toBeUndefined()
  expect(new Exact('9007199254740993').digits).toBe('9007199254740993')
})
