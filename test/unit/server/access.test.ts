/** Who may reach what at the server (C1, C3, C6, C8), asked of the state of a real control log, to the millisecond and the stream. */
import { ALL_RIGHTS, AMEND, APPEND, idText, READ, SIGN } from '@chartkeep/protocol'
import { accessLogId } from '@chartkeep/protocol/audit'
import type { ControlState } from '@chartkeep/protocol/control'
import { accessOf, controlView, controlWithin, grantsOf, withinWindow } from '@chartkeep/sync-server/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, type Person } from '../../support/protocol-people.ts'
import {
  addOwner,
  createPart,
  createVault,
  cutGrant,
  cutParts,
  extendVault,
  grantedStreams,
  keysOf,
  makeGrant,
  ownerParts,
  partOpen,
  signAs,
  streamOf,
  epochOf,
  type Vault,
} from '../../support/protocol-vault.ts'
import { countingBytes } from '../../support/vectors.ts'

let owner: Person
let doctor: Person
let nurse: Person
let stranger: Person
beforeAll(async () => {
  owner = await createPerson('access-owner')
  doctor = await createPerson('access-doctor')
  nurse = await createPerson('access-nurse')
  stranger = await createPerson('access-stranger')
})

const by = (person: Person, device = person.device.id) => ({
  account: person.state.account,
  device,
  kind: 'device' as const,
})

/** A chart of three collections; the doctor reads the first and writes the second from `BEGIN` until `END`. */
const BEGIN = 1_800_000_100_000
const END = 1_800_000_200_000
const NOW = BEGIN + 5
async function chart() {
  const vault = await createVault(owner, 3)
  const [labs, doses, notes] = vault.streams as [Uint8Array, Uint8Array, Uint8Array]
  const scopes = [
    { stream: labs, rights: READ },
    { stream: doses, rights: READ | APPEND | AMEND },
  ]
  const { grant, audit } = await makeGrant(vault, { grantee: doctor, scopes, notBefore: BEGIN, notAfter: END })
  return { vault, labs, doses, notes, grant, audit }
}

