// A made-up platform for work on the console, without a server: apps, endpoints and deliveries that go on. Never shipped.

import type { App } from '../../src/api/apps.ts'
import type { Delivery } from '../../src/api/deliveries.ts'
import type { Endpoint } from '../../src/api/endpoints.ts'
import type { Attempt, Execution, Step, StepState } from '../../src/api/executions.ts'

export type Behaviour = 'good' | 'flaky' | 'down' | 'slow' | 'gone'
export interface FakeEndpoint extends Endpoint { app: App; behaviour: Behaviour; secret: string; headers: Record<string, string> }
export interface FakeDelivery extends Delivery { tries: Attempt[]; due: number; payload: Record<string, unknown> }

const SCHEDULE_MS = [1000, 2000, 4000]
const MINUTE = 60_000
let seed = 7
let serial = 1000

/** The same numbers each time. */
export function chance(): number {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed / 2147483648
}

const number = () => (++serial).toString(36).padStart(11, '1yZJHsqABCD'.slice(0, 9))
const iso = (ms: number) => new Date(ms).toISOString()
const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T

export const world = { apps: [] as App[], endpoints: [] as FakeEndpoint[], deliveries: [] as FakeDelivery[], counts: new Map<string, { success: number; fail: number }>() }

export function newApp(uid: string, name: string): App {
  const app = { id: `app_${number()}`, uid, name, throttleRate: null, metadata: {}, createdAt: iso(Date.now() - 9e8 * chance()), updatedAt: iso(Date.now()) }
  world.apps.push(app)
  return app
}

export function newEndpoint(app: App, url: string, eventTypes: string[] | null, description = '', behaviour: Behaviour = behaviourOf(url)): FakeEndpoint {
  const endpoint: FakeEndpoint = {
    id: `ep_${number()}`, url, description, disabled: false, eventTypes, channels: null, throttleRate: null, ordering: 'none', metadata: {},
    createdAt: iso(Date.now() - 8e8 * chance()), updatedAt: iso(Date.now()), app, behaviour, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', headers: {},
  }
  world.endpoints.push(endpoint)
  return endpoint
}

function behaviourOf(url: string): Behaviour {
  if (url.includes('/fail')) return 'down'
  if (url.includes('/flaky')) return 'flaky'
  if (url.includes('/slow')) return 'slow'
  return url.includes('/gone') ? 'gone' : 'good'
}

export function send(app: App, eventType: string, payload: Record<string, unknown>, at = Date.now()): FakeDelivery[] {
  const message = number()
  const listening = world.endpoints.filter((endpoint) => endpoint.app === app && !endpoint.disabled && (!endpoint.eventTypes || endpoint.eventTypes.includes(eventType)))
  const born = listening.map((endpoint): FakeDelivery => ({
    id: `dlv_${message}${endpoint.id.slice(3)}`, appId: app.id, appUid: app.uid ?? null, messageId: `msg_${message}`, endpointId: endpoint.id, endpointUrl: endpoint.url,
    eventType, status: 'pending', attempts: 0, lastAttempt: null, nextAttempt: null, createdAt: iso(at), tries: [], due: at + 30, payload,
  }))
  world.deliveries.unshift(...born)
  return born
}

/** Whatever is due happens. */
export function tick(now = Date.now()): FakeDelivery[] {
  const due = world.deliveries.filter((delivery) => (delivery.status === 'pending' || delivery.status === 'sending') && delivery.due <= now)
  due.forEach((delivery) => { attemptOne(delivery, Math.min(now, delivery.due)) })
  return due
}

function attemptOne(delivery: FakeDelivery, at: number): void {
  const endpoint = world.endpoints.find(({ id }) => id === delivery.endpointId)
  const behaviour = endpoint?.behaviour ?? 'good'
  const number = delivery.tries.length + 1
  const isGood = behaviour === 'good' ? chance() > 0.004 : behaviour === 'slow' ? chance() > 0.05 : behaviour === 'flaky' ? number > 2 : false
  const durationMs = Math.round(behaviour === 'slow' ? 900 + 2500 * chance() : 12 + 140 * chance() ** 3)
  const status = isGood ? 200 : behaviour === 'gone' ? 410 : 503
  delivery.tries.push({
    number, startedAt: iso(at), endedAt: iso(at + durationMs), durationMs, url: delivery.endpointUrl, trigger: 'scheduled',
    response: { status, body: isGood ? '{"received":true}' : pick(['upstream connect error', '<html><body><h1>503 Service Unavailable</h1><script>alert("no")</script>\u0000\u202e</body></html>']), truncated: false },
    failure: isGood ? null : { code: status === 410 ? 'gone' : 'http_status', detail: `The receiver answered ${status}.` },
  })
  delivery.attempts = number
  delivery.lastAttempt = { responseStatusCode: status, failureCode: isGood ? null : 'http_status', at: iso(at), durationMs }
  const pause = SCHEDULE_MS[number - 1]
  const ends = isGood || behaviour === 'gone' || pause === undefined
  delivery.status = isGood ? 'success' : ends ? 'fail' : 'sending'
  delivery.due = at + durationMs + (pause ?? 0)
  delivery.nextAttempt = ends ? null : iso(delivery.due)
  const counts = world.counts.get(delivery.endpointId) ?? { success: 0, fail: 0 }
  counts[isGood ? 'success' : 'fail']++
  world.counts.set(delivery.endpointId, counts)
}

