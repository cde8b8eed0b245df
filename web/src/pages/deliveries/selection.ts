// Which deliveries are selected, and what is done with them.

import { ref } from 'vue'
import { type Delivery, retryNow } from '@/api/deliveries'
import { say, words } from '@/lib/notices'

/** Requests under way at a time. */
const AT_ONCE = 6

export function useSelection() {
  const selected = ref<ReadonlySet<string>>(new Set())
  const busy = ref(false)

  function select(ids: readonly string[], on: boolean): void {
    const next = new Set(selected.value)
    ids.forEach((id) => (on ? next.add(id) : next.delete(id)))
    selected.value = next
  }

  async function retryAll(rows: readonly Delivery[]): Promise<void> {
    const wanted = rows.filter(({ id }) => selected.value.has(id))
    const refusals: unknown[] = []
    let next = 0
    async function work(): Promise<void> {
      for (let delivery = wanted[next++]; delivery; delivery = wanted[next++]) {
        await retryNow(delivery.appUid ?? delivery.appId, delivery.messageId, delivery.endpointId).catch((error: unknown) => refusals.push(error))
      }
    }
    busy.value = true
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    busy.value = false
    selected.value = new Set()
    const tried = wanted.length - refusals.length
    if (tried > 0) say(tried === 1 ? 'It is tried again now.' : `${tried} are tried again now.`)
    if (refusals.length > 0) say(`${refusals.length} could not be tried again. ${words(refusals[0])}`, 'fail')
  }

  return { selected, busy, select, retryAll }
}
