/** C12: what a control log says of practices, and what the quarantine inbox takes of their members (C11): by the roles of that time, not the current ones. */
import { ALL_RIGHTS, AMEND, APPEND, idText, READ, SIGN } from '@chartkeep/protocol'
import { accountHead, ROLES, type AccountState, type Role } from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  practicesIn,
  rolesGiven,
  rolesWriting,
  type ControlState,
} from '@chartkeep/protocol/control'
import { readLate } from '@chartkeep/protocol/ended'
import { BatchVerifier, type Header } from '@chartkeep/protocol/streams'
import { actsByRoles } from '@chartkeep/protocol/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { emergencyParts } from '../../support/protocol-emergency.ts'
import { createPerson, renewBoxKey, type Device, type Person } from '../../support/protocol-people.ts'
import { addMember, changeMember, createPractice, type Practice, type Seat } from '../../support/protocol-practice.ts'
import { createWriter, write } from '../../support/protocol-stream.ts'
import {
  addOwner,
  controlBody,
  createVault,
  cutGrant,
  cutParts,
  epochOf,
  extendVault,
  freshEpochs,
  grantParts,
  lookupOf,
  makeGrant,
  ownerParts,
  signAs,
  signControlBody,
  type Vault,
} from '../../support/protocol-vault.ts'

const END = 1_800_000_900_000

let patient: Person
let doctor: Person
let practice: Practice
let other: Practice
let nurse: Seat
let both: Seat
beforeAll(async () => {
  patient = await createPerson('practice-control.patient')
  doctor = await createPerson('practice-control.doctor')
  practice = await createPractice('practice-control')
  other = await createPractice('practice-control.other')
  nurse = await addMember(practice, 'nurse')
  both = await addMember(practice, 'physician', 'nurse')
})

const account = ({ state }: Person) => state.account
const give = (vault: Vault, grantee: Person, role: Role | null, index: number, rights: number) =>
  makeGrant(vault, {
    grantee,
    ...(role && { role }),
    scopes: [{ stream: vault.streams[index]!, rights }],
    notAfter: END,
  })

/** A patient's chart: physicians write the first list, nurses read it and sign the second, a person writes the third. */
async function chart() {
  const vault = await createVault(patient, 3)
  const physicians = (await give(vault, practice, 'physician', 0, READ | APPEND | AMEND)).grant
  const nurses = (await give(vault, practice, 'nurse', 1, READ | SIGN)).grant
  const reading = (await give(vault, practice, 'nurse', 0, READ)).grant
  await give(vault, doctor, null, 2, READ | APPEND)
  return { vault, physicians, nurses, reading }
}

