// A browser, and pages that report what goes wrong in them.

import { type Browser, type BrowserContextOptions, type Page, chromium } from 'playwright-core'

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
