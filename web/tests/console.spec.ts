// What somebody does in the console, against the made-up API or the program at WHIMBREL_URL (`whimbrel dev` with a short
// retry schedule, such as 1s,1s, and its sample receiver).

import type { Server } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest'
import { launch, open } from './browser.ts'
import { serve } from './serve.ts'

const program = process.env.WHIMBREL_URL
const isFake = program === undefined
let address: string
let receiver: string
let server: Server
let browser: Browser
let page: Page
let faults: string[]
/** Companies of their own for each run. */
let serial = Date.now() % 1_000_000_000

beforeAll(async () => {
  ;({ address, server } = await serve(program))
  receiver = `http://${((await fetch(`${address}/ready`).then((answer) => answer.json())) as { receiver: string }).receiver}`
  browser = await launch()
})
afterAll(async () => {
  await browser.close()
  server.closeAllConnections()
  server.close()
})
beforeEach(async () => {
  ;({ page, faults } = await open(browser))
})
afterEach(async () => {
  await page.context().close()
  // Until the program has all routes, what it lacks is not a fault of the page.
  expect(faults.filter((fault) => isFake || !/status of (404|405)/.test(fault))).toEqual([])
})

async function register(company: string, path: string): Promise<void> {
  await page.goto(`${address}/try`)
  const form = page.locator('section', { has: page.getByRole('heading', { name: 'Register a webhook' }) })
  await form.getByLabel('URL').fill(receiver + path)
  await form.getByLabel('Company').fill(company)
  await form.getByRole('button', { name: 'Register' }).click()
  await page.locator('[data-registered]').waitFor()
}

async function createCandidate(firstName?: string): Promise<void> {
  if (firstName !== undefined) await page.getByLabel('First name').fill(firstName)
  await page.getByRole('button', { name: 'Create' }).click()
  await page.locator('[data-execution]').first().waitFor()
}

/** The newest watched call, once it has this status. */
const call = (status: string) => page.locator('[data-execution]').first().locator(`[data-status=${status}]`)
const newCompany = () => `c${++serial}`

test("the article's demo, from the registration to success", async () => {
  await register(newCompany(), '/')
  const token = await page.locator('[data-secret]').first().textContent()
  expect(token).toMatch(/^\w{32}$/)
  await page.getByRole('tab', { name: 'Rust' }).click()
  await expect.poll(() => page.getByRole('tabpanel', { name: 'Rust' }).textContent()).toContain(btoa(token ?? ''))
  await createCandidate()
  await call('succeeded').waitFor()
  await page.locator('[data-execution] a').first().click()
  await page.locator('[data-step=S6h][data-state=succeeded]').waitFor()
  await page.locator('[data-step=S6i][data-state=notEntered]').waitFor()
})

test('a failing receiver is seen through its retries to the end, with each attempt', async () => {
  await register(newCompany(), '/fail/503')
  await createCandidate()
  await call('pending').waitFor()
  await page.locator('[data-execution] a').first().click()
  await page.locator('[data-execution-status]', { hasText: 'Running' }).waitFor()
  await page.locator('[data-execution-status]', { hasText: 'Failed' }).waitFor({ timeout: 30_000 })
  expect(await page.locator('[data-attempt]').count()).toBeGreaterThan(2)
  await page.locator('[data-attempt]').first().getByRole('button').first().click()
  await page.locator('[data-attempt]').first().getByText('http_status').waitFor()
  await page.locator('[data-step=S6i]').click()
  await page.locator('[data-step-panel]').getByRole('heading', { name: 'Output' }).waitFor()
})

test('a flaky receiver succeeds in the end', async () => {
  await register(newCompany(), '/flaky/1')
  await createCandidate()
  await call('succeeded').waitFor({ timeout: 30_000 })
})

test('a refused address says why, at the field', async () => {
  await page.goto(`${address}/try`)
  const form = page.locator('section', { has: page.getByRole('heading', { name: 'Register a webhook' }) })
  await form.getByLabel('Company').fill(newCompany())
  await form.getByLabel('URL').fill('ftp://example.com/')
  await form.getByRole('button', { name: 'Register' }).click()
  await form.locator('[aria-invalid=true]').waitFor()
  await form.getByRole('alert').waitFor()
  faults = faults.filter((fault) => !fault.includes('422'))
})

