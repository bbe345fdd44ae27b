/** C13: the end of an opening before its time, as the server reads it: by that very device, of a grant for emergencies, over heads that are there. */
import { idText, READ } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead } from '@chartkeep/protocol/control'
import { readEmergencyEnd, type EmergencyEndBody } from '@chartkeep/protocol/emergency'
import { beforeAll, expect, test } from 'vitest'
import { flipped } from '../../support/flipped.ts'
import { allowEmergency, emergencyEnd, emergencyGround, giveAccessLog } from '../../support/protocol-emergency.ts'
import { addDevice, removeDevice, type Person } from '../../support/protocol-people.ts'
import type { Practice, Seat } from '../../support/protocol-practice.ts'
import { createVault, cutGrant, makeGrant, type Vault } from '../../support/protocol-vault.ts'

let owner: Person
let other: Person
let practice: Practice
let nurse: Seat
let clerk: Seat
let vault: Vault
let grant: Uint8Array

beforeAll(async () => {
  ;({ owner, other, practice, nurse, clerk, vault, grant } = await emergencyGround('emergency-end'))
})

const signed = (change: Partial<EmergencyEndBody> = {}, device = nurse.devices[0]!) =>
  emergencyEnd(vault, grant, practice, device, { from: 7, ...change })
const read = async (change: Partial<EmergencyEndBody> = {}, device = nurse.devices[0]!) =>
  readEmergencyEnd(await signed(change, device), vault.state, practice.state)

test('C13: an end holds for the device that signed it, and names what it ends', async () => {
  expect(await read()).toMatchObject({ grant, from: 7, device: nurse.devices[0]!.id })
})

test('C13: one of another vault, grant, account or device, or of heads that are not there, is refused', async () => {
  expect(await read({ vault: flipped(vault.id) })).toBe('unknown-grant')
  expect(await read({ grant: flipped(grant) })).toBe('unknown-grant')
  expect(await read({ account: other.state.account })).toBe('unknown-grant')
  expect(await read({ device: clerk.devices[0]!.id })).toBe('signature')
  expect(await read({ device: practice.recovery.id }, practice.recovery)).toBe('device')
  const head = accountHead(practice.state)
  expect(await read({ accountLog: { n: head.n, h: flipped(head.h) } })).toBe('account')
  const control = controlHead(vault.state)
  expect(await read({ control: { n: control.n + 1, h: control.h } })).toBe('control')
  const asOther = await emergencyEnd(vault, grant, other, other.device, { from: 7 })
  expect(await readEmergencyEnd(asOther, vault.state, other.state)).toBe('unknown-grant')
  const whole = await signed()
  expect(await readEmergencyEnd({ ...whole, body: new Uint8Array(3) }, vault.state, practice.state)).toBe('malformed')
})

test('C13: an ordinary grant has nothing to end, one that was cut may be named, and a device that is removed names no later head', async () => {
  const chart = await createVault(owner, 1)
  chart.people.push(other)
  await giveAccessLog(chart)
  const scopes = [{ stream: chart.streams[0]!, rights: READ }]
  const ordinary = await makeGrant(chart, { grantee: other, scopes })
  const { grant: theirs } = await allowEmergency(chart, { grantee: other })
  const tablet = await addDevice(other)
  const tried = async (of: Uint8Array, change: Partial<EmergencyEndBody> = {}) =>
    readEmergencyEnd(await emergencyEnd(chart, of, other, tablet, { from: 7, ...change }), chart.state, other.state)
  expect(await tried(ordinary.grant)).toBe('unknown-grant')
  await cutGrant(chart, theirs)
  expect(await tried(theirs)).toHaveProperty('from')
  const before = accountHead(other.state)
  await removeDevice(other, tablet.id)
  expect(await tried(theirs)).toBe('device')
  // Whether it is live at this moment the server asks as well.
  expect(await tried(theirs, { accountLog: before })).toHaveProperty('from')
})

test('C13: no single changed bit of an end or of its signature is accepted', async () => {
  const whole = await signed()
  for (const part of ['body', 'signature'] as const) {
    for (let bit = 0; bit < whole[part].length * 8; bit++) {
      const bytes = whole[part].slice()
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      const given = await readEmergencyEnd({ ...whole, [part]: bytes }, vault.state, practice.state)
      expect(typeof given, `${part} ${bit} of ${idText(grant)}`).toBe('string')
    }
  }
})
