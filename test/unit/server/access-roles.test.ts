/** Who may reach what at the server by a role of a practice (C12), and by a grant for emergencies (C13), to the millisecond and the role. */
import { ALL_RIGHTS, AMEND, APPEND, idText, READ } from '@chartkeep/protocol'
import type { Role } from '@chartkeep/protocol/account'
import type { ControlState } from '@chartkeep/protocol/control'
import { accessOf, controlView, controlWithin, grantsOf, openedMap } from '@chartkeep/sync-server/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { allowEmergency, giveAccessLog } from '../../support/protocol-emergency.ts'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import { addMember, createPractice, type Practice, type Seat } from '../../support/protocol-practice.ts'
import { createPart, createVault, cutGrant, makeGrant, type Vault } from '../../support/protocol-vault.ts'

const BEGIN = 1_800_000_100_000
const END = 1_800_000_200_000
const NOW = BEGIN + 5

let patient: Person
let practice: Practice
let physician: Seat
let nurse: Seat
beforeAll(async () => {
  patient = await createPerson('access-roles-patient')
  practice = await createPractice('access-roles-practice')
  physician = await addMember(practice, 'physician')
  nurse = await addMember(practice, 'nurse')
})

/** A session of a member with these roles. */
const by = (seat: Seat, roles: readonly Role[] = seat.roles) => ({
  account: practice.state.account,
  device: seat.devices[0]!.id,
  kind: 'device' as const,
  roles,
})
const boss = () => by(practice.seats[0]!, ['admin'])

const give = (vault: Vault, role: Role, index: number, rights: number) =>
  makeGrant(vault, {
    grantee: practice,
    role,
    scopes: [{ stream: vault.streams[index]!, rights }],
    notBefore: BEGIN,
    notAfter: END,
  })

/** A patient's chart of which physicians write the first list and nurses read the second. */
async function chart() {
  const vault = await createVault(patient, 3)
  const forPhysicians = await give(vault, 'physician', 0, READ | APPEND | AMEND)
  const forNurses = await give(vault, 'nurse', 1, READ)
  return { vault, forPhysicians: forPhysicians.grant, forNurses: forNurses.grant }
}

describe('C12: by the roles of the moment', () => {
  test('C12, C6: a member reaches what its roles were granted, with both of two, and with none nothing', async () => {
    const { vault } = await chart()
    const rights = (roles: readonly Role[]) => {
      const access = accessOf(vault.state, by(nurse, roles), NOW)
      return access === null ? null : vault.streams.map((stream) => access.rightsOn(stream))
    }
    expect(rights(['physician'])).toEqual([READ | APPEND | AMEND, 0, 0])
    expect(rights(['nurse'])).toEqual([0, READ, 0])
    expect(rights(['physician', 'nurse'])).toEqual([READ | APPEND | AMEND, READ, 0])
    for (const roles of [['admin'], ['scribe', 'auditor'], []] as Role[][]) expect(rights(roles)).toBeNull()
    const { roles: _, ...withoutRoles } = by(nurse)
    expect(accessOf(vault.state, withoutRoles, NOW), 'a session that names none').toBeNull()
    expect(grantsOf(vault.state, practice.state.account)).toHaveLength(2)
  })

  test('C12, C3: a list that its roles were not granted begins nowhere', async () => {
    const { vault } = await chart()
    const access = accessOf(vault.state, by(nurse), NOW)!
    expect(vault.streams.map((stream) => access.startOn(stream))).toEqual([0, 0, 0])
    expect(access.payersOn(vault.streams[1]!)).toEqual({ type: 'grants', ids: [] })
  })

  test('C12, C6: what a push is judged by leaves out what the roles of the moment do not give', async () => {
    const { vault, forPhysicians, forNurses } = await chart()
    const left = (roles: readonly Role[], now = NOW) => [
      ...controlWithin(vault.state, { account: practice.state.account, roles }, now).grants.keys(),
    ]
    expect(left(['physician'])).toEqual([idText(forPhysicians)])
    expect(left(['nurse'])).toEqual([idText(forNurses)])
    expect(left(['physician', 'nurse'])).toEqual([forPhysicians, forNurses].map(idText))
    expect(left(['physician', 'nurse'], END)).toEqual([])
    expect(left(['admin'])).toEqual([])
    expect(left([])).toEqual([])
    const whole = controlWithin(vault.state, { account: practice.state.account, roles: ['physician', 'nurse'] }, NOW)
    expect(whole).toBe(vault.state)
  })

  test('C12, C8: of the control log a member sees the parts of its roles, and of the others no key', async () => {
    const { vault } = await chart()
    const shown = (roles: readonly Role[]) => {
      const view = controlView(vault.state, by(nurse, roles), NOW)
      return (
        view &&
        vault.entries.map((entry) => view.show(entry).parts.map(({ open, wrap }) => [open !== null, wrap !== null]))
      )
    }
    const [none, all] = [
      [false, false],
      [true, true],
    ]
    expect(shown(['physician'])).toEqual([[none], [all, none], [none, none]])
    expect(shown(['nurse'])).toEqual([[none], [none, none], [all, none]])
    expect(shown(['admin'])).toBeNull()
    expect(shown([])).toBeNull()
  })
})

