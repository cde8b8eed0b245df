// What happens shows without a reload: told by the stream, or looked for where it is cut.

import type { Page } from 'playwright-core'
import { test } from './given.ts'
import { newCompany } from './demo.ts'
import { call } from './platform/fill.ts'

async function newApp(address: string, url: string): Promise<string> {
  const uid = newCompany()
  await call(address, '/api/v1/app', { name: uid, uid })
  await call(address, `/api/v1/app/${uid}/endpoint`, { url })
  return uid
}
const send = (address: string, app: string) => call(address, `/api/v1/app/${app}/msg`, { eventType: 'order.paid', payload: { total: 1 } })
const rows = (page: Page) => page.locator('[data-delivery-row]')

/** Sends a message, and sees its row come, be retried, and change once it is cancelled. */
async function seeItHappen(page: Page, address: string, app: string): Promise<void> {
  const { id } = await send(address, app)
  const row = rows(page).filter({ hasText: String(id) })
  await row.locator('.mark.retry').waitFor()
  await call(address, `/api/v1/app/${app}/msg/${String(id)}/cancel`, undefined, 'POST')
  await row.locator('.mark.quiet').waitFor()
}

test('rows come and change as it is told', async ({ page, address, receiver }) => {
  const app = await newApp(address, `${receiver}/fail/503`)
  await page.goto(`${address}/deliveries?app=${app}`)
  await page.locator('[data-live=streaming]').waitFor()
  await seeItHappen(page, address, app)
})

test('where the stream is cut, the page looks for itself', async ({ page, address, receiver, faults }) => {
  await page.route('**/api/v1/live', (route) => route.abort())
  const app = await newApp(address, `${receiver}/fail/503`)
  await page.goto(`${address}/deliveries?app=${app}`)
  await page.locator('[data-live=polling]').waitFor()
  await seeItHappen(page, address, app)
  faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes('/api/v1/live')))
})

test('a row tells how its last attempt went, without being read again', async ({ page, address, receiver, faults }) => {
  const app = await newApp(address, `${receiver}/fail/503`)
  const { id } = await send(address, app)
  const endpoint = ((await call(address, `/api/v1/app/${app}/endpoint`)).data as unknown as { id: string }[])[0]?.id ?? ''
  await page.goto(`${address}/deliveries?app=${app}`)
  await page.locator('[data-live=streaming]').waitFor()
  const last = rows(page).filter({ hasText: String(id) }).locator('.last')
  await last.getByText('503').waitFor()
  await page.route('**/api/v1/delivery?*', (route) => route.abort())
  await call(address, `/api/v1/app/${app}/endpoint/${endpoint}`, { url: `${receiver}/` }, 'PATCH')
  await call(address, `/api/v1/app/${app}/msg/${String(id)}/endpoint/${endpoint}/resend`, undefined, 'POST')
  await last.getByText('200').waitFor()
  faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes('/api/v1/delivery')))
})

test('the health of an endpoint goes on by itself', async ({ page, address, receiver }) => {
  const app = await newApp(address, `${receiver}/fail/503`)
  await page.goto(`${address}/endpoints?app=${app}`)
  await page.locator('[data-endpoint-row]', { hasText: 'No calls yet' }).waitFor()
  await page.locator('[data-live=streaming]').waitFor()
  await send(address, app)
  await page.locator('[data-endpoint-row]', { hasText: 'The receiver answered 503.' }).waitFor()
})

test('the overview goes on by itself', async ({ page, address, receiver }) => {
  const app = await newApp(address, receiver)
  await page.goto(`${address}/?app=${app}`)
  await page.getByText('Nothing was sent in this time.').waitFor()
  await send(address, app)
  await page.locator('canvas').waitFor()
})
