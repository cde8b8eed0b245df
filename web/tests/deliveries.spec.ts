// The list of deliveries, in the history that the customers have: filters, addresses, the keyboard, scrolling, trying again.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { test } from './given.ts'
import { callOf, createCandidate, newCompany, register } from './demo.ts'
import { call } from './platform/fill.ts'

const rows = (page: Page) => page.locator('[data-delivery-row]')
const marks = (page: Page, tone: string) => rows(page).locator(`.mark.${tone}`)
interface Row { id: string; messageId: string; appUid: string; endpointId: string }
const firstFailed = async (address: string) => ((await call(address, '/api/v1/delivery?app_id=alder-finch&status=fail&limit=1')).data as unknown as Row[])[0] as Row

test('filters stand in the address, and the back button takes them away', async ({ page, address }) => {
  await page.goto(`${address}/deliveries?status=fail`)
  await marks(page, 'fail').first().waitFor()
  expect(await page.locator('[data-filter-status=fail]').getAttribute('aria-pressed')).toBe('true')
  expect(await marks(page, 'success').count()).toBe(0)
  await page.locator('[data-filter-status=success]').click()
  await page.waitForURL('**/deliveries?status=fail,success')
  await marks(page, 'success').first().waitFor()
  await page.goBack()
  await expect.poll(() => marks(page, 'success').count()).toBe(0)
  await page.reload()
  await marks(page, 'fail').first().waitFor()
})

test('each filter narrows the list, and a link to it opens the same list', async ({ page, address }) => {
  const { appUid, endpointId } = await firstFailed(address)
  const cases: [query: string, holds: (text: string) => boolean][] = [
    [`app=${appUid}`, () => true],
    [`app=northwind&type=offer.accepted`, (text) => text.includes('offer.accepted')],
    [`endpoint=${endpointId}`, (text) => text.includes(appUid)],
    ['status=sending', (text) => text.includes('Retrying') || text.includes('Sending')],
    ['span=1h', () => true],
  ]
  for (const [query, holds] of cases) {
    await page.goto(`${address}/deliveries?${query}`)
    await rows(page).first().waitFor()
    const texts = await rows(page).allTextContents()
    expect(texts.filter((text) => !holds(text)), query).toEqual([])
  }
  await page.goto(`${address}/deliveries?to=2001-01-01T00:00:00.000Z`)
  await page.getByText('No delivery is like that.').waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  await rows(page).first().waitFor()
})

test('an event type, an endpoint and an id are written into the filters', async ({ page, address }) => {
  const { id, endpointId } = await firstFailed(address)
  await page.goto(`${address}/deliveries`)
  await page.getByLabel('Event type').fill('offer.accepted')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/deliveries?type=offer.accepted')
  await page.getByLabel('Endpoint').fill(endpointId)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/deliveries?type=offer.accepted&endpoint=${endpointId}`)
  await page.getByLabel('Id of a message or delivery').fill(id)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/messages/${id}`)
  await page.locator('[data-attempt]').first().waitFor()
  await page.goBack()
  await page.waitForURL(`**/deliveries?type=offer.accepted&endpoint=${endpointId}`)
})

test('what could not be read is tried again', async ({ page, address, faults }) => {
  await page.route('**/api/v1/delivery?*', (route) => route.abort())
  await page.goto(`${address}/deliveries`)
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor()
  await page.unroute('**/api/v1/delivery?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await rows(page).first().waitFor()
  faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes('/api/v1/delivery')))
})

test('an app that is not there is said to be, with what to do', async ({ page, address, faults }) => {
  await page.goto(`${address}/deliveries?app=nobody`)
  await page.getByRole('alert').getByText('It may have been deleted').waitFor()
  faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes('app')))
})

test('the keyboard finds, moves and opens', async ({ page, address, receiver }) => {
  const company = newCompany()
  await register(page, address, company, receiver)
  await createCandidate(page)
  await callOf(page, 'succeeded').waitFor()
  await page.locator('h1').click()
  await page.keyboard.press('/')
  await page.keyboard.type(company)
  await page.getByRole('option', { name: 'Deliveries of app' }).click()
  await page.waitForURL(`**/deliveries?app=${company}`)
  await rows(page).first().waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/messages/**')
})

test('scrolling goes on, with few rows in the page', async ({ page, address }) => {
  await page.goto(`${address}/deliveries`)
  await rows(page).first().waitFor()
  await expect.poll(async () => {
    await page.mouse.wheel(0, 1200)
    return Number(await page.getByRole('table').getAttribute('aria-rowcount'))
  }).toBeGreaterThan(150)
  expect(await rows(page).count()).toBeLessThan(70)
})

test('what failed is selected and tried again', async ({ page, address }) => {
  await page.goto(`${address}/deliveries?status=fail&app=alder-finch`)
  await rows(page).locator('input').nth(2).check()
  await rows(page).locator('input').nth(3).check()
  await page.locator('[data-bulk-retry]').click()
  await page.getByText('2 are tried again now.').waitFor()
})

test('retry now makes another attempt', async ({ page, address }) => {
  await page.goto(`${address}/deliveries?status=fail&app=alder-finch`)
  await rows(page).locator('a').last().click()
  await page.locator('[data-attempt]').first().waitFor()
  const before = await page.locator('[data-attempt]').count()
  await page.locator('[data-retry]').click()
  await expect.poll(() => page.locator('[data-attempt]').count(), { timeout: 15_000 }).toBeGreaterThan(before)
  await page.getByText('by hand').first().waitFor()
})
