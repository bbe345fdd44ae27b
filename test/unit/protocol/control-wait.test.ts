/** K7 in a vault: what locks others out waits 24 hours on a device that came in by the kit, by the word of the server that the others know. */
import { generateSigningKeyPair } from '@chartkeep/crypto'
import { KIT_WAIT_MS } from '@chartkeep/protocol'
import type { Waited } from '@chartkeep/protocol/account'
import { applyControlEntry } from '@chartkeep/protocol/control'
import { streamStart } from '@chartkeep/protocol/streams'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  addDevice,
  createPerson,
  headAt,
  removeDevice,
  type Device,
  type Person,
} from '../../support/protocol-people.ts'
import { addOwner, createVault, lookupOf, signAs, type BodyFields, type Vault } from '../../support/protocol-vault.ts'

const here = generateSigningKeyPair()
const elsewhere = generateSigningKeyPair()

let owner: Person
let people: Person[]
let vault: Vault
let late: Device
beforeEach(async () => {
  owner = await createPerson('wait-owner')
  const [manager, holder] = [await createPerson('wait-manager'), await createPerson('wait-holder')]
  people = [owner, manager, holder]
  vault = await createVault(owner)
  await addOwner(vault, manager, 'manager')
  await addOwner(vault, holder, 'holder')
  late = await addDevice(owner, owner.recovery)
})

/** Proof over so many milliseconds, from a position of the log on. */
async function hours(span = KIT_WAIT_MS, by = here, from = owner.state.n): Promise<Waited> {
  const first = await headAt(owner, by, 1000, from)
  return { key: by.publicKey, first, last: await headAt(owner, by, 1000 + span) }
}

/** Each kind of entry that locks this account's other devices out. */
const kinds = (): BodyFields[] => [
  { type: 'server', server: { address: 'https://next.example', key: elsewhere.publicKey, previous: here.publicKey } },
  { type: 'manager', member: { op: 'offer', account: people[1]!.state.account, role: null, accountLog: null } },
  {
    type: 'cut',
    cut: {
      grant: null,
      account: owner.state.account,
      device: null,
      reason: 'member-removed',
      streams: [...vault.state.streams.values()].map(({ id }) => ({ stream: id, n: 0, h: streamStart(vault.id, id) })),
    },
  },
]

async function said(fields: BodyFields, device = late): Promise<string> {
  const entry = await signAs(vault, { ...owner, device }, fields)
  const next = await applyControlEntry(vault.state, entry, lookupOf(...people))
  return 'reason' in next ? next.reason : 'taken'
}

describe.each([0, 1, 2])('K7: another server, a hand-over, an end of this account (%i)', (kind) => {
  test('K7: without proof, with less than 24 hours, or with earlier hours it came in it is too early; with proof it counts', async () => {
    const fields = kinds()[kind]!
    expect(await said(fields)).toBe('too-early')
    expect(await said({ ...fields, waited: await hours(KIT_WAIT_MS - 1) })).toBe('too-early')
    expect(await said({ ...fields, waited: await hours(KIT_WAIT_MS, here, 1) })).toBe('too-early')
    const { first, ...rest } = await hours()
    expect(await said({ ...fields, waited: { ...rest, first: { ...first, time: 0 } } }), 'signed otherwise').toBe(
      'too-early',
    )
    expect(await said({ ...fields, waited: await hours() })).toBe('taken')
  })

  test('K7: an earlier device needs none, and may show none; nor does one when no other is left that was there before', async () => {
    const fields = kinds()[kind]!
    expect(await said(fields, owner.device)).toBe('taken')
    expect(await said({ ...fields, waited: await hours() }, owner.device)).toBe('malformed')
    const waited = await hours()
    await removeDevice(owner, owner.device.id, await addDevice(owner, owner.device))
    expect(await said(fields)).toBe('taken')
    expect(await said({ ...fields, waited })).toBe('malformed')
  })

  test('K7: it is judged by the log as the entry names it, whatever came later', async () => {
    const fields = kinds()[kind]!
    const named = { n: owner.state.n, h: owner.state.h }
    const later = { ...(await hours()) }
    await addDevice(owner, owner.device)
    const beyond = await hours()
    expect(await said({ ...fields, accountLog: named, waited: beyond })).toBe('too-early')
    expect(await said({ ...fields, accountLog: named, waited: later })).toBe('taken')
  })
})

test('K7, S10: of a move the hours are those of the server that is left, and no other', async () => {
  const [move] = kinds()
  expect(await said({ ...move!, waited: await hours(KIT_WAIT_MS, elsewhere) })).toBe('too-early')
})

test('K7: what locks nobody out waits for nothing and shows no proof', async () => {
  const withdraw = { op: 'withdraw' as const, account: people[1]!.state.account, role: null, accountLog: null }
  const fields: BodyFields = { type: 'manager', member: withdraw }
  expect(await said(fields)).toBe('bad-member')
  expect(await said({ ...fields, waited: await hours() })).toBe('malformed')
  const restart = { streams: [{ stream: vault.streams[0]!, n: 3, h: new Uint8Array(32) }] }
  expect(await said({ type: 'restart', restart })).toBe('taken')
  expect(await said({ type: 'restart', restart, waited: await hours() })).toBe('malformed')
  // A device that came in after it: removed in the account log, where the wait is asked for that there is one.
  const newer = await addDevice(owner, late)
  await removeDevice(owner, newer.id, late)
  const cut: BodyFields = {
    type: 'cut',
    cut: { grant: null, account: owner.state.account, device: newer.id, reason: 'device-removed', streams: [] },
  }
  expect(await said(cut)).not.toBe('too-early')
  expect(await said({ ...cut, waited: await hours() })).toBe('malformed')
})
