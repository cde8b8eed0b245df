// Rules: which change becomes which event type. They are set in the configuration, and only shown here.
//
//   GET /api/v1/rule → all of them in their order, on one page; for keys that read the organization, not for those of one app

import { type Page, api, v1 } from './client'

export interface Rule {
  change: 'insert' | 'update' | 'delete'
  type: string
  fields: Record<string, unknown>
  /** What the record must be like: an event pattern. */
  pattern?: Record<string, unknown> | null
  eventType: string
}

export const listRules = (signal?: AbortSignal) => api.get<Page<Rule>>(v1`/rule`, undefined, signal)
