// Keys to the API. A key is shown once, when it is made; afterwards only what it may do is known.

import { type Page, api, v1 } from './client'

export type Scope = 'admin' | 'send' | 'read' | 'app'

export interface Key {
  id: string
  name: string
  scope: Scope
  appId?: string | null
  createdAt: string
  expiresAt?: string | null
  revokedAt?: string | null
}

export interface KeyIn {
  name: string
  scope: Scope
  appId?: string
  /** Absent for a key that does not end. */
  expiresInSeconds?: number
}

export const listKeys = (iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<Key>>(v1`/key`, { iterator, limit, order: 'descending' }, signal)
export const createKey = (key: KeyIn) => api.post<Key & { key: string }>(v1`/key`, key)
export const revokeKey = (id: string) => api.delete(v1`/key/${id}`)
