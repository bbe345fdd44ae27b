/** C12: what is granted to a role of a practice, and the vault that a practice owns: judged by the roles that a device has at the head it names. */
import { beforeAll, describe, expect, test } from 'vitest'
import { ALL_RIGHTS, AMEND, APPEND, idText, READ } from '@chartkeep/protocol'
import { accountHead, type Role } from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  type AccountLookup,
  type Cut,
  type PartOpen,
  type Verdict,
} from '@chartkeep/protocol/control'
import { streamHead, type Header } from '@chartkeep/protocol/streams'
import { createPerson, type Device, type Person } from '../../support/protocol-people.ts'
import { addMember, changeMember, createPractice, type Practice, type Seat } from '../../support/protocol-practice.ts'
import {
  createWriter,
  pull,
  read,
  serve,
  store,
  write,
  type ServedStream,
  type Writer,
} from '../../support/protocol-stream.ts'
import {
  addedParts,
  controlBody,
  createPart,
  createVault,
  cutParts,
  extendVault,
  grantParts,
  lookupOf,
  makeGrant,
  partOpen,
  signAs,
  signControlBody,
  type BodyFields,
  type Vault,
} from '../../support/protocol-vault.ts'

const admitted: Verdict = { type: 'admitted' }
const quarantine = (reason: 'no-right' | 'cut' | 'device-not-live'): Verdict => ({ type: 'quarantine', reason })

let patient: Person
let practice: Practice
let doctor: Seat
let nurse: Seat

beforeAll(async () => {
  patient = await createPerson('role-patient')
  practice = await createPractice('role-practice')
  doctor = await addMember(practice, 'physician')
  nurse = await addMember(practice, 'nurse')
})

/** What every reader says of an entry over the vault's head; nothing changes. */
async function tried(vault: Vault, body: BodyFields, parts: Parameters<typeof controlBody>[2], signer = patient) {
  const entry = await signAs(vault, signer, body, [...(parts ?? [])])
  const outcome = await applyControlEntry(vault.state, entry, lookupOf(patient, practice))
  return 'type' in outcome ? outcome.reason : 'taken'
}

interface World {
  vault: Vault
  stream: Uint8Array
  served: ServedStream
  writer: (device: Device) => Writer
}

/** A patient's chart of which physicians may write one list and nurses read it. */
async function world(): Promise<World> {
  const vault = await createVault(patient, 2)
  vault.people.push(practice)
  const stream = vault.streams[0]!
  await makeGrant(vault, { grantee: practice, role: 'physician', scopes: [{ stream, rights: READ | APPEND | AMEND }] })
  await makeGrant(vault, { grantee: practice, role: 'nurse', scopes: [{ stream, rights: READ }] })
  return worldOf(vault, stream)
}

function worldOf(vault: Vault, stream: Uint8Array): World {
  const writers = new Map<Device, Writer>()
  const writer = (device: Device) => {
    const known = writers.get(device) ?? createWriter(vault, stream, practice, device)
    writers.set(device, known)
    return known
  }
  return { vault, stream, served: serve(vault, stream), writer }
}

const all: AccountLookup = (account) => lookupOf(patient, practice)(account)

/** Writes as `device`, numbers it, and answers what a reader says of every entry. */
async function put(at: World, device: Device, fields: Partial<Header> = {}, logs: AccountLookup = all) {
  const sealed = await write(at.writer(device), fields, at.served.state)
  store(at.served, sealed)
  return { sealed, verdicts: await verdictsOf(at, logs) }
}

async function verdictsOf({ vault, stream, served }: World, logs: AccountLookup = all) {
  const entries = pull(served).map((entry, index) => {
    const { body, proof } = served.stored[index]!.sealed
    return { ...entry, body, proof }
  })
  return (await read(vault.state, stream, entries, logs)).verdicts
}

