// The made-up platform behind the API's addresses. Never shipped.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FakeDelivery, type FakeEndpoint, chance, execution, newApp, newEndpoint, populate, send, tick, world } from './world.ts'
import { others } from './others.ts'

type Body = Record<string, never>
export interface Asked { query: URLSearchParams; body: Body; parts: string[] }
export type Answer = [status: number, body?: unknown]
export type Route = [method: string, pattern: RegExp, answer: (asked: Asked) => Answer]

const streams = new Set<ServerResponse>()
let cursor = 0

export function startWorld(): void {
  populate()
  setInterval(() => {
    if (chance() > 0.6) { const app = world.apps[Math.floor(chance() * 3)]; if (app) send(app, 'candidate.created', { id: 'live', firstName: 'Grace' }) }
    tell(tick())
  }, 400).unref()
}

export function tell(deliveries: FakeDelivery[]): void {
  for (const { id, messageId, endpointId, appId, status, attempts, nextAttempt } of deliveries) {
    const text = `id: ${++cursor}\nevent: delivery\ndata: ${JSON.stringify({ id, messageId, endpointId, appId, status, attempts, nextAttempt })}\n\n`
    streams.forEach((stream) => stream.write(text))
  }
}

export const page = <T extends object>(rows: T[], { query }: Asked, idOf = (row: T) => String((row as { id?: string }).id)): Answer => {
  const from = query.get('iterator')
  const start = from === null ? 0 : rows.findIndex((row) => idOf(row) === from) + 1
  const data = rows.slice(start, start + Number(query.get('limit') ?? 50))
  const last = data.at(-1)
  return [200, { data, iterator: last ? idOf(last) : null, done: start + data.length >= rows.length }]
}

export const appOf = (name = '') => world.apps.find(({ id, uid }) => id === name || uid === name)
const missing: Answer = [404, { code: 'not_found', detail: 'Entity not found' }]
const endpointOf = (id = '') => world.endpoints.find((endpoint) => endpoint.id === id)
const publicPart = ({ id, url, description, disabled, eventTypes, channels, throttleRate, ordering, metadata, createdAt, updatedAt }: FakeEndpoint) =>
  ({ id, url, description, disabled, eventTypes, channels, throttleRate, ordering, metadata, createdAt, updatedAt })
const deliveryPart = (delivery: FakeDelivery) => ({ ...delivery, tries: undefined, due: undefined, payload: undefined })

function deliveries({ query }: Asked): FakeDelivery[] {
  const has = (name: string, value: string) => (query.get(name) ?? value).split(',').includes(value)
  return world.deliveries.filter((delivery) =>
    (has('app_id', delivery.appId) || has('app_id', delivery.appUid ?? '')) && has('endpoint_id', delivery.endpointId) && has('status', delivery.status) &&
    has('event_types', delivery.eventType) && delivery.createdAt >= (query.get('after') ?? '') && delivery.createdAt < (query.get('before') ?? '9'))
}

function changed(message: string | undefined, endpoint: string | undefined, change: Partial<FakeDelivery>): Answer {
  const found = world.deliveries.find(({ messageId, endpointId }) => messageId === message && endpointId === endpoint)
  if (!found) return missing
  tell([Object.assign(found, change)])
  return [202, { cancelled: 1 }]
}

