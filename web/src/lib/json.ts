// JSON as it was written: a number that a double cannot hold keeps its digits.

/** A number by its digits. */
export class Exact {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }

  /** Where the browser can, it is written as it was read. */
  toJSON(): unknown {
    return rawJson?.(this.digits) ?? this.digits
  }
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown
const rawJson = (JSON as { rawJSON?: (text: string) => unknown }).rawJSON
/** A double holds as many digits for sure. */
const DIGITS_SAFE = 15

const revive: Reviver = (_key, value, context) => {
  const source = context?.source
  if (typeof value !== 'number' || source === undefined || !isLossy(value, source)) return value
  return new Exact(source)
}

/** The value of a JSON text; throws if it is none. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

/** The same, or undefined. */
export function tryParseJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

export function isLossy(value: number, source: string): boolean {
  const digits = source.replace(/[eE].*$/, '').replace(/[-.]/g, '').replace(/^0+/, '')
  if (!Number.isFinite(value) || (value === 0 && digits !== '')) return true
  return digits.length > DIGITS_SAFE && String(value) !== source
}
