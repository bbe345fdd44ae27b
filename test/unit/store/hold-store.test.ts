import { holdStore } from '@chartkeep/store'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

test.each([
  ['by a Web Lock', () => {}],
  ['in a process without locks', () => vi.stubGlobal('navigator', undefined)],
])('ST8: a store is held once at a time, %s', async (_, prepare) => {
  prepare()
  const first = await holdStore('one')
  if (first.type !== 'held') throw new Error(first.type)
  expect(await holdStore('one')).toEqual({ type: 'in-use' })
  const other = await holdStore('two')
  if (other.type !== 'held') throw new Error(other.type)
  await first.release()
  const next = await holdStore('one')
  if (next.type !== 'held') throw new Error(next.type)
  await first.release()
  expect(await holdStore('one')).toEqual({ type: 'in-use' })
  await next.release()
  await other.release()
})
