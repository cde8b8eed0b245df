// What is set up in the console: apps, endpoints, event types, keys, operational webhooks.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { test } from './given.ts'
import { call } from './platform/fill.ts'

let serial = Date.now() % 1_000_000_000

async function newApp(address: string): Promise<string> {
  const uid = `p${++serial}`
  await call(address, '/api/v1/app', { name: `Customer ${uid}`, uid })
  return uid
}

/** Confirms the question that is asked. */
const confirm = (page: Page, label: string) => page.getByRole('dialog').getByRole('button', { name: label, exact: true }).click()

test('an app is made, changed, linked to and deleted', async ({ page, address, faults }) => {
  const name = `Customer ${++serial}`
  await page.goto(`${address}/apps`)
  await page.getByRole('button', { name: 'New app' }).first().click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await page.getByRole('dialog').getByLabel('Uid').fill('not valid!')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('dialog').locator('[aria-invalid=true]').waitFor()
  await page.getByRole('dialog').getByLabel('Uid').fill(`u${serial}`)
  await page.getByRole('button', { name: 'Create' }).click()
  const row = page.getByRole('row', { name })
  await row.getByText(`u${serial}`).waitFor()
  await row.getByRole('button', { name: 'Portal link' }).click()
  expect(await page.getByRole('dialog').locator('[data-secret]').textContent()).toContain('/#key=')
  await page.keyboard.press('Escape')
  await row.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('dialog').getByLabel('Messages per second').fill('25')
  await page.getByRole('button', { name: 'Save' }).click()
  await row.getByRole('cell', { name: '25', exact: true }).waitFor()
  await row.getByRole('button', { name: 'Delete' }).click()
  await confirm(page, 'Delete')
  await row.waitFor({ state: 'detached' })
  faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes('422')))
})

test('an endpoint is made, set, disabled, enabled, given another secret, and deleted', async ({ page, address, receiver }) => {
  const app = await newApp(address)
  await page.goto(`${address}/endpoints?app=${app}`)
  await page.getByRole('button', { name: 'New endpoint' }).first().click()
  await page.getByRole('dialog').getByLabel('URL').fill(`${receiver}/`)
  await page.getByRole('dialog').getByLabel('Description').fill('Main')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('heading', { name: `${receiver}/` }).waitFor()
  await page.getByRole('button', { name: 'Send a ping' }).click()
  await page.locator('[data-delivery-row]', { hasText: 'svix.ping' }).locator('.mark.success').waitFor()
  await page.getByRole('button', { name: 'Disable' }).click()
  await confirm(page, 'Disable')
  await page.locator('[data-health]', { hasText: 'Disabled' }).waitFor()
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByLabel('Calls per second').fill('7')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await page.getByRole('link', { name: 'Secret' }).click()
  await page.locator('[data-reveal]').click()
  const before = await page.locator('[data-secret]').textContent()
  await page.getByRole('button', { name: 'Rotate' }).click()
  await confirm(page, 'Rotate')
  await expect.poll(() => page.locator('[data-secret]').textContent()).not.toBe(before)
  await page.getByRole('link', { name: 'Headers' }).click()
  await page.getByLabel('Name').fill('x-tenant')
  await page.getByLabel('Value').fill('blue')
  await page.getByRole('button', { name: 'Add' }).click()
  await page.getByRole('cell', { name: 'blue' }).waitFor()
  await page.getByRole('link', { name: 'Credentials' }).click()
  await page.getByLabel('Known by').selectOption('basic')
  await page.getByLabel('User name').fill('whimbrel')
  await page.getByLabel('Password').fill('secret')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('strong').getByText('user name and password').waitFor()
  await page.getByRole('link', { name: 'Settings' }).click()
  expect(await page.getByLabel('Calls per second').inputValue()).toBe('7')
  await page.getByRole('button', { name: 'Delete' }).click()
  await confirm(page, 'Delete')
  await page.getByText('This app has no endpoint.').waitFor()
})

