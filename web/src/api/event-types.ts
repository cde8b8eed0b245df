// Event types: what can happen.

import { type Page, type Schemas, api, v1 } from './client'

export type EventType = Schemas['EventTypeOut']
export type EventTypeIn = Schemas['EventTypeIn']

export const listEventTypes = (iterator?: string, limit = 50, archived = false, signal?: AbortSignal) =>
  api.get<Page<EventType>>(v1`/event-type`, { iterator, limit, include_archived: archived, with_content: true }, signal)
export const createEventType = (type: EventTypeIn) => api.post<EventType>(v1`/event-type`, type)
export const changeEventType = (name: string, change: Schemas['EventTypePatch']) =>
  api.patch<EventType>(v1`/event-type/${name}`, change)
export const archiveEventType = (name: string) => api.delete(v1`/event-type/${name}`)
