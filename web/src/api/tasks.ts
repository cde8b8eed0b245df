// Background tasks: recoveries and replays, and how far they have come.

import { type Page, type Schemas, api, v1 } from './client'

/** A task and how far it has come. */
export type Task = Schemas['BackgroundTaskOut']
/** A task that was just asked for. */
export type BegunTask = Schemas['TaskOut']

export const listTasks = (app: string | undefined, iterator?: string, limit = 50, signal?: AbortSignal) =>
  api.get<Page<Task>>(v1`/background-task`, { app_id: app, iterator, limit, order: 'descending' }, signal)
export const readTask = (id: string, signal?: AbortSignal) => api.get<Task>(v1`/background-task/${id}`, undefined, signal)
