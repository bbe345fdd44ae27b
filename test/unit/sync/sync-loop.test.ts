/** When a session syncs (S7): hints and saves by a brief pass, everything else and whatever a brief one cannot settle by a whole one. */
import { textId } from '@chartkeep/protocol'
import type { LiveMessage } from '@chartkeep/protocol/messages'
import { SyncLoop, type LiveNews, type Moved } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const VAULT = 'AAAAAAAAAAAAAAAAAAAAAA'
const STREAM = 'AAAAAAAAAAAAAAAAAAAAAQ'

let loop: SyncLoop
let done: string[]
let isEnough: boolean
let isAway: boolean
let hasProblem: boolean
/** What the pass under way waits for; null: it ends at once. */
let gate: Promise<void> | null
let hint: (news: LiveNews) => void
/** How often the live connection was asked whether the server is there. */
let checks: number
/** Numbers of what was brought to a brief pass, by page. */
let pages: number[][]

const shown = (moved: Moved[]) => moved.map(({ vault, streams }) => `${vault} ${JSON.stringify([...streams])}`).join()

beforeEach(() => {
  vi.useFakeTimers()
  done = []
  pages = []
  checks = 0
  isEnough = true
  isAway = false
  hasProblem = false
  gate = null
  loop = new SyncLoop({
    async pass() {
      done.push('pass')
      await gate
    },
    async brief(moved) {
      done.push(shown(moved))
      pages.push(...moved.flatMap((each) => each.pages.map(({ entries }) => entries.map(({ n }) => n))))
      await gate
      return isEnough
    },
    hasServer: () => true,
    isAway: () => isAway,
    async makeReady(mayGoOn) {
      while (mayGoOn()) {
        done.push('ready')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    mayWait: () => false,
    hasProblem: () => hasProblem,
  })
  loop.listen((onNews) => {
    hint = onNews
    return { close: () => {}, check: () => void checks++ }
  })
})

afterEach(async () => {
  await loop.stop()
  vi.useRealTimers()
})

const head = (n: number): LiveMessage => ({ type: 'head', vault: textId(VAULT), stream: textId(STREAM), n })
const turn = () => vi.advanceTimersByTimeAsync(0)

test('S7: a hint about a stream is followed at once by a brief pass with its number, and a whole pass comes behind', async () => {
  hint(head(7))
  await turn()
  expect(done).toEqual([`${VAULT} [["${STREAM}",7]]`])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(done[1]).toBe('pass')
})

test('S7: each whole pass asks over the live connection whether the server is there, and a brief one does not', async () => {
  hint(head(7))
  await turn()
  expect([done.length, checks]).toEqual([1, 0])
  await loop.syncNow()
  expect(checks).toBe(1)
  // Nothing happens for an hour: by the jitter a pass comes every 45 to 75 seconds, and asks.
  hint({ type: 'ready', vault: null, stream: null, n: 0 })
  await vi.advanceTimersByTimeAsync(3_600_000)
  const passes = done.filter((each) => each === 'pass').length
  expect([passes > 47, passes < 83, checks]).toEqual([true, true, passes])
})

test('S7: a pass that failed is tried again within seconds though the live connection is up, and less and less often while it fails', async () => {
  hint({ type: 'ready', vault: null, stream: null, n: 0 })
  hasProblem = true
  await loop.syncNow()
  // By the jitter a quarter sooner or later than 4, 8, 16 and 32 seconds, and then a minute.
  for (const [passes, within] of [
    [2, 5],
    [3, 10],
    [4, 20],
    [5, 40],
  ] as const) {
    await vi.advanceTimersByTimeAsync(within * 1000)
    expect(done.length).toBeGreaterThanOrEqual(passes)
  }
  const soon = done.length
  await vi.advanceTimersByTimeAsync(600_000)
  expect(done.length - soon).toBeLessThanOrEqual(600 / 45 + 1)

  // The one that is planned already stays.
  hasProblem = false
  const failed = done.length
  while (done.length === failed) await vi.advanceTimersByTimeAsync(1000)
  const well = done.length
  await vi.advanceTimersByTimeAsync(43_000)
  expect(done.length).toBe(well)
})

test('S7: what is brought goes to the brief pass with its number; more than a pass holds is left to a pull', async () => {
  const page = (numbers: number[]) => ({
    stream: textId(STREAM)!,
    head: {} as never,
    entries: numbers.map((n) => ({ n }) as never),
  })
  const bring = (numbers: number[]) => hint({ type: 'page', vault: textId(VAULT)!, pages: [page(numbers)] })
  bring([4, 5])
  bring([6])
  await turn()
  expect(done).toEqual([`${VAULT} [["${STREAM}",6]]`])
  expect(pages).toEqual([[4, 5], [6]])
  pages.length = 0
  bring(Array.from({ length: 200 }, (_, at) => 7 + at))
  bring(Array.from({ length: 200 }, (_, at) => 207 + at))
  await turn()
  expect(done.at(-1)).toBe(`${VAULT} [["${STREAM}",406]]`)
  expect(pages.map(({ length }) => length)).toEqual([200])
})

test('S7: while changes continue the whole pass behind them waits for a pause, though not for ever', async () => {
  const passes = () => done.filter((each) => each === 'pass').length
  hint({ type: 'ready', vault: null, stream: null, n: 0 })
  for (let n = 1; n <= 12; n += 1) {
    hint(head(n))
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(passes()).toBe(0)
  for (let n = 13; n <= 20; n += 1) {
    hint(head(n))
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect(passes()).toBe(1)
  await vi.advanceTimersByTimeAsync(2500)
  expect(passes()).toBe(2)
})

test('S7: hints and saves that come during a pass are followed together when it has ended', async () => {
  let open = () => {}
  gate = new Promise((resolve) => (open = resolve))
  const passed = loop.syncNow()
  hint(head(7))
  loop.soon(VAULT)
  hint(head(9))
  await turn()
  expect(done).toEqual(['pass'])
  gate = null
  open()
  await passed
  await turn()
  expect(done).toEqual(['pass', `${VAULT} [["${STREAM}",9]]`])
})

test('S7: what a brief pass cannot settle is left to a whole one at once', async () => {
  isEnough = false
  loop.soon(VAULT)
  await turn()
  expect(done).toEqual([`${VAULT} []`, 'pass'])
})

test('S7: whoever asks for a pass during a brief one gets a whole one, once', async () => {
  let open = () => {}
  gate = new Promise((resolve) => (open = resolve))
  loop.soon(VAULT)
  const asked = [loop.syncNow(), loop.syncNow()]
  gate = null
  open()
  await Promise.all(asked)
  expect(done).toEqual([`${VAULT} []`, 'pass'])
})

test('Y6: after a pass that met no server what waits is made ready, once nothing was written for a second and until the next pass begins', async () => {
  isAway = true
  isEnough = false
  const readied = () => done.filter((each) => each === 'ready').length
  for (let saves = 0; saves < 4; saves += 1) {
    loop.soon(VAULT)
    await vi.advanceTimersByTimeAsync(900)
  }
  expect(readied()).toBe(0)
  await vi.advanceTimersByTimeAsync(350)
  expect(readied()).toBe(3)
  await loop.syncNow()
  const whole = done.length
  await vi.advanceTimersByTimeAsync(800)
  expect(done.slice(whole)).toEqual([])
  expect(readied()).toBe(3)
  isAway = false
  await loop.syncNow()
  await vi.advanceTimersByTimeAsync(5000)
  expect(readied()).toBe(3)
})

test('Y6: a lock waits until what is being made ready is in the store', async () => {
  isAway = true
  await loop.syncNow()
  await vi.advanceTimersByTimeAsync(1050)
  expect(done).toEqual(['pass', 'ready'])
  let isStopped = false
  const stopped = loop.stop().then(() => (isStopped = true))
  await turn()
  expect(isStopped).toBe(false)
  await vi.advanceTimersByTimeAsync(100)
  await stopped
  expect(done).toEqual(['pass', 'ready'])
})

test.each([false, true])(
  'S7: passes come once in a few seconds where no live connection lasts, and at once behind one that was up: %s',
  async (isUp) => {
    let passes = 0
    const cut = new SyncLoop({
      async pass() {
        passes++
        cut.listen((onNews, onClosed) => {
          setTimeout(() => {
            if (isUp) onNews({ type: 'ready', vault: null, stream: null, n: 0 })
            onClosed()
          }, 50)
          return { close: () => {}, check: () => {} }
        })
      },
      brief: async () => true,
      hasServer: () => true,
      isAway: () => false,
      makeReady: async () => {},
      mayWait: () => false,
      hasProblem: () => hasProblem,
    })
    await cut.syncNow()
    // By the jitter 3 to 5 seconds, or 0.55 to 2.05.
    await vi.advanceTimersByTimeAsync(isUp ? 2_100 : 60_000)
    if (isUp) expect(passes).toBeGreaterThan(1)
    else expect([passes > 11, passes < 22]).toEqual([true, true])
    await cut.stop()
  },
)

test('S7: a hint about a log asks for a whole pass', async () => {
  hint({ type: 'head', vault: textId(VAULT), stream: null, n: 3 })
  await vi.advanceTimersByTimeAsync(100)
  expect(done).toEqual(['pass'])
})

test.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
  'S7: no two passes run at a time, whoever asks %d turns of the queue behind the end of one with hints waiting',
  async (ticks) => {
    let running = 0
    let most = 0
    let open = () => {}
    const first = new Promise<void>((resolve) => (open = resolve))
    const work = async (until: Promise<unknown>) => {
      most = Math.max(most, ++running)
      await until
      running--
    }
    let passes = 0
    const busy = new SyncLoop({
      pass: () => work(passes++ === 0 ? first : Promise.resolve().then(() => {})),
      brief: async () => {
        await work(Promise.resolve().then(() => {}))
        return true
      },
      hasServer: () => true,
      isAway: () => false,
      makeReady: async () => {},
      mayWait: () => false,
      hasProblem: () => hasProblem,
    })
    const asked = busy.syncNow()
    busy.soon(VAULT)
    const behind = first.then(async () => {
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
      await busy.syncNow()
    })
    open()
    await Promise.all([asked, behind])
    await turn()
    expect(most).toBe(1)
    await busy.stop()
  },
)