describe('C12: practices in a chart', () => {
  test('C12: an account acts by roles where it was granted one, or owns the chart as a practice', async () => {
    const { vault } = await chart()
    const own = await createVault(practice, 1)
    const acts = (state: ControlState, ...people: Person[]) => people.map((each) => actsByRoles(state, account(each)))
    expect(acts(vault.state, practice, doctor, patient, other)).toEqual([true, false, false, false])
    expect(acts(own.state, practice, doctor, other)).toEqual([true, false, false])
    // A person who owns next to it acts by none; a grant that nobody was shown says nothing.
    const beside = { ...own.state.owners[0]!, account: account(patient), practice: false }
    const shared: ControlState = { ...own.state, owners: [beside, ...own.state.owners] }
    expect(acts(shared, practice, patient, other)).toEqual([true, false, false])
    const unseen = [...vault.state.grants].map(([id, grant]) => [id, { ...grant, account: null }] as const)
    expect(acts({ ...vault.state, grants: new Map(unseen) }, practice)).toEqual([false])
    const ids = (state: ControlState) => practicesIn(state).map(idText)
    expect(ids(vault.state)).toEqual([idText(account(practice))])
    expect(ids(own.state)).toEqual([idText(account(practice))])
    expect(ids(shared)).toEqual([idText(account(practice))])
    expect(ids({ ...vault.state, grants: new Map(unseen) })).toEqual([])
    expect(ids((await createVault(patient, 1)).state)).toEqual([])
  })

  test('C12: the keys of a chart open to the roles that were given it and still exist; in its own to all', async () => {
    const { vault, physicians } = await chart()
    expect(rolesGiven(vault.state, account(practice))).toEqual(['physician', 'nurse', 'nurse'])
    expect(rolesGiven(vault.state, account(doctor))).toEqual([])
    expect(rolesGiven(vault.state, account(other))).toEqual([])
    await cutGrant(vault, physicians)
    expect(rolesGiven(vault.state, account(practice))).toEqual(['nurse', 'nurse'])
    const own = await createVault(practice, 1)
    expect(rolesGiven(own.state, account(practice))).toEqual(ROLES)
    expect(rolesGiven(own.state, account(other))).toEqual([])
    const person = await createVault(patient, 1)
    expect(rolesGiven(person.state, account(patient))).toEqual([])
  })

  test('C12: which roles write a list, or once did', async () => {
    const { vault, physicians } = await chart()
    const writing = (state: ControlState, of: Person, stream: Uint8Array) =>
      rolesWriting(state, account(of), idText(stream))
    const [first, second, third] = vault.streams as [Uint8Array, Uint8Array, Uint8Array]
    const all = (state: ControlState) => [first, second, third].map((stream) => writing(state, practice, stream))
    expect(all(vault.state)).toEqual([['physician'], ['nurse'], []])
    expect(writing(vault.state, doctor, third)).toEqual([])
    expect(writing(vault.state, other, first)).toEqual([])
    await cutGrant(vault, physicians)
    expect(all(vault.state), 'once').toEqual([['physician'], ['nurse'], []])
    const own = await createVault(practice, 2)
    await give(own, practice, 'nurse', 0, ALL_RIGHTS)
    expect(own.streams.map((stream) => writing(own.state, practice, stream))).toEqual([['admin', 'nurse'], ['admin']])
    expect(writing(own.state, other, own.streams[0]!)).toEqual([])
    expect(writing((await createVault(patient, 1)).state, patient, first)).toEqual([])
    const unseen = [...own.state.grants].map(([id, grant]) => [id, { ...grant, account: null }] as const)
    expect(writing({ ...own.state, grants: new Map(unseen) }, practice, own.streams[0]!)).toEqual(['admin'])
  })
})

