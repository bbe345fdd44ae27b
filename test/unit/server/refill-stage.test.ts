/** Runs of a log that come in several requests (S9): what is made of them as they come, and what is held of them in memory (S8). */
import { createStages } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'

const sum = (state: number, items: readonly number[]) => items.reduce((all, each) => all + each, state)
const run = (first: number, items: number[], weight = items.length) => ({ first, items, weight })

test('S9: runs that follow each other are one, each item read once; one that does not follow is none', () => {
  const read: number[] = []
  const stages = createStages<number, number>(1000, (state, items) => {
    read.push(...items)
    return sum(state, items)
  })
  expect(stages.add('a', 't', 4, run(5, [5, 6]), () => 10)).toEqual({ items: [5, 6], state: 21 })
  expect(stages.add('a', 't', 4, run(7, [7]), () => 0)).toEqual({ items: [5, 6, 7], state: 28 })
  expect(stages.add('a', 't', 4, run(9, [9]), () => 0)).toBeNull()
  // Another device has brought some of it meanwhile.
  expect(stages.add('a', 't', 6, run(8, [8]), () => 0)).toEqual({ items: [7, 8], state: 36 })
  expect(read).toEqual([5, 6, 7, 8])
  // What leads elsewhere starts again, and so does what is sent again.
  expect(stages.add('a', 'u', 6, run(9, [9]), () => 0)).toBeNull()
  expect(stages.add('a', 'u', 6, run(7, [7]), () => 1)).toEqual({ items: [7], state: 8 })
  stages.drop('a')
  expect(stages.add('a', 'u', 6, run(8, [8]), () => 0)).toBeNull()
})

test('S8: no more is held than is allowed, the oldest go first, and the one that comes stays', () => {
  const stages = createStages<number, number>(10, sum)
  for (const name of ['a', 'b', 'c']) stages.add(name, 't', 0, run(1, [1], 4), () => 0)
  const goesOn = (name: string) => stages.add(name, 't', 0, run(2, [2], 1), () => 0) !== null
  expect(['b', 'c', 'a'].map(goesOn)).toEqual([true, true, false])
  expect(stages.add('d', 't', 0, run(1, [1], 100), () => 0)).toEqual({ items: [1], state: 1 })
  expect(['b', 'c', 'd'].map(goesOn)).toEqual([false, false, true])
})

test('S8, S9: the group that holds the most gives way: nobody’s runs crowd out those of others', () => {
  const stages = createStages<number, number>(10, sum)
  const add = (name: string, group: string) => stages.add(name, 't', 0, run(1, [1], 3), () => 0, group)
  add('a', 'one person')
  for (const name of ['b', 'c', 'd', 'e']) add(name, 'a flood')
  const goesOn = (name: string) => stages.add(name, 't', 0, run(2, [2], 0), () => 0) !== null
  expect(['a', 'b', 'c', 'd', 'e'].map(goesOn)).toEqual([true, false, false, true, true])
})
