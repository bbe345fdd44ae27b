/** C12: each thing by itself that an entry of a practice's log may not be, and the positions at which what it says begins and ends. */
import { idText, KIT_WAIT_MS, MAX_PRACTICE_DEVICES } from '@chartkeep/protocol'
import {
  applyAccountEntry,
  holdersOfRole,
  lastWrapFor,
  liveMembers,
  memberRolesAt,
  mayOwn,
  newestRoleKey,
  readAccountLog,
  rolesAt,
  rolesHeld,
  wrapFor,
  type AccountEntryBody,
  type AccountState,
  type Role,
} from '@chartkeep/protocol/account'
import { headMessage, type SignedHead } from '@chartkeep/protocol/streams'
import { MAX_MEMBERS, roleWrapFor } from '@chartkeep/protocol/testing'
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPerson, headAt, nextPlace, signAccountBody, type Device } from '../../support/protocol-people.ts'
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
  removeMember,
  seatDeviceBody,
  seatDeviceRemovedBody,
  type Practice,
  type Seat,
} from '../../support/protocol-practice.ts'

let practice: Practice
let doctor: Seat
let nurse: Seat
let gone: Seat
beforeAll(async () => {
  practice = await createPractice('practice.refusals', ['admin'])
  doctor = await addMember(practice, 'physician')
  nurse = await addMember(practice, 'nurse')
  gone = await addMember(practice, 'nurse', 'scribe')
  await removeMember(practice, gone)
})

/** What the reader says of an entry over a state; nothing changes. */
async function tried(body: AccountEntryBody, signer: Device, state: AccountState = practice.state): Promise<string> {
  const outcome = await applyAccountEntry(state, await signAccountBody(body, signer))
  return 'type' in outcome ? outcome.reason : 'taken'
}

const boss = () => practice.device

describe('C12: who is no member', () => {
  test('C12: who left gets no device, no role and leaves no second time', async () => {
    expect(await tried(seatDeviceBody(practice, gone, boss()).body, boss())).toBe('unknown-member')
    expect(await tried(memberChangedBody(practice, gone, ['nurse']).body, boss())).toBe('unknown-member')
    expect(await tried({ ...memberRemovedBody(practice, nurse).body, member: gone.id }, boss())).toBe('unknown-member')
  })

  test('C12: nobody is changed who never came', async () => {
    const { body } = memberChangedBody(practice, nurse, ['nurse'])
    const stranger = memberOf(practice.random, practice.random(16), ['nurse'])
    expect(await tried(body, boss())).toBe('taken')
    expect(await tried({ ...body, member: stranger }, boss())).toBe('unknown-member')
  })

  test('C12, K5: nobody names or removes a device that is not there', async () => {
    const unknown = practice.random(16)
    const named = { ...nextPlace(practice.state, boss()), type: 'device-named' as const, name: new Uint8Array(3) }
    expect(await tried({ ...named, device: doctor.devices[0]!.id }, boss())).toBe('taken')
    expect(await tried({ ...named, device: unknown }, boss())).toBe('unknown-device')
    expect(await tried({ ...named, device: gone.devices[0]!.id }, boss()), 'nor one that went').toBe('unknown-device')
    expect(await tried({ ...named, device: practice.recovery.id }, boss()), 'nor the kit').toBe('unknown-device')
    const { body } = seatDeviceRemovedBody(practice, nurse, nurse.devices[0]!, boss())
    expect(await tried(body, boss())).toBe('taken')
    expect(await tried({ ...body, device: unknown }, boss())).toBe('unknown-device')
    // Neither a member nor the kit is everybody's: nobody's own device is that of nobody.
    const byNurse = { ...named, ...nextPlace(practice.state, nurse.devices[0]!), device: practice.recovery.id }
    expect(await tried(byNurse, nurse.devices[0]!)).toBe('not-an-admin')
    expect(await tried({ ...byNurse, device: unknown }, nurse.devices[0]!)).toBe('unknown-device')
  })
})