describe('C12: the chart of a practice itself', () => {
  async function own() {
    const vault = await createVault(practice, 2)
    const { grant } = await give(vault, 'nurse', 0, READ | APPEND)
    return { vault, grant }
  }

  test('C12, S8: its administrators have every right, members those of their role, and the practice pays for all', async () => {
    const { vault } = await own()
    const [first, second] = vault.streams as [Uint8Array, Uint8Array]
    const admin = accessOf(vault.state, boss(), NOW)!
    expect([admin.owner, admin.rightsOn(first), admin.rightsOn(second)]).toEqual([true, ALL_RIGHTS, ALL_RIGHTS])
    const member = accessOf(vault.state, by(nurse), NOW)!
    expect([member.owner, member.rightsOn(first), member.rightsOn(second)]).toEqual([false, READ | APPEND, 0])
    const payer = { type: 'account', id: practice.state.account }
    expect([admin.payersOn(first), member.payersOn(first), member.payersOn(second)]).toEqual([payer, payer, payer])
    expect(accessOf(vault.state, by(physician), NOW)).toBeNull()
  })

  test('C12, C2: a push of whoever does not administer is not judged as the owner’s; that of whoever does is', async () => {
    const { vault, grant } = await own()
    const within = (roles: readonly Role[]) =>
      controlWithin(vault.state, { account: practice.state.account, roles }, NOW)
    expect(within(['nurse']).owners).toEqual([])
    expect([...within(['nurse']).grants.keys()]).toEqual([idText(grant)])
    expect(within(['admin', 'nurse'])).toBe(vault.state)
    expect([...within(['admin']).grants.keys()]).toEqual([])
    expect(within(['admin']).owners).toEqual(vault.state.owners)
    // Owners of another account stay where one of them is left out.
    const other = { ...vault.state.owners[0]!, account: patient.state.account }
    const shared: ControlState = { ...vault.state, owners: [...vault.state.owners, other] }
    expect(controlWithin(shared, { account: practice.state.account, roles: ['nurse'] }, NOW).owners).toEqual([other])
  })

  test('C12, C8: parts for the administrators are theirs alone; a member sees its own role’s', async () => {
    const { vault } = await own()
    const seen = (who: ReturnType<typeof by>) => {
      const view = controlView(vault.state, who, NOW)!
      return vault.entries.map((entry) => view.show(entry).parts.map(({ wrap }) => wrap !== null))
    }
    expect(seen(boss())).toEqual([[true], [true, true]])
    expect(seen(by(nurse))).toEqual([[false], [true, false]])
  })

  test('C2, C8: who was an owner sees the entries from the one that made it one up to that of its end', async () => {
    const { vault } = await own()
    const [stay] = vault.state.owners
    const ended = {
      grant: null,
      account: practice.state.account,
      device: null,
      reason: 'member-removed' as const,
      streams: [],
      at: 3,
      time: 5,
      by: patient.state.account,
    }
    const state: ControlState = { ...vault.state, owners: [{ ...stay!, at: 2, cut: ended }], grants: new Map() }
    const entries = vault.entries
    const key = { stream: vault.streams[0]!, epoch: 2, key: practice.random(32), name: 'labs' }
    const whole = (who: ReturnType<typeof by>) => {
      const view = controlView(state, who, NOW)
      return view && entries.map((entry) => view.show(entry) === entry)
    }
    expect(whole(boss())).toEqual([false, true])
    expect(whole(by(nurse)), 'who never acted for all of it').toBeNull()
    const view = controlView(state, boss(), NOW)!
    expect(view.upTo).toBe(3)
    const forAdmins = createPart({ vault: vault.id, recipient: practice, keys: [key] })
    const forOthers = createPart({ vault: vault.id, recipient: patient, keys: [key] })
    const shown = view.show({ ...entries[0]!, parts: [forAdmins, forOthers] })
    expect(shown.parts.map(({ wrap }) => wrap !== null)).toEqual([true, false])
  })
})

