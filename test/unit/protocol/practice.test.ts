/** C12: the account log of a practice: who may write which entry, who holds the key of which role, and every refusal by its name. */
import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKeyPair, openSealedBox, randomBytes } from '@chartkeep/crypto'
import { idText, KIT_WAIT_MS } from '@chartkeep/protocol'
import {
  applyAccountEntry,
  holdersOfRole,
  liveMembers,
  newestRoleKey,
  readAccountLog,
  rolesAt,
  ROLES,
  type AccountEntryBody,
  type AccountState,
  type Role,
} from '@chartkeep/protocol/account'
import { roleWrapFor } from '@chartkeep/protocol/testing'
import {
  addMember,
  addSeatDevice,
  changeMember,
  createPractice,
  memberAddedBody,
  memberChangedBody,
  memberOf,
  memberRemovedBody,
  nextKeyOf,
  nextRoleKeys,
  practiceGenesis,
  removeMember,
  seatDeviceBody,
  seatDeviceRemovedBody,
  type Practice,
  type Seat,
} from '../../support/protocol-practice.ts'
import {
  createPerson,
  createRecovery,
  deviceAddedBody,
  headAt,
  nextPlace,
  publicKeys,
  signAccountBody,
  type Device,
} from '../../support/protocol-people.ts'

let practice: Practice
let boss: Seat
let doctor: Seat
let nurse: Seat

beforeAll(async () => {
  practice = await createPractice('practice', ['admin', 'physician'])
  boss = practice.seats[0]!
  doctor = await addMember(practice, 'physician')
  nurse = await addMember(practice, 'nurse')
})

/** What the reader says of an entry over the practice as it is; nothing changes. */
async function tried(body: AccountEntryBody, signer: Device, over: Practice = practice): Promise<string> {
  const outcome = await applyAccountEntry(over.state, await signAccountBody(body, signer))
  return 'type' in outcome ? outcome.reason : 'taken'
}

const copyOf = (of: Practice): Practice => ({
  ...of,
  boxKeys: [...of.boxKeys],
  entries: [...of.entries],
  roleKeys: new Map(of.roleKeys),
  seats: [...of.seats],
})

const rolesOf = (state: AccountState, seat: Seat) => rolesAt(state, seat.devices[0]!.id, state.n)
const opens = (state: AccountState, role: Role, device: Device) => {
  const wrapped = roleWrapFor(state, role, device.id)
  return wrapped !== null && openSealedBox(device.box, wrapped.wrap) !== null
}

describe('C12: the first entry of a practice', () => {
  test('C12: names its first member, an administrator, and a key for every role', () => {
    const { state } = practice
    expect(rolesOf(state, boss)).toEqual(['admin', 'physician'])
    expect(liveMembers(state)).toHaveLength(3)
    for (const role of ROLES) expect(newestRoleKey(state, role)!.generation).toBe(1)
    expect(rolesAt(state, practice.recovery.id, state.n), 'a kit acts by no role').toEqual([])
  })

  test('C12: a person has no roles, and none of the fields of a practice', async () => {
    const person = await createPerson('practice-person')
    expect(rolesAt(person.state, person.device.id, 1)).toBeNull()
    expect(newestRoleKey(person.state, 'nurse')).toBeNull()
    const body = deviceAddedBody(person, doctor.devices[0]!, person.device)
    const refused = await applyAccountEntry(
      person.state,
      await signAccountBody({ ...body, member: randomBytes(16), roleWraps: [] } as AccountEntryBody, person.device),
    )
    expect(refused).toEqual({ type: 'refused', reason: 'malformed' })
    const added = { ...memberAddedBody(practice, ['nurse']).body, ...nextPlace(person.state, person.device) }
    expect(await tried(added, person.device, person as Practice)).toBe('malformed')
  })

  test('C12: without an administrator, a role twice, a role without its key, or half of the fields it is refused', async () => {
    const reasonOf = async (change: Parameters<typeof practiceGenesis>[1], roles?: readonly Role[]) => {
      const { outcome } = await practiceGenesis('practice-bad', change, roles)
      return 'type' in outcome ? outcome.reason : 'taken'
    }
    expect(await reasonOf((body) => body)).toBe('taken')
    expect(await reasonOf((body) => body, ['nurse'])).toBe('bad-roles')
    expect(await reasonOf((body) => body, ['admin', 'admin'])).toBe('bad-roles')
    expect(await reasonOf((body) => body, [])).toBe('bad-roles')
    expect(await reasonOf((body) => ({ ...body, roleKeys: body.roleKeys!.slice(1) }))).toBe('role-key-stays')
    const half: Parameters<typeof practiceGenesis>[1] = (body) => {
      const { roleKeys: _, ...rest } = body
      return rest
    }
    expect(await reasonOf(half)).toBe('malformed')
    const [first, second] = [0, 1]
    const same = (body: Parameters<NonNullable<typeof change>>[0]) => ({
      ...body,
      roleKeys: body.roleKeys!.map((key, at) => (at === second ? { ...body.roleKeys![first]!, role: key.role } : key)),
    })
    const change: Parameters<typeof practiceGenesis>[1] = same
    expect(await reasonOf(change), 'one key for two roles').toBe('bad-key')
    expect(
      await reasonOf((body) => ({
        ...body,
        roleKeys: body.roleKeys!.map((key, at) => (at === 0 ? { ...key, public: body.boxKey.public } : key)),
      })),
      'the key of everybody as the key of a role',
    ).toBe('bad-key')
  })
})

