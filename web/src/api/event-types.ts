// Event types: what can happen.

import { type Page, api, v1 } from './client'

export interface EventType {
  name: string
  description: string
  archived?: boolean
  deprecated: boolean
  groupName?: string | null
  featureFlags?: string[] | null
  schemas?: Record<string, unknown> | null
  createdAt: string
  updatedAt: string
}

export interface EventTypeIn {
  name: string
  description: string
  deprecated?: boolean
  groupName?: string | null
  schemas?: Record<string, unknown> | null
}

export const listEventTypes = (iterator?: string, limit = 50, archived = false, signal?: AbortSignal) =>
  api.get<Page<EventType>>(v1`/event-type`, { iterator, limit, include_archived: archived, with_content: true }, signal)
export const createEventType = (type: EventTypeIn) => api.post<EventType>(v1`/event-type`, type)
export const changeEventType = (name: string, change: Partial<Omit<EventTypeIn, 'name'>> & { archived?: boolean }) =>
  api.patch<EventType>(v1`/event-type/${name}`, change)
export const archiveEventType = (name: string) => api.delete(v1`/event-type/${name}`)