describe('C12: a grant to a role', () => {
  test('C12: lets devices of members with that role write, and of no other', async () => {
    const at = await world()
    const made = await put(at, doctor.devices[0]!)
    const byNurse = await put(at, nurse.devices[0]!)
    const boss = await put(at, practice.device)
    expect(made.verdicts).toEqual([admitted])
    expect(byNurse.verdicts[1], 'a nurse').toEqual(quarantine('no-right'))
    expect(boss.verdicts[2], 'who only administers').toEqual(quarantine('no-right'))
  })

  test('C12: counts by the roles at the head that an envelope names, before the log is known and after', async () => {
    const at = await world()
    const early = { ...accountHead(practice.state) }
    const raised = await changeMember(practice, nurse, 'physician', 'nurse')
    const [device] = raised.devices
    const before = await put(at, device!, { accountLog: early })
    const after = await put(at, device!)
    expect(after.verdicts).toEqual([quarantine('no-right'), admitted])
    expect(before.verdicts).toEqual([quarantine('no-right')])
    const behind: AccountLookup = (account) => lookupOf(patient)(account)
    expect(await verdictsOf(at, behind)).toEqual([
      { type: 'waiting', for: 'account' },
      { type: 'waiting', for: 'account' },
    ])
    nurse = await changeMember(practice, raised, 'nurse')
    practice.seats = practice.seats.map((seat) => (seat === raised ? nurse : seat))
  })

  test('C12: one member continues with the work of another, for the practice is its author', async () => {
    const at = await world()
    const second = await addMember(practice, 'physician')
    const { sealed } = await put(at, doctor.devices[0]!)
    const { doc } = sealed.header
    const changed = await put(at, second.devices[0]!, { doc, parent: sealed.hash })
    expect(changed.verdicts).toEqual([admitted, admitted])
    const byNurse = await put(at, nurse.devices[0]!, { doc, parent: changed.sealed.hash })
    expect(byNurse.verdicts[2]).toEqual(quarantine('no-right'))
    // What builds on it is on nothing.
    const over = await put(at, doctor.devices[0]!, { doc, parent: byNurse.sealed.hash })
    expect(over.verdicts[3]).toEqual(quarantine('no-right'))
    const withoutLog: AccountLookup = (account) => lookupOf(patient)(account)
    expect((await verdictsOf(at, withoutLog))[3]).toEqual({ type: 'waiting', for: 'account' })
  })

  test('C12: a practice is granted by a role, a person by none; neither part nor renewal goes to another role', async () => {
    const { vault, stream } = await world()
    const scopes = [{ stream, rights: READ }]
    const whole = grantParts(vault, { grantee: practice, scopes })
    expect(await tried(vault, whole.body, whole.parts), 'all of a practice').toBe('bad-grant')
    const person = await createPerson('role-person')
    const asRole = grantParts(vault, { grantee: person, scopes }, (open): PartOpen => ({ ...open, role: 'nurse' }))
    const entry = await signAs(vault, patient, asRole.body, asRole.parts)
    const outcome = await applyControlEntry(vault.state, entry, lookupOf(patient, person))
    expect(outcome).toMatchObject({ reason: 'bad-grant' })
    const [first, second] = [...vault.state.grants.values()]
    const audit = [...second!.streams.keys()].find((id) => !first!.streams.has(id))!
    const renewed = cutParts(vault, { grant: second!.id }, [stream, vault.state.streams.get(audit)!.id])
    for (const [role, said] of [
      ['physician', 'taken'],
      ['nurse', 'bad-parts'],
    ] as const) {
      const keys = renewed.keys.filter((key) => idText(key.stream) === idText(stream))
      const part = createPart({ vault: vault.id, recipient: practice, grant: first!.id, role, keys })
      expect(await tried(vault, renewed.body, [...renewed.parts, part]), role).toBe(said)
    }
  })

  test('C12: a practice becomes no owner of a person’s chart', async () => {
    const vault = await createVault(patient, 1)
    const { body, parts } = addedParts(vault, practice, 'manager')
    expect(await tried(vault, body, parts)).toBe('bad-member')
  })
})

describe('C12: a member that lost a role', () => {
  /** The cut that an owner's device posts; `heads`: what it had verified. */
  async function cutRoles(at: World, device: Device, more: Partial<Cut> = {}, subject = accountHead(practice.state)) {
    const streams = [...at.vault.state.grants.values()].flatMap((grant) => [...grant.streams.keys()])
    const renew = [...new Set(streams)].map((id) => at.vault.state.streams.get(id)!.id)
    const cut = { account: practice.state.account, device: device.id, reason: 'role-lost' as const, ...more }
    const heads = new Map([[idText(at.stream), streamHead(at.served.state)]])
    const made = cutParts(at.vault, cut, renew, heads)
    return { ...made, body: { ...made.body, subject } }
  }

  test('C12: beyond the cut nothing counts that names an earlier head, and what names a later one is judged by its roles', async () => {
    const at = await world()
    const member = await addMember(practice, 'physician', 'nurse')
    const [device] = member.devices
    const early = accountHead(practice.state)
    const inTime = await put(at, device!)
    expect(inTime.verdicts).toEqual([admitted])
    const lowered = await changeMember(practice, member, 'nurse')
    const { body, parts, keys } = await cutRoles(at, device!)
    await extendVault(at.vault, await signControlBody(controlBody(at.vault, body, parts), patient.device, parts), keys)
    // A dishonest server and the old head together.
    const named = { accountLog: early, control: { n: 3, h: at.vault.state.hashes[2]! }, epoch: 1 }
    const forged = await put(at, device!, named)
    expect(forged.verdicts).toEqual([admitted, quarantine('cut')])
    const honest = await put(at, device!)
    expect(honest.verdicts[2]).toEqual(quarantine('no-right'))
    // What she gets back counts again.
    await changeMember(practice, lowered, 'physician')
    expect((await put(at, device!)).verdicts[3]).toEqual(admitted)
  })

  test('C12: the cut names a head, a later one each time, of a device that the vault has not cut', async () => {
    const at = await world()
    const [device] = nurse.devices
    const { body, parts, keys } = await cutRoles(at, device!)
    const { subject, ...bare } = body
    expect(await tried(at.vault, bare, parts)).toBe('bad-cut')
    const other = { n: subject.n, h: new Uint8Array(32).fill(7) }
    expect(await tried(at.vault, { ...body, subject: other }, parts), 'a head of no log').toBe('account-head')
    expect(await tried(at.vault, { ...body, epochs: [] }, []), 'without new keys').toBe('bad-epochs')
    const owner = { ...body, cut: { ...body.cut!, device: null } }
    expect(await tried(at.vault, owner, parts)).toBe('malformed')
    await extendVault(at.vault, await signControlBody(controlBody(at.vault, body, parts), patient.device, parts), keys)
    const again = await cutRoles(at, device!, {}, subject)
    expect(await tried(at.vault, again.body, again.parts), 'the same again').toBe('bad-cut')
  })
})

