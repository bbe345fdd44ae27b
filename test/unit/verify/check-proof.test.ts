/** A proof that somebody hands over (A4): each check by a file in which that one thing is wrong, and all else is made to fit. */
import { generateSigningKeyPair } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { MAX_PROOF_BYTES } from '@chartkeep/protocol/audit'
import type { Header } from '@chartkeep/protocol/streams'
import { checkProof } from 'chartkeep-verify'
import { beforeAll, describe, expect, test } from 'vitest'
import { createProofMaker, RESOURCE, TIME, type FileFields, type RecordFields } from '../../support/proof-maker.ts'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import { countingBytes, flipBit } from '../../support/vectors.ts'

type Maker = Awaited<ReturnType<typeof createProofMaker>>
let maker: Maker
let doctor: Person
/** For the doctor: live, and removed before anything was signed. */
let live: Device
let removed: Device

beforeAll(async () => {
  maker = await createProofMaker('proofs')
  doctor = await createPerson('proofs.doctor')
  live = await addDevice(doctor)
  removed = await addDevice(doctor)
  await removeDevice(doctor, removed.id)
})

const verdictOf = async (bytes: Promise<Uint8Array>) => {
  const verdict = await checkProof(await bytes)
  return verdict.type === 'refused' ? verdict.reason : verdict
}
const someId = countingBytes(16, 77)

describe('A4: what holds', () => {
  test('A4: a record is proved with its place, its author, its text and both times', async () => {
    const verdict = await verdictOf(maker.record())
    expect(verdict).toEqual({
      type: 'holds',
      vault: maker.vault.id,
      serverKey: maker.server.publicKey,
      checkpoint: expect.objectContaining({ size: 5, time: TIME }),
      index: 2,
      subject: {
        type: 'entry',
        header: expect.objectContaining({ account: maker.owner.state.account, device: maker.owner.device.id }),
        n: 7,
        addedAt: maker.owner.state.devices.values().next().value!.addedAt,
        resource: RESOURCE,
        savedAt: TIME,
      },
      witnesses: [],
    })
  })

  test('A4: a note of the server is proved word for word, at either end of the tree', async () => {
    for (const index of [0, 4])
      expect(await verdictOf(maker.note({}, { index }))).toMatchObject({
        index,
        subject: { type: 'access', entry: maker.access() },
        witnesses: [],
      })
  })

  test('A4, A3: witnesses are told by account, device and the time of each; two devices of one account are two', async () => {
    const { device } = doctor
    const witnesses = [
      { device: live, seconds: 1_800_000_002 },
      { device, seconds: 1_800_000_001 },
    ]
    const accounts = [maker.owner.entries, doctor.entries]
    const ofRecord = await verdictOf(maker.record({ witnesses, accounts }))
    const ofNote = await verdictOf(maker.note({}, { witnesses, accounts: [doctor.entries] }))
    for (const verdict of [ofRecord, ofNote])
      expect(verdict).toMatchObject({
        type: 'holds',
        witnesses: [
          { account: doctor.state.account, device: device.id, at: 1_800_000_001_000 },
          { account: doctor.state.account, device: live.id, at: 1_800_000_002_000 },
        ],
      })
  })

  test('A4: a clock that is no time is said as 0, and proves the rest', async () => {
    expect(await verdictOf(maker.record({ inner: { clock: 'yesterday' } }))).toMatchObject({ subject: { savedAt: 0 } })
  })
})

