// An applicant tracking system and its customers: what happens there, who wants to know, and how well their receivers do.

/** `down` has been so since the middle of the time that is filled. */
export type Manner = 'good' | 'slow' | 'flaky' | 'down' | 'refusing' | 'gone'

export interface Receiver {
  url: string
  manner: Manner
  description?: string
  eventTypes?: string[]
  throttleRate?: number
  ordering?: 'fifo'
  /** Registered by `POST /webhooks`, for `candidate.created`. */
  isWebhook?: boolean
}

export interface Customer {
  uid: string
  name: string
  /** How much happens there, against the others. */
  weight: number
  receivers: Receiver[]
}

export const EVENT_TYPES: [name: string, group: string, description: string][] = [
  ['candidate.created', 'candidates', 'Somebody applied for the first time, or was added by hand.'],
  ['candidate.hired', 'candidates', 'A candidate signed the contract.'],
  ['application.submitted', 'applications', 'A candidate applied for a job.'],
  ['application.rejected', 'applications', 'An application was turned down, with the reason.'],
  ['interview.scheduled', 'applications', 'An interview has a date that both sides accepted.'],
  ['offer.accepted', 'offers', 'A candidate accepted an offer.'],
  ['job.published', 'jobs', 'A job can be seen by the public.'],
]

const HIRES = ['candidate.hired', 'offer.accepted']

export const CUSTOMERS: Customer[] = [
  { uid: 'northwind', name: 'Northwind Staffing', weight: 8, receivers: [
    { url: 'http://hooks.northwind.example.com/ats', manner: 'good', description: 'Candidate sync' },
    { url: 'http://payroll.northwind.example.com/new-hires', manner: 'good', description: 'Payroll', eventTypes: HIRES, ordering: 'fifo' },
  ] },
  { uid: 'brightwater', name: 'Brightwater Health', weight: 5, receivers: [
    { url: 'http://integrations.brightwater.example.com/whimbrel', manner: 'good', description: 'Staff directory', throttleRate: 50 },
    { url: 'http://lake.brightwater.example.com/ingest', manner: 'slow', description: 'Data lake', eventTypes: ['application.submitted', 'interview.scheduled'] },
  ] },
  { uid: 'cobalt', name: 'Cobalt Robotics', weight: 4, receivers: [
    { url: 'http://api.cobalt.example.com/v2/webhooks/inbound', manner: 'flaky', description: 'Recruiting bot' },
  ] },
  { uid: 'alder-finch', name: 'Alder & Finch', weight: 3, receivers: [
    { url: 'http://legacy.alderfinch.example.com/ats-webhook', manner: 'down', isWebhook: true },
  ] },
  { uid: 'dune', name: 'Dune Logistics', weight: 1, receivers: [
    { url: 'http://people.dune.example.com/events', manner: 'refusing', description: 'HR suite', eventTypes: ['job.published', ...HIRES] },
  ] },
  { uid: 'estuary', name: 'Estuary Bank', weight: 2, receivers: [
    { url: 'http://hr.estuary.example.com/hooks/candidates', manner: 'good', description: 'Onboarding' },
    { url: 'http://old-hr.estuary.example.com/hooks', manner: 'gone', description: 'Before the move' },
  ] },
  { uid: 'fernhill', name: 'Fernhill Schools', weight: 2, receivers: [
    { url: 'http://hooks.fernhill.example.com/teachers', manner: 'good', description: 'Background checks', eventTypes: ['application.submitted', ...HIRES] },
  ] },
  { uid: 'harbor', name: 'Harbor Retail', weight: 3, receivers: [
    { url: 'http://events.harbor.example.com/recruiting', manner: 'good', description: 'Shift planning' },
  ] },
]
