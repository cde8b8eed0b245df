import { expect, test } from 'vitest'
import { pieces, share, visible } from './text'

test.each([
  ['plain\ttext\n', 'plain\ttext\n'],
  ['<script>alert(1)</script>', '<script>alert(1)</script>'],
  ['a\u0000b\u001b[31m', 'a\\u0000b\\u001b[31m'],
  ['user\u202egnp.exe', 'user\\u202egnp.exe'],
  ['broken \ufffd and \ud800 alone', 'broken \\ufffd and \\ud800 alone'],
  ['one\r\ntwo\rthree', 'one\r\ntwo\\u000dthree'],
  ['whole 🐦', 'whole 🐦'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
  expect(pieces(text).map((piece) => piece.text).join('')).toBe(shown)
})

test('a share is never rounded to all or nothing', () => {
  expect([share(0, 0), share(3, 3), share(0, 3), share(99_999, 100_000), share(1, 100_000)]).toEqual(['–', '100 %', '0 %', '99.9 %', '0.1 %'])
})
