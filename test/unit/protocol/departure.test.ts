/** Signed departures (C10): what holds, and each thing that makes one worth nothing. */
import { sign } from '@chartkeep/crypto'
import { decodeAs, encodeMessage, idText, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import {
  Departure,
  DepartureBody,
  departureMessage,
  readDeparture,
  type DepartureBody as Body,
} from '@chartkeep/protocol/ended'
import { beforeAll, expect, test } from 'vitest'
import { flipped } from '../../support/flipped.ts'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import { createVault, cutGrant, makeGrant, type Vault } from '../../support/protocol-vault.ts'

let vault: Vault
let doctor: Person
let phone: Device
let cut: Uint8Array
let standing: Uint8Array

beforeAll(async () => {
  const owner = await createPerson('departure.owner')
  doctor = await createPerson('departure.doctor')
  phone = await addDevice(doctor)
  vault = await createVault(owner, 2)
  const scopes = [{ stream: vault.streams[0]!, rights: READ }]
  cut = (await makeGrant(vault, { grantee: doctor, scopes })).grant
  standing = (await makeGrant(vault, { grantee: doctor, scopes: [{ stream: vault.streams[1]!, rights: READ }] })).grant
  await cutGrant(vault, cut, new Map(), [{ person: doctor, grant: standing }])
})

async function departure(change: Partial<Body> = {}, device: Device = doctor.device): Promise<Departure> {
  const body = encodeMessage({
    v: 1,
    vault: vault.id,
    grant: cut,
    account: doctor.state.account,
    device: device.id,
    accountLog: accountHead(doctor.state),
    control: controlHead(vault.state),
    time: 5,
    ...change,
  })
  return { body, signature: await sign(device.signing, departureMessage(body)) }
}

const read = (given: Departure, now = 0) => readDeparture(given, vault.state, doctor.state, now)

test('C10: a departure of a cut grant holds for each device of its grantee', async () => {
  expect(await read(await departure())).toMatchObject({ grant: cut, device: doctor.device.id, time: 5 })
  expect(await read(await departure({}, phone))).toMatchObject({ device: phone.id })
})

test('C10: before any cut there is none; once the grant has run out there is', async () => {
  const early = await departure({ grant: standing })
  expect(await read(early)).toBe('not-over')
  const { notAfter } = vault.state.grants.get(idText(standing))!
  expect(await read(early, notAfter - 1)).toBe('not-over')
  expect(await read(early, notAfter)).toMatchObject({ grant: standing })
})

test('C10: one of another vault, grant, account or device, or of heads that are not on the logs, is refused', async () => {
  expect(await read(await departure({ vault: flipped(vault.id) }))).toBe('unknown-grant')
  expect(await read(await departure({ grant: flipped(cut) }))).toBe('unknown-grant')
  expect(await read(await departure({ account: flipped(doctor.state.account) }))).toBe('unknown-grant')
  expect(await read(await departure({ device: flipped(phone.id) }))).toBe('device')
  expect(await read(await departure({ device: phone.id }))).toBe('signature')
  expect(await read(await departure({ device: doctor.recovery.id }, doctor.recovery))).toBe('device')
  const head = accountHead(doctor.state)
  expect(await read(await departure({ accountLog: { n: head.n, h: flipped(head.h) } }))).toBe('account')
  expect(await read(await departure({ accountLog: { n: 1, h: doctor.state.hashes[0]! } }, phone))).toBe('device')
  const control = controlHead(vault.state)
  expect(await read(await departure({ control: { n: control.n, h: flipped(control.h) } }))).toBe('control')
  expect(await read(await departure({ control: { n: control.n + 1, h: control.h } }))).toBe('control')
})

test('C10: no bit of body or signature can be changed, and no field added', async () => {
  const given = await departure()
  for (let bit = 0; bit < given.body.length * 8; bit++) {
    const body = given.body.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    expect(typeof (await read({ ...given, body })), `bit ${bit}`).toBe('string')
  }
  for (let bit = 0; bit < 512; bit += 7) {
    const signature = given.signature.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    expect(await read({ ...given, signature })).toBe('signature')
  }
  const more = encodeMessage({ ...decodeAs(DepartureBody, given.body)!, more: 1 })
  expect(await read({ body: more, signature: await sign(doctor.device.signing, departureMessage(more)) })).toBe(
    'malformed',
  )
  expect(decodeAs(Departure, encodeMessage({ ...given, body: new Uint8Array(513) }))).toBeNull()
})

test('C10: a device that was removed later keeps what it said while it was live', async () => {
  const said = await departure({}, phone)
  await removeDevice(doctor, phone.id)
  expect(await read(said)).toMatchObject({ device: phone.id })
  expect(await read(await departure({}, phone))).toBe('device')
})

test('C10, C13: of a grant for emergencies at any time, for an opening ends before its grant; of one that nobody was shown never', async () => {
  const early = await departure({ grant: standing })
  const known = vault.state.grants.get(idText(standing))!
  const said = (change: Partial<typeof known>) => {
    const grants = new Map([[idText(standing), { ...known, ...change }]])
    return readDeparture(early, { ...vault.state, grants }, doctor.state, 0)
  }
  expect(await said({})).toBe('not-over')
  expect(await said({ emergency: { duration: 3_600_000, label: new Uint8Array() } })).toMatchObject({ grant: standing })
  expect(await said({ account: null })).toBe('unknown-grant')
  expect(await said({ account: vault.owner.state.account })).toBe('unknown-grant')
})
