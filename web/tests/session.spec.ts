// Signing in: with a key, with a link into the portal, and out again. The routes are played here.

import type { Server } from 'node:http'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open } from './browser.ts'
import { serve } from './serve.ts'

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

/** A server that asks for a key, `good` or `customer`; answers what it was asked. */
async function locked(page: Page): Promise<string[]> {
  const asked: string[] = []
  let session: object | undefined
  const sessions: Record<string, object> = {
    good: { mode: 'key', scope: 'admin', csrf: 'token-1' },
    customer: { mode: 'key', scope: 'app', appId: '42', csrf: 'token-2' },
  }
  await page.route('**/api/v1/session', async (route) => {
    const request = route.request()
    asked.push(`${request.method()} ${request.headers()['x-whimbrel-csrf'] ?? ''}`.trim())
    if (request.method() === 'POST') session = sessions[(request.postDataJSON() as { key: string }).key]
    if (request.method() === 'DELETE') session = undefined
    if (request.method() === 'DELETE') await route.fulfill({ status: 204 })
    else await route.fulfill(session ? { status: 200, json: session } : { status: 401, json: { code: 'authentication_failed', detail: 'Invalid token' } })
  })
  return asked
}

test('a key opens the console, and signing out closes it', async () => {
  const { page } = await open(browser)
  const asked = await locked(page)
  await page.goto(`${address}/keys`)
  await page.getByLabel('Key', { exact: true }).fill('bad')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This key opens nothing').waitFor()
  await page.getByLabel('Key', { exact: true }).fill('good')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Keys' }).waitFor()
  expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).toBe('[{},{}]')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key', { exact: true }).waitFor()
  expect(asked.at(-1)).toBe('DELETE token-1')
  await page.context().close()
})

test('a link into the portal opens one app, and leaves no key in the address', async () => {
  const { page } = await open(browser)
  await locked(page)
  await page.goto(`${address}/endpoints#key=customer`)
  await page.locator('[data-endpoint-row]').first().waitFor()
  expect(page.url()).toBe(`${address}/endpoints`)
  expect(await page.locator('nav a').allTextContents()).toEqual(['Overview', 'Deliveries', 'Endpoints', 'Event types'])
  await page.reload()
  await page.locator('[data-endpoint-row]').first().waitFor()
  await page.context().close()
})
