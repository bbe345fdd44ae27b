/** Owners of a vault at the server (C2, C6, C8): its access table, what each is shown, whom it cuts off, and that all of it is after a restart. */
import { sign } from '@chartkeep/crypto'
import { decodeAs, idText } from '@chartkeep/protocol'
import { newestBoxKey, signInMessage } from '@chartkeep/protocol/account'
import { controlHead, PartOpen, type ControlEntry } from '@chartkeep/protocol/control'
import { ENDED_OWNER, type LiveMessage } from '@chartkeep/protocol/messages'
import { addOwnerNow, endOwnerNow, leaveNow, maintainMembership } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, save, share, type AttackWorld, type Device } from '../../support/attack-world.ts'
import { signInAt } from '../../support/hostile-server.ts'

let world: AttackWorld
let laptop: Device
let jun: Device

beforeEach(async () => {
  world = await createAttackWorld()
  laptop = world.laptop
  jun = await world.provider()
  await save(laptop, 'labs', 'first')
  await laptop.sync()
})
afterEach(() => world.close())

async function add(device: Device): Promise<void> {
  await laptop.book.refresh(device.person.account, laptop.server, world.key.publicKey)
  const { generation } = newestBoxKey(laptop.book.lookup(device.person.account)!)
  const label = { purpose: '', name: 'Mei', birthDate: '', grantee: 'Jun', people: {} }
  const added = { account: device.person.account, generation, role: 'manager' as const, label }
  expect(await addOwnerNow(laptop.machine, laptop.server, added)).toMatchObject({ type: 'done' })
}

async function tokenOf({ person: { account }, secrets }: Device): Promise<string> {
  const challenge = world.core.challenge()
  const { nonce } = challenge
  const signature = await sign(secrets.signing, signInMessage(challenge, account, secrets.id))
  const answer = await world.core.signIn({ account, device: secrets.id, nonce, signature })
  if (!('token' in answer)) throw new Error(answer.error)
  return answer.token
}

const signIn = (device: Device) => signInAt(world.core, device.person.account, device.secrets)

async function logOf(device: Device, after = 0): Promise<{ entries: ControlEntry[]; upTo: number }> {
  const page = await world.core.control(await signIn(device), world.vault, after)
  if ('type' in page) throw new Error(page.error)
  return { entries: page.entries, upTo: page.head.n }
}

/** For whom the open halves of an entry are that this reader is shown. */
const shownParts = ({ parts }: ControlEntry) =>
  parts.map(({ open }) => (open === null ? '-' : idText(decodeAs(PartOpen, open)!.recipient)))

async function listed(device: Device): Promise<(string | null)[]> {
  const { vaults } = await world.core.vaults(await signIn(device))
  return vaults.map(({ grant }) => (grant === null ? null : idText(grant)))
}

async function pulled(device: Device): Promise<number | string> {
  const streams = [...laptop.machine.streams.values()].map(({ stream }) => ({ stream, after: 0 }))
  const answer = await world.core.pull(await signIn(device), world.vault, { streams, budget: 1 << 20 })
  return 'error' in answer ? answer.error : answer.streams.length
}

test('C2, C6: the access table follows the log: an owner from its entry to its cut, found by list, and the same after a restart', async () => {
  const all = laptop.machine.streams.size
  expect([await listed(jun), await pulled(jun)]).toEqual([[], 'not-found'])
  await add(jun)
  expect([await listed(jun), await pulled(jun)]).toEqual([[null], all])
  world.restart()
  expect([await listed(jun), await pulled(jun)], 'a server that reads the log anew').toEqual([[null], all])
  expect(await jun.sync()).toEqual({ type: 'synced' })
  await laptop.sync()
  expect(await endOwnerNow(laptop.machine, laptop.server, jun.person.account)).toMatchObject({ type: 'done' })
  const ended = [[idText(ENDED_OWNER)], 'not-found']
  expect([await listed(jun), await pulled(jun)]).toEqual(ended)
  world.restart()
  expect([await listed(jun), await pulled(jun)]).toEqual(ended)
  await add(jun)
  expect([await listed(jun), await pulled(jun)]).toEqual([[null], all])
})

test('C2, C8: an owner sees every part; who was one sees what it saw as one, its own cut, and nothing after it', async () => {
  const clinic = await world.provider()
  await share(world, clinic, { labs: ['read'] })
  await add(jun)
  const nurse = await world.provider()
  await share(world, nurse, { labs: ['read'] })
  const asOwner = await logOf(jun)
  expect(asOwner.entries.flatMap(shownParts)).not.toContain('-')
  expect(asOwner.entries.every(({ parts }) => parts.every(({ wrap }) => wrap !== null))).toBe(true)
  await laptop.sync()
  await endOwnerNow(laptop.machine, laptop.server, jun.person.account)
  const cutAt = controlHead(laptop.machine.control).n
  const third = await world.provider()
  await share(world, third, { labs: ['read'] })

  const after = await logOf(jun)
  expect(after.upTo).toBe(cutAt)
  const [, before, adding, during, cut] = after.entries
  expect(shownParts(before!), 'a grant of before its time').toEqual(['-', '-'])
  expect(shownParts(adding!)).toContain(idText(jun.person.account))
  expect(shownParts(during!), 'one of its time').not.toContain('-')
  expect(shownParts(cut!).every((part) => part === '-')).toBe(true)
  // A device that was away all the time reads this log to its end, and stops there.
  expect(await jun.sync()).toEqual({ type: 'ended' })
})

test('C2, C6: a cut closes the open connections of the owner whom it ends, and a leave its own', async () => {
  await add(jun)
  const listen = async (device: Device) => {
    const seen: (LiveMessage['type'] | string)[] = []
    await world.core.connect(await tokenOf(device), {
      send: ({ type }) => void seen.push(type),
      close: (why) => void seen.push(why),
    })
    return seen
  }
  const seen = await listen(jun)
  const atHome = await listen(world.phone)
  await jun.sync()
  expect(await leaveNow(jun.machine, jun.server)).toMatchObject({ type: 'done' })
  expect(seen.slice(-2)).toEqual(['ended', 'ended'])
  expect(atHome.at(-1), 'the others hear of it').toBe('head')
  const push = await world.core.push(await signIn(jun), world.vault, { envelopes: [] })
  expect(push).toMatchObject({ error: 'not-found' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(await maintainMembership(laptop.machine, laptop.server, world.time.now)).toBe(true)
})
