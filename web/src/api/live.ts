// What happens to deliveries, as it happens. The pages ask for it and do not know whether it is told or looked for.
//
// GET /api/v1/live streams it (docs/full-api.md). Where it is cut, or has no place for us, the pages look every two seconds,
// and it is tried again. It is open only while its tab is in sight: a browser has six connections to a server, for all tabs.
//
// However many changes come, at most CHANGES_MAX are kept between two tellings, and there are at most four tellings a second.

import { onScopeDispose, ref } from 'vue'
import type { Schemas } from './client'

/** Where a delivery stands now. */
export type DeliveryChange = Schemas['DeliveryChange']

/** What is told. With `complete` false, more has happened than `changes` says: read again. */
export interface News {
  changes: DeliveryChange[]
  complete: boolean
}

type Listener = (news: News) => void

const CHANGES_MAX = 500
const TELL_MS = 250
const POLL_MS = 2_000
const AGAIN_MS = 15_000

/** `streaming` and `polling` are both live; `off` while nobody listens. */
export const liveState = ref<'off' | 'streaming' | 'polling' | 'waiting'>('off')

const listeners = new Set<Listener>()
let source: EventSource | undefined
let poll: ReturnType<typeof setInterval> | undefined
let again: ReturnType<typeof setTimeout> | undefined
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
  document.addEventListener('visibilitychange', seenOrNot)
  if (!document.hidden) openStream()
}

function stop(): void {
  document.removeEventListener('visibilitychange', seenOrNot)
  closeStream()
  clearTimeout(telling)
  telling = undefined
  kept = new Map()
  liveState.value = 'off'
}

function openStream(): void {
  if (poll === undefined) liveState.value = 'waiting'
  const opened = (source = new EventSource('/api/v1/live'))
  opened.onopen = () => {
    liveState.value = 'streaming'
    stopPolling()
    missed()
  }
  opened.addEventListener('delivery', (event: MessageEvent<string>) => { keep(JSON.parse(event.data) as DeliveryChange) })
  opened.addEventListener('lost', missed)
  opened.onerror = () => {
    startPolling()
    // CONNECTING: the browser comes again by itself, with Last-Event-ID. CLOSED: there was no place, or no leave.
    if (opened.readyState === EventSource.CLOSED) again = setTimeout(openStream, AGAIN_MS)
  }
}

function closeStream(): void {
  source?.close()
  clearTimeout(again)
  stopPolling()
}

function seenOrNot(): void {
  closeStream()
  if (document.hidden) return
  openStream()
  missed()
}

function startPolling(): void {
  liveState.value = 'polling'
  poll ??= setInterval(missed, POLL_MS)
}

function stopPolling(): void {
  clearInterval(poll)
  poll = undefined
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
