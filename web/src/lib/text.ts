// Text of receivers and customers. It is only ever shown as text; what is invisible in it, or turns the reading order around,
// is made visible.

// Control characters but tab, line feed and the carriage return before one, zero-width and direction marks, byte order mark, U+FFFD and lone surrogates.
const INVISIBLE = /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** A piece of a text: shown as it is, or an invisible character by its number. */
export interface Piece {
  text: string
  invisible: boolean
}

export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let end = 0
  for (const match of text.matchAll(INVISIBLE)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index), invisible: false })
    found.push({ text: spelled(match[0]), invisible: true })
    end = match.index + match[0].length
  }
  if (end < text.length) found.push({ text: text.slice(end), invisible: false })
  return found
}

/** The same, where there is room for a plain string only. */
export const visible = (text: string) => text.replace(INVISIBLE, spelled)

function spelled(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const plain = new Intl.NumberFormat('en')
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export const count = (number: number) => (number < 100_000 ? plain : compact).format(number)

/** `98.4 %`; `–` of nothing. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  return percent === 100 || percent === 0 ? `${percent} %` : `${Math.min(99.9, Math.max(0.1, percent)).toFixed(1)} %`
}

/** The host and path of a URL, without what is the same everywhere. */
export const shortUrl = (url: string) => visible(url.replace(/^https?:\/\//, ''))
