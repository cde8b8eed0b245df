import { expect, test } from 'vitest'
import type { Delivery } from '@/api/deliveries'
import type { DeliveryChange } from '@/api/live'
import { changed } from './changed'

const before = { responseStatusCode: 503, failureCode: 'http_status', at: '2026-11-25T12:00:00.000Z', durationMs: 12 }
const after = { responseStatusCode: 200, failureCode: null, at: '2026-11-25T12:00:05.000Z', durationMs: 7 }
const row = { id: 'dlv_1', status: 'sending', attempts: 1, nextAttempt: '2026-11-25T12:00:05.000Z', lastAttempt: before, eventType: 'order.paid' } as Delivery
const change = (what: Partial<DeliveryChange>) => ({ id: 'dlv_1', ...what }) as DeliveryChange

test('an attempt that ended is the last one', () => {
  const told = change({ status: 'success', attempts: 2, lastAttempt: after })
  expect(changed(row, told)).toEqual({ ...row, status: 'success', attempts: 2, nextAttempt: null, lastAttempt: after })
})

test('while another is under way, the last one stays', () => {
  expect(changed(row, change({ status: 'sending', attempts: 1 }))).toEqual({ ...row, nextAttempt: null })
})
