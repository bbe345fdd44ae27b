/**
 * Whose work an entry continues, and whether that counts (E6, C9, C12): by the right of its author, by an owner's `accept`, and for readers who lack
 * the log of a practice. And who may sign, which readers ask once they have opened a record.
 */
import { AMEND, APPEND, idText, READ, SIGN } from '@chartkeep/protocol'
import { accessLogId } from '@chartkeep/protocol/audit'
import {
  actingRoles,
  continuedAuthor,
  isAcceptedEntry,
  isForRoles,
  maySign,
  rightVerdict,
  type AccountLookup,
  type ControlState,
} from '@chartkeep/protocol/control'
import { streamHead, type Header } from '@chartkeep/protocol/streams'
import { ownsAt } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { giveAccessLog } from '../../support/protocol-emergency.ts'
import { createPerson, renewBoxKey, type Device, type Person } from '../../support/protocol-people.ts'
import { addMember, createPractice, type Practice, type Seat } from '../../support/protocol-practice.ts'
import {
  createWriter,
  read,
  serve,
  store,
  toEntry,
  write,
  type Sealed,
  type ServedStream,
} from '../../support/protocol-stream.ts'
import {
  addOwner,
  controlBody,
  createVault,
  cutGrant,
  cutParts,
  extendVault,
  lookupOf,
  makeGrant,
  ownerParts,
  signAs,
  signControlBody,
  type Vault,
} from '../../support/protocol-vault.ts'

const ALL = READ | APPEND | AMEND

let owner: Person
let jun: Person
let doctor: Person
let stranger: Person
let practice: Practice
let physician: Seat
let nurse: Seat
beforeAll(async () => {
  owner = await createPerson('standing-owner')
  jun = await createPerson('standing-jun')
  doctor = await createPerson('standing-doctor')
  stranger = await createPerson('standing-stranger')
  practice = await createPractice('standing-practice')
  physician = await addMember(practice, 'physician')
  nurse = await addMember(practice, 'nurse')
})

interface World {
  vault: Vault
  stream: Uint8Array
  served: ServedStream
  writers: Map<Device, ReturnType<typeof createWriter>>
}

async function world(of: Person = owner): Promise<World> {
  const vault = await createVault(of, 2)
  vault.people.push(jun, doctor, practice)
  return on(vault, 0)
}

function on(vault: Vault, index: number): World {
  const stream = vault.streams[index]!
  return { vault, stream, served: serve(vault, stream), writers: new Map() }
}

/** Writes by a device of a person, and numbers it as an honest server does. */
async function put(
  { vault, stream, served, writers }: World,
  person: Person,
  fields: Partial<Header> = {},
  device = person.device,
) {
  const writer = writers.get(device) ?? createWriter(vault, stream, person, device)
  writers.set(device, writer)
  const sealed = await write(writer, fields, served.state)
  store(served, sealed)
  return sealed
}

const over = ({ header, hash }: Sealed) => ({ doc: header.doc, parent: hash })
const everybody: AccountLookup = (account) => lookupOf(owner, jun, doctor, stranger, practice)(account)

/** What a reader who starts from nothing says of each entry, all shown with their bodies. */
async function verdicts({ vault, served, stream }: World, accounts = everybody, control: ControlState = vault.state) {
  const all = served.stored.map(({ sealed, outcome }, at) => toEntry(sealed, at + 1, outcome))
  const outcome = await read(control, stream, all, accounts)
  return outcome.verdicts.map((verdict) => {
    if (verdict?.type === 'waiting') return `waiting for ${verdict.for}`
    return verdict?.type === 'quarantine' ? verdict.reason : verdict?.type
  })
}

const headAt = ({ vault }: World, n: number) => ({ control: { n, h: vault.state.hashes[n - 1]! } })
const give = ({ vault, stream }: World, grantee: Person, rights = ALL) =>
  makeGrant(vault, { grantee, scopes: [{ stream, rights }] })
const cut = ({ vault, stream, served }: World, grant: Uint8Array) =>
  cutGrant(vault, grant, new Map([[idText(stream), streamHead(served.state)]]))