test('a delivery is cancelled, tried again, and recovered with its progress', async ({ page, address, receiver }) => {
  const app = await newApp(address)
  const endpoint = (await call(address, `/api/v1/app/${app}/endpoint`, { url: `${receiver}/fail/503` })).id ?? ''
  const message = (await call(address, `/api/v1/app/${app}/msg`, { eventType: 'order.paid', payload: { total: 1 } })).id ?? ''
  await page.goto(`${address}/messages/${message}`)
  await page.locator('[data-attempt]').first().waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await confirm(page, 'Cancel')
  await page.getByText('It was cancelled.').waitFor()
  await page.locator('[data-retry]').click()
  await expect.poll(() => page.locator('[data-attempt]').count(), { timeout: 15_000 }).toBe(2)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await confirm(page, 'Cancel')
  await page.getByText('It was cancelled.').waitFor()
  await call(address, `/api/v1/app/${app}/endpoint/${endpoint}`, { url: `${receiver}/` }, 'PATCH')
  await page.locator('[data-delivery] a').first().click()
  await page.getByRole('link', { name: 'Recover' }).click()
  await page.locator('[data-recover]').click()
  await page.locator('[data-task]', { hasText: 'Finished' }).waitFor()
  await page.goto(`${address}/tasks`)
  await page.getByRole('row', { name: endpoint }).first().waitFor()
})

test('an event type is declared with a schema, put away and taken back', async ({ page, address }) => {
  const name = `thing.made${++serial}`
  await page.goto(`${address}/event-types`)
  await page.getByRole('button', { name: 'New event type' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await page.getByRole('dialog').getByLabel('Description').fill('A thing was made.')
  await page.getByRole('dialog').getByLabel('JSON Schema').fill('{"type":"object"')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByText('This is not JSON.').waitFor()
  await page.getByRole('dialog').getByLabel('JSON Schema').fill('{"type":"object"}')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByText(name, { exact: true }).click()
  await page.getByRole('button', { name: 'Archive' }).click()
  await confirm(page, 'Archive')
  await page.getByText(name, { exact: true }).waitFor({ state: 'detached' })
  await page.getByLabel('with archived ones').check()
  await page.getByText(name, { exact: true }).click()
  await page.getByRole('button', { name: 'Take back' }).click()
  await page.getByText('It can be chosen again.').waitFor()
})

test('a key is shown once, and revoked', async ({ page, address }) => {
  const name = `Job ${++serial}`
  await page.goto(`${address}/keys`)
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await page.getByRole('dialog').getByLabel('Ends').selectOption({ label: 'after 30 days' })
  await page.getByRole('button', { name: 'Create' }).click()
  expect(await page.locator('[data-secret]').textContent()).toMatch(/^whk_/)
  await page.getByRole('button', { name: 'I have it' }).click()
  const row = page.getByRole('row', { name })
  await row.getByRole('button', { name: 'Revoke' }).click()
  await confirm(page, 'Revoke')
  await row.getByText('revoked').waitFor()
})

test('an operational endpoint is made, changed and deleted', async ({ page, address, receiver }) => {
  await page.goto(`${address}/operational`)
  await page.getByRole('button', { name: 'New endpoint' }).first().click()
  await page.getByRole('dialog').getByLabel('URL').fill(`${receiver}/`)
  await page.getByRole('dialog').getByLabel('endpoint.disabled').check()
  await page.getByRole('button', { name: 'Create' }).click()
  const row = page.getByRole('row', { name: 'endpoint.disabled' }).first()
  await row.getByRole('button', { name: 'Secret' }).click()
  expect(await page.getByRole('dialog').locator('[data-secret]').textContent()).toMatch(/^whsec_/)
  await page.keyboard.press('Escape')
  await row.getByRole('button', { name: 'Edit' }).click()
  await page.getByRole('dialog').getByLabel('Description').fill('Pager')
  await page.getByRole('button', { name: 'Save' }).click()
  await row.getByText('Pager').waitFor()
  await row.getByRole('button', { name: 'Delete' }).click()
  await confirm(page, 'Delete')
  await page.getByText('It is told nothing any more.').first().waitFor()
})
