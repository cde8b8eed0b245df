// Apps: the customers of the platform.

import { type Page, type Schemas, api, v1 } from './client'

export type App = Schemas['ApplicationOut']
export type AppIn = Schemas['ApplicationIn']

export const listApps = (iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<App>>(v1`/app`, { iterator, limit, order: 'descending' }, signal)
export const readApp = (app: string, signal?: AbortSignal) => api.get<App>(v1`/app/${app}`, undefined, signal)
export const createApp = (app: AppIn) => api.post<App>(v1`/app`, app)
export const changeApp = (id: string, change: Schemas['ApplicationPatch']) => api.patch<App>(v1`/app/${id}`, change)
export const deleteApp = (id: string) => api.delete(v1`/app/${id}`)

/** A link that opens this console for one app alone. */
export const portalLink = (id: string) => api.post<Schemas['AppPortalAccessOut']>(v1`/auth/app-portal-access/${id}`, {})
