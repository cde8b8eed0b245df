// What is counted as deliveries settle.

import { type Schemas, api, v1 } from './client'

export type AttemptStats = Schemas['AttemptStats']
export type EndpointHealth = Schemas['EndpointHealthOut']

export const attemptStats = (app: string | undefined, since: string, signal?: AbortSignal) =>
  api.get<AttemptStats>(v1`/stats/attempts`, { app_id: app, since }, signal)
/** Those in most trouble first. */
export const endpointHealth = (app: string | undefined, since: string, limit: number, signal?: AbortSignal) =>
  api.get<Schemas['EndpointStatsList']>(v1`/stats/endpoints`, { app_id: app, since, limit }, signal)
