// What every test in the browser begins with: the program's address, and a page that reports what goes wrong in it.

import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'
import { test as plain, expect } from 'vitest'

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })

/** A page of its own, and the faults that were seen in it: errors, refused scripts, failed requests. */
export async function open(browser: Browser, options: BrowserContextOptions = {}): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`))
  page.on('console', (message) => { if (message.type() === 'error' || /Content.Security.Policy/.test(message.text())) faults.push(`console: ${message.text()} ${message.location().url}`) })
  return { page, faults }
}

interface Given {
  browser: Browser
  address: string
  /** The sample receiver. */
  receiver: string
  page: Page
  /** What has gone wrong in the page; the test fails if anything is left here at its end. */
  faults: string[]
}

export const test = plain.extend<Given & { opened: { page: Page; faults: string[] } }>({
  browser: [async ({}, use) => {
    const browser = await launch()
    await use(browser)
    await browser.close()
  }, { scope: 'file' }],
  address: process.env.WHIMBREL_URL ?? '',
  receiver: async ({ address }, use) => {
    const ready = (await fetch(`${address}/ready`).then((answer) => answer.json())) as { receiver: string }
    await use(`http://${ready.receiver}`)
  },
  opened: async ({ browser }, use) => {
    const opened = await open(browser)
    await use(opened)
    await opened.page.context().close()
    expect(opened.faults.filter((fault) => !fault.includes('/api/v1/live'))).toEqual([])
  },
  page: async ({ opened }, use) => { await use(opened.page) },
  faults: async ({ opened }, use) => { await use(opened.faults) },
})
