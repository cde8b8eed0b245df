// What is told of a delivery, in its row.

import type { Delivery } from '@/api/deliveries'
import type { DeliveryChange } from '@/api/live'

/** The row after the change. That an attempt begins says nothing of the one before it. */
export function changed(row: Delivery, { status, attempts, nextAttempt, lastAttempt }: DeliveryChange): Delivery {
  return { ...row, status, attempts, nextAttempt: nextAttempt ?? null, lastAttempt: lastAttempt ?? row.lastAttempt }
}
