// Lets things happen in the applicant tracking system: its customers are set up, then candidates come, apply and are hired.

import { setTimeout as pause } from 'node:timers/promises'
import { type Customer, type Receiver, CUSTOMERS, EVENT_TYPES } from './customers.ts'

const NAMES = [
  ['Ada', 'Lovelace'], ['Grace', 'Hopper'], ['Katherine', 'Johnson'], ['Radia', 'Perlman'], ['Hedy', 'Lamarr'], ['Edsger', 'Dijkstra'], ['Barbara', 'Liskov'],
  ['Annie', 'Easley'], ['Alan', 'Turing'], ['Mary', 'Jackson'], ['Donald', 'Knuth'], ['Frances', 'Allen'], ['Tony', 'Hoare'], ['Karen', 'Jones'],
] as const
const JOBS = ['Nurse, intensive care', 'Field engineer', 'Warehouse lead', 'Teacher, mathematics', 'Account manager', 'Robotics technician']
const CITIES = ['Bristol', 'Gdańsk', 'Tromsø', 'Lyon', 'Kraków', 'Porto']
/** How often each event type comes, against the others. */
const SHARES: [type: string, weight: number][] = [['candidate.created', 5], ['application.submitted', 6], ['interview.scheduled', 3], ['application.rejected', 2], ['offer.accepted', 1], ['candidate.hired', 1], ['job.published', 1]]

export async function call(address: string, path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<Record<string, never>> {
  const init = body === undefined ? { method } : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  // A program whose clock runs faster ends idle connections sooner than we think: then once more, on a new one.
  const answer = await fetch(address + path, init).catch(() => fetch(address + path, init))
  const text = await answer.text()
  if (!answer.ok && answer.status !== 409) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return (text === '' ? {} : JSON.parse(text)) as Record<string, never>
}

/** `port`: where the receivers listen. */
export async function setUp(address: string, port: number): Promise<void> {
  for (const [name, groupName, description] of EVENT_TYPES) await call(address, '/api/v1/event-type', { name, groupName, description })
  for (const { uid, name, receivers } of CUSTOMERS) {
    await call(address, '/api/v1/app', { uid, name })
    for (const receiver of receivers) await register(address, uid, receiver, port)
  }
  await call(address, '/api/v1/operational-webhook/endpoint', { url: urlOf('http://ops.example.com/whimbrel', port), description: 'Pager', eventTypes: ['endpoint.disabled', 'message.attempt.exhausted'] })
  await call(address, '/api/v1/key', { name: 'Applications service', scope: 'send' })
  await call(address, '/api/v1/key', { name: 'Dashboards', scope: 'read' })
  await call(address, '/api/v1/key', { name: 'Northwind, self-service', scope: 'app', appId: 'northwind' })
}

function urlOf(url: string, port: number): string {
  const parsed = new URL(url)
  parsed.port = String(port)
  return parsed.href
}

async function register(address: string, app: string, receiver: Receiver, port: number): Promise<void> {
  const { isWebhook, description, eventTypes, throttleRate, ordering } = receiver
  const url = urlOf(receiver.url, port)
  if (isWebhook) await call(address, '/webhooks', { companyId: app, url, eventType: 'candidate.created' })
  else await call(address, `/api/v1/app/${app}/endpoint`, { url, description, eventTypes, throttleRate, ordering })
}

/** One thing that happens at some customer. */
export const happen = (address: string) => happenAt(address, weighted(CUSTOMERS.map((one): [Customer, number] => [one, one.weight])), weighted(SHARES))

/** Everything happens once at each customer, so that none lacks anything by chance. */
export async function happenOnce(address: string): Promise<void> {
  for (const customer of CUSTOMERS) await Promise.all(SHARES.map(([eventType]) => happenAt(address, customer, eventType)))
}

async function happenAt(address: string, customer: Customer, eventType: string): Promise<void> {
  const [firstName, lastName] = pick(NAMES)
  const email = `${firstName}.${lastName}@example.com`.toLowerCase()
  if (eventType === 'candidate.created') {
    await call(address, '/candidates', { companyId: customer.uid, email, firstName, lastName, location: pick(CITIES) })
    return
  }
  const candidate = { id: id('cand'), firstName, lastName, email, location: { city: pick(CITIES), remote: Math.random() < 0.3 } }
  const job = { id: id('job'), title: pick(JOBS), openings: 1 + Math.floor(3 * Math.random()) }
  await call(address, `/api/v1/app/${customer.uid}/msg`, { eventType, payload: { candidate, job, stage: eventType.split('.')[1], score: Math.round(1000 * Math.random()) / 10, recruiter: null } })
}

/** So many things in so many seconds, now more, now less. `tell` hears how far it has come, from 0 to 1. */
export async function fill(address: string, number: number, seconds: number, tell: (part: number) => void = () => undefined): Promise<void> {
  const begun = Date.now()
  let done = 0
  for (let part = 0; part < 1; part = Math.min(1, (Date.now() - begun) / 1000 / seconds)) {
    const wanted = number * (part + 0.025 * Math.sin(part * 19) + 0.004 * Math.sin(part * 61))
    const missing = Math.max(0, Math.ceil(wanted) - done)
    done += missing
    await Promise.all(Array.from({ length: Math.min(missing, 40) }, () => happen(address)))
    tell(part)
    await pause(15)
  }
}

const id = (prefix: string) => `${prefix}_${Math.random().toString(36).slice(2, 10)}`

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)] as T
}

function weighted<T>(from: readonly (readonly [T, number])[]): T {
  let left = Math.random() * from.reduce((sum, [, weight]) => sum + weight, 0)
  return (from.find(([, weight]) => (left -= weight) < 0) ?? from[0] as readonly [T, number])[0]
}
