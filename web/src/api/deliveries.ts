// Deliveries: one message for one endpoint each.
//
// The contract, in the style of the full API:
//   GET /api/v1/delivery?app_id&endpoint_id&status&event_types&before&after&iterator&limit
//     → Page<Delivery>, newest first by message, then endpoint; `status` is one or more of the words of `DeliveryStatus`,
//     joined by commas. Of 90 days unless `after` and `before` say otherwise; a page may be short, or empty, although
//     others follow: go by `done`. A key of one app sees its own. Operational webhooks are not among them.
//   POST /api/v1/app/{app}/msg/{message}/endpoint/{endpoint}/resend → 202: wait for an attempt now
//   POST /api/v1/app/{app}/msg/{message}/cancel?endpoint_id → 200 {"canceled": n}: no more attempts; for admin keys
// Where a server has no `/delivery`, the messages of one endpoint or the article's history of one company stand in.

import { ApiError, type Page, api, v1 } from './client'

/** As the contract's `statusText`. `sending`: it failed and is tried again, or an attempt is under way. */
export type DeliveryStatus = 'success' | 'pending' | 'fail' | 'sending' | 'canceled'

export interface Delivery {
  id: string
  appId: string
  appUid?: string | null
  messageId: string
  endpointId: string
  /** The present one. */
  endpointUrl: string
  eventType: string
  status: DeliveryStatus
  attempts: number
  /** `responseStatusCode` is 0 without an answer. */
  lastAttempt?: { responseStatusCode: number; failureCode?: string | null; at: string; durationMs: number } | null
  nextAttempt?: string | null
  /** When the message was accepted. */
  createdAt: string
}

export interface DeliveryFilter {
  app?: string | undefined
  endpoint?: string | undefined
  status?: readonly string[]
  eventTypes?: readonly string[]
  after?: string | undefined
  before?: string | undefined
}

export async function listDeliveries(filter: DeliveryFilter, iterator?: string, limit = 50, signal?: AbortSignal): Promise<Page<Delivery>> {
  const { app, endpoint, status, eventTypes, after, before } = filter
  const query = { app_id: app, endpoint_id: endpoint, status, event_types: eventTypes, after, before, iterator, limit }
  try {
    return await api.get<Page<Delivery>>(v1`/delivery`, query, signal)
  } catch (error) {
    const noSuchRoute = error instanceof ApiError && error.isAbsent
    if (!noSuchRoute || app === undefined) throw error
    return endpoint === undefined ? listHistory(app, iterator, limit, signal) : listOfEndpoint(app, endpoint, iterator, limit, signal)
  }
}

export const retryNow = (app: string, message: string, endpoint: string) =>
  api.post<unknown>(v1`/app/${app}/msg/${message}/endpoint/${endpoint}/resend`)
export const cancel = (app: string, message: string, endpoint: string) =>
  api.post<{ canceled: number }>(v1`/app/${app}/msg/${message}/cancel`, undefined, { endpoint_id: endpoint })

interface PastCall {
  pk: string
  companyId: string
  createdAt: string
  status: 'pending' | 'success' | 'failed'
  url: string
}

async function listHistory(company: string, iterator: string | undefined, limit: number, signal?: AbortSignal): Promise<Page<Delivery>> {
  const path = `/webhook_history/${encodeURIComponent(company)}`
  const history = await api.get<{ data: PastCall[]; iterator?: string }>(path, { iterator, limit }, signal)
  const status = { pending: 'pending', success: 'success', failed: 'fail' } as const
  const data = history.data.map((call) => ({
    ...splitDeliveryId(call.pk),
    id: call.pk,
    appId: call.companyId,
    endpointUrl: call.url,
    eventType: '',
    status: status[call.status],
    attempts: 0,
    createdAt: call.createdAt,
  }))
  return { data, iterator: history.iterator ?? null, done: history.iterator === undefined }
}

interface EndpointMessage {
  id: string
  eventType: string
  timestamp: string
  statusText: DeliveryStatus
  nextAttempt?: string | null
}

async function listOfEndpoint(app: string, endpointId: string, iterator: string | undefined, limit: number, signal?: AbortSignal): Promise<Page<Delivery>> {
  const query = { iterator, limit, with_content: false, expanded_statuses: true }
  const page = await api.get<Page<EndpointMessage>>(v1`/app/${app}/endpoint/${endpointId}/msg`, query, signal)
  const data = page.data.map(({ id, eventType, timestamp, statusText, nextAttempt }) => ({
    id: `dlv_${id.slice(4)}${endpointId.slice(3)}`,
    appId: app, messageId: id, endpointId, endpointUrl: '', eventType, status: statusText, attempts: 0, nextAttempt: nextAttempt ?? null, createdAt: timestamp,
  }))
  return { ...page, data }
}

/** The two halves of `dlv_…` are the message's and the endpoint's. */
export function splitDeliveryId(id: string): { messageId: string; endpointId: string } {
  const numbers = id.replace(/^dlv_/, '')
  const half = numbers.length / 2
  return { messageId: `msg_${numbers.slice(0, half)}`, endpointId: `ep_${numbers.slice(half)}` }
}
