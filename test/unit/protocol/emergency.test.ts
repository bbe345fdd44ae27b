/** Grants for emergencies, requests and receipts (C13): what holds, and each thing that makes one worth nothing. */
import { sign, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { AMEND, APPEND, decodeAs, idText, MAX_EMERGENCY_MS, MIN_EMERGENCY_MS, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { applyControlEntry, controlHead, type PartOpen } from '@chartkeep/protocol/control'
import {
  emergencyReceiptMessage,
  EmergencyRequest,
  EmergencyRequestBody,
  holdsEmergencyReceipt,
  namesItsSigner,
  openingEnd,
  readEmergencyRequest,
  reasonContext,
  type EmergencyReason,
  type EmergencyRequestBody as Body,
} from '@chartkeep/protocol/emergency'
import { isEmergencyGrant, type ReadRequest } from '@chartkeep/protocol/testing'
import { beforeAll, expect, test } from 'vitest'
import { flipped } from '../../support/flipped.ts'
import {
  allowEmergency,
  EMERGENCY,
  emergencyGround,
  emergencyParts,
  emergencyRequest,
  giveAccessLog,
  HOUR,
} from '../../support/protocol-emergency.ts'
import { removeDevice, addDevice, type Device, type Person } from '../../support/protocol-people.ts'
import {
  addMember,
  addSeatDevice,
  changeMember,
  createPractice,
  type Practice,
  type Seat,
} from '../../support/protocol-practice.ts'
import {
  addOwner,
  controlBody,
  createPart,
  createVault,
  cutGrant,
  epochOf,
  freshEpochs,
  grantParts,
  lookupOf,
  makeGrant,
  ownerParts,
  partOpen,
  signControlBody,
  type GrantFields,
  type Vault,
} from '../../support/protocol-vault.ts'

const emergency = EMERGENCY

let owner: Person
let other: Person
let practice: Practice
let nurse: Seat
let clerk: Seat
let vault: Vault
let grant: Uint8Array

/** What a reader says of such a grant; nothing changes. */
async function tried(fields: Partial<GrantFields>, change?: (open: PartOpen) => PartOpen, of = vault) {
  const { body, parts } = emergencyParts(of, { grantee: practice, role: 'nurse', ...fields }, change)
  const entry = await signControlBody(controlBody(of, body, parts), owner.device, parts)
  const outcome = await applyControlEntry(of.state, entry, lookupOf(owner, practice, other))
  return 'type' in outcome ? outcome.reason : 'taken'
}

beforeAll(async () => {
  ;({ owner, other, practice, nurse, clerk, vault, grant } = await emergencyGround('emergency'))
})

interface Signed {
  device?: Device
  of?: Vault
}

function request(change: Partial<Body> = {}, { device = nurse.devices[0]!, of = vault }: Signed = {}) {
  return emergencyRequest(of, grant, practice, device, change)
}

const read = (given: EmergencyRequest, of = vault) => readEmergencyRequest(given, of.state, practice.state)

test('C13: a grant for emergencies goes to a treating role or to a person, and every reader knows it as one', async () => {
  expect(vault.state.grants.get(idText(grant))).toMatchObject({ role: 'nurse', emergency })
  expect(await tried({ role: 'physician' })).toBe('taken')
  const { role: _, ...person } = { grantee: other, role: undefined }
  const { body, parts } = grantParts(
    vault,
    { ...person, scopes: [{ stream: vault.streams[0]!, rights: READ }], notAfter: vault.time + HOUR },
    (open) => ({ ...open, emergency }),
  )
  const entry = await signControlBody(controlBody(vault, body, parts), owner.device, parts)
  expect(await applyControlEntry(vault.state, entry, lookupOf(owner, practice, other))).toMatchObject({
    n: vault.state.n + 1,
  })
})

test('C13: a grant that is for no emergency says nothing about it, and its bytes are as they always were', async () => {
  const plain = await createVault(owner, 1)
  const made = await makeGrant(plain, { grantee: other, scopes: [{ stream: plain.streams[0]!, rights: READ }] })
  expect(plain.state.grants.get(idText(made.grant))!.emergency).toBeNull()
  expect(decodeAs(EmergencyRequestBody, made.entry.parts[0]!.open!)).toBeNull()
  expect(Buffer.from(made.entry.parts[0]!.open!).includes('emergency')).toBe(false)
})

test('C13: any right but to read, and anything but all history, a wrong duration, another role or an owner is refused by every reader', async () => {
  for (const rights of [READ | APPEND, READ | AMEND, APPEND])
    expect(await tried({ scopes: [{ stream: vault.streams[0]!, rights }] }), `rights ${rights}`).toBe('bad-grant')
  for (const role of ['admin', 'scribe', 'auditor'] as const) expect(await tried({ role }), role).toBe('bad-grant')
  for (const duration of [0, MIN_EMERGENCY_MS - 1, MAX_EMERGENCY_MS + 1])
    expect(await tried({}, (open) => ({ ...open, emergency: { ...emergency, duration } })), `${duration}`).toBe(
      'bad-grant',
    )
  for (const duration of [MIN_EMERGENCY_MS, MAX_EMERGENCY_MS])
    expect(await tried({}, (open) => ({ ...open, emergency: { ...emergency, duration } }))).toBe('taken')
  const without = (open: PartOpen): PartOpen => ({ ...open, streams: open.streams.slice(0, -1) })
  expect(await tried({}, without)).toBe('bad-grant')
  expect(await tried({ scopes: [] })).toBe('bad-grant')
  const more = (open: PartOpen): PartOpen => ({
    ...open,
    streams: open.streams.map((each, at) =>
      at < open.streams.length - 1 ? each : { ...each, rights: READ | APPEND | AMEND },
    ),
  })
  expect(await tried({}, more)).toBe('bad-grant')
  const head = { n: 0, h: new Uint8Array(32) }
  const fromNow = (open: PartOpen): PartOpen => ({
    ...open,
    streams: open.streams.map((each) => ({ ...each, from: head })),
  })
  expect(await tried({}, fromNow)).toBe('bad-grant')

  const shared = await createVault(owner, 1)
  shared.people.push(practice)
  await addOwner(shared, other, 'manager')
  const { body, parts } = grantParts(
    shared,
    { grantee: other, scopes: [{ stream: shared.streams[0]!, rights: READ }] },
    (open) => ({ ...open, emergency }),
  )
  const entry = await signControlBody(controlBody(shared, body, parts), owner.device, parts)
  expect(await applyControlEntry(shared.state, entry, lookupOf(owner, other))).toMatchObject({ reason: 'bad-grant' })
})

test('C13: only the part that makes the grant may say so: one that brings later keys is refused with it', async () => {
  const keys = freshEpochs(vault, [vault.streams[0]!])
  const later = { vault: vault.id, recipient: practice, role: 'nurse', grant, keys } as const
  const renewed = async (open: PartOpen) => {
    const parts = [createPart(later, open), ...ownerParts(vault, keys)]
    const body = controlBody(vault, { type: 'epoch', epochs: keys.map(epochOf) }, parts)
    const outcome = await applyControlEntry(
      vault.state,
      await signControlBody(body, owner.device, parts),
      lookupOf(owner, practice),
    )
    return 'type' in outcome ? outcome.reason : 'taken'
  }
  expect(await renewed(partOpen(later))).toBe('taken')
  expect(await renewed({ ...partOpen(later), emergency })).toBe('bad-parts')
})

test('C13: a request holds for the device that signed it, by the heads that it names', async () => {
  const held = (await read(await request())) as ReadRequest
  expect(held).toMatchObject({ body: { grant, device: nurse.devices[0]!.id, time: 5 } })
  expect(idText(held.grant.id)).toBe(idText(grant))
})

test('C13: one of another vault, grant, account or device, of a role that is not held or of heads that are not there, is refused', async () => {
  expect(await read(await request({ vault: flipped(vault.id) }))).toBe('unknown-grant')
  expect(await read(await request({ grant: flipped(grant) }))).toBe('unknown-grant')
  expect(await read(await request({ account: other.state.account }))).toBe('unknown-grant')
  expect(await read(await request({ device: clerk.devices[0]!.id }, { device: clerk.devices[0]! }))).toBe('role')
  expect(await read(await request({ device: practice.recovery.id }, { device: practice.recovery }))).toBe('device')
  expect(await read(await request({ device: nurse.devices[0]!.id }, { device: clerk.devices[0]! }))).toBe('signature')
  expect(await read(await request({ epoch: 2 }))).toBe('box-key')
  const head = accountHead(practice.state)
  expect(await read(await request({ accountLog: { n: head.n, h: flipped(head.h) } }))).toBe('account')
  const control = controlHead(vault.state)
  expect(await read(await request({ control: { n: control.n, h: flipped(control.h) } }))).toBe('control')
  expect(await read(await request({ control: { n: control.n + 1, h: control.h } }))).toBe('control')
  expect(await read(await request({ control: { n: 1, h: vault.state.hashes[0]! } }))).toBe('ended')
  const ordinary = await createVault(owner, 1)
  ordinary.people.push(practice)
  await giveAccessLog(ordinary)
  const made = await makeGrant(ordinary, {
    grantee: practice,
    role: 'nurse',
    scopes: [{ stream: ordinary.streams[0]!, rights: READ }],
  })
  expect(await read(await request({ grant: made.grant }, { of: ordinary }), ordinary)).toBe('unknown-grant')
})

test('C13: a removed device, a role that was lost and a grant that was cut give no request that names a later head', async () => {
  const firm = await createPractice('emergency.firm')
  const seat = await addMember(firm, 'nurse')
  const second = await addSeatDevice(firm, seat)
  const chart = await createVault(owner, 1)
  chart.people.push(firm)
  await giveAccessLog(chart)
  const { grant: own } = await allowEmergency(chart, { grantee: firm, role: 'nurse' })
  const ask = async (device: Device, change: Partial<Body> = {}) => {
    const where = { grant: own, account: firm.state.account, accountLog: accountHead(firm.state) }
    return readEmergencyRequest(await request({ ...where, ...change }, { device, of: chart }), chart.state, firm.state)
  }
  const before = accountHead(firm.state)
  expect(await ask(second)).toHaveProperty('hash')
  await changeMember(firm, seat, 'scribe')
  expect(await ask(second)).toBe('role')
  // What was signed before stays what it was: an owner's device may read it later. The server asks for the roles of the moment as well.
  expect(await ask(second, { accountLog: before })).toHaveProperty('hash')
  const earlier = controlHead(chart.state)
  await cutGrant(chart, own)
  expect(await ask(second, { accountLog: before })).toBe('ended')
  expect(await ask(second, { accountLog: before, control: earlier })).toHaveProperty('hash')

  const tablet = await addDevice(other)
  const home = await createVault(owner, 1)
  home.people.push(other)
  await giveAccessLog(home)
  const { grant: theirs } = await allowEmergency(home, { grantee: other })
  await removeDevice(other, tablet.id)
  const place = { grant: theirs, account: other.state.account, accountLog: accountHead(other.state) }
  const late = await request(place, { device: tablet, of: home })
  expect(await readEmergencyRequest(late, home.state, other.state)).toBe('device')
})

test('C13: no single changed bit of a request or of its signature is accepted', async () => {
  const whole = await request({ reason: new Uint8Array(8).fill(3) })
  for (const part of ['body', 'signature'] as const) {
    for (let bit = 0; bit < whole[part].length * 8; bit++) {
      const bytes = whole[part].slice()
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(typeof (await read({ ...whole, [part]: bytes })), `${part} ${bit}`).toBe('string')
    }
  }
})

test("C13: a receipt is the server's, of this request, and lasts as long as the grant says: no single changed bit is accepted", async () => {
  const server = signingKeyPairFromSeed(owner.random(32))
  const held = (await read(await request())) as ReadRequest
  const times = { request: held.hash, from: vault.time, until: vault.time + emergency.duration }
  const receipt = { ...times, signature: await sign(server, emergencyReceiptMessage(held.body, times)) }
  expect(await holdsEmergencyReceipt(receipt, held, server.publicKey)).toBe(true)
  for (let bit = 0; bit < receipt.signature.length * 8; bit++) {
    const signature = receipt.signature.slice()
    signature[bit >> 3]! ^= 1 << (bit & 7)
    expect(await holdsEmergencyReceipt({ ...receipt, signature }, held, server.publicKey), `${bit}`).toBe(false)
  }
  expect(await holdsEmergencyReceipt({ ...receipt, from: receipt.from + 1 }, held, server.publicKey)).toBe(false)
  expect(await holdsEmergencyReceipt({ ...receipt, request: flipped(held.hash) }, held, server.publicKey)).toBe(false)
  // Signed by the server, and longer than the person allowed.
  const longer = { ...times, until: times.until + 1 }
  const signed = { ...longer, signature: await sign(server, emergencyReceiptMessage(held.body, longer)) }
  expect(await holdsEmergencyReceipt(signed, held, server.publicKey)).toBe(false)
  const { notAfter } = held.grant
  expect(openingEnd(held.grant, notAfter - 5)).toBe(notAfter)
})

test('C13: who asks is named by the account log of the practice: another name, member, device or request is told', async () => {
  const { body } = (await read(await request())) as ReadRequest
  const { name } = practice.state.practice!.members.get(idText(nurse.id))!.versions[0]!
  const signer = { member: nurse.id, name: 'A', salt: name.slice(0, 16) }
  const reason: EmergencyReason = { context: reasonContext(body), text: 'found unconscious', signer }
  const holds = (change: Partial<EmergencyReason>, of: Body = body) =>
    namesItsSigner({ ...reason, ...change }, of, practice.state)
  expect(holds({})).toBe(true)
  expect(holds({ text: '' })).toBe(false)
  expect(holds({ signer: null })).toBe(false)
  expect(holds({ signer: { ...signer, name: 'B' } })).toBe(false)
  expect(holds({ signer: { ...signer, salt: flipped(signer.salt) } })).toBe(false)
  expect(holds({ signer: { ...signer, member: clerk.id } })).toBe(false)
  expect(holds({}, { ...body, device: clerk.devices[0]!.id })).toBe(false)
  expect(holds({}, { ...body, grant: flipped(grant) })).toBe(false)
  const person = {
    ...body,
    account: other.state.account,
    device: other.device.id,
    accountLog: accountHead(other.state),
  }
  const own = { ...reason, context: reasonContext(person) }
  expect(namesItsSigner({ ...own, signer: null }, person, other.state)).toBe(true)
  expect(namesItsSigner(own, person, other.state)).toBe(false)
})

test('C13: what ends a device, a role or the grant ends its requests at that very head, and none that names the one before', async () => {
  const { device } = practice
  const [seat] = nurse.devices
  const now = controlHead(vault.state)
  const { n: accountN } = practice.state
  const said = async (change: Partial<typeof vault.state>, more: Partial<Body> = {}) => {
    const given = await readEmergencyRequest(await request(more), { ...vault.state, ...change }, practice.state)
    return typeof given === 'string' ? given : 'read'
  }
  const cut = { grant: null, account: practice.state.account, streams: [] }
  const removed = (at: number, id: Uint8Array) => ({
    deviceCuts: [{ ...cut, device: id, reason: 'device-removed' as const, at }],
  })
  expect(await said(removed(now.n, seat!.id))).toBe('device')
  expect(await said(removed(now.n + 1, seat!.id))).toBe('read')
  expect(await said(removed(1, device.id)), 'another device').toBe('read')
  const lost = (at: number, until: number, id = seat!.id) => ({
    roleCuts: [{ ...cut, device: id, reason: 'role-lost' as const, at, accountN: until }],
  })
  expect(await said(lost(now.n, accountN + 1))).toBe('role')
  expect(await said(lost(now.n, accountN)), 'what it is since').toBe('read')
  expect(await said(lost(now.n + 1, accountN + 1))).toBe('read')
  expect(await said(lost(1, accountN + 1, device.id))).toBe('read')
  const known = vault.state.grants.get(idText(grant))!
  const ended = (at: number) => ({
    grants: new Map([
      [idText(grant), { ...known, cut: { ...cut, device: null, reason: 'revoked' as const, at, time: 5 } }],
    ]),
  })
  expect([await said(ended(now.n)), await said(ended(now.n + 1))]).toEqual(['ended', 'read'])
  const head = (n: number) => ({ control: { n, h: vault.state.hashes[n - 1]! } })
  expect([await said({}, head(known.at - 1)), await said({}, head(known.at))]).toEqual(['ended', 'read'])
})

test('C13: only of a grant for emergencies to this very account, which this reader was shown', async () => {
  const known = vault.state.grants.get(idText(grant))!
  const said = async (change: Partial<typeof known>) => {
    const grants = new Map([[idText(grant), { ...known, ...change }]])
    return readEmergencyRequest(await request(), { ...vault.state, grants }, practice.state)
  }
  expect(await said({})).toHaveProperty('hash')
  expect(await said({ emergency: null })).toBe('unknown-grant')
  expect(await said({ account: null })).toBe('unknown-grant')
  expect(await said({ account: other.state.account })).toBe('unknown-grant')
  expect(await said({ role: 'physician' })).toBe('role')
  const withoutLog = { ...vault.state, streams: new Map() }
  expect(await readEmergencyRequest(await request(), withoutLog, practice.state)).toBe('box-key')
  expect(
    await readEmergencyRequest({ ...(await request()), body: new Uint8Array(3) }, vault.state, practice.state),
  ).toBe('malformed')
})

test('C13: an opening lasts as long as the grant says, and not beyond its grant', () => {
  const ends = (from: number, of: Parameters<typeof openingEnd>[0]) => openingEnd(of, from)
  const lasting = { emergency: { duration: 100, label: new Uint8Array() }, notAfter: 1000 }
  expect([ends(5, lasting), ends(900, lasting), ends(901, lasting)]).toEqual([105, 1000, 1000])
  expect(ends(5, { emergency: null, notAfter: 1000 }), 'one for no emergency opens nothing').toBe(5)
})

test('C13, C12: who asks is named as the practice called it at the head that the request names', async () => {
  const { body } = (await read(await request())) as ReadRequest
  const reason: EmergencyReason = { context: reasonContext(body), text: 'found unconscious', signer: null }
  const firm = await createPractice('emergency.names')
  const seat = await addMember(firm, 'nurse')
  const first = accountHead(firm.state)
  const before = firm.state.practice!.members.get(idText(seat.id))!.versions[0]!.name.slice(0, 16)
  await changeMember(firm, seat, 'physician')
  const after = firm.state.practice!.members.get(idText(seat.id))!.versions[1]!.name.slice(0, 16)
  const asked = (accountLog: Body['accountLog'], salt: Uint8Array) => {
    const asking = { ...body, account: firm.state.account, device: seat.devices[0]!.id, accountLog }
    const whose = { member: seat.id, name: 'A', salt }
    return namesItsSigner({ ...reason, context: reasonContext(asking), signer: whose }, asking, firm.state)
  }
  expect([asked(first, before), asked(first, after)]).toEqual([true, false])
  expect([asked(accountHead(firm.state), before), asked(accountHead(firm.state), after)]).toEqual([false, true])
})

test('C13: the log of the grant itself is read and appended to, and is one of its lists once', async () => {
  const change = (of: (streams: PartOpen['streams']) => PartOpen['streams']) => (open: PartOpen) => ({
    ...open,
    streams: of(open.streams),
  })
  expect(
    await tried(
      {},
      change((streams) => streams.map((each) => ({ ...each, rights: READ }))),
    ),
  ).toBe('bad-grant')
  expect(
    await tried(
      {},
      change((streams) => streams.slice(-1)),
    ),
  ).toBe('bad-grant')
  expect(
    await tried(
      {},
      change((streams) => streams.slice(1)),
    ),
    'one list beside it',
  ).toBe('taken')
})

test('C13: all of it is of all history; what is for no emergency is no such grant', () => {
  const [list, audit] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)]
  const open = partOpen({ vault: vault.id, recipient: practice, role: 'nurse', grant, keys: [] })
  const streams: PartOpen['streams'] = [
    { stream: list, rights: READ, from: 0 },
    { stream: audit, rights: READ | APPEND, from: 0 },
  ]
  const holds = (change: Partial<PartOpen>) => isEmergencyGrant({ ...open, emergency, streams, ...change }, audit)
  expect(holds({})).toBe(true)
  const head = { n: 3, h: new Uint8Array(32) }
  expect(holds({ streams: [{ ...streams[0]!, from: head }, streams[1]!] })).toBe(false)
  expect(holds({ streams: [streams[0]!, { ...streams[1]!, from: head }] })).toBe(false)
  const { emergency: _, ...plain } = { ...open, emergency, streams }
  expect(isEmergencyGrant(plain, audit)).toBe(false)
})
