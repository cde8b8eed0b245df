// Apps: the customers of the platform.

import { type Page, api, v1 } from './client'

export interface App {
  id: string
  uid?: string | null
  name: string
  throttleRate?: number | null
  metadata: Record<string, string>
  createdAt: string
  updatedAt: string
}

export interface AppIn {
  name: string
  uid?: string | null
  throttleRate?: number | null
  metadata?: Record<string, string>
}

export const listApps = (iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<App>>(v1`/app`, { iterator, limit, order: 'descending' }, signal)
export const readApp = (app: string, signal?: AbortSignal) => api.get<App>(v1`/app/${app}`, undefined, signal)
export const createApp = (app: AppIn) => api.post<App>(v1`/app`, app)
export const changeApp = (id: string, change: Partial<AppIn>) => api.patch<App>(v1`/app/${id}`, change)
export const deleteApp = (id: string) => api.delete(v1`/app/${id}`)

/** A link that opens this console for one app alone. */
export const portalLink = (id: string) => api.post<{ url: string; token: string }>(v1`/auth/app-portal-access/${id}`, {})
