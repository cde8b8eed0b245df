// Rules: which change becomes which event type. They are set in the configuration, and only shown here.

import { type Page, api, v1 } from './client'

export interface Rule {
  change: 'insert' | 'update' | 'delete'
  type: string
  fields: Record<string, unknown>
  eventType: string
}

export const listRules = (signal?: AbortSignal) => api.get<Page<Rule>>(v1`/rule`, undefined, signal)
