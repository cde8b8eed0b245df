// The endpoints with their health: of one app page by page, or of all apps, those in most trouble first.

import type { Page } from '@/api/client'
import { type Endpoint, listEndpoints } from '@/api/endpoints'
import { type EndpointHealth, endpointHealth } from '@/api/stats'
import { ago } from '@/lib/time'

export const HEALTH_SPAN_MS = 24 * 3_600_000
const HEALTH_MAX = 250

export async function readRows(app: string | undefined, iterator: string | undefined, signal: AbortSignal): Promise<Page<EndpointHealth>> {
  if (app === undefined) {
    const { data } = await endpointHealth(undefined, ago(HEALTH_SPAN_MS), HEALTH_MAX, signal)
    return { data, iterator: null, done: true }
  }
  const page = await listEndpoints(app, iterator, 50, signal)
  const known = await healthOf(app, signal)
  return { ...page, data: page.data.map((endpoint) => row(app, endpoint, known.get(endpoint.id))) }
}

function row(app: string, endpoint: Endpoint, known: EndpointHealth | undefined): EndpointHealth {
  const { id, url, description, disabled } = endpoint
  return { success: 0, fail: 0, waiting: 0, ...known, id, appId: app, appUid: app, url, description, disabled: disabled ?? false }
}

async function healthOf(app: string, signal: AbortSignal): Promise<Map<string, EndpointHealth>> {
  const { data } = await endpointHealth(app, ago(HEALTH_SPAN_MS), HEALTH_MAX, signal)
  return new Map(data.map((health) => [health.id, health]))
}