async function accept({ vault, stream }: World, { hash }: Sealed) {
  const body = controlBody(vault, { type: 'accept', accept: { envelopes: [{ stream, hash }] } })
  await extendVault(vault, await signControlBody(body, vault.owner.device))
}

/** Ends the stay of an owner; what it wrote so far counts. */
async function end({ vault, stream, served }: World, person: Person) {
  const streams = [...vault.state.streams.values()].map(({ id }) => id)
  const named = { account: person.state.account, reason: 'member-removed' as const }
  const { body, keys } = cutParts(vault, named, streams, new Map([[idText(stream), streamHead(served.state)]]))
  await extendVault(vault, await signAs(vault, owner, body, ownerParts(vault, keys, person)), keys)
  vault.others = vault.others.filter((each) => each !== person)
}

describe('work that was accepted', () => {
  test('C9, Y4: what continues its own author’s accepted work remains from the entry that accepts it, for everybody alike', async () => {
    const at = await world()
    const { grant } = await give(at, doctor)
    await cut(at, grant)
    const first = await put(at, doctor, { ...headAt(at, 2), epoch: 1 })
    await give(at, doctor)
    const second = await put(at, doctor, over(first))
    expect(at.vault.state.n).toBe(4)
    expect(await verdicts(at)).toEqual(['cut', 'no-right'])
    await accept(at, first)
    expect(await verdicts(at)).toEqual(['admitted', 'admitted'])
    // An owner who had not read of it could take its place; one who had, rewrites none of a grantee's.
    await put(at, owner, { ...over(second), ...headAt(at, 4) })
    await put(at, owner, { ...over(second), ...headAt(at, 5) })
    expect(await verdicts(at)).toEqual(['admitted', 'admitted', 'admitted', 'no-right'])
  })

  test('C9: what names the entry that accepts it leans on nothing: it stands for whoever names an older one', async () => {
    const at = await world()
    const { grant } = await give(at, doctor)
    await cut(at, grant)
    const first = await put(at, doctor, { ...headAt(at, 2), epoch: 1 })
    await give(at, doctor)
    await accept(at, first)
    const second = await put(at, doctor, { ...over(first), ...headAt(at, 5) })
    await put(at, owner, { ...over(second), ...headAt(at, 4) })
    expect(await verdicts(at)).toEqual(['admitted', 'admitted', 'no-right'])
  })

  test('C9, C2: what an ended owner wrote too late is an owner’s once it is accepted: owners continue with it', async () => {
    const at = await world()
    await addOwner(at.vault, jun, 'manager')
    await end(at, jun)
    const late = await put(at, jun, { ...headAt(at, 2), epoch: 1 })
    await put(at, owner, over(late))
    expect(await verdicts(at)).toEqual(['cut', 'admitted'])
    await accept(at, late)
    await put(at, owner, over(late))
    expect(await verdicts(at)).toEqual(['admitted', 'admitted', 'admitted'])
  })

  test('C9: nobody can have accepted what has no hash yet', async () => {
    const at = await world()
    const { grant } = await give(at, doctor)
    await cut(at, grant)
    const late = await put(at, doctor, { ...headAt(at, 2), epoch: 1 })
    await accept(at, late)
    expect(isAcceptedEntry(at.vault.state, null)).toBe(false)
    expect(isAcceptedEntry(at.vault.state, late.hash)).toBe(true)
    expect(isAcceptedEntry(at.vault.state, late.header.parent)).toBe(false)
    expect(rightVerdict(at.vault.state, late.header, null, 1, null, null)).toEqual({
      type: 'quarantine',
      reason: 'cut',
    })
  })
})

