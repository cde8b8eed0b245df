// Background tasks: recoveries and replays, and how far they have come.

import { type Page, api, v1 } from './client'

export interface Task {
  id: string
  status: 'running' | 'finished' | 'failed'
  task: string
  updatedAt: string
  /** Progress; `messagesSent` once it is finished. */
  data?: { messagesSent?: number; messagesExamined?: number; appId?: string; endpointId?: string; since?: string; until?: string }
}

export const listTasks = (iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<Task>>(v1`/background-task`, { iterator, limit, order: 'descending' }, signal)
export const readTask = (id: string, signal?: AbortSignal) => api.get<Task>(v1`/background-task/${id}`, undefined, signal)