describe('C12: what a control log takes of a practice', () => {
  const reason = (outcome: Awaited<ReturnType<typeof applyControlEntry>>) =>
    'type' in outcome ? outcome.reason : 'taken'
  const everybody = () => lookupOf(patient, practice, other, doctor)

  test('C12: the audit log of one grant is read by no auditor of another practice', async () => {
    const { vault } = await chart()
    const audit = [...vault.state.streams.values()].find(({ auditOf }) => auditOf !== null)!
    for (const grantee of [practice, other]) {
      const scopes = [{ stream: audit.id, rights: READ }]
      const { body, parts } = grantParts(vault, { grantee, role: 'auditor', scopes })
      expect(reason(await applyControlEntry(vault.state, await signAs(vault, patient, body, parts), everybody()))).toBe(
        'bad-grant',
      )
    }
  })

  test('C12, C13: a practice gives its own roles no grant for emergencies, and none of its lists to everybody', async () => {
    const own = await createVault(practice, 2)
    const made = emergencyParts(own, { grantee: practice, role: 'nurse' })
    expect(
      reason(await applyControlEntry(own.state, await signAs(own, practice, made.body, made.parts), everybody())),
    ).toBe('bad-grant')
    await addOwner(own, patient, 'manager')
    const scopes = [{ stream: own.streams[0]!, rights: READ }]
    const whole = grantParts(own, { grantee: practice, role: 'nurse', scopes }, (open) => {
      const { role: _, ...all } = open
      return all
    })
    const entry = await signAs(own, patient, whole.body, whole.parts)
    for (const reader of [everybody(), lookupOf(patient)])
      expect(reason(await applyControlEntry(own.state, entry, reader))).toBe('bad-grant')
  })

  /** The cut of the roles of a device in a vault, by the head of its account's log that it names. */
  async function roleCut(vault: Vault, signer: Person, of: Device, subject: { n: number; h: Uint8Array }) {
    const cut = { account: account(practice), device: of.id, reason: 'role-lost' as const }
    const { body, parts, keys } = cutParts(
      vault,
      cut,
      [...vault.state.streams.values()].map(({ id }) => id),
    )
    return { entry: await signAs(vault, signer, { ...body, subject }, parts), keys }
  }

  test('C12: a device that lost the office signs no entry that names an earlier head', async () => {
    const firm = await createPractice('practice-control.firm')
    const second = await addMember(firm, 'admin')
    const own = await createVault(firm, 1)
    const early = accountHead(firm.state)
    const [device] = second.devices
    const bySecond = async (accountLog: typeof early) => {
      const keys = freshEpochs(own, own.streams)
      const parts = ownerParts(own, keys)
      const body = controlBody(own, { type: 'epoch', epochs: keys.map(epochOf), device: device!.id, accountLog }, parts)
      const outcome = await applyControlEntry(own.state, await signControlBody(body, device!, parts), lookupOf(firm))
      return reason(outcome)
    }
    expect(await bySecond(early)).toBe('taken')
    const cut = {
      grant: null,
      account: account(firm),
      device: device!.id,
      streams: [],
      reason: 'role-lost' as const,
      at: 1,
    }
    const until = (accountN: number, id = device!.id) => {
      own.state = { ...own.state, roleCuts: [{ ...cut, device: id, accountN }] }
    }
    until(early.n + 1)
    expect(await bySecond(early)).toBe('not-an-admin')
    until(early.n)
    expect(await bySecond(early), 'what it is since').toBe('taken')
    until(early.n + 1, firm.device.id)
    expect(await bySecond(early), 'another device').toBe('taken')
  })

  test('C12: each cut of a role names a later head than the one before, and one of this log as far as the reader has it', async () => {
    const { vault } = await chart()
    const [device] = nurse.devices
    const { n } = practice.state
    const headAt = (at: number) => ({ n: at, h: practice.state.hashes[at - 1]! })
    const first = await roleCut(vault, patient, device!, headAt(n - 1))
    await extendVault(vault, first.entry, first.keys)
    const said = async (subject: { n: number; h: Uint8Array }, reader = everybody()) =>
      reason(await applyControlEntry(vault.state, (await roleCut(vault, patient, device!, subject)).entry, reader))
    expect([await said(headAt(n - 2)), await said(headAt(n - 1)), await said(headAt(n))]).toEqual([
      'bad-cut',
      'bad-cut',
      'taken',
    ])
    const forged = { n, h: new Uint8Array(32).fill(9) }
    expect(await said(forged)).toBe('account-head')
    expect(await said(forged, lookupOf(patient)), 'a log that it has not').toBe('taken')
    expect(await said({ ...forged, n: n + 1 }), 'a head that it has not').toBe('taken')
  })
})

