// What every test in the browser begins with: the program's address, and a page in which nothing may go wrong.

import type { Browser, Page } from 'playwright-core'
import { test as plain, expect } from 'vitest'
import { launch, open } from './browser.ts'

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
    expect(opened.faults).toEqual([])
  },
  page: async ({ opened }, use) => { await use(opened.page) },
  faults: async ({ opened }, use) => { await use(opened.faults) },
})