describe('C12: roles', () => {
  test('C12: a change names roles, at least one, each once and in their order', async () => {
    const { body } = memberChangedBody(practice, nurse, ['nurse'])
    for (const roles of [[], ['nurse', 'nurse'], ['scribe', 'nurse']] as Role[][])
      expect(await tried({ ...body, member: { ...body.member, roles } }, boss()), roles.join()).toBe('bad-roles')
    const added = memberAddedBody(practice, ['nurse']).body
    expect(await tried({ ...added, member: { ...added.member, roles: [] }, roleWraps: [] }, boss())).toBe('bad-roles')
  })

  test('C12: an administrator keeps the role with another next to it, by its own word', async () => {
    const [seat] = practice.seats
    expect(await tried(memberChangedBody(practice, seat!, ['admin', 'scribe']).body, boss())).toBe('taken')
    expect(await tried(memberChangedBody(practice, seat!, ['scribe']).body, boss())).toBe('last-admin')
  })

  test('C12: from which position on a member has roles, and from which none', () => {
    const member = {
      id: nurse.id,
      addedAt: 3,
      removedAt: 9,
      versions: [
        { at: 3, roles: ['nurse'] as Role[], name: nurse.id, nameHash: nurse.id },
        { at: 6, roles: ['scribe'] as Role[], name: nurse.id, nameHash: nurse.id },
      ],
    }
    expect([2, 3, 5, 6, 8, 9, 10].map((n) => memberRolesAt(member, n).join())).toEqual([
      '',
      'nurse',
      'nurse',
      'scribe',
      'scribe',
      '',
      '',
    ])
    expect(memberRolesAt({ ...member, removedAt: null }, 99)).toEqual(['scribe'])
    expect([rolesHeld(['nurse', 'scribe']), rolesHeld(['admin']), rolesHeld([])]).toEqual([
      ['nurse', 'scribe'],
      ['admin', 'physician', 'nurse', 'scribe', 'auditor'],
      [],
    ])
    expect([mayOwn(null), mayOwn(['admin', 'nurse']), mayOwn(['nurse']), mayOwn([])]).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  test('C12: a person has neither members nor keys of roles, and only its kit would hold one', async () => {
    const { state, device, recovery } = await createPerson('practice.refusals.person')
    expect(liveMembers(state)).toEqual([])
    expect(holdersOfRole(state, 'nurse').map(({ id }) => idText(id))).toEqual([idText(recovery.id)])
    expect(newestRoleKey(state, 'nurse')).toBeNull()
    expect(roleWrapFor(state, 'nurse', device.id)).toBeNull()
    expect(rolesAt(state, device.id, 1)).toBeNull()
    expect(rolesAt(practice.state, new Uint8Array(16), practice.state.n)).toEqual([])
  })
})

describe('C12: entries that belong to one kind of account', () => {
  test('C12: to a practice’s log none that a person writes, to a person’s none of a practice', async () => {
    const person = await createPerson('practice.refusals.other')
    const place = nextPlace(person.state, person.device)
    const removed = { ...memberRemovedBody(practice, nurse).body, ...place }
    expect(await tried(removed, person.device, person.state)).toBe('malformed')
    const changed = { ...memberChangedBody(practice, nurse, ['nurse']).body, ...place, roleKeys: [], roleWraps: [] }
    expect(await tried(changed, person.device, person.state)).toBe('malformed')
    const { roleKeys: _, ...plain } = seatDeviceRemovedBody(practice, nurse, nurse.devices[0]!, boss()).body
    expect(await tried(plain, boss())).toBe('malformed')
    const named = { ...nextPlace(practice.state, boss()), type: 'vaults' as const, sealed: new Uint8Array(3) }
    expect(await tried({ ...named, roleKeys: [] } as AccountEntryBody, boss())).toBe('malformed')
    expect(await tried(named, boss())).toBe('taken')
  })

  test('C12: no second first entry', async () => {
    const genesis = await readAccountLog(practice.entries.slice(0, 1))
    const { body } = practice.entries[0]!
    const outcome = await applyAccountEntry(practice.state, practice.entries[0]!)
    expect(outcome).toEqual({ type: 'refused', reason: 'not-next' })
    expect(genesis).toMatchObject({ n: 1 })
    expect(body.length).toBeGreaterThan(0)
  })
})

describe('C12: how many there may be', () => {
  test(`C12: ${MAX_MEMBERS} members who have not left, and ${MAX_PRACTICE_DEVICES} devices`, async () => {
    const { body } = memberAddedBody(practice, ['nurse'])
    const known = practice.state.practice!
    const sample = known.members.get(idText(nurse.id))!
    const withMembers = (more: number) => {
      const members = new Map(known.members)
      for (let i = 0; i < more; i++) members.set(`member ${i}`, { ...sample, id: new Uint8Array(16).fill(i) })
      return { ...practice.state, practice: { ...known, members } }
    }
    const left = MAX_MEMBERS - liveMembers(practice.state).length
    expect(await tried(body, boss(), withMembers(left - 1))).toBe('taken')
    expect(await tried(body, boss(), withMembers(left))).toBe('too-many-members')
    const live = [...practice.state.devices.values()].filter(({ removedAt }) => removedAt === null).length
    const withDevices = (more: number) => {
      const devices = new Map(practice.state.devices)
      const [first] = devices.values()
      // Their keys are others, or nobody could come in.
      for (let i = 0; i < more; i++) {
        const key = new Uint8Array(32).fill(i + 1)
        devices.set(`device ${i}`, { ...first!, id: key.slice(16), sign: key, box: key, member: gone.id })
      }
      return { ...practice.state, devices }
    }
    expect(await tried(body, boss(), withDevices(MAX_PRACTICE_DEVICES - live - 1))).toBe('taken')
    expect(await tried(body, boss(), withDevices(MAX_PRACTICE_DEVICES - live))).toBe('too-many-devices')
  })
})

describe('C12: keys of roles', () => {
  test('C12: a role gets one key in an entry, wrapped to each of its holders once', async () => {
    const { body } = memberRemovedBody(practice, nurse)
    const [key] = body.roleKeys
    expect(await tried({ ...body, roleKeys: [key!, key!] }, boss())).toBe('bad-key')
    const [first, second] = key!.wraps
    expect(key!.wraps.length).toBeGreaterThan(1)
    const twice = { ...key!, wraps: [first!, first!, ...key!.wraps.slice(2)] }
    expect(await tried({ ...body, roleKeys: [twice] }, boss())).toBe('bad-key')
    const other = { ...key!, wraps: [first!, { ...second!, device: gone.devices[0]!.id }, ...key!.wraps.slice(2)] }
    expect(await tried({ ...body, roleKeys: [other] }, boss())).toBe('bad-key')
    expect(
      await tried({ ...body, roleKeys: [{ ...key!, public: new Uint8Array(32) }] }, boss()),
      'of small order',
    ).toBe('bad-key')
    expect(await tried({ ...body, roleKeys: [{ ...key!, previous: null }] }, boss())).toBe('bad-generation')
  })

  test('C12: the next key of everybody is none that a role has or had', async () => {
    const place = nextPlace(practice.state, boss())
    const { grant } = nextKeyOf(practice, practice.seats)
    const renewed = { ...place, type: 'box-key' as const, boxKey: grant }
    expect(await tried(renewed, boss())).toBe('taken')
    const old = practice.roleKeys.get('nurse')![0]!.publicKey
    expect(await tried({ ...renewed, boxKey: { ...grant, public: old } }, boss())).toBe('bad-key')
  })

  test('C12: a key that nobody lost is not renewed next to another change', async () => {
    const { body } = memberAddedBody(practice, ['nurse'])
    const { keys } = nextRoleKeys(practice, ['nurse'])
    expect(await tried({ ...body, roleKeys: keys } as unknown as AccountEntryBody, boss())).toBe('malformed')
  })
})

describe('K7, C12: who came in by the kit', () => {
  async function late() {
    const firm = await createPractice('practice.refusals.kit')
    const member = await addMember(firm, 'nurse')
    const device = await addSeatDevice(firm, firm.seats[0]!, firm.recovery)
    return { firm, member, device }
  }

  test('K7, C12: gives roles without waiting, for it takes nothing away', async () => {
    const { firm, member, device } = await late()
    const raised = memberChangedBody(firm, member, ['physician', 'nurse'], device)
    expect(await tried(raised.body, device, firm.state)).toBe('taken')
    const lowered = memberChangedBody(firm, member, ['scribe'], device)
    expect(await tried(lowered.body, device, firm.state)).toBe('too-early')
  })

  test('K7, C12: removes an older device with the proof that it waited, and brings the next keys of its roles', async () => {
    const { firm, device } = await late()
    const server = generateSigningKeyPair(firm.random)
    const seat = firm.seats[0]!
    const older = firm.device
    const { body } = seatDeviceRemovedBody(firm, seat, older, device)
    const waited = {
      key: server.publicKey,
      first: await headAt(firm, server, 1000),
      last: await headAt(firm, server, 1000 + KIT_WAIT_MS),
    }
    expect(await tried(body, device, firm.state)).toBe('too-early')
    expect(await tried({ ...body, waited }, device, firm.state)).toBe('taken')
    const { roleKeys: _, ...plain } = { ...body, waited }
    expect(await tried(plain, device, firm.state), 'without the keys').toBe('malformed')
  })

  test('K7: the proof that it waited is of heads of this very log', async () => {
    const { firm, member, device } = await late()
    const server = generateSigningKeyPair(firm.random)
    const head = async (time: number, change: Partial<SignedHead> = {}) => {
      const { account, n, h } = firm.state
      const unsigned = { kind: 'account' as const, id: account, n, h, time, ...change }
      return { ...unsigned, signature: await sign(server, headMessage(unsigned)) }
    }
    const { body } = memberRemovedBody(firm, member, device)
    const said = async (first: SignedHead, last: SignedHead) =>
      tried({ ...body, waited: { key: server.publicKey, first, last } }, device, firm.state)
    const [begin, end] = [await head(1000), await head(1000 + KIT_WAIT_MS)]
    expect(await said(begin, end)).toBe('taken')
    expect(await said(begin, await head(999 + KIT_WAIT_MS))).toBe('too-early')
    for (const kind of ['control', 'stream'] as const) {
      expect(await said(await head(1000, { kind }), end), kind).toBe('too-early')
      expect(await said(begin, await head(1000 + KIT_WAIT_MS, { kind })), kind).toBe('too-early')
    }
    const before = { n: firm.state.n - 1, h: firm.state.hashes[firm.state.n - 2]! }
    expect(await said(await head(1000, before), end), 'before it came').toBe('too-early')
  })
})

describe('C12: wraps of the newest key', () => {
  test('C12, K4: who comes after a key has it from its own entry, until the next one', async () => {
    const firm = await createPractice('practice.refusals.wraps')
    const member = await addMember(firm, 'nurse')
    const [device] = member.devices
    expect(wrapFor(firm.state, device!.id)).toMatchObject({ generation: 1 })
    expect(lastWrapFor(firm.state, device!.id)).toMatchObject({ generation: 1 })
    const other = await addMember(firm, 'scribe')
    await removeMember(firm, other)
    // Wrapped again with the next key: the late wrap of a member who stays is no longer kept.
    expect(wrapFor(firm.state, device!.id)).toMatchObject({ generation: 2 })
    expect([...firm.state.lateWraps.keys()]).toEqual([idText(other.devices[0]!.id)])
    expect(wrapFor(firm.state, other.devices[0]!.id)).toBeNull()
    expect(lastWrapFor(firm.state, other.devices[0]!.id)).toMatchObject({ generation: 1 })
    await changeMember(firm, member, 'physician')
    expect(wrapFor(firm.state, device!.id)).toMatchObject({ generation: 2 })
  })
})