export function execution(deliveries: FakeDelivery[], id: string): Execution | undefined {
  const [first] = deliveries
  if (!first) return undefined
  const pending = deliveries.some(({ status }) => status === 'pending' || status === 'sending')
  const input = { companyId: first.appUid, webhookEvent: first.eventType, resourceType: 'candidate', resourceId: '4a45ea88-9218' }
  const ended = pending ? null : (deliveries.flatMap(({ tries }) => tries.map(({ endedAt }) => endedAt)).sort().at(-1) ?? null)
  const step = (name: [string, string], state: StepState, output: unknown, deliveryId?: string): Step => ({
    id: name[0], name: name[1], state, startedAt: state === 'notEntered' || state === 'pending' ? null : first.createdAt, endedAt: first.createdAt, input, output, ...(deliveryId && { deliveryId }),
  })
  const steps = [
    step(['S6a', 'Get Webhooks For Company And Event'], 'succeeded', { listening: true, webhooks: deliveries.map(({ endpointUrl }) => endpointUrl) }),
    step(['S6b', 'Validate If Webhook Data Exists'], 'succeeded', { next: 'TransformWebhookData' }),
    step(['S6c', 'Transform Webhook Data'], 'succeeded', { resourceType: 'candidate' }),
    step(['S6d', 'Fetch Resource Data'], 'succeeded', first.payload),
    step(['S6e', 'Validate If Event Object Data Exists'], 'succeeded', { next: 'CreateWebhookCall' }),
    ...deliveries.flatMap((delivery) => stepsOf(delivery, step)),
  ]
  return {
    id, companyId: first.appUid ?? first.appId, appId: first.appId, eventType: first.eventType, source: 'whimbrel', detailType: 'resource.insert',
    status: pending ? 'running' : deliveries.every(({ status }) => status === 'success') ? 'succeeded' : 'failed', startedAt: first.createdAt, endedAt: ended, input, steps,
    deliveries: deliveries.map((delivery) => ({
      id: delivery.id, endpointId: delivery.endpointId, url: delivery.endpointUrl, attempts: delivery.tries, interruptions: 0,
      status: delivery.status === 'success' ? 'succeeded' : delivery.status === 'fail' || delivery.status === 'canceled' ? 'failed' : 'pending',
      ...(delivery.nextAttempt && { nextAttemptAt: delivery.nextAttempt }),
      ...(delivery.status === 'fail' && { error: 'http_status: The receiver answered 503.' }),
    })),
  }
}

function stepsOf(delivery: FakeDelivery, step: (name: [string, string], state: StepState, output: unknown, id?: string) => Step): Step[] {
  const { tries, status, id } = delivery
  const ended = status !== 'pending' && status !== 'sending'
  const called: StepState = tries.length === 0 ? 'running' : tries[0]?.failure ? 'failed' : 'succeeded'
  const retried: StepState = tries.length < 2 ? (ended || tries.length === 0 ? 'notEntered' : 'running') : ended ? (status === 'success' ? 'succeeded' : 'failed') : 'running'
  return [
    step(['S6f', 'Create Webhook Call'], 'succeeded', { deliveryId: id }, id), step(['S6g', 'Queue Webhook Call'], 'succeeded', { place: 'ended' }, id),
    step(['S6h', 'Call Webhook'], called, tries[0] ?? null, id), step(['S6i', 'Retry'], retried, tries.slice(1), id),
    step(['S6j', 'Update Webhook Call'], ended ? 'succeeded' : 'pending', { status }, id),
  ]
}

/** Some customers with some history. */
export function populate(): void {
  const [acme, birch, heron] = [newApp('42', 'Acme Staffing'), newApp('birch-labs', 'Birch Labs'), newApp('heron', 'Heron Logistics')]
  for (let i = 0; i < 9; i++) newApp(`customer-${i + 1}`, pick(['Northwind', 'Tide & Co', 'Alder Bank', 'Kestrel', 'Mudflat Foods', 'Estuary']) + ` ${i + 1}`)
  const types = ['candidate.created', 'candidate.hired', 'order.paid', 'invoice.overdue']
  newEndpoint(acme, 'https://hooks.acme-staffing.com/ats', ['candidate.created', 'candidate.hired'], 'Candidate sync', 'good')
  newEndpoint(acme, 'https://legacy.acme-staffing.com/fail/503', ['candidate.created'], 'Old ERP', 'down')
  newEndpoint(birch, 'https://api.birchlabs.io/webhooks/v2/inbound?source=whimbrel&tenant=birch', null, '', 'flaky')
  newEndpoint(birch, 'https://slow.birchlabs.io/slow', ['order.paid'], 'Data lake', 'slow')
  newEndpoint(heron, 'https://heron.example/hooks', ['order.paid', 'invoice.overdue'], '', 'good')
  const old = newEndpoint(heron, 'https://old.heron.example/gone', null, 'Before the move', 'gone')
  const now = Date.now()
  for (let i = 420; i > 0; i--) {
    const at = now - i * 8 * MINUTE * (0.6 + 0.4 * chance())
    send(pick([acme, acme, birch, heron]), pick(types), { id: `c-${i}`, type: 'candidate', firstName: 'Ada <script>alert(1)</script>', lastName: 'Lovelace', score: 12.5, tags: ['a', 'b'], nested: { deep: { list: [1, 2, { three: null }] }, ok: true } }, at)
    for (let round = 0; round < 4; round++) tick(at + 20_000)
  }
  old.disabled = true
  world.deliveries.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
}
