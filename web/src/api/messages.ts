// Messages: one occurrence for one app each, with what it carries.

import { type Page, type Schemas, api, v1 } from './client'

export type Message = Schemas['MessageOut']

export const readMessage = (app: string, id: string, signal?: AbortSignal) =>
  api.get<Message>(v1`/app/${app}/msg/${id}`, { with_content: true }, signal)
export const listMessages = (app: string, iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<Message>>(v1`/app/${app}/msg`, { iterator, limit, with_content: false }, signal)
export const sendMessage = (app: string, message: { eventType: string; payload: unknown; eventId?: string }) =>
  api.post<Message>(v1`/app/${app}/msg`, message)
