// Keys to the API. A key is shown once, when it is made; afterwards only what it may do is known.

import { type Page, type Schemas, api, v1 } from './client'

export type Scope = Schemas['KeyScope']
export type Key = Schemas['KeyOut']
export type KeyIn = Schemas['KeyIn']

export const listKeys = (iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<Key>>(v1`/key`, { iterator, limit, order: 'descending' }, signal)
export const createKey = (key: KeyIn) => api.post<Schemas['KeyMadeOut']>(v1`/key`, key)
export const revokeKey = (id: string) => api.delete(v1`/key/${id}`)
