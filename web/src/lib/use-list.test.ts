import { effectScope } from 'vue'
import { expect, test } from 'vitest'
import { useList } from './use-list'

/** A list of the numbers below `newest()`, newest first, ten to a page. */
function numbers(newest: () => number) {
  const readPage = (iterator: string | undefined) => {
    const start = iterator === undefined ? newest() : Number(iterator)
    const data = Array.from({ length: Math.min(10, start) }, (_, index) => start - index - 1)
    return Promise.resolve({ data, iterator: String(data.at(-1) ?? 0), done: start <= 10 })
  }
  const list = effectScope().run(() => useList(readPage, String))
  if (list === undefined) throw new Error('the scope is active')
  return list
}

test('pages follow each other to the end', async () => {
  const list = numbers(() => 25)
  await list.load()
  await list.loadMore()
  await list.loadMore()
  await list.loadMore()
  expect(list.rows.value).toEqual(Array.from({ length: 25 }, (_, index) => 24 - index))
  expect(list.done.value).toBe(true)
})

test('what is new comes first, and nothing is there twice', async () => {
  let newest = 15
  const list = numbers(() => newest)
  await list.load()
  await list.loadMore()
  newest = 18
  await list.refresh()
  expect(list.rows.value).toEqual(Array.from({ length: 18 }, (_, index) => 17 - index))
})

test('after a gap the old rows are read again from the new head', async () => {
  let newest = 15
  const list = numbers(() => newest)
  await list.load()
  newest = 100
  await list.refresh()
  await list.loadMore()
  expect(list.rows.value).toEqual(Array.from({ length: 20 }, (_, index) => 99 - index))
})

test('memory is bounded', async () => {
  const list = numbers(() => 100_000)
  await list.load()
  for (let page = 0; page < 300; page++) await list.loadMore()
  expect(list.rows.value.length).toBe(2_000)
  expect(list.full.value).toBe(true)
})
