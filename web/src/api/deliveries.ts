// Deliveries: one message for one endpoint each.

import { type Page, type Schemas, api, v1 } from './client'

/** `sending`: it failed and is tried again, or an attempt is under way. */
export type DeliveryStatus = Schemas['StatusText']
export type Delivery = Schemas['DeliveryOut']

export interface DeliveryFilter {
  app?: string | undefined
  endpoint?: string | undefined
  status?: readonly string[]
  eventTypes?: readonly string[]
  after?: string | undefined
  before?: string | undefined
}

/** Newest first. A page may be short, or empty, although others follow: `done` says whether they do. */
export function listDeliveries(filter: DeliveryFilter, iterator?: string, limit = 50, signal?: AbortSignal): Promise<Page<Delivery>> {
  const { app, endpoint, status, eventTypes, after, before } = filter
  const query = { app_id: app, endpoint_id: endpoint, status, event_types: eventTypes, after, before, iterator, limit }
  return api.get<Page<Delivery>>(v1`/delivery`, query, signal)
}

export const retryNow = (app: string, message: string, endpoint: string) =>
  api.post<unknown>(v1`/app/${app}/msg/${message}/endpoint/${endpoint}/resend`)
/** No more attempts of what waits. For admin keys. */
export const cancel = (app: string, message: string, endpoint: string) =>
  api.post<Schemas['CancelOut']>(v1`/app/${app}/msg/${message}/cancel`, undefined, { endpoint_id: endpoint })