describe('C12: the vault of a practice', () => {
  const scopes = (stream: Uint8Array) => [{ stream, rights: ALL_RIGHTS }]

  async function ownWorld(): Promise<World> {
    const vault = await createVault(practice, 2)
    const stream = vault.streams[0]!
    await makeGrant(vault, { grantee: practice, role: 'nurse', scopes: scopes(stream) })
    return worldOf(vault, stream)
  }

  test('C12: its log takes entries of administrators’ devices alone', async () => {
    const at = await ownWorld()
    const [device] = nurse.devices
    const body = grantParts(at.vault, { grantee: practice, role: 'scribe', scopes: scopes(at.stream) })
    const signed = await signControlBody(
      { ...controlBody(at.vault, body.body, body.parts), device: device!.id },
      device!,
      body.parts,
    )
    expect(await applyControlEntry(at.vault.state, signed, all)).toEqual({ type: 'refused', reason: 'not-an-admin' })
    expect(await tried(at.vault, body.body, body.parts, practice)).toBe('taken')
  })

  test('C12: its keys go to the administrators, never to everybody; its lists to its own roles, not to all of it', async () => {
    const vault = await createVault(practice, 1)
    const { body, parts } = grantParts(
      vault,
      { grantee: practice, role: 'nurse', scopes: scopes(vault.streams[0]!) },
      (open) => {
        const { role: _, ...whole } = open
        return whole
      },
    )
    expect(await tried(vault, body, parts, practice)).toBe('bad-grant')
    const right = grantParts(vault, { grantee: practice, role: 'nurse', scopes: scopes(vault.streams[0]!) })
    const fields = { vault: vault.id, recipient: practice, keys: [] }
    const { role: _, ...toAll } = partOpen(fields)
    const leaky = [right.parts[0]!, createPart(fields, toAll)]
    expect(await tried(vault, right.body, leaky, practice), 'an owner’s part to everybody').toBe('bad-parts')
  })

  test('C12: members continue with what an administrator wrote there, by their own right to amend', async () => {
    const at = await ownWorld()
    const { sealed } = await put(at, practice.device)
    const { doc } = sealed.header
    const changed = await put(at, nurse.devices[0]!, { doc, parent: sealed.hash })
    const back = await put(at, practice.device, { doc, parent: changed.sealed.hash })
    expect(back.verdicts).toEqual([admitted, admitted, admitted])
    const none = await put(at, doctor.devices[0]!, { doc, parent: back.sealed.hash })
    expect(none.verdicts[3], 'a role that was granted nothing').toEqual(quarantine('no-right'))
  })

  test('C12: auditors of the practice read the audit logs of its other roles, and nobody else does', async () => {
    const { vault } = await ownWorld()
    const audit = [...vault.state.streams.values()].find(({ auditOf }) => auditOf !== null)!
    const attempt = async (role: Role, rights: number) => {
      const { body, parts } = grantParts(vault, { grantee: practice, role, scopes: [{ stream: audit.id, rights }] })
      return tried(vault, body, parts, practice)
    }
    expect(await attempt('auditor', READ)).toBe('taken')
    expect(await attempt('auditor', READ | APPEND)).toBe('bad-grant')
    expect(await attempt('physician', READ)).toBe('bad-grant')
  })
})