describe('C11, C12: late work of a member', () => {
  interface Given {
    index?: number
    fields?: Partial<Header>
    device?: Device
    log?: AccountState | null
    state?: ControlState
    now?: number
  }
  async function judged(
    vault: Vault,
    { index = 0, fields, device = both.devices[0]!, log, state, now = 0 }: Given = {},
  ) {
    const sealed = await write(createWriter(vault, vault.streams[index]!, practice, device), fields)
    const envelope = { header: sealed.headerBytes, body: sealed.body, proof: sealed.proof }
    const author = log === undefined ? practice.state : log
    const verdict = await readLate(envelope, state ?? vault.state, author, now, new BatchVerifier())
    return typeof verdict === 'string' ? verdict : verdict.grants.map(({ id }) => idText(id))
  }
  const headOf = (n: number) => ({ accountLog: { n, h: practice.state.hashes[n - 1]! } })

  test('C11, C12: counts of a role that it had at the head which it names, once that is lost, though it came back since', async () => {
    const { vault, physicians } = await chart()
    const early = practice.state.n
    expect(await judged(vault)).toBe('not-over')
    expect(await judged(vault, { now: END })).toEqual([idText(physicians)])
    const lowered = await changeMember(practice, both, 'nurse')
    expect(await judged(vault, { fields: headOf(early) })).toEqual([idText(physicians)])
    expect(await judged(vault), 'by the roles of now it had nothing to write').toBe('not-over')
    both = await changeMember(practice, lowered, 'physician', 'nurse')
    expect(await judged(vault, { fields: headOf(early) })).toEqual([idText(physicians)])
    expect(await judged(vault)).toBe('not-over')
    expect(await judged(vault, { device: nurse.devices[0]!, now: END }), 'a role that it never had').toBe('not-over')
  })

  test('C11, C12: all of a head that is before the cut of a role, and none of a later one', async () => {
    const { vault, physicians } = await chart()
    const { n } = practice.state
    const cut = { grant: null, account: account(practice), device: both.devices[0]!.id, streams: [] }
    const lost = (accountN: number, device = cut.device): ControlState => ({
      ...vault.state,
      roleCuts: [{ ...cut, device, reason: 'role-lost', at: 3, accountN }],
    })
    expect(await judged(vault, { state: lost(n + 1) })).toEqual([idText(physicians)])
    expect(await judged(vault, { state: lost(n) })).toBe('not-over')
    expect(await judged(vault, { state: lost(n + 1, nurse.devices[0]!.id) }), 'of another device').toBe('not-over')
  })

  test('C11, C12: without the log of the practice it waits where roles decide, and nowhere else', async () => {
    const { vault } = await chart()
    expect(await judged(vault, { log: null })).toBe('account')
    expect(await judged(vault, { log: doctor.state })).toBe('account')
    expect(await judged(vault, { log: null, now: END })).toBe('account')
    const long = await createPerson('practice-control.long')
    while (long.state.n < practice.state.n) await renewBoxKey(long)
    expect(await judged(vault, { log: long.state, now: END }), 'a long log of a person').toBe('account')
    const elsewhere = await createVault(patient, 1)
    expect(await judged(elsewhere, { log: null }), 'a chart that gave it nothing').toBe('not-over')
    const sealed = await write(createWriter(vault, vault.streams[2]!, doctor))
    const envelope = { header: sealed.headerBytes, body: sealed.body, proof: sealed.proof }
    expect(await readLate(envelope, vault.state, null, 0, new BatchVerifier()), 'a person acts by none').toBe(
      'not-over',
    )
  })

  test('C11, C12: in the chart of the practice who administers has nothing late; a member has', async () => {
    const vault = await createVault(practice, 1)
    const { grant } = await give(vault, practice, 'nurse', 0, READ | APPEND)
    expect(await judged(vault, { device: practice.device, now: END })).toBe('place')
    expect(await judged(vault, { device: nurse.devices[0]!, now: END })).toEqual([idText(grant)])
    expect(await judged(vault, { device: nurse.devices[0]!, now: END, log: null }), 'not known whose').toBe('place')
    expect(await judged(vault, { device: nurse.devices[0]! })).toBe('not-over')
  })

  test('C11, C13: of a grant for emergencies it counts at any time', async () => {
    const { vault, physicians } = await chart()
    const known = vault.state.grants.get(idText(physicians))!
    const emergency = { duration: 3_600_000, label: new Uint8Array() }
    const grants = new Map(vault.state.grants).set(idText(physicians), { ...known, emergency })
    expect(await judged(vault)).toBe('not-over')
    expect(await judged(vault, { state: { ...vault.state, grants } })).toEqual([idText(physicians)])
  })
})