describe('owners who become grantees', () => {
  test('E6, C2: what it writes by a grant of later is its own, to change and for no owner to rewrite', async () => {
    const at = await world()
    await addOwner(at.vault, jun, 'manager')
    await end(at, jun)
    await give(at, jun)
    const made = await put(at, jun)
    const changed = await put(at, jun, over(made))
    await put(at, owner, over(changed))
    expect(await verdicts(at)).toEqual(['admitted', 'admitted', 'no-right'])
  })

  test('E6, C2: what it wrote as an owner stays the owners’, and is not its own as a grantee', async () => {
    const at = await world()
    await addOwner(at.vault, jun, 'manager')
    const made = await put(at, jun)
    await end(at, jun)
    await give(at, jun)
    await put(at, jun, over(made))
    await put(at, owner, over(made))
    expect(await verdicts(at)).toEqual(['admitted', 'no-right', 'admitted'])
  })
})

describe('why an envelope does not count', () => {
  test('C9: `cut` is said of whoever had the very right and lost it, `no-right` of everybody else', async () => {
    const at = await world()
    const { grant } = await give(at, doctor, READ | APPEND)
    const own = await put(at, doctor)
    await cut(at, grant)
    await put(at, doctor)
    await put(at, doctor, over(own))
    await put(at, stranger)
    expect(await verdicts(at)).toEqual(['admitted', 'cut', 'no-right', 'no-right'])
  })

  test('C9, C2: of an owner whose stay ended it is `cut`, of one who never was any `no-right`', async () => {
    const at = await world()
    await addOwner(at.vault, jun, 'manager')
    await end(at, jun)
    await put(at, jun)
    await put(at, stranger)
    expect(await verdicts(at)).toEqual(['cut', 'no-right'])
  })

  test('A2: nobody writes into the access log, no owner either', async () => {
    const at = await world()
    await giveAccessLog(at.vault)
    const { header } = await put(at, owner)
    const inLog = { ...header, stream: accessLogId(at.vault.id) }
    const verdict = (of: Header) => rightVerdict(at.vault.state, of, null, 1, null, owner.state)
    expect(verdict(header)).toEqual({ type: 'admitted' })
    expect(verdict(inLog)).toEqual({ type: 'quarantine', reason: 'no-right' })
  })

  test('C3, E6: over a record from before its start a grantee amends; it begins no record with that, and a grant to append is not enough', async () => {
    const at = await world()
    await give(at, doctor, READ | APPEND)
    const { header } = await put(at, doctor)
    const verdict = (of: Header) => rightVerdict(at.vault.state, of, null, 1, 'before', doctor.state)
    expect(verdict(header)).toEqual({ type: 'quarantine', reason: 'no-right' })
    expect(verdict({ ...header, deleted: true })).toEqual({ type: 'quarantine', reason: 'no-right' })
    await give(at, doctor, AMEND)
    const later = { ...header, control: { n: at.vault.state.n, h: at.vault.state.h } }
    expect(verdict(later), 'without a parent it would be a new record').toEqual({
      type: 'quarantine',
      reason: 'no-right',
    })
    expect(verdict({ ...later, deleted: true })).toEqual({ type: 'admitted' })
    expect(verdict({ ...later, parent: header.doc })).toEqual({ type: 'admitted' })
  })
})

