// Short messages about what was done, or why it was not.

import { reactive } from 'vue'
import { ApiError } from '@/api/client'

export interface Notice {
  id: number
  tone: 'success' | 'fail'
  text: string
}

const NOTICES_MAX = 4
const SHOWN_MS = 6_000
let last = 0

export const notices = reactive<Notice[]>([])

export function say(text: string, tone: Notice['tone'] = 'success'): void {
  const id = ++last
  notices.push({ id, tone, text })
  if (notices.length > NOTICES_MAX) notices.shift()
  setTimeout(() => { dismiss(id) }, SHOWN_MS)
}

export function dismiss(id: number): void {
  const index = notices.findIndex((notice) => notice.id === id)
  if (index !== -1) notices.splice(index, 1)
}

/** Does something and says how it went; answers whether it went well. */
export async function attempt(doing: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await doing()
    say(done)
    return true
  } catch (error) {
    say(words(error), 'fail')
    return false
  }
}

export function words(error: unknown): string {
  if (error instanceof ApiError) return [error.message, ...error.reasons].join(' ')
  return error instanceof Error ? error.message : String(error)
}
