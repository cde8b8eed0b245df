// Where a text that somebody looks for leads: an id to what it names, anything else to an app or a page.

import type { RouteLocationRaw } from 'vue-router'

export interface Place {
  label: string
  kind: string
  to: RouteLocationRaw
}

const PAGES: [string, string][] = [
  ['Overview', 'overview'], ['Deliveries', 'deliveries'], ['Endpoints', 'endpoints'], ['Try it', 'try'], ['Apps', 'apps'],
  ['Event types', 'event-types'], ['Rules', 'rules'], ['Keys', 'keys'], ['Background tasks', 'tasks'], ['Operational webhooks', 'operational'],
]

const NAME = /^[A-Za-z0-9._-]{1,256}$/

export function places(text: string, app: string | undefined): Place[] {
  const wanted = text.trim()
  if (wanted === '') return []
  const found: Place[] = []
  if (/^(msg|dlv)_\w+$/.test(wanted)) found.push({ label: wanted, kind: 'Execution', to: { name: 'execution', params: { id: wanted } } })
  if (/^ep_\w+$/.test(wanted)) {
    if (app !== undefined) found.push({ label: wanted, kind: 'Endpoint', to: { name: 'endpoint', params: { app, endpoint: wanted } } })
    found.push({ label: wanted, kind: 'Its deliveries', to: { name: 'deliveries', query: { endpoint: wanted } } })
  }
  const pages = PAGES.filter(([label]) => label.toLowerCase().includes(wanted.toLowerCase()))
  found.push(...pages.map(([label, name]) => ({ label, kind: 'Page', to: { name } })))
  if (!/^(msg|dlv|ep)_/.test(wanted) && NAME.test(wanted)) {
    found.push({ label: wanted, kind: 'Deliveries of app', to: { name: 'deliveries', query: { app: wanted } } })
    found.push({ label: wanted, kind: 'Endpoints of app', to: { name: 'endpoints', query: { app: wanted } } })
    if (wanted.includes('.')) found.push({ label: wanted, kind: 'Deliveries of event type', to: { name: 'deliveries', query: { type: wanted } } })
  }
  return found
}