describe('A4: what does not hold', () => {
  const stranger = generateSigningKeyPair((length) => countingBytes(length, 9))
  type Case = [what: string, reason: string, fields: () => RecordFields & FileFields]

  const records: Case[] = [
    ['with the sealed text of another version', 'inner', () => ({ inner: { v: 2 } })],
    ['with a vault inside that its header does not name', 'inner', () => ({ inner: { vault: 'AAAA' } })],
    ['with a stream inside that its header does not name', 'inner', () => ({ inner: { stream: 'AAAA' } })],
    ['with a record inside that its header does not name', 'inner', () => ({ inner: { doc: 'AAAA' } })],
    ['with a revision inside that its header does not name', 'inner', () => ({ inner: { revision: 'AAAA' } })],
    ['without a clock inside', 'inner', () => ({ inner: { clock: 5 } })],
    ['without a record inside', 'inner', () => ({ text: (text) => text.replace(',"resource":', ',"Resource":') })],
    ['with a record that does not end', 'inner', () => ({ text: (text) => text.slice(0, -1) })],
    ['with a record that ends in another sign', 'inner', () => ({ text: (text) => `${text.slice(0, -1)} ` })],
    ['with a record that is no JSON', 'inner', () => ({ resource: '{"a":}' })],
    ['with more than a record', 'inner', () => ({ resource: `${RESOURCE},"more":{}` })],
    ['with a beginning that is no JSON', 'inner', () => ({ text: (text) => text.replace('{"v":', '{v:') })],
    [
      'with sealed bytes that are no text',
      'inner',
      () => ({ padded: (padded) => Uint8Array.from(padded).fill(0xff, 0, 9) }),
    ],
    ['with sealed bytes that are not padded', 'inner', () => ({ padded: (padded) => new Uint8Array(padded.length) })],
    ['with another length than its header names', 'opening', () => ({ header: { paddedLength: 257 } })],
    ['of another chart', 'envelope', () => ({ header: { vault: someId } })],
    ['with a header that cannot be read', 'envelope', () => ({ envelope: { header: countingBytes(60) } })],
    ['with an opening that opens nothing', 'opening', () => ({ envelope: { opening: countingBytes(64) } })],
    ['with the signature of somebody else', 'author-signature', () => ({ signer: stranger })],
    ['with a number that is not its own', 'tree', () => ({ envelope: { n: 8 } })],
    ['without the log of its author', 'author', () => ({ accounts: [] })],
    ['with the log of somebody else', 'author', () => ({ accounts: [doctor.entries] })],
    ['with a log without entries', 'author', () => ({ accounts: [[]] })],
    [
      'with a log that does not hold',
      'author',
      () => ({
        accounts: [maker.owner.entries.map((entry) => ({ ...entry, signature: flipBit(entry.signature, 1) }))],
      }),
    ],
    [
      'with the log of a witness that does not hold',
      'author',
      () => ({ accounts: [maker.owner.entries, doctor.entries.slice(1)] }),
    ],
    ['by a device that the log does not name', 'author', () => ({ header: { device: someId } })],
    [
      'by the recovery device, though it signed it',
      'author',
      () => ({ header: { device: maker.owner.recovery.id }, signer: maker.owner.recovery.signing }),
    ],
    [
      'under a head that the log did not have',
      'author',
      () => ({ header: { accountLog: { n: 1, h: countingBytes(32) } } }),
    ],
  ]
  test.each(records)('A4: a record %s is refused: %s', async (_, reason, fields) => {
    expect(await verdictOf(maker.record(fields()))).toBe(reason)
  })

  test('A4: a record that somebody wrote in the name of another account, with the head of a log of their own, is refused', async () => {
    const header: Partial<Header> = { account: doctor.state.account, accountLog: accountHead(maker.owner.state) }
    expect(await verdictOf(maker.record({ header }))).toBe('author')
  })

  test('A4: of an author the log must end at the head of the entry: one entry more or less says nothing', async () => {
    const longer = doctor.entries
    const place = { n: 2, h: doctor.state.hashes[1]! }
    const at = (accounts: FileFields['accounts'] & object) =>
      verdictOf(maker.record({ header: { accountLog: place }, accounts }, doctor))
    expect(await at([longer.slice(0, 2)])).toMatchObject({ type: 'holds' })
    expect(await at([longer.slice(0, 3)])).toBe('author')
    expect(await at([longer.slice(0, 1)])).toBe('author')
  })

  const notes: Case[] = [
    ['under a head of another chart', 'checkpoint', () => ({ head: { vault: someId } })],
    ['under a head that is none', 'checkpoint', () => ({ file: { checkpoint: 'nothing' } })],
    ['under a head that another key signed', 'server-signature', () => ({ signer: stranger })],
    ['under the key of somebody else', 'server-signature', () => ({ file: { serverKey: stranger.publicKey } })],
    ['under a head of another tree', 'tree', () => ({ head: { root: sha256() } })],
    ['under a head of a larger tree', 'tree', () => ({ head: { size: 500 } })],
    ['at another place', 'tree', () => ({ file: { index: 3 } })],
    ['without its path', 'tree', () => ({ file: { path: [] } })],
    ['with nothing that is proved', 'form', () => ({ file: { access: null } })],
    ['with a log that does not hold', 'author', () => ({ accounts: [doctor.entries.slice(1)] })],
    ['with a log that stands for nobody', 'witness', () => ({ accounts: [doctor.entries] })],
    ['with a witness whose log is not there', 'witness', () => ({ witnesses: [{ device: live, seconds: 1 }] })],
    [
      'with one witness of two logs, each of which has one',
      'witness',
      () => ({ witnesses: [{ device: live, seconds: 1 }], accounts: [doctor.entries, maker.owner.entries] }),
    ],
    [
      'with the same witness twice, and the same log',
      'witness',
      () => ({
        witnesses: [1, 2].map((seconds) => ({ device: live, seconds })),
        accounts: [doctor.entries, doctor.entries],
      }),
    ],
    [
      'with a witness that its account had removed',
      'witness',
      () => ({ witnesses: [{ device: removed, seconds: 1 }], accounts: [doctor.entries] }),
    ],
    [
      'with a removed witness beside one that is live',
      'witness',
      () => ({ witnesses: [live, removed].map((device) => ({ device, seconds: 1 })), accounts: [doctor.entries] }),
    ],
    [
      'with a signature of a witness that does not hold',
      'witness',
      () => ({
        witnesses: [{ device: live, seconds: 1 }],
        accounts: [doctor.entries],
        signatures: ([first, line]) => [first!, { ...line!, bytes: flipBit(line!.bytes, 200) }],
      }),
    ],
  ]
  test.each(notes)('A4: a note %s is refused: %s', async (_, reason, fields) => {
    expect(await verdictOf(maker.note({}, fields()))).toBe(reason)
  })

  test('A4: a note of another chart, or one that cannot be read, is refused', async () => {
    expect(await verdictOf(maker.note({ vault: someId }))).toBe('note')
    expect(await verdictOf(maker.note({}, { leaf: countingBytes(120) }))).toBe('note')
  })

  test('A4: a file that proves both at once says nothing about one meaning', async () => {
    expect(await verdictOf(maker.record({ file: { access: countingBytes(120) } }))).toBe('form')
  })

  test('A4: a file beyond 16 MiB is not looked into', async () => {
    const entry = { body: new Uint8Array(60_000), signature: new Uint8Array(64) }
    const most = Math.ceil(MAX_PROOF_BYTES / 60_000)
    expect(await verdictOf(maker.note({}, { accounts: [Array.from({ length: most }, () => entry)] }))).toBe('form')
    expect(await verdictOf(maker.note({}, { accounts: [[entry]] }))).toBe('author')
    expect(await verdictOf(Promise.resolve(encodeMessage({ format: 'chartkeep-proof' })))).toBe('form')
  })
})