describe('C12: who holds the key of a role', () => {
  test('C12: devices of members who have the role, of administrators, and the kit; nobody else', () => {
    const ids = (role: Role) => new Set(holdersOfRole(practice.state, role).map(({ id }) => idText(id)))
    const all = [practice.recovery, ...boss.devices].map(({ id }) => idText(id))
    expect(ids('scribe')).toEqual(new Set(all))
    expect(ids('physician')).toEqual(new Set([...all, idText(doctor.devices[0]!.id)]))
    expect(opens(practice.state, 'nurse', nurse.devices[0]!)).toBe(true)
    expect(opens(practice.state, 'physician', nurse.devices[0]!)).toBe(false)
    expect(opens(practice.state, 'nurse', boss.devices[0]!)).toBe(true)
  })

  test('C12: a wrap too many, one too few, one for another device or of another role is refused', async () => {
    const { body } = memberAddedBody(practice, ['nurse'])
    const signer = practice.device
    expect(await tried(body, signer)).toBe('taken')
    expect(await tried({ ...body, roleWraps: [] }, signer)).toBe('bad-key')
    const [wrap] = body.roleWraps
    expect(await tried({ ...body, roleWraps: [wrap!, wrap!] }, signer)).toBe('bad-key')
    expect(await tried({ ...body, roleWraps: [{ ...wrap!, role: 'physician' }] }, signer), 'another role').toBe(
      'bad-key',
    )
    const both = [wrap!, { ...wrap!, role: 'physician' as const }]
    expect(await tried({ ...body, roleWraps: both }, signer), 'a role more than it has').toBe('bad-key')
    const other = { ...wrap!, device: doctor.devices[0]!.id }
    expect(await tried({ ...body, roleWraps: [other] }, signer)).toBe('bad-key')
    expect(await tried({ ...body, member: { ...body.member, id: nurse.id } }, signer)).toBe('known-member')
    expect(await tried({ ...body, member: { ...body.member, roles: ['scribe', 'nurse'] } }, signer)).toBe('bad-roles')
  })

  test('C12: who loses a role loses its next key, and only that of this role', async () => {
    const at = copyOf(practice)
    const both = await changeMember(at, nurse, 'physician', 'nurse')
    expect(rolesOf(at.state, both)).toEqual(['physician', 'nurse'])
    expect(opens(at.state, 'physician', nurse.devices[0]!)).toBe(true)
    const again = await changeMember(at, both, 'nurse')
    expect(newestRoleKey(at.state, 'physician')!.generation).toBe(2)
    expect(newestRoleKey(at.state, 'nurse')!.generation).toBe(1)
    expect(opens(at.state, 'physician', nurse.devices[0]!)).toBe(false)
    expect(opens(at.state, 'physician', doctor.devices[0]!)).toBe(true)
    // What it was counts where somebody names that head.
    const [before, between, after] = [practice.state.n, practice.state.n + 1, at.state.n]
    expect([before, between, after].map((n) => rolesAt(at.state, again.devices[0]!.id, n))).toEqual([
      ['nurse'],
      ['physician', 'nurse'],
      ['nurse'],
    ])
  })

  test('C12: an entry that takes a role away without its next key, or with an old one, is refused', async () => {
    const at = copyOf(practice)
    const both = await changeMember(at, nurse, 'nurse', 'scribe')
    const { body } = memberChangedBody(at, both, ['nurse'])
    const signer = at.device
    expect(await tried(body, signer, at)).toBe('taken')
    expect(await tried({ ...body, roleKeys: [] }, signer, at)).toBe('role-key-stays')
    const [key] = body.roleKeys
    const old = at.roleKeys.get('scribe')![0]!.publicKey
    expect(await tried({ ...body, roleKeys: [{ ...key!, public: old }] }, signer, at), 'an old key').toBe('bad-key')
    expect(await tried({ ...body, roleKeys: [{ ...key!, generation: 3 }] }, signer, at)).toBe('bad-generation')
    expect(await tried({ ...body, roleKeys: [{ ...key!, previous: null }] }, signer, at)).toBe('bad-generation')
    const kept = { ...key!, wraps: [...key!.wraps, { device: both.devices[0]!.id, wrap: randomBytes(112) }] }
    expect(await tried({ ...body, roleKeys: [kept] }, signer, at), 'wrapped to who lost it').toBe('bad-key')
    const missing = { ...key!, wraps: key!.wraps.slice(1) }
    expect(await tried({ ...body, roleKeys: [missing] }, signer, at)).toBe('bad-key')
    const more = nextRoleKeys(at, ['physician']).keys
    expect(await tried({ ...body, roleKeys: [...body.roleKeys, ...more] }, signer, at), 'one that nobody lost').toBe(
      'bad-key',
    )
  })
})

