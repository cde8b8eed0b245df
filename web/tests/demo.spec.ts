// The article's demo: a webhook is registered, a candidate is created, and the call is watched to its end.

import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { test } from './given.ts'
import { callOf, createCandidate, newCompany, register } from './demo.ts'

const payloadOf = (page: Page) => page.locator('section', { has: page.getByRole('heading', { name: 'Payload' }) })

test("the article's demo, from the registration to success", async ({ page, address, receiver }) => {
  await register(page, address, newCompany(), receiver)
  const token = await page.locator('[data-secret]').first().textContent()
  expect(token).toMatch(/^\w{32}$/)
  for (const language of ['Node', 'Python', 'Go', 'Rust']) {
    await page.getByRole('tab', { name: language }).click()
    await expect.poll(() => page.getByRole('tabpanel', { name: language }).textContent()).toContain(btoa(token ?? ''))
  }
  await createCandidate(page)
  await callOf(page, 'succeeded').waitFor()
  await page.locator('[data-execution] a').first().click()
  await page.locator('[data-step=S6h][data-state=succeeded]').waitFor()
  await page.locator('[data-step=S6i][data-state=notEntered]').waitFor()
})

test('a failing receiver is seen through its retries to the end, with each attempt', async ({ page, address, receiver }) => {
  await register(page, address, newCompany(), `${receiver}/fail/503`)
  await createCandidate(page)
  await callOf(page, 'pending').waitFor()
  await page.locator('[data-execution] a').first().click()
  await page.locator('[data-execution-status]', { hasText: 'Running' }).waitFor()
  await page.getByText('Next attempt').waitFor()
  await page.locator('[data-execution-status]', { hasText: 'Failed' }).waitFor({ timeout: 30_000 })
  const attempts = page.locator('[data-attempt]')
  expect(await attempts.count()).toBe(3)
  for (const attempt of await attempts.all()) {
    const head = attempt.getByRole('button').first()
    if (await head.getAttribute('aria-expanded') === 'false') await head.click()
    await attempt.locator('[data-request]').getByText('webhook-signature').waitFor()
    await attempt.locator('[data-body] summary').click()
    await attempt.locator('[data-body]').getByText('resourceType').waitFor()
    await attempt.locator('[data-response]').getByText('http_status').waitFor()
  }
  await page.locator('[data-step=S6i]').click()
  await page.locator('[data-step-panel]').getByRole('heading', { name: 'Output' }).waitFor()
})

test('a flaky receiver succeeds in the end', async ({ page, address, receiver }) => {
  await register(page, address, newCompany(), `${receiver}/flaky/1`)
  await createCandidate(page)
  await callOf(page, 'succeeded').waitFor({ timeout: 30_000 })
  await page.locator('[data-execution] a').first().click()
  await page.locator('[data-summary]', { hasText: '1 attempt failed, then one succeeded.' }).waitFor()
  const first = page.locator('[data-step=S6h]')
  await first.getByText('Failed, retried').waitFor()
  await first.click()
  await page.locator('[data-step-panel]').getByText('1 attempt failed, then one succeeded.').waitFor()
})

test('a refused address says why, at the field', async ({ page, address, faults }) => {
  await page.goto(`${address}/try`)
  const form = page.locator('section', { has: page.getByRole('heading', { name: 'Register a webhook' }) })
  await form.getByLabel('Company').fill(newCompany())
  await form.getByLabel('URL').fill('ftp://example.com/')
  await form.getByRole('button', { name: 'Register' }).click()
  await form.locator('[aria-invalid=true]').waitFor()
  await form.getByRole('alert').waitFor()
  faults.splice(0, Infinity, ...faults.filter((fault) => !fault.includes('422')))
})

test('scripts, control characters and turned text are only ever text', async ({ page, address, receiver }) => {
  await register(page, address, newCompany(), receiver)
  await createCandidate(page, '<script>window.hit=1</script><img src=x onerror="window.hit=1">\u202e\u0007')
  await page.locator('[data-execution] a').first().click()
  await payloadOf(page).getByText('<script>window.hit=1</script>').waitFor()
  await payloadOf(page).getByText('\\u202e').waitFor()
  await page.locator('[data-body] summary').click()
  await page.locator('[data-body]').getByText('<script>window.hit=1</script>').waitFor()
  expect(await page.evaluate('window.hit')).toBeUndefined()
})

test('large numbers keep their digits', async ({ page, address, receiver }) => {
  const uid = newCompany()
  const send = (path: string, body: string) => fetch(`${address}/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await send('/app', JSON.stringify({ name: uid, uid }))
  await send(`/app/${uid}/endpoint`, JSON.stringify({ url: receiver }))
  const { id } = (await send(`/app/${uid}/msg`, '{"eventType":"order.paid","payload":{"large":12345678901234567890,"huge":1e400}}').then((answer) => answer.json())) as { id: string }
  await page.goto(`${address}/messages/${id}`)
  await payloadOf(page).getByText('12345678901234567890').waitFor()
  await payloadOf(page).getByText('1e400').waitFor()
})
