/** H9g: what all networks share, and who gives way. */
import { createNetworkList, createNetworks, createSharedPool } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'

const networkOf = createNetworks([{ network: '198.51.100.0/24', name: 'hospital', factor: 10 }])

function pool(max: number, ownGivesWay: boolean) {
  const shared = createSharedPool({ max, ownGivesWay })
  const ended: string[] = []
  const take = (address: string, name: string, count = 1) =>
    shared.begin(networkOf(address), count, () => ended.push(name))
  return { take, ended }
}

test('H9g: the network with the most loses its oldest, as much of it as is asked for', () => {
  const { take, ended } = pool(10, false)
  for (const name of ['a1', 'a2', 'a3']) take('192.0.2.1', name, 2)
  for (const name of ['b1', 'b2']) take('192.0.2.2', name, 2)
  expect(take('192.0.2.3', 'c1', 4)).not.toBeNull()
  expect(ended).toEqual(['a1', 'a2'])
  // Now others hold the most.
  expect(take('192.0.2.1', 'a4', 2)).not.toBeNull()
  expect(ended).toEqual(['a1', 'a2', 'b1'])
})

test('H9g: who holds the most itself is refused, or gives up its own oldest, as the pool says; what is too much for the pool is refused', () => {
  const refusing = pool(3, false)
  for (const name of ['a1', 'a2', 'a3']) refusing.take('192.0.2.1', name)
  expect(refusing.take('192.0.2.1', 'a4')).toBeNull()
  expect(refusing.ended).toEqual([])
  const giving = pool(3, true)
  for (const name of ['a1', 'a2', 'a3', 'a4']) giving.take('192.0.2.1', name)
  expect(giving.ended).toEqual(['a1'])
  expect(giving.take('192.0.2.9', 'b', 4)).toBeNull()
})

test('H9g: what is given back is there for others, and who was ended gives nothing back a second time', () => {
  const { take, ended } = pool(4, false)
  const first = take('192.0.2.1', 'a1', 3)!
  first.change(1)
  expect(take('192.0.2.2', 'b1', 3)).not.toBeNull()
  expect(ended).toEqual([])
  first.change(0)
  first.change(0)
  first.change(4)
  expect(take('192.0.2.3', 'c1', 1)).not.toBeNull()
  expect(ended).toEqual([])
  const other = take('192.0.2.4', 'd1', 1)!
  expect(ended).toEqual(['b1'])
  other.change(0)
})

test('H9g: strangers give way first, and a named network by as much less as its factor is larger', () => {
  const { take, ended } = pool(6, true)
  const known = ['a1', 'a2', 'a3'].map((name) => take('192.0.2.1', name)!)
  for (const each of known) each.known()
  for (const name of ['b1', 'b2']) take('192.0.2.2', name)
  take('192.0.2.3', 'c1')
  take('192.0.2.4', 'd1')
  expect(ended).toEqual(['b1'])
  const named = pool(8, true)
  for (const name of ['h1', 'h2', 'h3', 'h4', 'h5']) named.take('198.51.100.7', name)
  for (const name of ['b1', 'b2', 'b3', 'b4']) named.take('192.0.2.2', name)
  expect(named.ended).toEqual(['b1'])
})

test('H9g: a list of proxies knows addresses, networks and the words of Fastify', () => {
  const isProxy = createNetworkList(['loopback', '10.1.0.0/16', '192.0.2.7', '2001:db8::/32'])
  for (const address of ['127.0.0.9', '::ffff:127.0.0.1', '::1', '10.1.2.3', '192.0.2.7', '2001:db8::1'])
    expect(isProxy(address), address).toBe(true)
  for (const address of ['10.2.0.1', '192.0.2.8', '2001:db9::1', '', 'x']) expect(isProxy(address), address).toBe(false)
  expect(createNetworkList(['linklocal', 'uniquelocal'])('169.254.1.1')).toBe(true)
  expect(createNetworkList(['uniquelocal'])('192.168.3.4')).toBe(true)
  expect(createNetworkList([])('127.0.0.1')).toBe(false)
})
