// A list that is read page by page, newest first, and kept up to date at its head. However long one scrolls, at most
// ROWS_MAX rows are in memory.

import { computed, onScopeDispose, shallowRef } from 'vue'
import type { Page } from '@/api/client'

const ROWS_MAX = 2_000
/** With a filter, the server looks at so many rows and then ends a page early, however few of them match: so many such pages
 * are read on at once. */
const READ_ON_MAX = 10

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
  async function load(): Promise<void> {
    await read(undefined, (page) => {
      rows.value = page.data
      follow(page)
    })
    if (rows.value.length === 0 && error.value === undefined) await loadMore()
  }

  /** Reads the page after those that are there. */
  async function loadMore(): Promise<void> {
    const before = rows.value.length
    for (let page = 0; page < READ_ON_MAX && rows.value.length === before; page++) {
      if (loading.value || done.value || full.value || !loaded.value || error.value !== undefined) return
      await read(iterator, (more) => {
        rows.value = merged(rows.value, more.data, idOf).slice(0, ROWS_MAX)
        follow(more)
      })
    }
  }

  /** Reads the head anew: rows that came are put before the others, rows that changed are replaced, rows that the filter
   * lets pass no more go. */
  async function refresh(): Promise<void> {
    if (loading.value || !loaded.value) return
    await read(undefined, (page) => {
      const ids = new Set(page.data.map(idOf))
      const lastShared = rows.value.findLastIndex((row) => ids.has(idOf(row)))
      if (page.data.length === 0 && !page.done) return
      if (lastShared !== -1 && !page.done) {
        rows.value = [...page.data, ...rows.value.slice(lastShared + 1)].slice(0, ROWS_MAX)
        return
      }
      // This is the whole list; or more came than one page holds, and the old rows are beyond a gap.
      rows.value = page.data
      follow(page)
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
