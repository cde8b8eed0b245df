// Signing in to `whimbrel serve`: with a key, with a link into the portal, and out again.

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { open } from './browser.ts'
import { test } from './given.ts'
import { newData, removeData, start } from './program.ts'

let address: string
let admin: string
let stop: () => Promise<void>

beforeAll(async () => {
  const data = newData()
  const program = await start({ mode: 'serve', data })
  address = program.address
  admin = /whk_\w+/.exec(program.said.join('\n'))?.[0] ?? ''
  stop = async () => { await program.stop(); removeData(data) }
  for (const uid of ['acme', 'birch']) {
    await ask('/app', { uid, name: `Customer ${uid}` })
    await ask(`/app/${uid}/endpoint`, { url: `https://${uid}.example.com/hooks` })
  }
})
afterAll(() => stop())

async function ask(path: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin}` }
  const answer = await fetch(`${address}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await answer.json()) as Record<string, string>
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key', { exact: true }).fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const ways = (page: Page) => page.locator('.rail nav a').allTextContents()

/** What a browser says of an answer that is not 2xx. */
const isRefusal = (fault: string) => /status of 40[13]/.test(fault)

test('a key opens the console, and signing out closes it', async ({ browser }) => {
  const { page, faults } = await open(browser)
  await page.goto(`${address}/keys`)
  await signIn(page, 'whk_00000000_bad')
  await page.getByText('This key opens nothing').waitFor()
  await signIn(page, admin)
  await page.getByRole('heading', { name: 'Keys' }).waitFor()
  expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')).toBe('[{},{},""]')
  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ name: 'whimbrel_session', httpOnly: true, sameSite: 'Strict' })
  await page.reload()
  await page.getByRole('heading', { name: 'Keys' }).waitFor()
  // A change needs the session's token, which only this page knows.
  const forged = await page.evaluate(`fetch('/api/v1/app', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' }).then((answer) => answer.status)`)
  expect(forged).toBe(403)
  await page.goto(`${address}/apps`)
  await page.getByRole('button', { name: 'New app' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Made by hand')
  await page.getByRole('button', { name: 'Create' }).click()
  await page.getByRole('row', { name: 'Made by hand' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key', { exact: true }).waitFor()
  await page.reload()
  await page.getByLabel('Key', { exact: true }).waitFor()
  expect(faults.filter((fault) => !isRefusal(fault))).toEqual([])
  await page.context().close()
})

test('a link into the portal opens one app, and leaves no key in the address', async ({ browser }) => {
  const { page, faults } = await open(browser)
  const { url } = await ask('/auth/app-portal-access/acme', {})
  const link = new URL(url ?? '')
  await page.goto(`${address}/endpoints${link.hash}`)
  await page.locator('[data-endpoint-row]').first().waitFor()
  expect(page.url()).toBe(`${address}/endpoints`)
  expect(await page.locator('[data-endpoint-row]').allTextContents()).toEqual([expect.stringContaining('acme.example.com')])
  expect(await ways(page)).toEqual(['Overview', 'Deliveries', 'Endpoints', 'Event types', 'Tasks'])
  await page.reload()
  await page.locator('[data-endpoint-row] a').first().click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  expect(await page.getByRole('button', { name: 'Send a ping' }).count()).toBe(0)
  await page.getByRole('link', { name: 'Recover' }).click()
  await page.locator('[data-recover]').click()
  await page.locator('[data-task]', { hasText: 'Finished' }).waitFor()
  await page.getByRole('link', { name: 'Tasks' }).click()
  await page.getByRole('row', { name: 'Try again what failed' }).waitFor()
  expect(faults).toEqual([])
  await page.goto(`${address}/endpoints/birch/ep_1yZ`)
  await page.getByRole('alert').waitFor()
  await page.goto(`${address}/keys`)
  await page.getByRole('alert').waitFor()
  await page.context().close()
})

test('a key that only reads is offered no change', async ({ browser }) => {
  const { page, faults } = await open(browser)
  const { key } = await ask('/key', { name: 'Dashboards', scope: 'read' })
  await page.goto(`${address}/apps`)
  await signIn(page, key ?? '')
  await page.getByRole('row', { name: 'Customer acme' }).waitFor()
  expect(await page.getByRole('button', { name: /New|Edit|Delete|Portal/ }).count()).toBe(0)
  expect(await ways(page)).not.toContain('Try it')
  expect(faults.filter((fault) => !isRefusal(fault))).toEqual([])
  await page.context().close()
})

test('a key that only sends is told that it sees nothing', async ({ browser }) => {
  const { page } = await open(browser)
  const { key } = await ask('/key', { name: 'Backend', scope: 'send' })
  await page.goto(address)
  await signIn(page, key ?? '')
  await page.getByText('This key only sends.').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Key', { exact: true }).waitFor()
  await page.context().close()
})