describe('C12: a reader who has not got the log of a practice', () => {
  const withoutPractice: AccountLookup = (account) => lookupOf(owner, jun, doctor, stranger)(account)
  const giveRole = ({ vault, stream }: World) =>
    makeGrant(vault, { grantee: practice, role: 'physician', scopes: [{ stream, rights: ALL }] })

  test('C12, E6: waits where the work of a member may count, and says at once what no role could change', async () => {
    const at = await world()
    await giveRole(at)
    const made = await put(at, practice, {}, physician.devices[0])
    await put(at, owner, over(made))
    expect(await verdicts(at)).toEqual(['admitted', 'no-right'])
    expect(await verdicts(at, withoutPractice)).toEqual(['waiting for account', 'waiting for account'])
    const elsewhere = on(at.vault, 1)
    const stray = await put(elsewhere, practice, {}, physician.devices[0])
    await put(elsewhere, owner, over(stray))
    expect(await verdicts(elsewhere)).toEqual(['no-right', 'admitted'])
    expect(await verdicts(elsewhere, withoutPractice)).toEqual(['no-right', 'admitted'])
  })

  test('C12, C9: of what came beyond a cut it waits for the log only once an owner has accepted it', async () => {
    const at = await world()
    const { grant } = await giveRole(at)
    await cut(at, grant)
    const late = await put(at, practice, { ...headAt(at, 2), epoch: 1 }, physician.devices[0])
    await put(at, owner, over(late))
    expect(await verdicts(at, withoutPractice)).toEqual(['cut', 'admitted'])
    await accept(at, late)
    await put(at, owner, over(late))
    expect(await verdicts(at)).toEqual(['admitted', 'admitted', 'no-right'])
    expect(await verdicts(at, withoutPractice)).toEqual([
      'waiting for account',
      'waiting for account',
      'waiting for account',
    ])
  })

  test('C12, E6: a person acts by no roles, so nobody’s work waits for a person’s log', async () => {
    const at = await world()
    await give(at, doctor)
    const made = await put(at, doctor)
    await put(at, owner, over(made))
    const withoutDoctor: AccountLookup = (account) => lookupOf(owner)(account)
    expect(await verdicts(at, withoutDoctor)).toEqual(['waiting for account', 'no-right'])
  })

  test('C12: the log of another account says nothing about its roles', async () => {
    const at = await world()
    await giveRole(at)
    const { header } = await put(at, practice, {}, nurse.devices[0])
    const verdict = (author: Person | null) =>
      rightVerdict(at.vault.state, header, null, 1, null, author === null ? null : author.state)
    expect(verdict(practice)).toEqual({ type: 'quarantine', reason: 'no-right' })
    expect(verdict(null)).toEqual({ type: 'admitted' })
    // One that is long enough to have the head that is named, and a person's.
    const long = await createPerson('standing-long')
    while (long.state.n < practice.state.n) await renewBoxKey(long)
    expect(verdict(long)).toEqual({ type: 'admitted' })
    const misled: AccountLookup = () => long.state
    const made = await put(at, practice, {}, physician.devices[0])
    const claim = { ...made.header, parent: made.hash }
    expect(continuedAuthor(at.vault.state, at.served.state, claim, null, misled)).toBe('waiting')
  })
})

describe('C4: the cut of a device', () => {
  test('C4, K5: ends what names it, and what is stored now; in a list that it pins what lies beyond, in another nothing before', async () => {
    const at = await world()
    const { header } = await put(at, owner)
    const said = (controlN: number, n: number | null, pins: { n: number }[] = []) => {
      const cutOf = {
        grant: null,
        account: owner.state.account,
        device: owner.device.id,
        reason: 'device-removed' as const,
      }
      const streams = pins.map((pin) => ({ stream: at.stream, h: header.parent, ...pin }))
      const control: ControlState = { ...at.vault.state, deviceCuts: [{ ...cutOf, streams, at: 3 }] }
      const named = { ...header, control: { n: controlN, h: header.parent } }
      const verdict = rightVerdict(control, named, null, n, null, owner.state)
      return verdict.type === 'quarantine' ? verdict.reason : verdict.type
    }
    expect([said(2, 9), said(3, 9), said(4, 9)]).toEqual(['admitted', 'cut', 'cut'])
    expect([said(2, null), said(3, null)]).toEqual(['cut', 'cut'])
    const pins = [{ n: 5 }]
    expect([said(2, 5, pins), said(2, 6, pins), said(3, 5, pins), said(2, null, pins)]).toEqual([
      'admitted',
      'cut',
      'cut',
      'cut',
    ])
  })
})

