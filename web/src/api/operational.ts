// Endpoints of the platform itself, which are told when an endpoint fails, a task ends, and so on.

import { type Page, type Schemas, api, v1 } from './client'

export type OperationalEndpoint = Schemas['EndpointOut']
export type OperationalEndpointIn = Schemas['EndpointIn']

/** All that an operational webhook can tell. */
export const OPERATIONAL_EVENT_TYPES = [
  'endpoint.created',
  'endpoint.updated',
  'endpoint.deleted',
  'endpoint.enabled',
  'endpoint.disabled',
  'message.attempt.failing',
  'message.attempt.exhausted',
  'message.attempt.recovered',
  'background_task.finished',
] as const

const PATH = v1`/operational-webhook/endpoint`

export const listOperational = (iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<OperationalEndpoint>>(PATH, { iterator, limit }, signal)
export const createOperational = (endpoint: OperationalEndpointIn) => api.post<OperationalEndpoint>(PATH, endpoint)
export const replaceOperational = (id: string, endpoint: OperationalEndpointIn) =>
  api.put<OperationalEndpoint>(v1`/operational-webhook/endpoint/${id}`, endpoint)
export const deleteOperational = (id: string) => api.delete(v1`/operational-webhook/endpoint/${id}`)
export const revealOperationalSecret = (id: string) => api.get<{ key: string }>(v1`/operational-webhook/endpoint/${id}/secret`)
