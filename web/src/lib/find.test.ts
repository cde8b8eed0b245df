import { expect, test } from 'vitest'
import { places } from './find'

const kinds = (text: string, app?: string) => places(text, app).map((place) => place.kind)

test('an id leads to what it names', () => {
  expect(kinds('msg_1yWoFOdTTY9')).toEqual(['Execution'])
  expect(kinds(' dlv_1yWo1yWo ')).toEqual(['Execution'])
  expect(kinds('ep_1yWo')).toEqual(['Its deliveries'])
  expect(kinds('ep_1yWo', '42')).toEqual(['Endpoint', 'Its deliveries'])
})

test('a name leads to pages and to an app', () => {
  expect(kinds('key')).toEqual(['Page', 'Deliveries of app', 'Endpoints of app'])
  expect(kinds('order.paid')).toContain('Deliveries of event type')
  expect(kinds('')).toEqual([])
  expect(kinds('<script>')).toEqual([])
})