describe('C12: roles', () => {
  test('C12: what is given to a role is for whoever has it, what is given to a person for whoever acts by none', () => {
    expect([isForRoles('nurse', ['admin', 'nurse']), isForRoles('nurse', ['admin']), isForRoles('nurse', [])]).toEqual([
      true,
      false,
      false,
    ])
    expect(isForRoles('nurse', null)).toBe(false)
    expect([isForRoles(null, null), isForRoles(null, ['nurse']), isForRoles(null, [])]).toEqual([true, false, false])
    expect([isForRoles('nurse', 'unknown'), isForRoles(null, 'unknown')]).toEqual([true, true])
  })

  test('C12: the roles of a head that this reader has not got to are unknown', () => {
    const { state } = practice
    const [device] = nurse.devices
    expect(actingRoles(state, { device: device!.id, n: state.n })).toEqual(['nurse'])
    expect(actingRoles(state, { device: device!.id, n: state.n + 1 })).toBe('unknown')
    expect(actingRoles(null, { device: device!.id, n: 1 })).toBe('unknown')
    expect(actingRoles(doctor.state, { device: doctor.device.id, n: 1 })).toBeNull()
  })

  test('C12, C2: a person owns without roles, a practice by its administrators, and neither as the other', async () => {
    const chart = await createVault(owner, 1)
    const own = await createVault(practice, 1)
    const owns = (vault: Vault, of: Person, roles: Parameters<typeof ownsAt>[5]) =>
      ownsAt(vault.state, of.state.account, vault.streams[0]!, 1, 1, roles)
    expect([owns(chart, owner, null), owns(chart, owner, ['admin'])]).toEqual([true, false])
    expect([owns(own, practice, ['admin']), owns(own, practice, ['physician']), owns(own, practice, null)]).toEqual([
      true,
      false,
      false,
    ])
    expect([owns(chart, owner, 'unknown'), owns(own, practice, 'unknown'), owns(chart, jun, 'unknown')]).toEqual([
      true,
      true,
      false,
    ])
  })
})

describe('E6: who may sign', () => {
  /** Whether the author of an envelope in the stream, as its entry 1, may sign there. */
  const signs = (
    { vault }: World,
    sealed: Sealed,
    author: Person | null,
    fields: Partial<Header> = {},
    n: number | null = 1,
  ) => maySign(vault.state, { ...sealed.header, ...fields }, sealed.hash, n, author?.state ?? null)

  test('E6: owners do, and grantees with that right on that stream, from the entry on that gives it', async () => {
    const at = await world()
    expect(signs(at, await put(at, owner), owner)).toBe(true)
    expect(signs(at, await put(at, stranger), stranger)).toBe(false)
    await give(at, doctor)
    const sealed = await put(at, doctor)
    expect(signs(at, sealed, doctor)).toBe(false)
    await give(at, doctor, READ | SIGN)
    const later = await put(at, doctor)
    expect(signs(at, later, doctor), 'by one of its two grants').toBe(true)
    expect(signs(at, sealed, doctor), 'before it').toBe(false)
    expect(signs(at, later, doctor, { stream: at.vault.streams[1]! })).toBe(false)
    expect(signs(at, later, null), 'a person has no roles to wait for').toBe(true)
  })

  test('E6, C9: not beyond the cut of the grant, but for what an owner accepted', async () => {
    const at = await world()
    const { grant } = await give(at, doctor, ALL | SIGN)
    await put(at, doctor)
    await cut(at, grant)
    const late = await put(at, doctor, { ...headAt(at, 2), epoch: 1 })
    expect(signs(at, late, doctor, {}, 1)).toBe(true)
    expect(signs(at, late, doctor, {}, 2)).toBe(false)
    expect(signs(at, late, doctor, {}, null)).toBe(false)
    await accept(at, late)
    expect(signs(at, late, doctor, {}, 2)).toBe(true)
  })

  test('E6, C12: of a practice the role that was given it, at the head that the envelope names', async () => {
    const at = await world()
    await makeGrant(at.vault, {
      grantee: practice,
      role: 'physician',
      scopes: [{ stream: at.stream, rights: READ | SIGN }],
    })
    const byPhysician = await put(at, practice, {}, physician.devices[0])
    const byNurse = await put(at, practice, {}, nurse.devices[0])
    expect([signs(at, byPhysician, practice), signs(at, byNurse, practice)]).toEqual([true, false])
    expect(signs(at, byPhysician, practice, { accountLog: { n: 1, h: practice.state.hashes[0]! } })).toBe(false)
    expect([signs(at, byNurse, null), signs(at, byNurse, doctor)], 'not known').toEqual([true, true])
  })
})
