// The executions that this page has caused, each read again until it has ended.

import { shallowRef } from 'vue'
import { listExecutions } from '@/api/article'
import { type Execution, readExecution } from '@/api/executions'
import { onNews } from '@/api/live'
import { say, words } from '@/lib/notices'

const WATCHED_MAX = 12
/** The candidate that was just created is among so many newest messages of its company. */
const LOOKED_THROUGH = 20

export function useWatched() {
  const list = shallowRef<Execution[]>([])
  let reading = false

  async function watch(company: string, candidate: string): Promise<void> {
    try {
      const found = await listExecutions(company, LOOKED_THROUGH)
      const mine = found.filter((message) => message.resourceId === candidate)
      if (mine.length === 0) say('No rule makes an event of this change, so nothing is called.')
      const executions = await Promise.all(mine.map((message) => readExecution(message.id)))
      list.value = [...executions, ...list.value].slice(0, WATCHED_MAX)
    } catch (error) {
      say(words(error), 'fail')
    }
  }

  async function readAgain(): Promise<void> {
    if (reading) return
    reading = true
    const again = (execution: Execution) => (execution.status === 'running' ? readExecution(execution.id).catch(() => execution) : execution)
    const before = list.value
    const after = await Promise.all(before.map(again))
    // What was watched meanwhile stays.
    list.value = list.value.map((execution) => after[before.indexOf(execution)] ?? execution)
    reading = false
  }

  onNews(() => void readAgain())
  return { list, watch }
}
