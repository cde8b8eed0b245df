// One request to the public HTTP API, and what is said when it fails. Every other file of this folder is a list of calls of
// this one. The types of what the full API takes and answers come from its description: `npm run types` makes schema.d.ts of docs/openapi.json.

import { parseJson, tryParseJson } from '@/lib/json'
import type { components } from './schema'
import { csrfToken, signedOut } from './session'

export type Schemas = components['schemas']

/** A page of a list. */
export type Page<T> = Pick<Schemas['List_DeliveryOut'], 'iterator' | 'done'> & { data: T[] }

/** What may stand in a query; what is undefined or empty is left out. */
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>

interface Request {
  query?: Query
  body?: unknown
  signal?: AbortSignal
}

/** An answer that was not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** What is wrong, one sentence each. */
  readonly reasons: readonly string[]
  /** What is wrong with which field of the body. */
  readonly fields: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, reasons: string[] = [], fields: Record<string, string> = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.reasons = reasons
    this.fields = fields
  }
}

const TIMEOUT_MS = 20_000

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => send<T>('GET', path, options(query, undefined, signal)),
  post: <T>(path: string, body?: unknown, query?: Query) => send<T>('POST', path, options(query, body)),
  put: <T>(path: string, body?: unknown) => send<T>('PUT', path, options(undefined, body)),
  patch: <T>(path: string, body?: unknown) => send<T>('PATCH', path, options(undefined, body)),
  delete: <T = undefined>(path: string, query?: Query) => send<T>('DELETE', path, options(query)),
}

/** A path of the full API; its parts are percent-encoded. */
export function v1(strings: TemplateStringsArray, ...parts: string[]): string {
  return '/api/v1' + String.raw({ raw: strings }, ...parts.map(encodeURIComponent))
}

function options(query?: Query, body?: unknown, signal?: AbortSignal): Request {
  return { ...(query && { query }), ...(body !== undefined && { body }), ...(signal && { signal }) }
}

async function send<T>(method: string, path: string, request: Request): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout
  const response = await fetch(path + queryText(request.query ?? {}), {
    method,
    headers: headers(method, request.body),
    signal,
    credentials: 'same-origin',
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
  }).catch((cause: unknown) => {
    if (request.signal?.aborted) throw cause
    throw unreachable(timeout.aborted)
  })
  const body = await response.text()
  if (!response.ok) {
    if (response.status === 401) signedOut()
    throw refused(response.status, body)
  }
  return (body === '' ? undefined : parseJson(body)) as T
}

function headers(method: string, body: unknown): Record<string, string> {
  const csrf = csrfToken()
  return {
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(method !== 'GET' && csrf !== undefined && { 'x-whimbrel-csrf': csrf }),
  }
}

export function queryText(query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(',') : String(value ?? '')
    if (text !== '') parameters.set(name, text)
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

function unreachable(timedOut: boolean): ApiError {
  return timedOut
    ? new ApiError(0, 'timeout', 'The server did not answer in time.', ['Try again; if it goes on, look at its log.'])
    : new ApiError(0, 'unreachable', 'The server cannot be reached.', ['Check that whimbrel is running, then try again.'])
}

/** Reads the error bodies of the article's routes and of the full API. */
export function refused(status: number, text: string): ApiError {
  const body = parse(text)
  const { detail } = body
  if (Array.isArray(detail)) return invalid(status, detail as FieldError[])
  const advice = ADVICE[status]?.slice() ?? []
  if (typeof detail === 'string') return new ApiError(status, String(body.code ?? ''), status === 404 ? statusWords(status) : detail, advice)
  const reasons = [body.errors, body.error].flat().filter((reason) => typeof reason === 'string')
  const details = Array.isArray(body.details) ? (body.details as { field: string; reason: string }[]) : []
  const fields = Object.fromEntries(details.map(({ field, reason }) => [field, reason]))
  return new ApiError(status, '', String(body.message ?? statusWords(status)), reasons.length > 0 ? reasons : advice, fields)
}

interface FieldError {
  loc: string[]
  msg: string
}

function invalid(status: number, errors: FieldError[]): ApiError {
  const fields: Record<string, string> = {}
  for (const { loc, msg } of errors) {
    const field = loc[1]
    if (field) fields[field] ??= msg
  }
  const place = (loc: string[]) => loc.slice(1).filter((part) => part !== '' && part !== '__all__').join('.')
  const reasons = errors.map(({ loc, msg }) => (place(loc) === '' ? msg : `${place(loc)}: ${msg}`))
  return new ApiError(status, 'invalid', 'Something in this form is not right.', reasons, fields)
}

function parse(text: string): Record<string, unknown> {
  const value = tryParseJson(text)
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

/** What to do about it, where the server does not say that. */
const ADVICE: Record<number, readonly string[]> = {
  403: ['Sign in with a key that may, or ask whoever made this one.'],
  404: ['It may have been deleted, or an id in the address is mistyped.'],
  409: ['Somebody or something was there first: look at what is there, then try again.'],
  500: ['Its log says more.'],
  503: ['Try again in a moment; if it goes on, look at its log.'],
}

function statusWords(status: number): string {
  if (status === 401) return 'You are not signed in.'
  if (status === 403) return 'This key may not do that.'
  if (status === 404) return 'There is no such thing here.'
  if (status >= 500) return 'The server met a fault of its own; its log says more.'
  return `The server answered ${status}.`
}