describe('C12: only administrators say who belongs to a practice', () => {
  test('C12: a nurse adds no member, changes none, removes none, and gives herself no role', async () => {
    const [device] = nurse.devices
    const added = memberAddedBody(practice, ['nurse'], device)
    expect(await tried(added.body, device!)).toBe('not-an-admin')
    const raised = memberChangedBody(practice, nurse, ['admin', 'nurse'], device)
    expect(await tried(raised.body, device!)).toBe('not-an-admin')
    const removed = memberRemovedBody(practice, doctor, device)
    expect(await tried(removed.body, device!)).toBe('not-an-admin')
    const renewed = { ...nextPlace(practice.state, device!), boxKey: nextKeyOf(practice, practice.seats).grant }
    expect(await tried({ ...renewed, type: 'box-key' }, device!)).toBe('not-an-admin')
    const vaults = { ...nextPlace(practice.state, device!), type: 'vaults' as const, sealed: randomBytes(80) }
    expect(await tried(vaults, device!)).toBe('not-an-admin')
    const named = { ...nextPlace(practice.state, device!), type: 'device-named' as const, name: new Uint8Array() }
    expect(await tried({ ...named, device: doctor.devices[0]!.id }, device!)).toBe('not-an-admin')
    expect(await tried({ ...named, device: device!.id }, device!)).toBe('taken')
  })

  test('C12: a member brings a further device of its own, nobody one of another; an administrator may', async () => {
    const [device] = nurse.devices
    expect(await tried(seatDeviceBody(practice, nurse, device!).body, device!)).toBe('taken')
    expect(await tried(seatDeviceBody(practice, nurse, practice.device).body, practice.device)).toBe('taken')
    const foreign = seatDeviceBody(practice, doctor, device!)
    expect(await tried(foreign.body, device!)).toBe('not-an-admin')
    const { body } = seatDeviceBody(practice, nurse, device!)
    expect(await tried({ ...body, member: randomBytes(16) }, device!)).toBe('unknown-member')
    const { member: _, roleWraps: _wraps, ...plain } = body
    expect(await tried(plain, device!), 'one that belongs to nobody').toBe('malformed')
  })

  test('C12, K7: the kit admits a device of an administrator, and of nobody else', async () => {
    const kit = practice.recovery
    expect(await tried(seatDeviceBody(practice, boss, kit).body, kit)).toBe('taken')
    expect(await tried(seatDeviceBody(practice, nurse, kit).body, kit)).toBe('not-an-admin')
    expect(await tried(memberAddedBody(practice, ['nurse'], kit).body, kit)).toBe('recovery-may-only-add')
  })

  test('C12: the last administrator cannot go and cannot lose the role; one of two goes by the word of the other', async () => {
    const at = copyOf(practice)
    expect(await tried(memberRemovedBody(at, boss).body, at.device, at)).toBe('last-admin')
    expect(await tried(memberChangedBody(at, boss, ['physician']).body, at.device, at)).toBe('last-admin')
    const second = await addMember(at, 'admin')
    expect(await tried(memberRemovedBody(at, boss).body, at.device, at), 'by its own word').toBe('removes-itself')
    expect(await tried(memberChangedBody(at, boss, ['physician']).body, at.device, at)).toBe('removes-itself')
    const [device] = second.devices
    expect(await tried(memberRemovedBody(at, boss, device).body, device!, at)).toBe('taken')
    expect(await tried(memberChangedBody(at, boss, ['physician'], device).body, device!, at)).toBe('taken')
  })

  test('C12, K7: an administrator who came in by the kit takes nobody out before 24 hours have passed', async () => {
    const at = copyOf(practice)
    const late = await addSeatDevice(at, boss, at.recovery)
    at.seats = at.seats.map((seat) => (seat === boss ? { ...boss } : seat))
    const { body } = memberRemovedBody(at, nurse, late)
    expect(await tried(body, late, at)).toBe('too-early')
    const lowered = memberChangedBody(at, nurse, ['scribe'], late)
    expect(await tried(lowered.body, late, at)).toBe('too-early')
    const server = generateSigningKeyPair()
    const waited = {
      key: server.publicKey,
      first: await headAt(at, server, 1000),
      last: await headAt(at, server, 1000 + KIT_WAIT_MS),
    }
    expect(await tried({ ...body, waited }, late, at)).toBe('taken')
    expect(await tried({ ...memberRemovedBody(at, nurse).body, waited }, at.device, at), 'not needed').toBe('malformed')
    boss.devices = boss.devices.filter((device) => device !== late)
  })
})

