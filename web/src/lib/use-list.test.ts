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

test('rows that are gone from the head go', async () => {
  let list = ['d', 'c', 'b', 'a']
  const read = (iterator: string | undefined) => {
    const data = iterator === undefined ? list.slice(0, 3) : list.slice(3)
    return Promise.resolve({ data, iterator: data.at(-1) ?? null, done: iterator !== undefined })
  }
  const shown = effectScope().run(() => useList(read, String))
  await shown?.load()
  await shown?.loadMore()
  list = ['e', 'd', 'b', 'a']
  await shown?.refresh()
  expect(shown?.rows.value).toEqual(['e', 'd', 'b', 'a'])
})

test('pages without a match are read on', async () => {
  const read = (iterator: string | undefined) => {
    const number = Number(iterator ?? 0) + 1
    return Promise.resolve({ data: number === 5 ? ['found'] : [], iterator: String(number), done: number === 7 })
  }
  const shown = effectScope().run(() => useList(read, String))
  await shown?.load()
  expect(shown?.rows.value).toEqual(['found'])
  expect(shown?.done.value).toBe(false)
  await shown?.loadMore()
  expect(shown?.done.value).toBe(true)
})

test('memory is bounded', async () => {
  const list = numbers(() => 100_000)
  await list.load()
  for (let page = 0; page < 300; page++) await list.loadMore()
  expect(list.rows.value.length).toBe(2_000)
  expect(list.full.value).toBe(true)
})
