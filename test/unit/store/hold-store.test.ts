/** One writer at a time, and how another one takes over. Two account managers over files: test/integration/store/hold-keeper.test.ts; two tabs of a browser: test/end-to-end/take-over.test.ts. */
import { holdStore, whoHolds, type Hold } from '@chartkeep/store'
import { afterEach, describe, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllGlobals())

let count = 0
const newName = () => `store-${(count += 1)}`

async function held(hold: Promise<Hold>): Promise<Hold & { type: 'held' }> {
  const answer = await hold
  if (answer.type !== 'held') throw new Error(answer.type)
  return answer
}

describe.each([
  ['by a Web Lock', () => {}],
  ['in a process without locks', () => vi.stubGlobal('navigator', undefined)],
])('%s', (_, prepare) => {
  test('ST8: a store is held once at a time', async () => {
    prepare()
    const name = newName()
    const first = await held(holdStore(name))
    expect(await holdStore(name)).toMatchObject({ type: 'in-use' })
    const other = await held(holdStore(newName()))
    await first.release()
    const next = await held(holdStore(name))
    await first.release()
    expect(await holdStore(name)).toMatchObject({ type: 'in-use' })
    await next.release()
    await other.release()
  })

  test('ST8: who asks is told since when it is held, and takes nothing by asking', async () => {
    prepare()
    const name = newName()
    expect(await whoHolds(name)).toBeNull()
    const before = Date.now()
    const first = await held(holdStore(name))
    const answer = await whoHolds(name)
    expect(answer?.holder?.since).toBeGreaterThanOrEqual(before)
    expect(answer?.holder?.since).toBeLessThanOrEqual(Date.now())
    const refused = await holdStore(name)
    expect(refused).toEqual({ type: 'in-use', holder: answer?.holder })
    await first.release()
    expect(await whoHolds(name)).toBeNull()
  })

  test('ST22: a holder that is asked finishes first; the other waits for it', async () => {
    prepare()
    const name = newName()
    const first = await held(holdStore(name))
    const steps: string[] = []
    void first.handover.then(async (why) => {
      steps.push(why)
      await new Promise((resolve) => setTimeout(resolve, 150))
      steps.push('finished')
      await first.release()
    })
    const second = await held(holdStore(name, { takeOver: true }))
    steps.push('taken')
    expect(steps).toEqual(['asked', 'finished', 'taken'])
    expect(await holdStore(name)).toMatchObject({ type: 'in-use' })
    await second.release()
  })
})

test('ST22: a holder that gives no word is overruled, and learns that it lost the store', async () => {
  const name = newName()
  const silent = new Promise<string>((resolve) => {
    // A tab that hangs: it holds the lock and hears nothing.
    void navigator.locks
      .request(`chartkeep-store-${name}`, () => new Promise(() => {}))
      .catch((error: Error) => resolve(error.name))
  })
  await expect.poll(() => whoHolds(name)).toEqual({ holder: null })
  const second = await held(holdStore(name, { takeOver: true, silenceMs: 100 }))
  expect(await silent).toBe('AbortError')
  // Now the second one is overruled in its turn.
  const stolen = navigator.locks.request(`chartkeep-store-${name}`, { steal: true }, () => {})
  expect(await second.handover).toBe('lost')
  await stolen
  await second.release()
})

test('ST22: a holder that works longer than silence is allowed keeps the store while it says so', async () => {
  const name = newName()
  const first = await held(holdStore(name))
  let isFinished = false
  void first.handover.then(async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    isFinished = true
    await first.release()
  })
  const second = await held(holdStore(name, { takeOver: true, silenceMs: 900 }))
  expect(isFinished).toBe(true)
  await second.release()
})

test('ST22: of two that ask, each gets it in turn, and neither is overruled while it answers', async () => {
  const name = newName()
  const endings: string[] = []
  const yielding = (hold: Hold & { type: 'held' }, who: string) =>
    void hold.handover.then(async (why) => {
      endings.push(`${who} ${why}`)
      await hold.release()
    })
  yielding(await held(holdStore(name)), 'first')
  const waiting = ['second', 'third'].map(async (who) => {
    const hold = await held(holdStore(name, { takeOver: true, silenceMs: 1_500 }))
    yielding(hold, who)
    return hold
  })
  await Promise.all(waiting)
  expect(endings[0]).toBe('first asked')
  expect(endings.filter((ending) => ending.endsWith('lost'))).toEqual([])
  for (const hold of await Promise.all(waiting)) await hold.release()
})