describe('C6: what a device may reach', () => {
  test('C6, A2: an owner has every right on every stream of the chart, on no other, and none on the access log', async () => {
    const { vault, labs, audit } = await chart()
    const access = accessOf(vault.state, by(owner), NOW)!
    expect(access.owner).toBe(true)
    for (const stream of [labs, audit]) expect(access.rightsOn(stream)).toBe(ALL_RIGHTS)
    expect(access.rightsOn(countingBytes(16))).toBe(0)
    expect(access.startOn(labs)).toBe(0)
    expect(access.payersOn(labs)).toEqual({ type: 'account', id: owner.state.account })
    const log = accessLogId(vault.id)
    const streams = new Map(vault.state.streams).set(idText(log), vault.state.streams.get(idText(labs))!)
    expect(accessOf({ ...vault.state, streams }, by(owner), NOW)!.rightsOn(log)).toBe(0)
  })

  test('C6: a grantee has the rights of its grant on the streams of its grant, and nothing elsewhere', async () => {
    const { vault, labs, doses, notes, audit, grant } = await chart()
    const access = accessOf(vault.state, by(doctor), NOW)!
    expect(access.owner).toBe(false)
    expect([labs, doses, notes, audit].map((stream) => access.rightsOn(stream))).toEqual([
      READ,
      READ | APPEND | AMEND,
      0,
      READ | APPEND,
    ])
    expect([labs, doses, notes].map((stream) => access.payersOn(stream))).toEqual([
      { type: 'grants', ids: [] },
      { type: 'grants', ids: [grant] },
      { type: 'grants', ids: [] },
    ])
  })

  test('C6: two grants of one account add up, and each pays only for what it lets write', async () => {
    const { vault, labs, doses, grant } = await chart()
    const second = await makeGrant(vault, {
      grantee: doctor,
      scopes: [{ stream: labs, rights: READ | SIGN }],
      notBefore: BEGIN,
      notAfter: END,
    })
    const access = accessOf(vault.state, by(doctor), NOW)!
    expect(access.rightsOn(labs)).toBe(READ | SIGN)
    expect(access.payersOn(labs)).toEqual({ type: 'grants', ids: [second.grant] })
    expect(access.payersOn(doses)).toEqual({ type: 'grants', ids: [grant] })
    expect(grantsOf(vault.state, doctor.state.account).map(({ id }) => id)).toEqual([grant, second.grant])
    expect(grantsOf(vault.state, nurse.state.account)).toEqual([])
    const hidden = { ...vault.state.grants.get(idText(grant))!, account: null }
    const grants = new Map([[idText(grant), hidden]])
    expect(grantsOf({ ...vault.state, grants }, doctor.state.account), 'one that nobody was shown').toEqual([])
  })

  test.each([
    ['a millisecond before it begins', BEGIN - 1, false],
    ['when it begins', BEGIN, true],
    ['in its last millisecond', END - 1, true],
    ['when it ends', END, false],
  ])('C6: a grant reaches its streams %s: %#', async (_, now, reaches) => {
    const { vault, grant } = await chart()
    const state = vault.state.grants.get(idText(grant))!
    expect(withinWindow(state, now)).toBe(reaches)
    expect(accessOf(vault.state, by(doctor), now) !== null).toBe(reaches)
    const within = controlWithin(vault.state, { account: doctor.state.account }, now)
    expect(within.grants.has(idText(grant))).toBe(reaches)
    // Nothing but that grant is taken out, and nothing at all from the state that is kept.
    expect({ ...within, grants: null }).toEqual({ ...vault.state, grants: null })
    expect(vault.state.grants.has(idText(grant))).toBe(true)
    expect(controlWithin(vault.state, { account: nurse.state.account }, now)).toBe(vault.state)
  })

  test('C6: only the grants of the writer that are outside of their window are taken out', async () => {
    const { vault, labs, grant } = await chart()
    const scopes = [{ stream: labs, rights: READ }]
    const later = await makeGrant(vault, { grantee: doctor, scopes, notBefore: END, notAfter: END + 5 })
    const other = await makeGrant(vault, { grantee: nurse, scopes, notBefore: END, notAfter: END + 5 })
    const { grants } = controlWithin(vault.state, { account: doctor.state.account }, NOW)
    expect([...grants.keys()]).toEqual([grant, other.grant].map(idText))
    expect(vault.state.grants.has(idText(later.grant))).toBe(true)
  })

  test('C6, K7: neither a stranger, nor a recovery device, nor a grantee whose grant was cut reaches anything', async () => {
    const { vault, grant } = await chart()
    for (const person of [owner, doctor]) {
      expect(accessOf(vault.state, { ...by(person), kind: 'recovery' }, NOW)).toBeNull()
      expect(controlView(vault.state, { ...by(person), kind: 'recovery' }, NOW)).toBeNull()
    }
    expect(accessOf(vault.state, by(stranger), NOW)).toBeNull()
    expect(controlView(vault.state, by(stranger), NOW)).toBeNull()
    await cutGrant(vault, grant)
    expect(accessOf(vault.state, by(doctor), NOW)).toBeNull()
  })

  test('C4, K5: a device that was cut reaches nothing, the other devices of its account what they did', async () => {
    const person = await createPerson('access-two-devices')
    const tablet = await addDevice(person)
    const vault = await createVault(person, 1)
    const cut = { reason: 'device-removed' as const, account: person.state.account, device: tablet.id, streams: [] }
    const state: ControlState = { ...vault.state, deviceCuts: [{ ...cut, grant: null, at: 2 }] }
    expect(accessOf(state, by(person, tablet.id), NOW)).toBeNull()
    expect(controlView(state, by(person, tablet.id), NOW)).toBeNull()
    expect(accessOf(state, by(person), NOW)).toMatchObject({ owner: true })
    expect(controlView(state, by(person), NOW)).not.toBeNull()
  })
})

