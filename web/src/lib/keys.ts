// The keyboard: `/` finds, `j` and `k` move through a page's rows, Enter opens. Whatever has `data-row` is a row.

import { onBeforeUnmount, onMounted } from 'vue'

export function usePageKeys(): void {
  onMounted(() => { document.addEventListener('keydown', onKey) })
  onBeforeUnmount(() => { document.removeEventListener('keydown', onKey) })
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target) || document.querySelector('[role=dialog]')) return
  if (event.key === '/') {
    event.preventDefault()
    document.querySelector<HTMLElement>('[data-search]')?.focus()
  }
  if (event.key === 'j' || event.key === 'k') {
    event.preventDefault()
    move(event.key === 'j' ? 1 : -1)
  }
}

/** Moves the focus to the link of the next row, or to the first one. */
function move(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')]
  const from = rows.findIndex((row) => row.contains(document.activeElement))
  const row = rows[from === -1 ? 0 : from + step]
  const opens = row?.matches('a, button') ? row : row?.querySelector<HTMLElement>('[data-opens]')
  opens?.focus()
  row?.scrollIntoView({ block: 'nearest' })
}

function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')
}
