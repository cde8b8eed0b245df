// Ten thousand deliveries, in a program of their own, while somebody looks at the list.

import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { test } from './given.ts'
import { call } from './platform/fill.ts'
import { type Program, newData, removeData, start } from './program.ts'

const data = newData()
let program: Program

beforeAll(async () => {
  program = await start({ mode: 'dev', data })
  const ready = await call(program.address, '/ready')
  await call(program.address, '/api/v1/app', { uid: 'flooded', name: 'Flooded' })
  await call(program.address, '/api/v1/app/flooded/endpoint', { url: `http://${String(ready.receiver)}/` })
})
afterAll(async () => {
  await program.stop()
  removeData(data)
})

const rows = (page: Page) => page.locator('[data-delivery-row]')

/** The issue asks for so many in a minute; they come in a quarter of it. */
const FLOOD = 10_000
const FLOOD_SECONDS = 15
const BATCH = 100
const TASK_MS_MAX = 250
const HEAP_BYTES_MAX = 40 * 1024 * 1024

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}

async function flood(address: string): Promise<void> {
  const messages = Array.from({ length: BATCH }, (_, index) => ({ eventType: 'order.paid', payload: { index } }))
  const begun = Date.now()
  for (let sent = 0; sent < FLOOD; sent += BATCH) {
    await call(address, `/api/v1/app/flooded/msg/batch`, { messages })
    const due = begun + ((sent + BATCH) / FLOOD) * FLOOD_SECONDS * 1000
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - Date.now())))
  }
}

test('ten thousand deliveries leave the page quick and its memory bounded', async ({ page }) => {
  await page.goto(`${program.address}/deliveries`)
  await page.getByText('Nothing was delivered yet.').waitFor()
  const session = await page.context().newCDPSession(page)
  const before = await heap(session)
  await page.evaluate(`(() => {
    window.tasks = []
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.tasks.push(entry.duration) }).observe({ type: 'longtask' })
    window.frame = 0
    let last = performance.now()
    const next = (now) => { window.frame = Math.max(window.frame, now - last); last = now; requestAnimationFrame(next) }
    requestAnimationFrame(next)
  })()`)
  await flood(program.address)
  const delivered = async () => Number((await call(program.address, '/api/v1/stats/attempts')).delivered)
  await expect.poll(delivered, { timeout: 30_000, interval: 500 }).toBe(FLOOD)
  const [tasks, frame] = await page.evaluate('[window.tasks, window.frame]') as [number[], number]
  const after = await heap(session)
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  console.log(`${FLOOD} deliveries: ${tasks.length} tasks beyond 50 ms, the longest ${Math.max(0, ...tasks).toFixed(0)} ms; the longest frame ${frame.toFixed(0)} ms; heap ${megabytes(before)} MB, then ${megabytes(after)} MB`)
  expect(Math.max(0, ...tasks)).toBeLessThan(TASK_MS_MAX)
  expect(after).toBeLessThan(HEAP_BYTES_MAX)
  expect(await rows(page).count()).toBeLessThan(70)
  // The page is not behind.
  await rows(page).nth(20).locator('.mark.success').waitFor()
})