describe('C3: from where a grantee may read', () => {
  /** The chart with the start of each grant of the doctor in `labs`; null: all history. */
  async function startsOf(...starts: ({ n: number; rights: number } | null)[]) {
    const { vault, labs, doses, grant } = await chart()
    const first = vault.state.grants.get(idText(grant))!
    const grants = new Map(
      starts.map((start, i) => {
        const id = countingBytes(16, i)
        const rights = start?.rights ?? READ
        const granted = { rights, start: start === null ? null : { n: start.n, h: countingBytes(32) } }
        return [idText(id), { ...first, id, streams: new Map([[idText(labs), granted]]) }]
      }),
    )
    const access = accessOf({ ...vault.state, grants }, by(doctor), NOW)!
    return [access.startOn(labs), access.startOn(doses)]
  }

  test('C3: it begins after the head that its grant names, of several grants at the earliest', async () => {
    expect(await startsOf({ n: 40, rights: READ })).toEqual([40, 0])
    expect(await startsOf({ n: 40, rights: READ }, { n: 7, rights: READ | APPEND })).toEqual([7, 0])
    expect(await startsOf({ n: 40, rights: READ }, null)).toEqual([0, 0])
  })

  test('C3: a grant that does not let it read moves nothing', async () => {
    expect(await startsOf({ n: 40, rights: READ }, { n: 7, rights: APPEND })).toEqual([40, 0])
    expect(await startsOf({ n: 7, rights: APPEND })).toEqual([0, 0])
  })
})