describe('C12: who leaves', () => {
  test('C12: goes with all devices, and gets neither the next key of everybody nor that of its roles', async () => {
    const at = copyOf(practice)
    const leaving: Seat = { ...nurse, devices: [...nurse.devices] }
    at.seats = at.seats.map((seat) => (seat === nurse ? leaving : seat))
    const second = await addSeatDevice(at, leaving)
    const before = at.state.n
    await removeMember(at, leaving)
    expect(liveMembers(at.state).map(({ id }) => idText(id))).not.toContain(idText(nurse.id))
    for (const { id } of leaving.devices) {
      expect(rolesAt(at.state, id, at.state.n)).toEqual([])
      expect(rolesAt(at.state, id, before)).toEqual(['nurse'])
    }
    for (const device of leaving.devices) expect(roleWrapFor(at.state, 'nurse', device.id)).toBeNull()
    expect(at.state.boxKeys.at(-1)!.wraps.some(({ device }) => idText(device) === idText(second.id))).toBe(false)
    expect(newestRoleKey(at.state, 'nurse')!.generation).toBe(2)
    expect(newestRoleKey(at.state, 'physician')!.generation, 'a role that it had not').toBe(1)
    // What a removed device signs is nobody's.
    const [device] = leaving.devices
    expect(await tried({ ...memberAddedBody(at, ['nurse'], device).body }, device!, at)).toBe('signer-not-live')
    expect(
      await tried(
        { ...memberAddedBody(at, ['nurse']).body, member: memberOf(at.random, nurse.id, ['nurse']) },
        at.device,
        at,
      ),
    ).toBe('known-member')
    const again = await readAccountLog(at.entries)
    expect(again).toEqual(at.state)
  })

  test('C12: an entry that leaves somebody a key, or forgets one, is refused', async () => {
    const { body } = memberRemovedBody(practice, nurse)
    const signer = practice.device
    expect(await tried(body, signer)).toBe('taken')
    expect(await tried({ ...body, roleKeys: [] }, signer)).toBe('role-key-stays')
    const kept = nextKeyOf(practice, practice.seats).grant
    expect(await tried({ ...body, boxKey: kept }, signer), 'wrapped to who leaves').toBe('bad-key')
    expect(await tried({ ...body, member: randomBytes(16) }, signer)).toBe('unknown-member')
  })

  test('C12, K5: a device that is removed takes the keys of its member’s roles with it', async () => {
    const at = copyOf(practice)
    const seat: Seat = { ...nurse, devices: [...nurse.devices] }
    at.seats = at.seats.map((each) => (each === nurse ? seat : each))
    const lost = await addSeatDevice(at, seat)
    const [left] = seat.devices
    const { body } = seatDeviceRemovedBody(at, seat, lost, left!)
    expect(await tried(body, left!, at)).toBe('taken')
    expect(await tried({ ...body, roleKeys: [] }, left!, at)).toBe('role-key-stays')
    const { roleKeys: _, ...plain } = body
    expect(await tried(plain, left!, at)).toBe('malformed')
    const byOther = seatDeviceRemovedBody(at, seat, lost, doctor.devices[0]!)
    expect(await tried(byOther.body, doctor.devices[0]!, at), 'another member').toBe('not-an-admin')
    const byAdmin = seatDeviceRemovedBody(at, seat, lost, at.device)
    expect(await tried(byAdmin.body, at.device, at)).toBe('taken')
  })

  test('C12, K7: a new kit brings the next keys of all roles', async () => {
    const at = copyOf(practice)
    const kit = createRecovery(at.random)
    const { grant } = nextKeyOf(at, at.seats, kit)
    const { keys } = nextRoleKeys(at, ROLES, at.seats, kit)
    const body = {
      ...nextPlace(at.state, at.device),
      type: 'kit-replaced' as const,
      device: at.recovery.id,
      recovery: publicKeys(kit),
      boxKey: grant,
      waited: null,
      roleKeys: keys,
    }
    expect(await tried(body, at.device, at)).toBe('taken')
    expect(await tried({ ...body, roleKeys: keys.slice(1) }, at.device, at)).toBe('role-key-stays')
    const [device] = doctor.devices
    expect(await tried({ ...body, signer: device!.id }, device!, at)).toBe('not-an-admin')
  })
})
