/** H8: what a device makes of the server's signed times and of its own clock. */
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import type { SignedHead } from '@chartkeep/protocol/streams'
import { APART_MS, runningBack, TwoClocks } from '@chartkeep/sync/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { signHeadAs } from '../../support/hostile-server.ts'
import { memoryHome } from '../../support/memory-rows.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const YEAR = 365 * DAY
const NOW = Date.UTC(2026, 5, 1, 12)
const KEY = new Uint8Array(32).fill(7)

/** The true time, how wrong this device's clock is, and which server it has. */
let time: { now: number; wrong: number; key: Uint8Array | null }
let clocks: TwoClocks

const clock = { now: () => time.now + time.wrong, steady: () => time.now - NOW + 0.25 }
const hear = (said: number) => clocks.hear(said, clock.now())

beforeEach(() => {
  time = { now: NOW, wrong: 0, key: KEY }
  clocks = new TwoClocks(clock, () => time.key)
})

describe('H8: the time of the server', () => {
  test('is not known before a head, and nothing is over then', () => {
    expect([clocks.server, clocks.due, clocks.apart]).toEqual([0, 0, null])
    expect(clocks.later).toBe(NOW)
  })

  test('continues between contacts, whatever is done to the clock of the device', () => {
    hear(NOW)
    time.now += DAY
    for (const wrong of [0, 10 * YEAR, -10 * YEAR]) {
      time.wrong = wrong
      expect(clocks.server).toBe(NOW + DAY)
      expect(clocks.due).toBe(Math.min(NOW + DAY, NOW + DAY + wrong))
      expect(clocks.later).toBe(Math.max(NOW + DAY, NOW + DAY + wrong))
    }
  })

  test('a head counts while it is at most a minute before the newest one; one that is older changes nothing', () => {
    hear(NOW)
    hear(NOW - MINUTE)
    expect(clocks.server).toBe(NOW)
    hear(NOW - 5 * YEAR)
    expect(clocks.server).toBe(NOW)
    time.now += 10 * MINUTE
    hear(NOW + 10 * MINUTE)
    expect(clocks.server).toBe(time.now)
  })

  test.each([3 * YEAR, 10 * YEAR])(
    'one head that is %i ms ahead ends nothing, and the next true one puts it right',
    (years) => {
      const ahead = years * YEAR
      hear(NOW)
      hear(NOW + ahead)
      expect(clocks.server).toBe(NOW + ahead)
      expect(clocks.due).toBe(NOW)
      time.now += MINUTE
      hear(time.now)
      expect([clocks.server, clocks.due]).toEqual([time.now, time.now])
      // From then on it holds this device's own clock again.
      time.wrong = 10 * YEAR
      expect(clocks.due).toBe(time.now)
    },
  )

  test('a head of long ago that is shown again takes no time back, unless this device’s clock says the same', () => {
    hear(NOW)
    time.wrong = 10 * YEAR
    hear(NOW - YEAR)
    expect(clocks.server).toBe(NOW)
    time.wrong = 0
    hear(NOW - 2 * APART_MS)
    expect(clocks.server).toBe(NOW)
  })

  test('another server, or another key of it, has a time of its own', () => {
    hear(NOW + 3 * YEAR)
    time.key = new Uint8Array(32).fill(8)
    expect([clocks.server, clocks.ahead, clocks.apart]).toEqual([0, 0, null])
    hear(NOW)
    expect(clocks.server).toBe(NOW)
  })

  test('it is kept over a restart, and stands still while the device is off', async () => {
    hear(NOW)
    const home = memoryHome([])
    await home.commit(clocks.rowsToKeep())
    expect(clocks.rowsToKeep(), 'nothing to write while it is recent').toEqual([])
    time.now += DAY
    time.wrong = -10 * YEAR
    const after = new TwoClocks(clock, () => time.key)
    after.restore(home)
    expect(after.server).toBe(NOW)
    // A clock that is set back while the device is off and has no network opens nothing that had ended.
    expect(after.later).toBe(NOW)
    expect(after.apart, 'no answer came yet').toBeNull()
    after.hear(NOW - 5 * YEAR, clock.now())
    expect(after.server).toBe(NOW)
  })
})

describe('H8: what people are told', () => {
  test('both times, where they are more than an hour apart; nothing where it is not known', () => {
    hear(NOW - APART_MS)
    expect(clocks.apart).toBeNull()
    hear(NOW - 5 * YEAR)
    expect(clocks.apart).toEqual({ server: NOW - 5 * YEAR, own: NOW })
    time.now += MINUTE
    expect(clocks.apart).toEqual({ server: NOW - 5 * YEAR + MINUTE, own: NOW + MINUTE })
    time.wrong = -5 * YEAR
    expect(clocks.apart, 'the clock was set since').toBeNull()
  })

  test('what took hours to come is not told as hours of difference', () => {
    clocks.hear(NOW, NOW)
    time.now += 8 * APART_MS
    clocks.hear(NOW + 1000, NOW)
    expect(clocks.apart).toBeNull()
  })
})

describe('H8: heads whose times run against their numbers', () => {
  const server = generateSigningKeyPair(randomBytes)
  const head = (n: number, signed: number, key = server) =>
    signHeadAs(key, { kind: 'stream', id: KEY.slice(0, 16), n, h: KEY, time: signed })
  const found = async (earlier: SignedHead, later: SignedHead) =>
    (await runningBack(later, [null, earlier], server.publicKey)) === earlier

  test('are told by number and time, with a minute for processes that differ', async () => {
    expect(await found(await head(1, NOW), await head(2, NOW - MINUTE))).toBe(false)
    expect(await found(await head(1, NOW), await head(2, NOW - MINUTE - 1))).toBe(true)
    expect(await found(await head(2, NOW), await head(2, NOW - YEAR)), 'the same head again').toBe(false)
    expect(await found(await head(2, NOW), await head(1, NOW - YEAR))).toBe(false)
  })

  test('only where one server signed both: after a move the clock is another one', async () => {
    const other = generateSigningKeyPair(randomBytes)
    expect(await found(await head(1, NOW, other), await head(2, NOW - YEAR))).toBe(false)
  })

  test('also where the one that was ahead had the number of the one that is kept', async () => {
    const [first, ahead, next] = [await head(1, NOW), await head(1, NOW + YEAR), await head(2, NOW + MINUTE)]
    expect(clocks.noteHead(first)).toBeNull()
    expect(clocks.noteHead(ahead)).toBe(first)
    expect(await runningBack(next, [first, clocks.noteHead(next)], server.publicKey)).toBe(ahead)
  })
})
