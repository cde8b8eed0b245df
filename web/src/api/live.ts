// What happens to deliveries, as it happens. The pages ask for it and do not know whether it is told or looked for.
//
// The contract:
//   GET /api/v1/live?app_id=…   (text/event-stream)
//     id: <cursor>              a resume cursor: opaque; with the last event of a batch; sent back as Last-Event-ID after a pause
//     event: delivery
//     data: DeliveryChange
//   `event: lost` (data: {}) says that changes were left out (the pause was too long, the reader too slow, or more than
//   500 deliveries changed at once): read everything again.
//   A comment line at least every 15 s keeps the connection. A server without the route (404), or without a
//   place (503), is asked every few seconds.
//
// However many changes come, at most CHANGES_MAX are kept between two tellings, and there are at most four tellings a second.

import { onScopeDispose, ref } from 'vue'
import type { DeliveryStatus } from './deliveries'

/** Where a delivery stands now. */
export interface DeliveryChange {
  id: string
  messageId: string
  endpointId: string
  appId: string
  status: DeliveryStatus
  attempts: number
  nextAttempt?: string | null
  responseStatusCode?: number
}

/** What is told. With `complete` false, more has happened than `changes` says: read again. */
export interface News {
  changes: DeliveryChange[]
  complete: boolean
}

type Listener = (news: News) => void

const CHANGES_MAX = 500
const TELL_MS = 250
const POLL_MS = 2_000

/** `streaming` and `polling` are both live; `off` while nobody listens. */
export const liveState = ref<'off' | 'streaming' | 'polling' | 'waiting'>('off')

const listeners = new Set<Listener>()
let source: EventSource | undefined
let poll: ReturnType<typeof setInterval> | undefined
let telling: ReturnType<typeof setTimeout> | undefined
let kept = new Map<string, DeliveryChange>()
let complete = true

/** Tells the listener until the component that asks is gone. */
export function onNews(listener: Listener): void {
  listeners.add(listener)
  if (listeners.size === 1) start()
  onScopeDispose(() => {
    listeners.delete(listener)
    if (listeners.size === 0) stop()
  })
}

function start(): void {
  liveState.value = 'waiting'
  source = new EventSource('/api/v1/live')
  source.onopen = () => {
    liveState.value = 'streaming'
    stopPolling()
    missed()
  }
  source.addEventListener('delivery', (event: MessageEvent<string>) => keep(JSON.parse(event.data) as DeliveryChange))
  source.addEventListener('lost', missed)
  source.onerror = () => {
    // CONNECTING: the browser comes again by itself, with Last-Event-ID. CLOSED: there is no such route, or no leave.
    startPolling()
  }
  document.addEventListener('visibilitychange', seenAgain)
}

function stop(): void {
  source?.close()
  stopPolling()
  clearTimeout(telling)
  telling = undefined
  kept = new Map()
  document.removeEventListener('visibilitychange', seenAgain)
  liveState.value = 'off'
}

function startPolling(): void {
  liveState.value = 'polling'
  poll ??= setInterval(() => { if (!document.hidden) missed() }, POLL_MS)
}

function stopPolling(): void {
  clearInterval(poll)
  poll = undefined
}

function seenAgain(): void {
  if (!document.hidden) missed()
}

function keep(change: DeliveryChange): void {
  if (kept.size < CHANGES_MAX || kept.has(change.id)) kept.set(change.id, change)
  else complete = false
  tellSoon()
}

function missed(): void {
  complete = false
  tellSoon()
}

function tellSoon(): void {
  telling ??= setTimeout(() => {
    const news = { changes: [...kept.values()], complete }
    telling = undefined
    kept = new Map()
    complete = true
    for (const listener of listeners) listener(news)
  }, TELL_MS)
}
