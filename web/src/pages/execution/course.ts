// How an execution went, in its reader's words. The article's states do not know that somebody took a call back, nor that what
// failed at first arrived in the end.

import type { Execution, ExecutionDelivery, Step } from '@/api/executions'

const isCanceled = ({ reason }: ExecutionDelivery) => reason === 'canceled'

export function statusOfDelivery(delivery: ExecutionDelivery): string {
  if (delivery.status === 'succeeded') return 'success'
  if (delivery.status === 'failed') return isCanceled(delivery) ? 'canceled' : 'fail'
  return delivery.attempts.length > 0 ? 'sending' : 'pending'
}

/** Where nothing failed but what was taken back, the execution was taken back. */
export function statusOfExecution({ status, deliveries }: Execution): string {
  const failed = deliveries.filter((delivery) => delivery.status === 'failed')
  return status === 'failed' && failed.length > 0 && failed.every(isCanceled) ? 'canceled' : status
}

/** Of one step on the way of a delivery. */
export function statusOfStep(step: Step | undefined, delivery: ExecutionDelivery | undefined): string {
  const state = step?.state ?? 'notEntered'
  if (state !== 'failed' || delivery === undefined) return state
  if (step?.id === 'S6h' && delivery.status !== 'failed') return 'retried'
  return step?.id === 'S6i' && isCanceled(delivery) ? 'canceled' : state
}

/** What the attempts come to; nothing where one look at them says it. */
export function summary(delivery: ExecutionDelivery): string | undefined {
  const failures = delivery.attempts.filter(({ failure }) => failure !== null).length
  const successes = delivery.attempts.length - failures
  const failed = failures === 1 ? '1 attempt failed' : `${failures} attempts failed`
  if (failures === 0 || isCanceled(delivery)) return undefined
  if (successes === 0 && delivery.status === 'pending') return `${failed} so far; it is tried again.`
  if (successes === 0) return failures === 1 ? undefined : `All ${failures} attempts failed.`
  if (successes === 1 && delivery.attempts.at(-1)?.failure === null) return `${failed}, then one succeeded.`
  return `${successes} of ${delivery.attempts.length} attempts succeeded.`
}
