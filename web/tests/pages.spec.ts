// Every page, in both colours and on a small screen: nothing fails, nothing overflows, and axe finds no serious fault.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import type { Server } from 'node:http'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open } from './browser.ts'
import { serve } from './serve.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const VIEWS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  small: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
}
let address: string
let server: Server
let browser: Browser

beforeAll(async () => {
  ;({ address, server } = await serve(undefined))
  browser = await launch()
})
afterAll(async () => {
  await browser.close()
  server.closeAllConnections()
  server.close()
})

async function paths(): Promise<string[]> {
  const { data } = (await fetch(`${address}/api/v1/delivery?status=fail&limit=1`).then((answer) => answer.json())) as { data: Record<string, string>[] }
  const { messageId, appUid, endpointId } = data[0] ?? {}
  const endpoint = `/endpoints/${appUid}/${endpointId}`
  return [
    '/', '/try', '/deliveries', `/messages/${messageId}`, '/endpoints', '/endpoints?app=42', endpoint, `${endpoint}?tab=recover`, `${endpoint}?tab=settings`, `${endpoint}?tab=secret`,
    `${endpoint}?tab=headers`, `${endpoint}?tab=credentials`, '/apps', '/event-types', '/rules', '/keys', '/tasks', '/operational', '/nowhere', '/deliveries?status=canceled', '/messages/msg_absent',
  ]
}

interface Violation { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }

/** Axe is run through the debugger, which the page's policy does not concern. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })') as { violations: Violation[] }
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`)
}

test.each(Object.entries(VIEWS))('every page is sound: %s', async (_, options) => {
  const { page, faults } = await open(browser, { ...options, reducedMotion: 'reduce' })
  const found: Record<string, string[]> = {}
  for (const path of await paths()) {
    faults.length = 0
    await page.goto(address + path, { waitUntil: 'load' })
    await page.locator('main h1').waitFor()
    await page.waitForFunction('document.fonts.ready.then(() => true)')
    await page.waitForTimeout(350)
    const width = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    const cut = await page.evaluate('[...document.querySelectorAll("[data-delivery-row]")].filter((row) => row.scrollHeight > row.clientHeight + 1 || row.innerText.trim() === "").length')
    const here = [...faults.filter((fault) => !/msg_absent/.test(fault)), ...(await faultsOf(page)), ...(width === 0 ? [] : [`it overflows by ${String(width)} px`]), ...(cut === 0 ? [] : [`${String(cut)} rows are cut or empty`])]
    if (here.length > 0) found[path] = here
  }
  expect(found).toEqual({})
  await page.context().close()
}, 240_000)

/** Compressed script of the first page, in bytes. */
const FIRST_PAGE_MAX = 250_000

test('the first page loads little script', async () => {
  const { page } = await open(browser)
  let bytes = 0
  page.on('response', async (response) => {
    if (response.url().endsWith('.js')) bytes += gzipSync(await response.body()).length
  })
  const begun = Date.now()
  await page.goto(address)
  await page.locator('canvas').waitFor()
  console.log(`first page: ${Math.round(bytes / 1000)} kB of compressed script, drawn after ${Date.now() - begun} ms`)
  expect(bytes).toBeLessThan(FIRST_PAGE_MAX)
  await page.context().close()
})
