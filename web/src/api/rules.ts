// Rules: which change becomes which event type. They are set in the configuration, and only shown here.

import { type Page, type Schemas, api, v1 } from './client'

export type Rule = Schemas['RuleOut']

/** All of them, in their order. For keys that read the organization, not for those of one app. */
export const listRules = (signal?: AbortSignal) => api.get<Page<Rule>>(v1`/rule`, undefined, signal)
