import { expect, test } from 'vitest'
import type { Execution, ExecutionDelivery, Step, StepState } from '@/api/executions'
import { statusOfDelivery, statusOfExecution, statusOfStep, summary } from './course'

type Status = ExecutionDelivery['status']

/** A delivery whose attempts went like this: `x` failed, `o` succeeded. */
function delivery(status: Status, attempts: string, reason?: ExecutionDelivery['reason']): ExecutionDelivery {
  const failure = { code: 'http_status', detail: 'The receiver answered 503.' }
  const made = [...attempts].map((attempt) => ({ failure: attempt === 'x' ? failure : null }))
  return { status, attempts: made, ...(reason && { reason }) } as ExecutionDelivery
}
const step = (id: string, state: StepState) => ({ id, state }) as Step

test.each([
  [delivery('succeeded', 'o'), 'success'],
  [delivery('failed', 'xxx', 'exhausted'), 'fail'],
  [delivery('failed', 'x', 'canceled'), 'canceled'],
  [delivery('failed', '', 'canceled'), 'canceled'],
  [delivery('pending', ''), 'pending'],
  [delivery('pending', 'x'), 'sending'],
])('%j is shown as %s', (one, expected) => {
  expect(statusOfDelivery(one)).toBe(expected)
})

test.each([
  ['failed', [delivery('failed', 'x', 'canceled'), delivery('succeeded', 'o')], 'canceled'],
  ['failed', [delivery('failed', 'x', 'canceled'), delivery('failed', 'x', 'exhausted')], 'failed'],
  ['failed', [], 'failed'],
  ['running', [delivery('failed', 'x', 'canceled'), delivery('pending', '')], 'running'],
])('an execution that %s with %j is shown as %s', (status, deliveries, expected) => {
  expect(statusOfExecution({ status, deliveries } as Execution)).toBe(expected)
})

test.each([
  [step('S6h', 'failed'), delivery('succeeded', 'xxo'), 'retried'],
  [step('S6h', 'failed'), delivery('pending', 'x'), 'retried'],
  [step('S6h', 'failed'), delivery('failed', 'xx', 'exhausted'), 'failed'],
  [step('S6h', 'succeeded'), delivery('succeeded', 'o'), 'succeeded'],
  [step('S6i', 'failed'), delivery('failed', 'xx', 'canceled'), 'canceled'],
  [step('S6i', 'failed'), delivery('failed', 'xx', 'exhausted'), 'failed'],
  [step('S6e', 'failed'), undefined, 'failed'],
  [undefined, undefined, 'notEntered'],
])('step %j of %j is shown as %s', (one, of, expected) => {
  expect(statusOfStep(one, of)).toBe(expected)
})

test.each([
  [delivery('succeeded', 'o'), undefined],
  [delivery('succeeded', 'xo'), '1 attempt failed, then one succeeded.'],
  [delivery('succeeded', 'xxo'), '2 attempts failed, then one succeeded.'],
  [delivery('pending', 'xx'), '2 attempts failed so far; it is tried again.'],
  [delivery('failed', 'x', 'exhausted'), undefined],
  [delivery('failed', 'xxx', 'exhausted'), 'All 3 attempts failed.'],
  [delivery('failed', 'xx', 'canceled'), undefined],
  [delivery('failed', 'xox', 'exhausted'), '1 of 3 attempts succeeded.'],
])('of %j is said %j', (one, expected) => {
  expect(summary(one)).toBe(expected)
})
