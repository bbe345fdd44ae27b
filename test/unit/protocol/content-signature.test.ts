/** Content signatures (N1 to N3): what holds, each way in which one does not, by its name, and their order. */
import { sign } from '@chartkeep/crypto'
import { maySignAs, PRACTICE_ROLES } from '@chartkeep/domain'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead, type Role } from '@chartkeep/protocol/account'
import {
  carryContentSignature,
  contentOrderOf,
  contentSignatureMessage,
  contentTextHash,
  encodeContentStatement,
  inContentOrder,
  missingOrder,
  readContentSignature,
  verifyContentSignature,
  type ContentSignature,
  type ContentSigner,
  type ContentStatement,
} from '@chartkeep/protocol/records'
import { CONTENT_MEANINGS, type SignedContent } from '@chartkeep/protocol/testing'
import { beforeAll, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import {
  addMember,
  addSeatDevice,
  changeMember,
  createPractice,
  type Practice,
  type Seat,
} from '../../support/protocol-practice.ts'
import { flipBit } from '../../support/vectors.ts'

const TEXT = '{"resourceType":"Composition","title":"Visit","dose":1.10}'
const content: SignedContent = {
  collection: 'notes',
  record: new Uint8Array(16).fill(1),
  revision: new Uint8Array(16).fill(2),
  text: TEXT,
}

let clinic: Practice
let nurse: Seat
let patient: Person

beforeAll(async () => {
  clinic = await createPractice('content.clinic', ['admin', 'physician'])
  nurse = await addMember(clinic, 'nurse')
  patient = await createPerson('content.patient')
})

/** What a member of the clinic reveals, as the log has it. */
function signerOf({ id, roles }: Seat, name: string): ContentSigner {
  const { versions } = clinic.state.practice!.members.get(idText(id))!
  return { member: id, name, salt: versions[0]!.name.slice(0, 16), roles: [...roles] }
}
const doctor = () => signerOf(clinic.seats[0]!, 'Dr. A')

async function signed(
  change: Partial<ContentStatement> = {},
  device: Device = clinic.device,
  { state }: Person = clinic,
): Promise<ContentSignature> {
  const statement: ContentStatement = {
    v: 1,
    account: state.account,
    device: device.id,
    accountLog: accountHead(state),
    collection: content.collection,
    record: content.record,
    revision: content.revision,
    text: contentTextHash(TEXT),
    meaning: 'author',
    language: null,
    comment: null,
    order: ZERO_HASH,
    time: 5,
    signer: state === clinic.state ? doctor() : null,
    ...change,
  }
  const bytes = encodeContentStatement(statement)
  return { statement, bytes, signature: await sign(device.signing, contentSignatureMessage(bytes)) }
}

/** `holds`, `account` where it waits for one, or why it is broken. */
async function judge(signature: ContentSignature, of: Partial<SignedContent> = {}, { state }: Person = clinic) {
  const verdict = await verifyContentSignature(signature, { ...content, ...of }, state)
  return verdict.type === 'broken' ? verdict.why : verdict.type === 'waiting' ? verdict.for : verdict.type
}
const other = (bytes: Uint8Array) => flipBit(bytes, 3)

test('N2: a signature holds with the account log alone: of a member by roles and name, of a person as themselves', async () => {
  expect(await judge(await signed())).toBe('holds')
  expect(await judge(await signed({ signer: signerOf(nurse, 'A') }, nurse.devices[0]))).toBe('holds')
  const phone = await addDevice(patient)
  expect(await judge(await signed({}, phone, patient), {}, patient)).toBe('holds')
})

test('N2: each thing that does not fit is named: text, version, signer, role, name, head, device', async () => {
  const good = await signed()
  expect(await judge(good, { text: TEXT.replace('1.10', '1.11') })).toBe('text')
  expect(await judge(good, { revision: other(content.revision) })).toBe('version')
  expect(await judge(good, { record: other(content.record) })).toBe('version')
  expect(await judge(good, { collection: 'plans' })).toBe('version')
  expect(await judge({ ...good, signature: other(good.signature) })).toBe('signer')

  // Complaint: "signing as someone else". Neither the device nor the member of another can be named, nor a role or name that is not one's own.
  const [desk] = nurse.devices
  expect(await judge(await signed({ device: clinic.device.id }, desk))).toBe('signer')
  expect(await judge(await signed({}, desk))).toBe('signer')
  expect(await judge(await signed({ signer: null }, desk))).toBe('signer')
  expect(await judge(await signed({ signer: doctor() }, patient.device, patient), {}, patient)).toBe('signer')
  const claims = (roles: Role[]) => signed({ signer: { ...signerOf(nurse, 'A'), roles } }, desk)
  expect(await judge(await claims(['physician']))).toBe('role')
  expect(await judge(await claims(['physician', 'nurse']))).toBe('role')
  expect(await judge(await claims([]))).toBe('role')
  // By no role a member signs nothing, not even what asks for none.
  const acknowledges = (roles: Role[]) =>
    signed({ meaning: 'acknowledge', signer: { ...signerOf(nurse, 'A'), roles } }, desk)
  expect(await judge(await acknowledges(['nurse']))).toBe('holds')
  expect(await judge(await acknowledges([]))).toBe('role')
  expect(await judge(await signed({ signer: signerOf(nurse, 'Dr. A') }, desk))).toBe('name')
  expect(await judge(await signed({ signer: { ...doctor(), salt: other(doctor().salt) } }))).toBe('name')

  const { n, h } = accountHead(clinic.state)
  expect(await judge(await signed({ accountLog: { n, h: other(h) } }))).toBe('head')
  expect(await judge(await signed({ accountLog: { n: n + 1, h } }))).toBe('account')
  expect(await judge(await signed({ account: other(clinic.state.account) }))).toBe('account')
  expect((await verifyContentSignature(good, content, null)).type).toBe('waiting')
  expect(await judge(await signed({}, clinic.recovery))).toBe('device-not-live') // paper signs nothing
})

test.each(PRACTICE_ROLES)(
  'C14: a signature of %s has only a meaning that the table of actions gives the role',
  async (role) => {
    const seat = await addMember(clinic, role)
    for (const meaning of CONTENT_MEANINGS) {
      const verdict = await judge(await signed({ meaning, signer: signerOf(seat, 'A') }, seat.devices[0]))
      expect(verdict, meaning).toBe(maySignAs([role], meaning) ? 'holds' : 'role')
    }
  },
)

test('N2: device, role and name are judged at the head that is named, and not as they are today', async () => {
  const early = accountHead(clinic.state)
  const tablet = await addSeatDevice(clinic, nurse)
  expect(await judge(await signed({ accountLog: early, signer: signerOf(nurse, 'A') }, tablet))).toBe('device-not-live')
  const asNurse = await signed({ signer: signerOf(nurse, 'A') }, tablet)
  const asScribe: ContentSigner = { ...signerOf(nurse, 'A'), roles: ['scribe'] }
  await changeMember(clinic, nurse, 'scribe')
  expect(await judge(asNurse)).toBe('holds')
  expect(await judge(await signed({ signer: { ...asScribe, roles: ['nurse'] } }, tablet))).toBe('role')
  const phone = await addDevice(patient)
  const before = accountHead(patient.state)
  await removeDevice(patient, phone.id)
  expect(await judge(await signed({}, phone, patient), {}, patient)).toBe('device-not-live')
  expect(await judge(await signed({ accountLog: before }, phone, patient), {}, patient)).toBe('holds')
})

test('N2: no bit of a carried signature can be changed', async () => {
  const carried = carryContentSignature(await signed())
  expect(await judge(readContentSignature(carried)!)).toBe('holds')
  for (let bit = 0; bit < carried.length * 8; bit += 3) {
    const read = readContentSignature(flipBit(carried, bit))
    if (read !== null) expect(await judge(read), `bit ${bit}`).not.toBe('holds')
  }
  expect(readContentSignature(carried.slice(0, 64))).toBeNull()
  expect(readContentSignature(new Uint8Array(20_000))).toBeNull()
})

test('N3: a statement names the one before; one that was taken away is missed, and the order is the same for all', async () => {
  const first = await signed()
  const second = await signed({ order: contentOrderOf(first.bytes), meaning: 'review', time: 3 })
  const beside = await signed({ order: contentOrderOf(first.bytes), meaning: 'co-sign', time: 4 })
  const third = await signed({ order: contentOrderOf(second.bytes), meaning: 'decline', time: 1 })
  const all = [first, second, third, beside]
  expect(missingOrder(all)).toEqual(new Set())
  expect(missingOrder([second, third, beside])).toEqual(new Set([second, beside]))
  for (const given of [all, all.toReversed(), [third, beside, first, second, second]])
    expect(inContentOrder(given).map(({ statement }) => statement.meaning)).toEqual([
      'author',
      'review',
      'co-sign',
      'decline',
    ])
  // The statement of one that holds, given out once more under another signature, takes its place nowhere.
  const forged = { ...first, signature: flipBit(first.signature, 0) }
  for (const given of [
    [...all, forged],
    [forged, ...all],
  ]) {
    const ordered = inContentOrder(given)
    expect(new Set(ordered)).toEqual(new Set([...all, forged]))
    expect(ordered).toHaveLength(5)
  }
})

test('N3: of two signed after the same at one time, the one that comes first is the same for all', async () => {
  const first = await signed()
  const after = { order: contentOrderOf(first.bytes), time: 7 }
  const [one, two, three] = [
    await signed({ ...after, meaning: 'review' }),
    await signed({ ...after, meaning: 'co-sign' }),
    await signed({ ...after, meaning: 'approve' }),
  ]
  const name = ({ bytes }: ContentSignature) => idText(contentOrderOf(bytes))
  const expected = [one, two, three].map(name).toSorted((a, b) => (a < b ? -1 : 1))
  for (const given of [
    [first, one, two, three],
    [three, two, one, first],
    [two, first, three, one],
  ])
    expect(inContentOrder(given).map(name)).toEqual([name(first), ...expected])
})

test('N3: of two signed after the same, the one that says the earlier time comes first, whatever their names are', async () => {
  const first = await signed()
  // Names are hashes: of so many pairs some are in the other order.
  for (const [review, cosign] of Array.from({ length: 8 }, (_, turn) => (turn % 2 ? [turn + 7, 6] : [6, turn + 7]))) {
    const after = contentOrderOf(first.bytes)
    const given = [
      first,
      await signed({ order: after, meaning: 'review', time: review! }),
      await signed({ order: after, meaning: 'co-sign', time: cosign! }),
    ]
    for (const each of [given, given.toReversed()])
      expect(inContentOrder(each).map(({ statement }) => statement.time)).toEqual([5, 6, Math.max(review!, cosign!)])
  }
})

test('N1: what a record carries is at most 16 KiB, and more than a signature', async () => {
  const good = carryContentSignature(await signed({ comment: 'x'.repeat(2000) }))
  expect(readContentSignature(good)?.statement.comment).toHaveLength(2000)
  for (const length of [0, 63, 64, 65]) expect(readContentSignature(good.slice(0, length))).toBeNull()
  expect(readContentSignature(new Uint8Array([...good, 0]))).toBeNull()
  expect(readContentSignature(carryContentSignature(await signed({ comment: 'x'.repeat(2001) })))).toBeNull()
  const salted = (length: number) => signed({ signer: { ...doctor(), salt: new Uint8Array(length) } })
  expect(readContentSignature(carryContentSignature(await salted(32)))).not.toBeNull()
  expect(readContentSignature(carryContentSignature(await salted(33)))).toBeNull()
})