const routes: Route[] = [
  ['GET', /^\/ready$/, () => [200, { status: 'ready', version: '0.0.0-fake', receiver: '127.0.0.1:8072' }]],
  ['POST', /^\/webhooks$/, ({ body }) => {
    const { companyId, url, eventType } = body as Record<string, string>
    const app = appOf(companyId) ?? newApp(companyId ?? '', companyId ?? '')
    if (!/^https?:/.test(url ?? '')) return [422, { message: 'Validation errors', error: ['Required field url not found or invalid'], details: [{ field: 'url', code: 'scheme', reason: 'It begins with neither http:// nor https://.' }] }]
    if (world.endpoints.some((endpoint) => endpoint.app === app && endpoint.url === url)) return [409, { message: 'Webhook creation failed', error: 'Record exists.' }]
    newEndpoint(app, url ?? '', [eventType ?? ''])
    return [200, { data: { token: 'VlMq8iMFSz3bq5lB8U0NvnlsOkiYLKGo' } }]
  }],
  ['POST', /^\/candidates$/, ({ body }) => {
    const app = appOf((body as Record<string, string>).companyId)
    if (app) send(app, 'candidate.created', body)
    return [200, { data: { id: 'candidate' } }]
  }],
  ['GET', /^\/executions$/, ({ query }) => {
    const newest = world.deliveries.find(({ appUid }) => appUid === query.get('companyId'))
    return [200, { data: newest ? [{ id: newest.messageId, resourceId: 'candidate' }] : [] }]
  }],
  ['GET', /^\/executions\/(.+)$/, ({ parts }) => {
    const message = world.deliveries.find((delivery) => delivery.messageId === parts[0] || delivery.id === parts[0])?.messageId ?? ''
    const found = execution(world.deliveries.filter(({ messageId }) => messageId === message), message)
    return found ? [200, { data: found }] : [404, { message: 'Not found', errors: ['There is no such execution.'] }]
  }],
  ['GET', /^\/api\/v1\/delivery$/, (asked) => page(deliveries(asked).map(deliveryPart), asked)],
  ['GET', /^\/api\/v1\/app$/, (asked) => page(world.apps, asked)],
  ['POST', /^\/api\/v1\/app$/, ({ body }) => [201, newApp((body as Record<string, string>).uid ?? '', (body as Record<string, string>).name ?? '')]],
  ['GET', /^\/api\/v1\/app\/([^/]+)$/, ({ parts }) => { const app = appOf(parts[0]); return app ? [200, app] : missing }],
  ['GET', /^\/api\/v1\/app\/([^/]+)\/endpoint$/, (asked) => page(world.endpoints.filter(({ app }) => app === appOf(asked.parts[0])).map(publicPart), asked)],
  ['POST', /^\/api\/v1\/app\/([^/]+)\/endpoint$/, ({ parts, body }) => { const app = appOf(parts[0]); return app ? [201, publicPart(newEndpoint(app, String(body.url), body.eventTypes ?? null, body.description))] : missing }],
  ['GET', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)$/, ({ parts }) => { const found = endpointOf(parts[0]); return found ? [200, publicPart(found)] : missing }],
  ['PATCH', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)$/, ({ parts, body }) => { const found = endpointOf(parts[0]); return found ? [200, publicPart(Object.assign(found, body))] : missing }],
  ['GET', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)\/stats$/, ({ parts }) => [200, { success: 0, fail: 0, ...world.counts.get(parts[0] ?? ''), pending: 3, sending: world.deliveries.filter((delivery) => delivery.endpointId === parts[0] && delivery.status === 'sending').length, canceled: 0 }]],
  ['GET', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)\/secret$/, ({ parts }) => [200, { key: endpointOf(parts[0])?.secret }]],
  ['POST', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)\/secret\/rotate$/, () => [200, { key: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' }]],
  ['GET', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)\/headers$/, ({ parts }) => [200, { headers: endpointOf(parts[0])?.headers ?? {}, sensitive: ['authorization'] }]],
  ['PATCH', /^\/api\/v1\/app\/[^/]+\/endpoint\/([^/]+)\/headers$/, ({ parts, body }) => { Object.assign(endpointOf(parts[0])?.headers ?? {}, body.headers); return [204] }],
  ['GET', /^\/api\/v1\/app\/[^/]+\/endpoint\/[^/]+\/auth$/, () => [200, { type: 'basic', username: 'whimbrel' }]],
  ['GET', /^\/api\/v1\/app\/[^/]+\/msg\/([^/]+)$/, ({ parts }) => { const found = world.deliveries.find(({ messageId }) => messageId === parts[0]); return found ? [200, { id: found.messageId, eventType: found.eventType, payload: found.payload, timestamp: found.createdAt }] : missing }],
  ['POST', /\/msg\/([^/]+)\/endpoint\/([^/]+)\/resend$/, ({ parts }) => changed(parts[0], parts[1], { status: 'pending', due: Date.now() })],
  ['POST', /\/msg\/([^/]+)\/cancel$/, ({ parts, query }) => changed(parts[0], query.get('endpoint_id') ?? undefined, { status: 'canceled', nextAttempt: null })],
  ['POST', /^\/api\/v1\/flood$/, ({ query }) => {
    const [app] = world.apps
    const turns = Number(query.get('seconds')) * 5
    let turn = 0
    const timer = setInterval(() => {
      if (app) for (let i = 0; i < Number(query.get('count')) / turns / 2; i++) tell(send(app, 'candidate.created', { id: i }))
      if (++turn >= turns) clearInterval(timer)
    }, 200)
    return [202, {}]
  }],
  ...others,
]

/** Answers a request to the API; false if it is about something else. */
export async function answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://fake')
  if (url.pathname === '/api/v1/live') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': here\n\n')
    streams.add(response)
    request.on('close', () => streams.delete(response))
    return true
  }
  const match = routes.find(([method, pattern]) => method === request.method && pattern.test(url.pathname))
  if (!match && !url.pathname.startsWith('/api/')) return false
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const parts = match?.[1].exec(url.pathname)?.slice(1).map(decodeURIComponent) ?? []
  const [status, body] = match ? match[2]({ query: url.searchParams, body: (text === '' ? {} : JSON.parse(text)) as Body, parts }) : missing
  response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body))
  return true
}
