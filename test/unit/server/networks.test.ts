/** H9: who counts as one network, however an address is written, and what a network may take and hold. */
import {
  createAttemptCounter,
  createNetworkCounter,
  createNetworkHold,
  createNetworks,
  networkOf,
  shareOf,
} from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'

test('S8, H9: the addresses of one IPv6 network count as one, however they are written', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7')
  expect(networkOf('::ffff:192.0.2.7')).toBe('192.0.2.7')
  const same = [
    '2001:db8:0:7::1',
    '2001:DB8::7:0:0:0:2',
    '2001:0db8:0000:0007:ffff:ffff:ffff:ffff',
    '2001:db8:0:7::%eth0',
  ]
  expect(new Set(same.map(networkOf))).toEqual(new Set(['2001:db8:0:7::/64']))
  expect(networkOf('2001:db8:0:8::1')).not.toBe(networkOf('2001:db8:0:7::1'))
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
})

test('H9: an IPv4 address is a network of its own; for IPv6 48 bits surround 64', () => {
  const find = createNetworks()
  expect(find('::ffff:192.0.2.7')).toEqual({ near: '192.0.2.7', wide: '192.0.2.7', factor: 1 })
  expect(find('2001:DB8:0:7::1')).toEqual({ near: '2001:db8:0:7::/64', wide: '2001:db8:0::/48', factor: 1 })
  expect(find('2001:db8:0:8::1').wide).toBe('2001:db8:0::/48')
  expect(find('2001:db8:1:7::1').wide).not.toBe('2001:db8:0::/48')
})

test('H9: a named network has larger limits; of several that hold an address the largest counts', () => {
  const find = createNetworks([
    { network: '203.0.113.0/24', name: 'hospital', factor: 50 },
    { network: '203.0.113.9', name: 'its gateway', factor: 200 },
    { network: '2001:db8:5::/48', name: 'clinic', factor: 4 },
  ])
  const addresses = [
    '203.0.113.1',
    '203.0.113.9',
    '::ffff:203.0.113.9',
    '203.0.114.1',
    '2001:db8:5:1::1',
    '2001:db8:6::1',
    'no address',
  ]
  expect(addresses.map((address) => find(address).factor)).toEqual([50, 200, 200, 1, 4, 1, 1])
  expect([
    shareOf(1000, { factor: 1 }),
    shareOf(100, { factor: 1 }),
    shareOf(1000, { factor: 50 }),
    shareOf(3, { factor: 1 }),
  ]).toEqual([20, 5, 1000, 3])
})

test('H9: 64 bits of IPv6 have the limit, 48 bits sixteen times that, and what is given back may be taken again', () => {
  const find = createNetworks()
  const counter = createNetworkCounter(2, 60_000)
  const hold = createNetworkHold(2)
  const taken = Array.from({ length: 40 }, (_, at) => counter.take(find(`2001:db8:0:${at}::1`)) === 0)
  expect(taken.filter(Boolean)).toHaveLength(32)
  expect([1, 2, 3].map((at) => counter.take(find(`192.0.2.${at >> 2}`)) === 0)).toEqual([true, true, false])
  const held = Array.from({ length: 40 }, (_, at) => hold.begin(find(`2001:db8:0:${at}::1`), 1))
  expect(held.filter((each) => each !== null)).toHaveLength(32)
  held[0]!.change(0)
  expect(hold.begin(find('2001:db8:0:1::2'), 2)).toBeNull()
  expect(hold.begin(find('2001:db8:0:0::2'), 1)).not.toBeNull()
})

test('H9: of actions only those that fail are counted; no more are under way than may fail, and the window ends', async () => {
  let now = 0
  const { attempt } = createAttemptCounter(60_000, () => now)
  let underWay = 0
  let most = 0
  const action = (isGood: boolean) => () =>
    attempt(
      'a',
      3,
      async () => {
        most = Math.max(most, ++underWay)
        await new Promise((resolve) => setImmediate(resolve))
        underWay -= 1
        return isGood
      },
      (answer) => answer === false,
    )
  expect(await Promise.all(Array.from({ length: 20 }, () => action(true)()))).toEqual(
    Array.from({ length: 20 }, () => true),
  )
  expect(most).toBe(3)
  const guesses = await Promise.all(Array.from({ length: 10 }, () => action(false)()))
  expect(guesses.filter((each) => each === false)).toHaveLength(3)
  expect(guesses.filter((each) => each !== false)).toEqual(
    Array.from({ length: 7 }, () => ({ type: 'wait', seconds: 60 })),
  )
  now = 60_000
  expect(await action(true)()).toBe(true)
  // An action that throws has failed.
  for (let at = 0; at < 3; at++)
    await expect(
      attempt(
        'b',
        3,
        () => Promise.reject(new Error('disk')),
        () => false,
      ),
    ).rejects.toThrow('disk')
  expect(
    await attempt(
      'b',
      3,
      () => Promise.resolve(true),
      () => false,
    ),
  ).toEqual({ type: 'wait', seconds: 60 })
})