describe('C8: how much of the control log a reader sees', () => {
  const halves = (entry: { parts: { open: unknown; wrap: unknown }[] }) =>
    entry.parts.map(({ open, wrap }) => [open !== null, wrap !== null])
  const all = [true, true]
  const none = [false, false]

  test('C8: an owner sees all of it', async () => {
    const { vault } = await chart()
    const view = controlView(vault.state, by(owner), NOW)!
    expect(view.upTo).toBe(vault.state.n)
    for (const entry of vault.entries) expect(view.show(entry)).toBe(entry)
  })

  test('C8: a grantee sees its own part whole, and none of the parts of owners and of other grants', async () => {
    const { vault, notes } = await chart()
    await makeGrant(vault, { grantee: nurse, scopes: [{ stream: notes, rights: READ | APPEND }], notAfter: END })
    const view = controlView(vault.state, by(doctor), NOW)!
    expect(view.upTo).toBe(3)
    expect(vault.entries.map((entry) => halves(view.show(entry)))).toEqual([[none], [all, none], [none, none]])
    for (const entry of vault.entries) {
      const { body, signature } = view.show(entry)
      expect([body, signature]).toEqual([entry.body, entry.signature])
    }
  })

  test('C8, decision 0003: of a grant that writes where it reads it sees who, which rights and how long, never the keys', async () => {
    const { vault, labs, doses, notes } = await chart()
    const give = (stream: Uint8Array, rights: number) =>
      makeGrant(vault, { grantee: nurse, scopes: [{ stream, rights }], notAfter: END })
    await give(labs, READ | SIGN)
    await give(doses, APPEND)
    await give(labs, READ)
    await give(notes, ALL_RIGHTS)
    const view = controlView(vault.state, by(doctor), NOW)!
    expect(vault.entries.slice(2).map((entry) => halves(view.show(entry))[0])).toEqual([
      [true, false],
      [true, false],
      none,
      none,
    ])
    // Once its own time has ended, or its grant cut, it reads nothing, and sees nobody new.
    const over = controlView(vault.state, by(doctor), END)!
    expect(vault.entries.map((entry) => halves(over.show(entry))[0])).toEqual([none, all, none, none, none, none])
  })

  test('C8: that another writes, a grantee learns only where it may read itself', async () => {
    const vault = await createVault(owner, 1)
    const [stream] = vault.streams
    await makeGrant(vault, { grantee: doctor, scopes: [{ stream: stream!, rights: APPEND }], notAfter: END })
    await makeGrant(vault, { grantee: nurse, scopes: [{ stream: stream!, rights: APPEND }], notAfter: END })
    const view = controlView(vault.state, by(doctor), NOW)!
    expect(vault.entries.map((entry) => halves(view.show(entry))[0])).toEqual([none, all, none])
  })

  test('C8: a part that names its account under the grant of another, or another under its grant, it does not see', async () => {
    const { vault, grant, notes } = await chart()
    const other = await makeGrant(vault, { grantee: nurse, scopes: [{ stream: notes, rights: READ }], notAfter: END })
    const crossed = (recipient: Person, under: Uint8Array) => {
      const fields = { vault: vault.id, recipient, grant: under, keys: keysOf(vault, notes) }
      return createPart(fields, partOpen(fields))
    }
    const view = controlView(vault.state, by(doctor), NOW)!
    const parts = [crossed(doctor, other.grant), crossed(nurse, grant), crossed(doctor, grant)]
    for (const entry of vault.entries) expect(halves(view.show({ ...entry, parts }))).toEqual([none, none, all])
  })

  test('C8: what is not shown at all, and what cannot be read, stays hidden', async () => {
    const { vault } = await chart()
    const view = controlView(vault.state, by(doctor), NOW)!
    const entry = vault.entries[1]!
    const [own, owners] = entry.parts
    const hidden = {
      ...entry,
      parts: [
        { ...own!, open: null },
        { ...owners!, open: countingBytes(40) },
      ],
    }
    expect(halves(view.show(hidden))).toEqual([none, none])
  })

  test('C8: up to its own cut and no further; a second grant continues', async () => {
    const { vault, labs, grant } = await chart()
    await cutGrant(vault, grant)
    await makeGrant(vault, { grantee: nurse, scopes: [{ stream: labs, rights: READ | APPEND }], notAfter: END })
    const view = controlView(vault.state, by(doctor), NOW)!
    expect(view.upTo).toBe(3)
    expect(vault.entries.map((entry) => halves(view.show(entry))[0])).toEqual([none, all, none, none])
    await makeGrant(vault, { grantee: doctor, scopes: [{ stream: labs, rights: READ }], notAfter: END })
    expect(controlView(vault.state, by(doctor), NOW)!.upTo).toBe(vault.state.n)
  })

  test('C8, C2: who was an owner sees all that was written while it was one, and its own parts, up to its cut', async () => {
    const { vault, labs } = await chart()
    await addOwner(vault, nurse, 'manager')
    await makeGrant(vault, { grantee: stranger, scopes: [{ stream: labs, rights: READ }], notAfter: END })
    expect(accessOf(vault.state, by(nurse), NOW)).toMatchObject({ owner: true })
    const streams = [...vault.state.streams.values()].map(({ id }) => id)
    const cut = { account: nurse.state.account, reason: 'member-removed' as const }
    const { body, keys } = cutParts(vault, cut, streams)
    const parts = ownerParts(vault, keys, nurse)
    await extendVault(vault, await signAs(vault, owner, body, parts), keys)
    vault.others = []
    await makeGrant(vault, { grantee: stranger, scopes: [{ stream: labs, rights: READ }], notAfter: END })
    expect(accessOf(vault.state, by(nurse), NOW)).toBeNull()
    const view = controlView(vault.state, by(nurse), NOW)!
    expect(view.upTo).toBe(5)
    const shown = vault.entries.map((entry) => view.show(entry))
    expect(shown.map(halves)).toEqual([[none], [none, none], [all], [all, all, all], [none], [none, none]])
    expect(grantedStreams(vault, [...vault.state.grants.values()][0]!.id)).toHaveLength(3)
  })
})

/** A stream that is added later reaches nobody by an older grant. */
test('C6: a collection that comes later belongs to no grant that was given before', async () => {
  const { vault }: { vault: Vault } = await chart()
  const key = { stream: countingBytes(16, 99), epoch: 1, key: countingBytes(32), name: 'new' }
  const parts = ownerParts(vault, [key])
  const fields = { type: 'stream' as const, streams: [streamOf(key, owner)], epochs: [epochOf(key)] }
  await extendVault(vault, await signAs(vault, owner, fields, parts), [key])
  expect(keysOf(vault, key.stream)).toHaveLength(1)
  expect(accessOf(vault.state, by(owner), NOW)!.rightsOn(key.stream)).toBe(ALL_RIGHTS)
  expect(accessOf(vault.state, by(doctor), NOW)!.rightsOn(key.stream)).toBe(0)
})
