/** The quarantine inbox (C11): what counts as work of a grant that has ended, each thing that makes it none, and the receipt for it. */
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { AMEND, APPEND, idText, MAX_ENVELOPE_BYTES, READ, SIGN } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import { latePayer, lateReceiptMessage, readLate, verifyLateReceipt } from '@chartkeep/protocol/ended'
import { BatchVerifier, type Header } from '@chartkeep/protocol/streams'
import { beforeAll, describe, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import { createWriter, write, type Sealed } from '../../support/protocol-stream.ts'
import { addOwner, createVault, cutGrant, makeGrant, type Vault } from '../../support/protocol-vault.ts'
import { countingBytes, flipBit } from '../../support/vectors.ts'

const END = 1_800_000_900_000
let vault: Vault
let owner: Person
let doctor: Person
let phone: Device
let gone: Device
let cut: Uint8Array
let appending: Uint8Array
beforeAll(async () => {
  owner = await createPerson('late-owner')
  doctor = await createPerson('late-doctor')
  phone = await addDevice(doctor)
  gone = await addDevice(doctor)
  vault = await createVault(owner, 3)
  const give = (stream: number, rights: number) =>
    makeGrant(vault, { grantee: doctor, scopes: [{ stream: vault.streams[stream]!, rights }], notAfter: END })
  cut = (await give(0, READ | APPEND | AMEND)).grant
  appending = (await give(1, READ | APPEND)).grant
  await give(2, READ | SIGN)
  await cutGrant(vault, cut)
  await removeDevice(doctor, gone.id)
})

interface Given {
  stream?: number
  fields?: Partial<Header>
  device?: Device
  now?: number
  account?: AccountState | null
  state?: Vault['state']
  change?: (sealed: Sealed) => { headerBytes?: Uint8Array; body?: Uint8Array; proof?: Sealed['proof'] }
}

async function judged({ stream = 0, fields, device, now = 0, account, state, change }: Given = {}) {
  const writer = createWriter(vault, vault.streams[stream]!, doctor, device)
  const sealed = await write(writer, fields)
  const { headerBytes, body, proof } = { ...sealed, ...change?.(sealed) }
  const given = account === undefined ? doctor.state : account
  const verdict = await readLate(
    { header: headerBytes, body, proof },
    state ?? vault.state,
    given,
    now,
    new BatchVerifier(),
  )
  if (typeof verdict === 'string') return verdict
  expect(verdict.header).toEqual(sealed.header)
  expect(verdict.hash).toEqual(sealed.hash)
  return verdict.grants.map(({ id }) => idText(id))
}

describe('C11: what is late work', () => {
  test('C11: of a grant that was cut, or whose time has ended, by whichever device of its account is live', async () => {
    expect(await judged()).toEqual([idText(cut)])
    expect(await judged({ device: phone })).toEqual([idText(cut)])
    expect(await judged({ stream: 1, now: END })).toEqual([idText(appending)])
    expect(await judged({ stream: 1, now: END - 1 })).toBe('not-over')
  })

  test('C11: a change and a deletion need the right to amend, a new record that to append; signing or reading is not enough', async () => {
    const change = { parent: countingBytes(32) }
    expect(await judged({ fields: change })).toEqual([idText(cut)])
    expect(await judged({ fields: { deleted: true } })).toEqual([idText(cut)])
    expect(await judged({ stream: 1, fields: change, now: END })).toBe('not-over')
    expect(await judged({ stream: 1, fields: { deleted: true }, now: END })).toBe('not-over')
    expect(await judged({ stream: 2, now: END })).toBe('not-over')
    expect(await judged({ fields: { stream: countingBytes(16) } })).toBe('not-over')
  })

  test('C11: a grant counts from its own entry on', async () => {
    const at = (n: number) => ({ control: { n, h: vault.state.hashes[n - 1]! } })
    expect(await judged({ fields: at(2) })).toEqual([idText(cut)])
    expect(await judged({ fields: at(1) })).toBe('not-over')
    expect(await judged({ stream: 1, fields: at(2), now: END })).toBe('not-over')
  })

  test('C11: an owner has no late work, nor has it a grant that nobody was shown, or another chart', async () => {
    const shared = await createVault(owner, 1)
    const scopes = [{ stream: shared.streams[0]!, rights: APPEND }]
    const { grant } = await makeGrant(shared, { grantee: doctor, scopes, notAfter: END })
    const sealed = await write(createWriter(shared, shared.streams[0]!, doctor))
    const envelope = { header: sealed.headerBytes, body: sealed.body, proof: sealed.proof }
    const at = (state: Vault['state']) => readLate(envelope, state, doctor.state, END, new BatchVerifier())
    expect(await at(shared.state)).toMatchObject({ hash: sealed.hash })
    expect(await at(vault.state)).toBe('place')
    const known = shared.state.grants.get(idText(grant))!
    const unseen = new Map([[idText(grant), { ...known, account: null }]])
    expect(await at({ ...shared.state, grants: unseen })).toBe('not-over')
    const others = new Map([[idText(grant), { ...known, account: owner.state.account }]])
    expect(await at({ ...shared.state, grants: others })).toBe('not-over')
    await addOwner(shared, doctor, 'manager')
    expect(await at(shared.state)).toBe('place')
  })

  test('C11, K5: a device that was removed, cut, unknown or only on paper leaves nothing in it', async () => {
    expect(await judged({ device: gone })).toBe('device')
    expect(await judged({ device: doctor.recovery })).toBe('device')
    expect(await judged({ fields: { device: countingBytes(16) } })).toBe('device')
    const deviceCut = { account: doctor.state.account, device: phone.id, grant: null, streams: [], at: 4 }
    const state = { ...vault.state, deviceCuts: [{ ...deviceCut, reason: 'device-removed' as const }] }
    expect(await judged({ state, device: phone })).toBe('device')
    expect(await judged({ state })).toEqual([idText(cut)])
  })

  test('C11: heads that the reader has not, and an account log that is not there or of another person, make it wait', async () => {
    const unknown = { n: 99, h: countingBytes(32) }
    expect(await judged({ fields: { accountLog: unknown } })).toBe('account')
    expect(await judged({ fields: { control: unknown } })).toBe('control')
    expect(await judged({ account: null })).toBe('account')
    expect(await judged({ account: owner.state })).toBe('account')
  })

  test('C11, E5: bytes that were changed, of another length or too many are none', async () => {
    expect(await judged({ change: () => ({ headerBytes: countingBytes(80) }) })).toBe('malformed')
    expect(await judged({ change: ({ body }) => ({ body: body.subarray(1) }) })).toBe('malformed')
    expect(await judged({ change: ({ body }) => ({ body: new Uint8Array([...body, 0]) }) })).toBe('malformed')
    expect(await judged({ change: ({ body }) => ({ body: flipBit(body, 9) }) })).toBe('signature')
    expect(
      await judged({ change: ({ proof }) => ({ proof: { ...proof, signature: flipBit(proof.signature, 9) } }) }),
    ).toBe('signature')
    const length = (bytes: number) => ({
      fields: { paddedLength: bytes },
      change: () => ({ body: new Uint8Array(bytes + 72) }),
    })
    expect(await judged(length(MAX_ENVELOPE_BYTES))).toBe('signature')
  })
})

describe('C11: the receipt', () => {
  const server = generateSigningKeyPair((length) => countingBytes(length, 3))
  const at = { vault: countingBytes(16, 1), device: countingBytes(16, 2) }
  const receipt = { taken: [countingBytes(32, 1), countingBytes(32, 2)], time: 1_800_000_000_000 }

  test('C11: holds for one chart, one device, one time and these envelopes, under the key of the server', async () => {
    const signature = await sign(server, lateReceiptMessage(at.vault, at.device, receipt))
    const answer = { ...receipt, signature, refused: null }
    expect(await verifyLateReceipt(answer, server.publicKey, at)).toBe(true)
    const taken = receipt.taken
    for (const other of [
      { taken: taken.slice(1) },
      { taken: taken.toReversed() },
      { taken: [] },
      { time: receipt.time + 1 },
    ])
      expect(await verifyLateReceipt({ ...answer, ...other }, server.publicKey, at)).toBe(false)
    expect(await verifyLateReceipt(answer, server.publicKey, { ...at, vault: at.device })).toBe(false)
    expect(await verifyLateReceipt(answer, server.publicKey, { ...at, device: at.vault })).toBe(false)
    expect(await verifyLateReceipt(answer, generateSigningKeyPair().publicKey, at)).toBe(false)
  })

  test('K3: its message begins with its domain and counts what was taken', () => {
    const message = Buffer.from(lateReceiptMessage(at.vault, at.device, receipt))
    expect(message.subarray(0, 25).toString()).toBe('chartkeep/late-receipt/v1')
    expect(message.subarray(25).toString('hex')).toBe(
      Buffer.concat([at.vault, at.device]).toString('hex') +
        '000001a3185c5000' +
        '00000002' +
        Buffer.concat(receipt.taken).toString('hex'),
    )
  })

  test('S8: what a grant has in the box is booked apart from what it wrote in time', () => {
    const payer = latePayer(countingBytes(16))
    expect(payer).toHaveLength(16)
    expect(payer).not.toEqual(countingBytes(16))
    expect(latePayer(countingBytes(16, 1))).not.toEqual(payer)
  })
})
