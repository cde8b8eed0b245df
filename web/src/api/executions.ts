// The story of one message: the steps S6a to S6j of the article's state machine, its deliveries and their attempts.

import { api } from './client'

export type StepState = 'notEntered' | 'pending' | 'running' | 'succeeded' | 'failed'

export interface Step {
  id: string
  name: string
  deliveryId?: string
  state: StepState
  startedAt: string | null
  endedAt: string | null
  input: unknown
  output: unknown
}

export interface Attempt {
  id?: string
  number: number
  startedAt: string
  endedAt: string
  durationMs: number
  url: string
  trigger: 'scheduled' | 'manual'
  response: { status: number; body: string; truncated: boolean } | null
  failure: { code: string; detail: string } | null
  /** The head of what went out, as far as it is certain, without the endpoint's own headers; null if nothing did. */
  request: { method: string; headers: [string, string][] } | null
}

export interface ExecutionDelivery {
  id: string
  endpointId: string
  url: string
  status: 'pending' | 'succeeded' | 'failed'
  /** Why it failed, for programs; `error` says it in words. */
  reason?: 'exhausted' | 'gone' | 'endpointDisabled' | 'canceled' | 'expunged'
  error?: string
  /** What all its attempts send; null if it was expunged or left out: the call whose id is asked for always has its own. */
  body: string | null
  attempts: Attempt[]
  interruptions: number
  nextAttemptAt?: string
}

export interface Execution {
  id: string
  /** The uid of the app, if it has one. */
  companyId: string | null
  appId: string
  eventType: string
  source: string
  detailType: string
  status: 'running' | 'skipped' | 'succeeded' | 'failed'
  cause?: string
  startedAt: string
  endedAt: string | null
  input: unknown
  steps: Step[]
  deliveries: ExecutionDelivery[]
}

/** By the id of a message (`msg_…`) or of one of its deliveries (`dlv_…`). */
export async function readExecution(id: string, signal?: AbortSignal): Promise<Execution> {
  const { data } = await api.get<{ data: Execution }>(`/executions/${encodeURIComponent(id)}`, undefined, signal)
  return data
}