describe('C13: by a grant for emergencies', () => {
  async function opened() {
    const vault = await createVault(patient, 2)
    vault.people.push(practice)
    await giveAccessLog(vault)
    const { grant } = await allowEmergency(vault, { grantee: practice, role: 'nurse', notBefore: BEGIN, notAfter: END })
    return { vault, grant }
  }

  /** The session of a device that opened the grant until a moment. */
  const openedBy = (vault: Vault, grant: Uint8Array, until: number) => ({
    ...by(nurse),
    opened: openedMap([{ vault: vault.id, grant, until }]),
  })
  const wrapsOf = (vault: Vault, who: ReturnType<typeof by>) => {
    const view = controlView(vault.state, who, NOW)!
    return view.show(vault.entries[2]!).parts.map(({ open, wrap }) => [open !== null, wrap !== null])
  }
  const [none, all, held] = [
    [false, false],
    [true, true],
    [true, false],
  ]

  test('C13, C6: it gives nothing and shows no key before it was opened, and all of it until the opening ends', async () => {
    const { vault, grant } = await opened()
    const [stream] = vault.streams as [Uint8Array]
    expect(accessOf(vault.state, by(nurse), NOW)).toBeNull()
    const left = (who: ReturnType<typeof by>, now = NOW) => [...controlWithin(vault.state, who, now).grants.keys()]
    expect(left(by(nurse))).toEqual([])
    expect(wrapsOf(vault, by(nurse))).toEqual([held, none])
    const who = openedBy(vault, grant, NOW + 10)
    expect(accessOf(vault.state, who, NOW)!.rightsOn(stream)).toBe(READ)
    expect(accessOf(vault.state, who, NOW + 9)).not.toBeNull()
    expect(accessOf(vault.state, who, NOW + 10)).toBeNull()
    expect([left(who), left(who, NOW + 9), left(who, NOW + 10)]).toEqual([[idText(grant)], [idText(grant)], []])
    expect(wrapsOf(vault, who)).toEqual([all, none])
    expect(wrapsOf(vault, openedBy(vault, grant, NOW))).toEqual([held, none])
    const elsewhere = openedBy({ ...vault, id: patient.random(16) }, grant, NOW + 10)
    expect(accessOf(vault.state, elsewhere, NOW), 'opened in another chart').toBeNull()
    expect(accessOf(vault.state, { ...who, roles: ['physician'] }, NOW), 'by another role').toBeNull()
  })

  test('C13, C10: cut, it is over at once, whatever was opened, and its keys are no longer shown', async () => {
    const { vault, grant } = await opened()
    const who = openedBy(vault, grant, NOW + 10)
    await cutGrant(vault, grant)
    expect(accessOf(vault.state, who, NOW)).toBeNull()
    expect(controlWithin(vault.state, who, NOW).grants.has(idText(grant))).toBe(false)
    expect(wrapsOf(vault, who)).toEqual([held, none])
    expect(controlView(vault.state, who, NOW)!.upTo).toBe(4)
  })

  test('C13: who only waits learns of nobody else that writes where it would read', async () => {
    const { vault, grant } = await opened()
    const scopes = [{ stream: vault.streams[0]!, rights: READ | APPEND }]
    const { entry } = await makeGrant(vault, {
      grantee: practice,
      role: 'physician',
      scopes,
      notBefore: BEGIN,
      notAfter: END,
    })
    const shown = (who: ReturnType<typeof by>) =>
      controlView(vault.state, who, NOW)!
        .show(entry)
        .parts.map(({ open, wrap }) => [open !== null, wrap !== null])
    expect(shown(by(nurse))).toEqual([none, none])
    expect(shown(openedBy(vault, grant, NOW + 10))).toEqual([held, none])
  })
})
