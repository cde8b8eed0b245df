// A list that is read page by page, newest first, and kept up to date at its head. However long one scrolls, at most
// ROWS_MAX rows are in memory.

import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Page } from '@/api/client'

const ROWS_MAX = 2_000

export function useList<T>(readPage: (iterator: string | undefined, signal: AbortSignal) => Promise<Page<T>>, idOf: (row: T) => string) {
  const rows = shallowRef<T[]>([])
  const error = shallowRef<unknown>()
  const loading = shallowRef(false)
  const loaded = shallowRef(false)
  const done = shallowRef(false)
  const full = computed(() => rows.value.length >= ROWS_MAX)
  let iterator: string | undefined
  let current: AbortController | undefined

  async function read(from: string | undefined, take: (page: Page<T>) => void): Promise<void> {
    current?.abort()
    const mine = (current = new AbortController())
    loading.value = true
    try {
      const page = await readPage(from, mine.signal)
      if (mine.signal.aborted) return
      error.value = undefined
      take(page)
      loaded.value = true
    } catch (cause) {
      if (!mine.signal.aborted) error.value = cause
    } finally {
      if (current === mine) loading.value = false
    }
  }

  /** Reads the list from its head, and forgets what was read before. */
  const load = () => read(undefined, (page) => {
    rows.value = page.data
    follow(page)
  })

  /** Reads the page after those that are there. */
  async function loadMore(): Promise<void> {
    if (loading.value || done.value || full.value || !loaded.value) return
    await read(iterator, (page) => {
      rows.value = merged(rows.value, page.data, idOf).slice(0, ROWS_MAX)
      follow(page)
    })
  }

  /** Reads the head anew: rows that came are put before the others, rows that changed are replaced. */
  async function refresh(): Promise<void> {
    if (loading.value || !loaded.value) return
    await read(undefined, (page) => {
      const reaches = page.done || page.data.some((row) => rows.value.some((old) => idOf(old) === idOf(row)))
      if (reaches) {
        rows.value = merged(page.data, rows.value, idOf).slice(0, ROWS_MAX)
        if (page.done) follow(page)
      } else {
        // More came than one page holds: between it and the old rows is a gap, so the old ones go.
        rows.value = page.data
        follow(page)
      }
    })
  }

  /** Changes the rows that are there. */
  function change(of: (row: T) => T): void {
    rows.value = rows.value.map(of)
  }

  function follow(page: Page<T>): void {
    iterator = page.iterator ?? undefined
    done.value = page.done || iterator === undefined
  }

  onScopeDispose(() => current?.abort())
  return { rows, error, loading, loaded, done, full, load, loadMore, refresh, change }
}

/** Both lists one after the other; of rows that are in both, the first one's. */
export function merged<T>(first: readonly T[], second: readonly T[], idOf: (row: T) => string): T[] {
  const ids = new Set(first.map(idOf))
  return [...first, ...second.filter((row) => !ids.has(idOf(row)))]
}