test('scripts, control characters and turned text are only ever text', async () => {
  await register(newCompany(), '/')
  await createCandidate('<script>window.hit=1</script><img src=x onerror="window.hit=1">\u202e\u0007')
  await page.locator('[data-execution] a').first().click()
  const payload = page.locator('section', { has: page.getByRole('heading', { name: 'Payload' }) })
  await payload.getByText('<script>window.hit=1</script>').waitFor()
  await payload.getByText('\\u202e').waitFor()
  expect(await page.evaluate('window.hit')).toBeUndefined()
})

test('the keyboard finds, moves and opens', async () => {
  const company = newCompany()
  await register(company, '/')
  await createCandidate()
  await call('succeeded').waitFor()
  await page.locator('h1').click()
  await page.keyboard.press('/')
  await page.keyboard.type(company)
  await page.getByRole('option', { name: 'Deliveries of app' }).click()
  await page.waitForURL(`**/deliveries?app=${company}`)
  await page.locator('[data-delivery-row]').first().waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/messages/**')
})

test('filters stand in the address, and the back button takes them away', async () => {
  if (!isFake) return
  await page.goto(`${address}/deliveries?status=fail`)
  await page.locator('[data-delivery-row]').first().waitFor()
  expect(await page.locator('[data-filter-status=fail]').getAttribute('aria-pressed')).toBe('true')
  expect(await page.locator('[data-delivery-row] .mark.success').count()).toBe(0)
  await page.locator('[data-filter-status=success]').click()
  await page.waitForURL('**/deliveries?status=fail,success')
  await page.locator('[data-delivery-row] .mark.success').first().waitFor()
  await page.goBack()
  await expect.poll(() => page.locator('[data-delivery-row] .mark.success').count()).toBe(0)
  await page.reload()
  await page.locator('[data-delivery-row] .mark.fail').first().waitFor()
})

test('scrolling goes on, with few rows in the page', async () => {
  if (!isFake) return
  await page.goto(`${address}/deliveries`)
  await page.locator('[data-delivery-row]').first().waitFor()
  for (let turn = 0; turn < 12; turn++) {
    await page.mouse.wheel(0, 1200)
    await page.waitForTimeout(80)
  }
  await expect.poll(async () => Number(await page.getByRole('table').getAttribute('aria-rowcount'))).toBeGreaterThan(150)
  expect(await page.locator('[data-delivery-row]').count()).toBeLessThan(70)
})

test('what failed is selected and tried again', async () => {
  if (!isFake) return
  await page.goto(`${address}/deliveries?status=fail`)
  await page.locator('[data-delivery-row] input').nth(3).check()
  await page.locator('[data-delivery-row] input').nth(4).check()
  await page.locator('[data-bulk-retry]').click()
  await page.getByText('2 are tried again now.').waitFor()
})

test('retry now, and recovery with its progress', async () => {
  if (!isFake) return
  await page.goto(`${address}/deliveries?status=fail`)
  await page.locator('[data-delivery-row] a').nth(5).click()
  const before = await page.locator('[data-attempt]').count()
  await page.locator('[data-retry]').click()
  await expect.poll(() => page.locator('[data-attempt]').count(), { timeout: 15_000 }).toBeGreaterThan(before)
  await page.locator('[data-delivery] a').first().click()
  await page.getByRole('link', { name: 'Recover' }).click()
  await page.locator('[data-recover]').click()
  await page.locator('[data-task]', { hasText: 'Finished' }).waitFor({ timeout: 20_000 })
})

test('ten thousand deliveries in a minute leave the page quick and its memory bounded', async () => {
  if (!isFake) return
  await page.goto(`${address}/deliveries`)
  await page.locator('[data-delivery-row]').first().waitFor()
  const flood = fetch(`${address}/api/v1/flood?count=10000&seconds=12`, { method: 'POST' })
  const slowest = await page.evaluate(`new Promise((resolve) => {
    let worst = 0, last = performance.now(), start = last
    const frame = (now) => { worst = Math.max(worst, now - last); last = now; now - start > 13000 ? resolve(worst) : requestAnimationFrame(frame) }
    requestAnimationFrame(frame)
  })`)
  await flood
  expect(slowest).toBeLessThan(500)
  expect(await page.locator('[data-delivery-row]').count()).toBeLessThan(70)
  const heap = await page.evaluate('performance.memory.usedJSHeapSize')
  expect(heap).toBeLessThan(80 * 1024 * 1024)
})
