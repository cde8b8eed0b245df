// The rest of the made-up API: statistics, and what is set up. Never shipped.

import { type Route, appOf, page } from './routes.ts'
import { chance, world } from './world.ts'

const now = () => new Date().toISOString()
const eventTypes = [
  ['candidate.created', 'A candidate was created.', 'candidates'], ['candidate.hired', 'A candidate signed.', 'candidates'],
  ['order.paid', 'An order was paid in full.', 'orders'], ['invoice.overdue', '', 'orders'],
].map(([name = '', description = '', groupName = '']) => ({ name, description, groupName, archived: false, deprecated: name === 'invoice.overdue', featureFlags: null, schemas: name === 'order.paid' ? { 1: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } } } : null, createdAt: now(), updatedAt: now() }))
const keys = [['Admin', 'admin'], ['Orders service', 'send'], ['Grafana', 'read']].map(([name = '', scope = ''], index) => ({ id: `key_1yZJHsq${index}`, name, scope, appId: null, createdAt: now(), expiresAt: null as string | null, revokedAt: index === 2 ? now() : null }))
const tasks = [{ id: 'qtask_1yZJHsqONLA', status: 'finished', task: 'endpoint.recover', updatedAt: now(), data: { messagesSent: 128, messagesExamined: 512 } as Record<string, number> }]
const operational = [{ id: 'ep_1yZJHsqOPER', url: 'https://ops.example.com/whimbrel', description: 'Pager', disabled: false, eventTypes: ['endpoint.disabled', 'message.attempt.exhausted'], createdAt: now(), updatedAt: now() }]
const HOUR = 3_600_000

function attemptStats(since: string, app: string | null) {
  const span = Date.now() - Date.parse(since)
  const bucketSeconds = span <= 2 * HOUR ? 60 : span <= 48 * HOUR ? 900 : 3600
  const mine = world.deliveries.filter(({ appId, appUid }) => app === null || appId === app || appUid === app)
  const first = Math.floor(Date.parse(since) / 1000 / bucketSeconds)
  const buckets = Array.from({ length: Math.ceil(span / 1000 / bucketSeconds) + 1 }, (_, index) => ({ at: new Date((first + index) * bucketSeconds * 1000).toISOString(), success: 0, fail: 0 }))
  const times: number[] = []
  for (const { startedAt, durationMs, failure } of mine.flatMap(({ tries }) => tries)) {
    const bucket = buckets[Math.floor(Date.parse(startedAt) / 1000 / bucketSeconds) - first]
    if (bucket) { bucket[failure ? 'fail' : 'success']++; times.push(durationMs) }
  }
  times.sort((a, b) => a - b)
  const inTime = mine.filter(({ createdAt }) => createdAt >= since)
  const number = (status: string) => inTime.filter((delivery) => delivery.status === status).length
  return {
    since, until: now(), bucketSeconds, buckets, latency: { p50Ms: times[Math.floor(times.length / 2)] ?? null, p95Ms: times[Math.floor(times.length * 0.95)] ?? null },
    pending: number('pending'), sending: number('sending'), underWay: 0, backlogIsCapped: false, delivered: number('success'), failed: number('fail'),
  }
}

function health(app: string | null) {
  return world.endpoints.filter((endpoint) => app === null || endpoint.app === appOf(app)).map(({ id, app: { id: appId, uid }, url, description, disabled, behaviour }) => {
    const counts = world.counts.get(id) ?? { success: 0, fail: 0 }
    const last = world.deliveries.find((delivery) => delivery.endpointId === id && delivery.lastAttempt?.failureCode)?.lastAttempt
    return { id, appId, appUid: uid, url, description, disabled, failingSince: behaviour === 'down' ? new Date(Date.now() - 9 * HOUR).toISOString() : null, ...counts, waiting: world.deliveries.filter((delivery) => delivery.endpointId === id && delivery.status === 'sending').length, p95Ms: Math.round(40 + 900 * chance()), lastFailure: last ? { code: 'http_status', detail: `The receiver answered ${last.responseStatusCode}.`, at: last.at } : null }
  }).sort((a, b) => b.fail / (b.success + b.fail + 1) - a.fail / (a.success + a.fail + 1))
}

export const others: Route[] = [
  ['GET', /^\/api\/v1\/session$/, () => [200, { mode: 'dev', scope: 'admin', appId: null, csrf: null }]],
  ['GET', /^\/api\/v1\/stats\/attempts$/, ({ query }) => [200, attemptStats(query.get('since') ?? now(), query.get('app_id'))]],
  ['GET', /^\/api\/v1\/stats\/endpoints$/, ({ query }) => [200, { data: health(query.get('app_id')).slice(0, Number(query.get('limit') ?? 50)) }]],
  ['GET', /^\/api\/v1\/event-type$/, (asked) => page(eventTypes, asked, ({ name }) => name)],
  ['POST', /^\/api\/v1\/event-type$/, ({ body }) => { eventTypes.push({ archived: false, deprecated: false, schemas: null, featureFlags: null, createdAt: now(), updatedAt: now(), ...(body as object) } as never); return [201, body] }],
  ['GET', /^\/api\/v1\/rule$/, (asked) => page([{ change: 'insert', type: 'candidate', fields: {}, eventType: 'candidate.created' }, { change: 'update', type: 'order', fields: { state: 'paid' }, eventType: 'order.paid' }], asked)],
  ['GET', /^\/api\/v1\/key$/, (asked) => page(keys, asked)],
  ['POST', /^\/api\/v1\/key$/, ({ body }) => { const key = { id: `key_${keys.length}`, appId: null, createdAt: now(), expiresAt: null, revokedAt: null, name: '', scope: '', ...(body as object) }; keys.unshift(key); return [201, { ...key, key: 'whk_0123abcd_2f9d6c1b7a7c4fd4a1c3e0b5a9d8e7f6a5b4c3d2e1f00918' }] }],
  ['GET', /^\/api\/v1\/background-task$/, (asked) => page(tasks, asked)],
  ['GET', /^\/api\/v1\/background-task\/(.+)$/, ({ parts }) => { const task = tasks.find(({ id }) => id === parts[0]); if (task && task.status === 'running') { task.data = { messagesSent: (task.data.messagesSent ?? 0) + 7, messagesExamined: (task.data.messagesExamined ?? 0) + 40 }; if ((task.data.messagesSent ?? 0) > 40) task.status = 'finished' } return task ? [200, task] : [404, {}] }],
  ['POST', /^\/api\/v1\/app\/[^/]+\/endpoint\/[^/]+\/(recover|replay-missing)$/, ({ parts }) => { const task = { id: `qtask_1yZJHsq${tasks.length}`, status: 'running', task: parts[0] === 'recover' ? 'endpoint.recover' : 'endpoint.replay', updatedAt: now(), data: {} }; tasks.unshift(task); return [202, task] }],
  ['GET', /^\/api\/v1\/operational-webhook\/endpoint$/, (asked) => page(operational, asked)],
  ['POST', /^\/api\/v1\/operational-webhook\/endpoint$/, ({ body }) => { operational.push({ id: `ep_oper${operational.length}`, description: '', disabled: false, eventTypes: [], createdAt: now(), updatedAt: now(), ...(body as object) } as never); return [201, body] }],
]
