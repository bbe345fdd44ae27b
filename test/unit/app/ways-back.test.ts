/** What counts as a way back, and at which moments the recovery kit is asked for. */
import {
  asksWhoElse,
  hasWayBack,
  type KitFacts,
  kitMoment,
  waysBack,
  waysIn,
} from '@chartkeep/app/src/app/people/ways-back.ts'
import type { DeviceView } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const DAY = 24 * 60 * 60_000
const NOW = Date.UTC(2026, 10, 25, 8)

const device = (given: Partial<DeviceView>): DeviceView => ({
  id: 'a',
  name: 'laptop',
  kind: 'device',
  thisDevice: false,
  former: false,
  removed: false,
  newByKit: false,
  added: { how: 'first', by: '' },
  seen: null,
  outOfDateSince: null,
  heardAt: null,
  ...given,
})

const facts = (given: Partial<KitFacts>): KitFacts => ({
  now: NOW,
  since: NOW - 60_000,
  entries: 1,
  hasImported: false,
  hasShared: false,
  asked: [],
  askedOn: '',
  today: 'Wed Nov 25 2026',
  ...given,
})

test('K7: this device, a removed one, a former one and the kit itself are no second device', () => {
  const alone = [
    device({ thisDevice: true }),
    device({ removed: true }),
    device({ former: true }),
    device({ kind: 'recovery' }),
  ]
  const none = waysBack(false, alone, false)
  expect([hasWayBack(none), waysIn(none)]).toEqual([false, 1])
  const second = waysBack(false, [...alone, device({})], false)
  expect([hasWayBack(second), waysIn(second)]).toEqual([true, 2])
  expect(hasWayBack(waysBack(true, alone, false))).toBe(true)
  expect(hasWayBack(waysBack(false, alone, true))).toBe(true)
  expect(waysIn(waysBack(true, [device({})], true))).toBe(4)
})

test('K7: the kit is asked for at each moment once', () => {
  expect(kitMoment(facts({}))).toBeNull()
  expect(kitMoment(facts({ since: null, entries: 9 }))).toBeNull()
  expect(kitMoment(facts({ entries: 10 }))).toBe('tenth-entry')
  expect(kitMoment(facts({ entries: 11, asked: ['tenth-entry'] }))).toBeNull()
  expect(kitMoment(facts({ hasImported: true }))).toBe('first-import')
  expect(kitMoment(facts({ hasShared: true, asked: ['first-import'] }))).toBe('first-share')
  expect(kitMoment(facts({ since: NOW - 3 * DAY }))).toBe('third-day')
  expect(kitMoment(facts({ since: NOW - 3 * DAY + 1 }))).toBeNull()
})

test('K7: from the fourteenth day the kit is asked for once on each day, whatever asked before', () => {
  const old = facts({ since: NOW - 14 * DAY, asked: ['third-day', 'tenth-entry', 'first-import', 'first-share'] })
  expect(kitMoment(old)).toBe('daily')
  expect(kitMoment({ ...old, askedOn: old.today })).toBeNull()
  expect(kitMoment({ ...old, askedOn: 'Tue Nov 24 2026' })).toBe('daily')
})

test('K7: who else should have access is asked with a way back, or from the seventh day', () => {
  const none = waysBack(false, [], false)
  expect(asksWhoElse(none, NOW - 7 * DAY + 1, NOW)).toBe(false)
  expect(asksWhoElse(none, NOW - 7 * DAY, NOW)).toBe(true)
  expect(asksWhoElse(none, null, NOW)).toBe(false)
  expect(asksWhoElse(waysBack(true, [], false), NOW, NOW)).toBe(true)
})
