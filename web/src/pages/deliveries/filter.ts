// The filter of the deliveries' list, as it stands in the address.

import { computed } from 'vue'
import type { DeliveryFilter, DeliveryStatus } from '@/api/deliveries'
import { useFilter, useFilterList } from '@/lib/filters'
import { useScope } from '@/lib/scope'
import { ago } from '@/lib/time'

export const STATUSES: DeliveryStatus[] = ['pending', 'sending', 'success', 'fail', 'canceled']

/** Names of times that end now, in hours. */
export const SPANS: Record<string, { label: string; hours: number }> = {
  '1h': { label: 'Last hour', hours: 1 },
  '3h': { label: 'Last 3 hours', hours: 3 },
  '24h': { label: 'Last 24 hours', hours: 24 },
  '7d': { label: 'Last 7 days', hours: 168 },
  '28d': { label: 'Last 28 days', hours: 672 },
}
const HOUR_MS = 3_600_000

export function useDeliveryFilter() {
  const { app } = useScope()
  const status = useFilterList('status')
  const endpoint = useFilter('endpoint')
  const type = useFilter('type')
  const span = useFilter('span')
  const from = useFilter('from')
  const to = useFilter('to')

  /** Made anew at each reading, since a span ends now. */
  const filter = (): DeliveryFilter => ({
    app: app.value,
    endpoint: endpoint.value || undefined,
    status: status.value,
    eventTypes: type.value === '' ? [] : [type.value],
    after: from.value || spanStart(span.value),
    before: to.value || undefined,
  })
  /** Changes when the filter does. */
  const mark = computed(() => JSON.stringify([app.value, status.value, endpoint.value, type.value, span.value, from.value, to.value]))
  const isAny = computed(() => status.value.length > 0 || [endpoint, type, span, from, to].some(({ value }) => value !== ''))
  return { app, status, endpoint, type, span, from, to, filter, mark, isAny }
}

function spanStart(span: string): string | undefined {
  const hours = SPANS[span]?.hours
  return hours === undefined ? undefined : ago(hours * HOUR_MS)
}
