// What is done on the page of the demo.

import type { Page } from 'playwright-core'

let serial = Date.now() % 1_000_000_000
/** Companies of their own for each run. */
export const newCompany = () => `c${++serial}`

export async function register(page: Page, address: string, company: string, url: string): Promise<void> {
  await page.goto(`${address}/try`)
  const form = page.locator('section', { has: page.getByRole('heading', { name: 'Register a webhook' }) })
  await form.getByLabel('URL').fill(url)
  await form.getByLabel('Company').fill(company)
  await form.getByRole('button', { name: 'Register' }).click()
  await page.locator('[data-registered]').waitFor()
}

export async function createCandidate(page: Page, firstName?: string): Promise<void> {
  if (firstName !== undefined) await page.getByLabel('First name').fill(firstName)
  await page.getByRole('button', { name: 'Create' }).click()
  await page.locator('[data-execution]').first().waitFor()
}

/** The newest watched call, once it has this status. */
export const callOf = (page: Page, status: string) => page.locator('[data-execution]').first().locator(`[data-status=${status}]`)
