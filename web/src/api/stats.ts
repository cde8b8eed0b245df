// What is counted as deliveries settle.
//
// The contract:
//   GET /api/v1/stats/attempts?app_id&since&until → AttemptStats
//   GET /api/v1/stats/endpoints?app_id&since&limit → {since, data: EndpointHealth[]}, those in most trouble first
// Both are scoped to one app for keys of one app.

import { api, v1 } from './client'

export interface AttemptStats {
  /** When the first bucket begins: `since` as it was asked, at the beginning of its minute (up to 3 h ago) or hour. */
  since: string
  until: string
  bucketSeconds: number
  /** One for each bucket of the time, in order. */
  buckets: { at: string; success: number; fail: number }[]
  /** Of the attempts of this time; null if there was none. */
  latency: { p50Ms: number | null; p95Ms: number | null }
  /** Deliveries that wait for their first attempt, and those that wait for another one, now. */
  pending: number
  sending: number
  /** Those that are being tried, or are next. */
  underWay: number
  /** There are more of the last three than were counted (10,000). */
  backlogIsCapped: boolean
  /** Deliveries that ended in this time, without those that were taken back. */
  delivered: number
  failed: number
}

export interface EndpointHealth {
  id: string
  appId: string
  appUid?: string | null
  url: string
  description: string
  disabled: boolean
  /** Since when there was nothing but failure. */
  failingSince?: string | null
  success: number
  fail: number
  /** 1,000 stands for more as well. */
  waiting: number
  p95Ms?: number | null
  lastFailure?: { code: string; detail: string; at: string } | null
}

export const attemptStats = (app: string | undefined, since: string, signal?: AbortSignal) =>
  api.get<AttemptStats>(v1`/stats/attempts`, { app_id: app, since }, signal)
export const endpointHealth = (app: string | undefined, since: string, limit: number, signal?: AbortSignal) =>
  api.get<{ data: EndpointHealth[] }>(v1`/stats/endpoints`, { app_id: app, since, limit }, signal)
