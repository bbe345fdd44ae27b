/** Several things of the work list handed over in one go: what was not kept is told, and the others are. */
import { handEachOver } from '@chartkeep/app/src/features/work-list/hand-each-over.ts'
import { expect, test } from 'vitest'

test('M7: of several things handed over each is tried once, and what was refused or failed is left, in its order', async () => {
  const tried: string[] = []
  const left = await handEachOver(['one', 'two', 'three', 'four'], (item) => {
    tried.push(item)
    if (item === 'three') return Promise.reject(new Error('the disk'))
    return Promise.resolve(item !== 'two')
  })
  expect(left).toEqual(['two', 'three'])
  expect(tried).toEqual(['one', 'two', 'three', 'four'])
  expect(await handEachOver(['one'], () => Promise.resolve(true))).toEqual([])
})
