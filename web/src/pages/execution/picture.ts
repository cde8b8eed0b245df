// The article's state machine as a picture: where each step stands, and which ways lead from one to the next.

import type { Step } from '@/api/executions'

export interface Spot {
  id: string
  label: string
  x: number
  y: number
  /** The end of a way, not a step. */
  isEnd?: boolean
}

export interface Way {
  from: string
  to: string
  /** The sides where it leaves and arrives. */
  sides: [Side, Side]
  label?: string
}

type Side = 'top' | 'right' | 'bottom' | 'left'

export const SPOT_WIDTH = 184
export const SPOT_HEIGHT = 58
const NARROW_BELOW = 760

const NAMES: Record<string, string> = {
  S6a: 'Get webhooks', S6b: 'Any webhooks?', S6c: 'Transform', S6d: 'Fetch resource', S6e: 'Is it there?',
  S6f: 'Create the call', S6g: 'Queue it', S6h: 'Call webhook', S6i: 'Retry', S6j: 'Update the call',
}
const ORDER = Object.keys(NAMES)
const SKIPPED = 'skipped'
const NOT_FOUND = 'dataNotFound'

export function picture(width: number): { spots: Spot[]; ways: Way[]; height: number } {
  return width < NARROW_BELOW ? narrow() : wide()
}

/** Two rows, the second one back from right to left. */
function wide() {
  const column = SPOT_WIDTH + 36
  const spots = ORDER.map((id, index) => {
    const isBack = index >= 5
    return { id, label: NAMES[id] ?? id, x: (isBack ? 9 - index : index) * column, y: isBack ? 190 : 92 }
  })
  const ends = [
    { id: SKIPPED, label: 'Skipped', x: column, y: 0, isEnd: true },
    { id: NOT_FOUND, label: 'Data not found', x: 4 * column, y: 0, isEnd: true },
  ]
  const ways: Way[] = [
    ...chain(['S6a', 'S6b', 'S6c', 'S6d', 'S6e'], ['right', 'left']),
    { from: 'S6b', to: SKIPPED, sides: ['top', 'bottom'], label: 'nobody' },
    { from: 'S6e', to: NOT_FOUND, sides: ['top', 'bottom'], label: 'no' },
    { from: 'S6e', to: 'S6f', sides: ['bottom', 'top'], label: 'for each webhook' },
    ...chain(['S6f', 'S6g', 'S6h', 'S6i', 'S6j'], ['left', 'right']),
    { from: 'S6h', to: 'S6j', sides: ['bottom', 'bottom'], label: '2xx' },
  ]
  return { spots: [...spots, ...ends], ways, height: 300 }
}

/** One column, for narrow screens. */
function narrow() {
  const row = SPOT_HEIGHT + 26
  const spots = ORDER.map((id, index) => ({ id, label: NAMES[id] ?? id, x: 0, y: index * row }))
  const aside = SPOT_WIDTH + 20
  const ends = [
    { id: SKIPPED, label: 'Skipped', x: aside, y: row, isEnd: true },
    { id: NOT_FOUND, label: 'Data not found', x: aside, y: 4 * row, isEnd: true },
  ]
  const ways: Way[] = [
    ...chain(ORDER, ['bottom', 'top']),
    { from: 'S6b', to: SKIPPED, sides: ['right', 'left'] },
    { from: 'S6e', to: NOT_FOUND, sides: ['right', 'left'] },
    { from: 'S6h', to: 'S6j', sides: ['right', 'right'], label: '2xx' },
  ]
  return { spots: [...spots, ...ends], ways, height: ORDER.length * row + 20 }
}

function chain(ids: string[], sides: [Side, Side]): Way[] {
  return ids.slice(1).map((to, index) => ({ from: ids[index] ?? to, to, sides }))
}

/** The steps of one way through the picture: those before calls were made, and those of one delivery. */
export function stepsOf(steps: readonly Step[], delivery: string | undefined): Map<string, Step> {
  const mine = steps.filter((step) => step.deliveryId === undefined || step.deliveryId === delivery)
  return new Map(mine.map((step) => [step.id, step]))
}

/** Whether the execution went this way. */
export function isTaken(way: Way, steps: ReadonlyMap<string, Step>): boolean {
  const state = (id: string) => steps.get(id)?.state ?? 'notEntered'
  const entered = (id: string) => state(id) !== 'notEntered' && state(id) !== 'pending'
  if (way.to === SKIPPED) return entered('S6b') && !entered('S6c')
  if (way.to === NOT_FOUND) return state('S6e') === 'failed'
  if (way.from === 'S6h' && way.to === 'S6j') return entered('S6j') && state('S6h') === 'succeeded'
  if (way.from === 'S6i') return entered('S6j') && entered('S6i')
  return entered(way.from) && entered(way.to)
}
