// Times as people read them: near ones relative, others in the reader's zone; UTC is in the hover text.

import { onScopeDispose, ref } from 'vue'

/** The present, to the second, while anybody looks. */
export function useNow() {
  if (watchers++ === 0) timer = setInterval(() => { now.value = Date.now() }, 1000)
  now.value = Date.now()
  onScopeDispose(() => { if (--watchers === 0) clearInterval(timer) })
  return now
}

const now = ref(Date.now())
let watchers = 0
let timer: ReturnType<typeof setInterval> | undefined

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `12 s ago`, `in 3 min`; beyond a day the date. */
export function relative(at: string, now: number): string {
  const distance = Date.parse(at) - now
  const size = Math.abs(distance)
  if (size >= DAY) return shortDate(at)
  if (size < 1.5 * SECOND) return 'now'
  return distance > 0 ? `in ${span(size)}` : `${span(size)} ago`
}

/** A length of time: `840 ms`, `1.2 s`, `3 min`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`
  return span(ms)
}

function span(ms: number): string {
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.round(ms / MINUTE)} min`
  const hours = Math.floor(ms / HOUR)
  const minutes = Math.floor((ms % HOUR) / MINUTE)
  return minutes === 0 || hours >= 12 ? `${hours} h` : `${hours} h ${minutes} min`
}

const short = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' })
const precise = new Intl.DateTimeFormat(undefined, {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3,
})

export const shortDate = (at: string) => short.format(new Date(at))

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })

/** For the axis of a chart, of seconds since 1970. */
export const timeAxis = (at: number) => time.format(at * 1000)
export const dayAxis = (at: number) => day.format(at * 1000)

/** To the millisecond, in the reader's zone. */
export const preciseDate = (at: string) => precise.format(new Date(at))

/** For hover texts: UTC, to the millisecond. */
export const utc = (at: string) => `${new Date(at).toISOString().replace('T', ' ').replace('Z', '')} UTC`

/** What `<input type="datetime-local">` shows, and what it says, in the reader's zone. */
export function toInput(at: string | undefined): string {
  if (at === undefined || Number.isNaN(Date.parse(at))) return ''
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16)
}

export function fromInput(text: string): string | undefined {
  return text === '' ? undefined : new Date(text).toISOString()
}

export const ago = (ms: number) => new Date(Date.now() - ms).toISOString()
