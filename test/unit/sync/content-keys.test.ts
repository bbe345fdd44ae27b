/** Keys of a vault (K9): taken only from parts addressed to this account, sealed for this context, and matching the published key id. */
import { pad, sealToPublicKey } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import {
  keyIdOf,
  PartOpen,
  wrapContext,
  type ControlPart,
  type ControlState,
  type ReceivedPart,
} from '@chartkeep/protocol/control'
import {
  importedDocId,
  openName,
  openParts,
  sealName,
  sealPart,
  type BoxKeys,
  type GrantLabel,
} from '@chartkeep/sync/testing'
import { generateBoxKeyPair } from '@chartkeep/crypto'
import { expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'

const random = seededBytes('content keys')
const vault = random(16)
const account = random(16)
const stream = random(16)
const other = random(16)
const grant = random(16)
const box = generateBoxKeyPair(random)
const boxKeys: BoxKeys = new Map([[1, box]])
const [first, second, foreign] = [random(32), random(32), random(32)]
const label: GrantLabel = { purpose: 'visit', name: 'Mei', birthDate: '1992-03-04', grantee: 'Dr Lin' }

/** A verified log that publishes two epochs of one stream and one of another, and a grant at entry 2. */
const control = {
  vault,
  streams: new Map([
    [
      idText(stream),
      {
        id: stream,
        epoch: 2,
        keyIds: new Map([
          [1, keyIdOf(first, stream, 1)],
          [2, keyIdOf(second, stream, 2)],
        ]),
      },
    ],
    [idText(other), { id: other, epoch: 1, keyIds: new Map([[1, keyIdOf(foreign, other, 1)]]) }],
  ]),
  grants: new Map([[idText(grant), { id: grant, at: 2 }]]),
} as unknown as ControlState

type Fields = Partial<Parameters<typeof sealPart>[0]>

function part(fields: Fields = {}): ControlPart {
  return sealPart(
    {
      vault,
      recipient: account,
      boxKey: { generation: 1, public: box.publicKey },
      accountLog: { n: 1, h: random(32) },
      grant,
      streams: [],
      notBefore: 0,
      notAfter: 1,
      keys: [{ stream, epoch: 1, key: first, name: 'labs' }],
      docSecret: null,
      label,
      ...fields,
    },
    random,
  )
}

function received(sealed: ControlPart, change: Partial<PartOpen> = {}): ReceivedPart {
  return { at: 2, open: { ...decodeAs(PartOpen, sealed.open!)!, ...change }, wrap: sealed.wrap! }
}

const opened = (...parts: ReceivedPart[]) => openParts(control, parts, account, boxKeys)
const epochs = (...parts: ReceivedPart[]) =>
  Object.fromEntries([...opened(...parts).streams.values()].map(({ name, byEpoch }) => [name, [...byEpoch.keys()]]))

test("K9: keys of all epochs, the stream's name, the label and the secret for document ids come out of the parts", () => {
  const docSecret = random(32)
  const keys = opened(
    // For a grant, and of an owner's part that came later, the secret is nobody's word.
    received(part({ docSecret: random(32) })),
    received(part({ docSecret, grant: null })),
    received(part({ keys: [{ stream, epoch: 2, key: second, name: 'labs' }], label: null })),
    received(part({ docSecret: random(32), grant: null })),
  )
  expect(keys.streams.get(idText(stream))?.byEpoch).toEqual(
    new Map([
      [1, first],
      [2, second],
    ]),
  )
  expect(keys.docSecret).toEqual(docSecret)
  expect(keys.labels.get(idText(grant))).toEqual(label)
})

test('K9: a key that does not match its published id is not used, and the others are', () => {
  const mixed = part({
    keys: [
      { stream, epoch: 1, key: first, name: 'labs' },
      { stream, epoch: 2, key: random(32), name: 'labs' },
    ],
  })
  expect(epochs(received(mixed))).toEqual({ labs: [1] })
})

test.each([
  ['of an older epoch under the number of the newest', { stream, epoch: 2, key: first }],
  ['of the newest epoch under the number of an older', { stream, epoch: 1, key: second }],
  ['of another stream', { stream, epoch: 1, key: foreign }],
  ['of an epoch that the log does not have', { stream, epoch: 3, key: second }],
  ['of a stream that the log does not have (unsolicited)', { stream: random(16), epoch: 1, key: first }],
])('K9: a key %s is not used', (_, key) => {
  expect(epochs(received(part()))).toEqual({ labs: [1] })
  expect(epochs(received(part({ keys: [{ ...key, name: 'labs' }] })))).toEqual({})
})

test('K9: a wrap for another account is not tried, and one made for it does not open here', () => {
  const stranger = generateBoxKeyPair(random)
  expect(epochs(received(part({ recipient: random(16) })))).toEqual({})
  expect(epochs(received(part({ boxKey: { generation: 1, public: stranger.publicKey } })))).toEqual({})
})

test.each([
  ['another vault', { vault: random(16) }, {}],
  ['another recipient', { recipient: random(16) }, { recipient: account }],
  ['another grant', { grant: random(16) }, { grant }],
  ['an owner, shown in a grant', { grant: null }, { grant }],
  ['a grant, shown to an owner', { grant }, { grant: null }],
] as [string, Fields, Partial<PartOpen>][])(
  'K9: a wrap sealed for %s holds another context and opens nothing',
  (_, fields, change) => {
    expect(epochs(received(part(fields), change))).toEqual({})
  },
)

test('K9: a wrap whose context names other keys than it holds opens nothing', () => {
  const keys = [{ stream, epoch: 1, key: first, name: 'labs' }]
  const content = (named: typeof keys) =>
    sealToPublicKey(
      box.publicKey,
      pad(
        encodeMessage({
          context: wrapContext(vault, named, account, grant),
          keys,
          docSecret: null,
          label: new Uint8Array(),
        }),
      ),
      random,
    )
  const open = decodeAs(PartOpen, part().open!)!
  expect(epochs({ at: 2, open, wrap: content(keys) })).toEqual({ labs: [1] })
  expect(epochs({ at: 2, open, wrap: content([{ ...keys[0]!, epoch: 2 }]) })).toEqual({})
  expect(epochs({ at: 2, open, wrap: content([...keys, keys[0]!]) })).toEqual({})
})

test("K9: the wrap of another generation of the account's key is not opened with this one", () => {
  expect(epochs(received(part({ boxKey: { generation: 2, public: box.publicKey } })))).toEqual({})
  expect(epochs(received(part(), { generation: 2 }))).toEqual({})
})

test('K9: every changed byte of a wrap opens nothing', () => {
  const whole = received(part())
  for (let at = 0; at < whole.wrap.length; at++) {
    const wrap = whole.wrap.slice()
    wrap[at]! ^= 0x40
    expect(opened({ ...whole, wrap }).streams.size).toBe(0)
  }
})

test('K9: wraps, names and labels of different length look alike', () => {
  const long = { ...label, purpose: 'check-up' }
  expect(part({ label: long }).wrap!.length).toBe(part().wrap!.length)
  expect(sealName('labs', first, random).length).toBe(sealName('documents-private', first, random).length)
})

test("K9: a stream's name opens under its own first key only", () => {
  const sealed = sealName('labs', first, random)
  expect(openName(sealed, first)).toBe('labs')
  expect(openName(sealed, second)).toBeNull()
  expect(() => sealName('x'.repeat(49), first, random)).toThrow(RangeError)
})

test('C3: a label that is no JSON, or holds something else than texts, gives empty words and never throws', () => {
  const sealed = (bytes: Uint8Array) => {
    const keys = [{ stream, epoch: 1, key: first, name: 'labs' }]
    const context = wrapContext(vault, keys, account, grant)
    const wrap = sealToPublicKey(
      box.publicKey,
      pad(encodeMessage({ context, keys, docSecret: null, label: bytes })),
      random,
    )
    return opened({ at: 2, open: decodeAs(PartOpen, part().open!)!, wrap })
  }
  for (const text of ['not json', '\u0000', '[']) expect(sealed(utf8ToBytes(text)).labels.size).toBe(0)
  for (const text of ['{}', '[]', '{"name":{"toString":1}}', '7'])
    expect(sealed(utf8ToBytes(text)).labels.get(idText(grant))).toEqual({
      purpose: '',
      name: '',
      birthDate: '',
      grantee: '',
    })
  for (const text of ['null']) expect(sealed(utf8ToBytes(text)).streams.size).toBe(1)
})

test('E1: two devices give an imported record the same id, another vault another one', () => {
  const secret = random(32)
  expect(importedDocId(secret, 'Observation|x|1')).toEqual(importedDocId(secret, 'Observation|x|1'))
  expect(importedDocId(secret, 'Observation|x|1')).toHaveLength(16)
  expect(importedDocId(secret, 'Observation|x|2')).not.toEqual(importedDocId(secret, 'Observation|x|1'))
  expect(importedDocId(random(32), 'Observation|x|1')).not.toEqual(importedDocId(secret, 'Observation|x|1'))
})
