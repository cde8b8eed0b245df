// Who is signed in. In `dev` nobody has to; with `serve` a key is exchanged once for a cookie that scripts cannot read.
//
// While a request carries the cookie and no Authorization header, everything but GET and HEAD must carry `x-whimbrel-csrf`
// with the session's `csrf`, or is answered 403.

import { reactive, readonly } from 'vue'
import { ApiError, type Schemas, api } from './client'

/** What a session may do. In mode `dev` nobody signs in. */
export type Session = Schemas['SessionOut']

interface State {
  session: Session | undefined
  /** `asked`: a key is needed. */
  status: 'unknown' | 'asked' | 'open'
  /** What was wrong with the last key. */
  refused: string | undefined
}

const state = reactive<State>({ session: undefined, status: 'unknown', refused: undefined })
export const session = readonly(state)

const PATH = '/api/v1/session'

// Taken as soon as this file is loaded, before the router looks at the address and keeps what is in it.
let keyOfLink = takeKeyOfLink()

/** Called before the first page: exchanges the key of a portal link, or asks who is signed in. */
export async function openSession(): Promise<void> {
  if (keyOfLink !== undefined) {
    const key = keyOfLink
    keyOfLink = undefined
    await signIn(key)
    return
  }
  try {
    opened(await api.get<Session>(PATH))
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) signedOut()
    else throw error
  }
}

/** Exchanges a key for the session's cookie. The key is kept nowhere. */
export async function signIn(key: string): Promise<boolean> {
  try {
    opened(await api.post<Session>(PATH, { key: key.trim() }))
    return true
  } catch (error) {
    signedOut()
    state.refused = error instanceof ApiError && error.status !== 401 ? error.message : 'This key opens nothing: it may be mistyped, revoked or expired.'
    return false
  }
}

export async function signOut(): Promise<void> {
  await api.delete(PATH).catch(() => undefined)
  signedOut()
}

/** The server asks for a key (again). */
export function signedOut(): void {
  state.session = undefined
  state.status = 'asked'
  state.refused = undefined
}

export function csrfToken(): string | undefined {
  return state.session?.csrf ?? undefined
}

function opened(session: Session): void {
  Object.assign(state, { session, status: 'open', refused: undefined })
}

/** Reads `#key=…` once, and takes it out of the address bar and of the history. */
function takeKeyOfLink(): string | undefined {
  const key = new URLSearchParams(location.hash.slice(1)).get('key')
  if (key === null) return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  return key
}
