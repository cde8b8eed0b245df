// The words and colours of what a delivery, a step or a task can be. A colour never stands alone: each has a word and a shape.

export type Tone = 'success' | 'fail' | 'retry' | 'pending' | 'quiet'

export interface Look {
  tone: Tone
  word: string
}

const LOOKS: Record<string, Look> = {
  // Deliveries, in the words of the full API.
  success: { tone: 'success', word: 'Delivered' },
  pending: { tone: 'pending', word: 'Pending' },
  underWay: { tone: 'pending', word: 'Sending' },
  sending: { tone: 'retry', word: 'Retrying' },
  fail: { tone: 'fail', word: 'Failed' },
  canceled: { tone: 'quiet', word: 'Cancelled' },
  // Executions and their steps.
  running: { tone: 'pending', word: 'Running' },
  succeeded: { tone: 'success', word: 'Succeeded' },
  failed: { tone: 'fail', word: 'Failed' },
  retried: { tone: 'retry', word: 'Failed, retried' },
  skipped: { tone: 'quiet', word: 'Skipped' },
  notEntered: { tone: 'quiet', word: 'Not entered' },
  // Endpoints and tasks.
  healthy: { tone: 'success', word: 'Healthy' },
  failing: { tone: 'fail', word: 'Failing' },
  shaky: { tone: 'retry', word: 'Unsteady' },
  disabled: { tone: 'quiet', word: 'Disabled' },
  idle: { tone: 'quiet', word: 'No calls yet' },
  finished: { tone: 'success', word: 'Finished' },
}

export const look = (status: string): Look => LOOKS[status] ?? { tone: 'quiet', word: status }

export type Health = 'healthy' | 'shaky' | 'failing' | 'disabled' | 'idle'

/** Below this share of successes an endpoint is failing, below the other it is unsteady. */
const FAILING_BELOW = 0.5
const SHAKY_BELOW = 0.98
/** One that met nothing but failure for so long is failing, however well it did before. */
const FAILING_FOR_MS = 5 * 60_000

export function health(endpoint: { disabled?: boolean; success: number; fail: number; failingSince?: string | null }, now = Date.now()): Health {
  if (endpoint.disabled) return 'disabled'
  const failingFor = endpoint.failingSince ? now - Date.parse(endpoint.failingSince) : 0
  const attempts = endpoint.success + endpoint.fail
  if (attempts === 0) return 'idle'
  const successes = endpoint.success / attempts
  if (failingFor > FAILING_FOR_MS || successes < FAILING_BELOW) return 'failing'
  return successes < SHAKY_BELOW ? 'shaky' : 'healthy'
}
