import { expect, test } from 'vitest'
import type { Step, StepState } from '@/api/executions'
import { isTaken, picture, stepsOf } from './picture'

/** The ways taken when the steps went like this; those that are not named were not entered. */
function taken(states: Record<string, StepState>): string[] {
  const steps = Object.entries(states).map(([id, state]) => ({ id, state }) as Step)
  return picture(1000).ways.filter((way) => isTaken(way, stepsOf(steps, undefined))).map(({ from, to }) => `${from}>${to}`)
}

const prepared: Record<string, StepState> = { S6a: 'succeeded', S6b: 'succeeded', S6c: 'succeeded', S6d: 'succeeded', S6e: 'succeeded' }

test('nobody listens', () => {
  expect(taken({ S6a: 'succeeded', S6b: 'succeeded' })).toEqual(['S6a>S6b', 'S6b>skipped'])
})

test('the resource is not there', () => {
  expect(taken({ ...prepared, S6e: 'failed' }).at(-1)).toBe('S6e>dataNotFound')
})

test('the first call succeeds', () => {
  const states = taken({ ...prepared, S6f: 'succeeded', S6g: 'succeeded', S6h: 'succeeded', S6j: 'succeeded' })
  expect(states.slice(-4)).toEqual(['S6e>S6f', 'S6f>S6g', 'S6g>S6h', 'S6h>S6j'])
})

test('it is tried again', () => {
  const retrying = taken({ ...prepared, S6f: 'succeeded', S6g: 'succeeded', S6h: 'failed', S6i: 'running', S6j: 'pending' })
  expect(retrying.at(-1)).toBe('S6h>S6i')
  const ended = taken({ ...prepared, S6f: 'succeeded', S6g: 'succeeded', S6h: 'failed', S6i: 'failed', S6j: 'succeeded' })
  expect(ended.at(-1)).toBe('S6i>S6j')
})

test('the picture of a narrow screen has the same ways', () => {
  const names = (width: number) => new Set(picture(width).ways.map(({ from, to }) => `${from}>${to}`))
  expect(names(300)).toEqual(names(1000))
})
