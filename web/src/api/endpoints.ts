// Endpoints of an app: where it is called, with what, and how that goes.

import { type Page, type Query, type Schemas, api, v1 } from './client'
import type { BegunTask } from './tasks'

export type Endpoint = Schemas['EndpointOut']
export type EndpointIn = Schemas['EndpointIn']
/** Attempts by outcome, and deliveries that wait. */
export type EndpointStats = Schemas['EndpointStats']
/** Values of `sensitive` ones are not shown. */
export type EndpointHeaders = Schemas['EndpointHeadersOut']
/** How a receiver knows that it is we who call, beside the signature. What is secret in it is never answered. */
export type EndpointAuth = Schemas['EndpointAuthOut']

export const listEndpoints = (app: string, iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<Endpoint>>(v1`/app/${app}/endpoint`, { iterator, limit }, signal)
export const readEndpoint = (app: string, id: string, signal?: AbortSignal) =>
  api.get<Endpoint>(v1`/app/${app}/endpoint/${id}`, undefined, signal)
export const createEndpoint = (app: string, endpoint: EndpointIn) => api.post<Endpoint>(v1`/app/${app}/endpoint`, endpoint)
export const changeEndpoint = (app: string, id: string, change: Schemas['EndpointPatch']) =>
  api.patch<Endpoint>(v1`/app/${app}/endpoint/${id}`, change)
export const deleteEndpoint = (app: string, id: string) => api.delete(v1`/app/${app}/endpoint/${id}`)

export const endpointStats = (app: string, id: string, query: Query = {}, signal?: AbortSignal) =>
  api.get<EndpointStats>(v1`/app/${app}/endpoint/${id}/stats`, query, signal)

export const revealSecret = (app: string, id: string) => api.get<Schemas['EndpointSecretOut']>(v1`/app/${app}/endpoint/${id}/secret`)
export const rotateSecret = (app: string, id: string, gracePeriodSeconds: number) =>
  api.post<Schemas['EndpointSecretOut']>(v1`/app/${app}/endpoint/${id}/secret/rotate`, { gracePeriodSeconds })

export const readHeaders = (app: string, id: string) => api.get<EndpointHeaders>(v1`/app/${app}/endpoint/${id}/headers`)
export const changeHeaders = (app: string, id: string, headers: Record<string, string>, deleteHeaders: string[]) =>
  api.patch<undefined>(v1`/app/${app}/endpoint/${id}/headers`, { headers, deleteHeaders })

export const sendExample = (app: string, id: string, eventType: string) =>
  api.post<Schemas['MessageOut']>(v1`/app/${app}/endpoint/${id}/send-example`, { eventType })

/** Tries again everything that failed since then. */
export const recover = (app: string, id: string, since: string) =>
  api.post<BegunTask>(v1`/app/${app}/endpoint/${id}/recover`, { since })
/** Makes the deliveries that the endpoint would have got had it been there or enabled. */
export const replayMissing = (app: string, id: string, since: string) =>
  api.post<BegunTask>(v1`/app/${app}/endpoint/${id}/replay-missing`, { since })

export const readAuth = (app: string, id: string) => api.get<EndpointAuth>(v1`/app/${app}/endpoint/${id}/auth`)
export const setAuth = (app: string, id: string, auth: Record<string, string>) => api.put<EndpointAuth>(v1`/app/${app}/endpoint/${id}/auth`, auth)
export const clearAuth = (app: string, id: string) => api.delete(v1`/app/${app}/endpoint/${id}/auth`)
