/** Content signatures (N1 to N3): what holds, each way in which one does not, by its name, and their order. */
import { sign } from '@chartkeep/crypto'
import {
  accountHead,
  carryContentSignature,
  contentOrderOf,
  contentSignatureMessage,
  contentTextHash,
  encodeContentStatement,
  idText,
  inContentOrder,
  missingOrder,
  readContentSignature,
  verifyContentSignature,
  ZERO_HASH,
  type ContentSeat,
  type ContentSignature,
  type ContentStatement,
  type SignedContent,
} from '@chartkeep/protocol'
import { beforeAll, expect, test } from 'vitest'
import { addDevice, createPerson, removeDevice, type Device, type Person } from '../../support/protocol-people.ts'
import { flipBit } from '../../support/vectors.ts'

const TEXT = '{"resourceType":"Composition","title":"Visit","dose":1.10}'
const member = new Uint8Array(16).fill(7)
const salt = new Uint8Array(16).fill(9)
const content: SignedContent = {
  collection: 'notes',
  record: new Uint8Array(16).fill(1),
  revision: new Uint8Array(16).fill(2),
  text: TEXT,
}
const seat: ContentSeat = {
  member,
  roles: ['physician'],
  isNamed: (name, given) => name === 'Lin Wei' && idText(given) === idText(salt),
}

let doctor: Person
let phone: Device

beforeAll(async () => {
  doctor = await createPerson('content.doctor')
  phone = await addDevice(doctor)
})

async function signed(change: Partial<ContentStatement> = {}, device: Device = doctor.device) {
  const statement: ContentStatement = {
    v: 1,
    account: doctor.state.account,
    device: device.id,
    accountLog: accountHead(doctor.state),
    collection: content.collection,
    record: content.record,
    revision: content.revision,
    text: contentTextHash(TEXT),
    meaning: 'author',
    language: null,
    comment: null,
    order: ZERO_HASH,
    time: 5,
    signer: { member, name: 'Lin Wei', salt, roles: ['physician'] },
    ...change,
  }
  const bytes = encodeContentStatement(statement)
  return { statement, bytes, signature: await sign(device.signing, contentSignatureMessage(bytes)) }
}

const judge = (signature: ContentSignature, of: Partial<SignedContent> = {}, at: ContentSeat | null = seat) =>
  verifyContentSignature(signature, { ...content, ...of }, doctor.state, () => at)
const other = (bytes: Uint8Array) => flipBit(bytes, 3)

test('N2: a signature holds offline with the account log, by a member and by a person without members', async () => {
  expect(await judge(await signed())).toEqual({ type: 'holds' })
  expect(await judge(await signed({}, phone))).toEqual({ type: 'holds' })
  expect(await judge(await signed({ signer: null }), {}, null)).toEqual({ type: 'holds' })
})

test('N2: each thing that does not fit is named: text, version, signer, role, name, head, device', async () => {
  const why = async (signature: ContentSignature, of: Partial<SignedContent> = {}, at: ContentSeat | null = seat) => {
    const verdict = await judge(signature, of, at)
    return verdict.type === 'broken' ? verdict.why : verdict.type
  }
  const good = await signed()
  expect(await why(good, { text: TEXT.replace('1.10', '1.11') })).toBe('text')
  expect(await why(good, { revision: other(content.revision) })).toBe('version')
  expect(await why(good, { record: other(content.record) })).toBe('version')
  expect(await why(good, { collection: 'plans' })).toBe('version')
  expect(await why({ ...good, signature: other(good.signature) })).toBe('signer')
  expect(await why(await signed({ device: phone.id }))).toBe('signer') // one device names another
  expect(
    await why(await signed({ signer: { member: other(member), name: 'Lin Wei', salt, roles: ['physician'] } })),
  ).toBe('signer')
  expect(await why(await signed({ signer: null }))).toBe('signer')
  expect(await why(good, {}, null)).toBe('signer')
  const claims = (roles: string[]) => signed({ signer: { member, name: 'Lin Wei', salt, roles } })
  expect(await why(await claims(['physician', 'admin']))).toBe('role')
  expect(await why(await claims([]))).toBe('role')
  expect(await why(await signed({ signer: { member, name: 'Somebody else', salt, roles: ['physician'] } }))).toBe(
    'name',
  )
  expect(
    await why(await signed({ signer: { member, name: 'Lin Wei', salt: other(salt), roles: ['physician'] } })),
  ).toBe('name')
  const { n, h } = accountHead(doctor.state)
  expect(await why(await signed({ accountLog: { n, h: other(h) } }))).toBe('head')
  expect(await why(await signed({ accountLog: { n: n + 1, h } }))).toBe('waiting')
  expect(await why(await signed({ account: other(doctor.state.account) }))).toBe('waiting')
  const tablet = await addDevice(doctor)
  const early = { n, h }
  expect(await why(await signed({ accountLog: early }, tablet))).toBe('device-not-live')
  const before = accountHead(doctor.state)
  await removeDevice(doctor, tablet.id)
  expect(await why(await signed({}, tablet))).toBe('device-not-live')
  expect(await why(await signed({ accountLog: before }, tablet))).toBe('holds') // it was live when it signed
  expect(await why(await signed({}, doctor.recovery))).toBe('device-not-live') // paper signs nothing
})

test('N2: no bit of a carried signature can be changed', async () => {
  const carried = carryContentSignature(await signed())
  expect(await judge(readContentSignature(carried)!)).toEqual({ type: 'holds' })
  for (let bit = 0; bit < carried.length * 8; bit += 3) {
    const read = readContentSignature(flipBit(carried, bit))
    if (read !== null) expect((await judge(read)).type, `bit ${bit}`).not.toBe('holds')
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
})
