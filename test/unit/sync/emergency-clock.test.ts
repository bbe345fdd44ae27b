import { expect, test } from 'vitest'
import { AT_ONCE, clockError, lockEndOf } from '@chartkeep/sync/testing'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

test('C13, C10: of a clock that is wrong no more is made up for than it is wrong by, however long the answer took', () => {
  for (const wrong of [-9 * HOUR, -MINUTE, -1, 0, 1, MINUTE, 9 * HOUR])
    for (const there of [0, 1, 2000, 30 * MINUTE])
      for (const back of [0, 1, 2000, 30 * MINUTE]) {
        const [before, signed, after] = [wrong, there, there + back + wrong]
        const found = clockError(before, signed, after)
        // By a clock that is ahead an opening ends no later than it should; by one that is behind no later than it did.
        expect(found).toBeLessThanOrEqual(Math.max(0, wrong))
        expect(found).toBeGreaterThanOrEqual(Math.min(0, wrong))
        if (wrong > there) expect(found).toBe(wrong - there)
        if (wrong < -back) expect(found).toBe(wrong + back)
      }
  // Set right while the server was asked: what it says afterwards counts.
  expect(clockError(3 * HOUR, 1000, 2000)).toBe(1000)
})

test('C13: an opening locks by its own device’s clock when it ends, as far as that clock is known to be wrong; one that was ended at once', () => {
  const opening = { vault: '', from: HOUR, until: 2 * HOUR, reason: null }
  expect(lockEndOf(opening)).toBe(2 * HOUR)
  expect(lockEndOf({ ...opening, clockAhead: 3 * HOUR })).toBe(5 * HOUR)
  expect(lockEndOf({ ...opening, clockAhead: -HOUR })).toBe(HOUR)
  expect(lockEndOf({ ...opening, clockAhead: 3 * HOUR, ended: { at: HOUR, told: 'not' } })).toBe(AT_ONCE)
})
