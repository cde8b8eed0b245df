// The article's routes: a webhook is registered, a candidate is created, the webhook is called.

import { api } from './client'

/** Answers the token that signs the webhook's calls; it is not shown again. */
export async function registerWebhook(companyId: string, url: string, eventType: string): Promise<string> {
  const { data } = await api.post<{ data: { token: string } }>('/webhooks', { companyId, url, eventType })
  return data.token
}

export interface Candidate {
  companyId: string
  email: string
  firstName: string
  lastName: string
}

export async function createCandidate(candidate: Candidate): Promise<string> {
  const { data } = await api.post<{ data: { id: string } }>('/candidates', candidate)
  return data.id
}

export interface PastExecution {
  id: string
  eventType: string
  resourceId: string
  status: 'routed' | 'skipped' | 'dataNotFound'
  startedAt: string
}

/** The newest messages of a company. */
export async function listExecutions(companyId: string, limit: number): Promise<PastExecution[]> {
  const { data } = await api.get<{ data: PastExecution[] }>('/executions', { companyId, limit })
  return data
}

export interface Ready {
  status: string
  version: string
  listen?: string
  /** Where the sample receiver listens, in `dev`. */
  receiver?: string
}

export const readReady = () => api.get<Ready>('/ready')
