// Every page, in both colours and on a small screen: nothing fails, nothing overflows, and axe finds no serious fault.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { open } from './browser.ts'
import { test } from './given.ts'
import { call } from './platform/fill.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** What axe looks for; `undefined` for all. In the dark only the colours are others. */
const VIEWS: [name: string, options: BrowserContextOptions, rules?: string[]][] = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }, ['color-contrast']],
  ['small', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
]

async function paths(address: string): Promise<string[]> {
  const { data } = await call(address, '/api/v1/delivery?app_id=alder-finch&status=fail&limit=1')
  const [failed] = data as unknown as Record<string, string>[]
  // So that there is a task to be seen.
  await call(address, `/api/v1/app/${failed?.appUid}/endpoint/${failed?.endpointId}/recover`, { since: failed?.createdAt })
  const endpoint = `/endpoints/${failed?.appUid}/${failed?.endpointId}`
  return [
    '/', '/?app=northwind', '/try', '/deliveries', '/deliveries?app=northwind', '/deliveries?from=2026-01-01T00:00:00.000Z', '/deliveries?status=canceled', `/messages/${failed?.messageId}`, '/messages/msg_absent',
    '/endpoints', '/endpoints?app=northwind', endpoint, `${endpoint}?tab=recover`, `${endpoint}?tab=settings`, `${endpoint}?tab=secret`, `${endpoint}?tab=headers`, `${endpoint}?tab=credentials`,
    '/apps', '/event-types', '/rules', '/keys', '/tasks', '/operational', '/nowhere',
  ]
}

interface Violation { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }

/** Axe is run through the debugger, which the page's policy does not concern. */
async function faultsOf(page: Page, rules: string[] | undefined): Promise<string[]> {
  await page.evaluate(axe)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const { violations } = await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`) as { violations: Violation[] }
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`)
}

test.for(VIEWS)('every page is sound: %s', async ([, options, rules], { browser, address }) => {
  const { page, faults } = await open(browser, { ...options, reducedMotion: 'reduce' })
  const found: Record<string, string[]> = {}
  for (const path of await paths(address)) {
    faults.length = 0
    await page.goto(address + path, { waitUntil: 'load' })
    await page.locator('main h1').waitFor()
    await page.locator('[data-loading]').waitFor({ state: 'detached' })
    await page.waitForTimeout(150)
    const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    const sideways = await page.evaluate('[...document.querySelectorAll(".table-scroll")].filter((table) => table.scrollWidth > table.clientWidth).length')
    const cut = await page.evaluate('[...document.querySelectorAll("[data-delivery-row]")].filter((row) => row.scrollHeight > row.clientHeight + 1 || row.innerText.trim() === "").length')
    const here = [...faults.filter((fault) => !/msg_absent/.test(fault)), ...(await faultsOf(page, rules)), ...(width === 0 ? [] : [`it overflows by ${String(width)} px`]), ...(sideways === 0 ? [] : ['a table scrolls sideways']), ...(cut === 0 ? [] : [`${String(cut)} rows are cut or empty`])]
    if (here.length > 0) found[path] = here
  }
  expect(found).toEqual({})
  await page.context().close()
})

test('the colours follow the system', async ({ browser, address }) => {
  const ground = async (colorScheme: 'light' | 'dark') => {
    const { page } = await open(browser, { colorScheme })
    await page.goto(address)
    const colour = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    await page.context().close()
    return Number(/\d+/.exec(String(colour))?.[0])
  }
  expect(await ground('light')).toBeGreaterThan(200)
  expect(await ground('dark')).toBeLessThan(50)
})

/** Compressed script of the first page, in bytes. */
const FIRST_PAGE_MAX = 250_000
const INTERACTIVE_MS_MAX = 1_000

test('the first page loads little script, and takes the keyboard within a second', async ({ page, address }) => {
  let bytes = 0
  page.on('response', async (response) => {
    if (response.url().endsWith('.js')) bytes += gzipSync(await response.body()).length
  })
  const begun = Date.now()
  await page.goto(address, { waitUntil: 'commit' })
  await page.locator('main h1').waitFor()
  await page.keyboard.press('/')
  await page.locator('[data-search]:focus').waitFor()
  const interactive = Date.now() - begun
  await page.locator('canvas').waitFor()
  console.log(`first page: ${Math.round(bytes / 1000)} kB of compressed script, interactive after ${interactive} ms, its chart drawn after ${Date.now() - begun} ms`)
  expect(bytes).toBeLessThan(FIRST_PAGE_MAX)
  expect(interactive).toBeLessThan(INTERACTIVE_MS_MAX)
})
