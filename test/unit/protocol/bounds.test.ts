/**
 * How much each field of what is signed, kept or read from a file may hold (S8), as docs/spec says: that many bytes, letters or items are read and
 * one more is not. Messages of the server are compared with docs/openapi.json (messages.test.ts).
 */
import {
  BLOB_CHUNK_BYTES,
  CHALLENGE_MS,
  decodeAs,
  EMERGENCY_REQUESTS_MS,
  encodeMessage,
  KIT_WAIT_MS,
  LATE_MS,
  MAX_ANSWER_BYTES,
  MAX_BATCH,
  MAX_BLOB_CHUNKS,
  MAX_EMERGENCY_MS,
  MAX_ENVELOPE_BYTES,
  MAX_LIVE_BYTES,
  MAX_PULL_BYTES,
  MAX_PUSH_BYTES,
  MAX_PUSH_ENVELOPES,
  MIN_EMERGENCY_MS,
  SEALED_CHUNK_BYTES,
  SESSION_MS,
} from '@chartkeep/protocol'
import { decodeAccountEntry } from '@chartkeep/protocol/account'
import { AccessEntry, DisclosedEnvelope, MAX_PROOF_BYTES, ProofFile } from '@chartkeep/protocol/audit'
import { ControlBody, ControlEntry, PartOpen, WrapContent } from '@chartkeep/protocol/control'
import {
  EmergencyLabel,
  EmergencyReason,
  EmergencyEnd,
  EmergencyRequest,
  EmergencyRequestBody,
} from '@chartkeep/protocol/emergency'
import { LiveHello, LiveMessage, LivePushed, LogPost, MEDIA_TYPE, ServerInfo } from '@chartkeep/protocol/messages'
import { PAIRING_MS, PairingEnd } from '@chartkeep/protocol/pairing'
import { LINK_MS, MAX_SIGNED_FILE_BYTES, SignedFile } from '@chartkeep/protocol/records'
import type { Shape } from '@chartkeep/protocol/shape'
import { describe, expect, test } from 'vitest'
import { valueAs } from '../../support/value-as.ts'
import { countingBytes } from '../../support/vectors.ts'

const id = countingBytes(16)
const hash = countingBytes(32)
const head = { n: 1, h: hash }
const proof = { size: 1, index: 0, path: [], signature: new Uint8Array(64) }
const entry = { body: new Uint8Array(3), signature: new Uint8Array(64) }
const boxKey = { generation: 1, public: hash, wraps: [{ device: id, wrap: hash }], previous: hash }
const roleKey = { role: 'nurse', ...boxKey }
const keys = { kind: 'device', sign: hash, box: hash, lookup: null, name: hash }
const member = { id, roles: ['admin'], name: hash, nameHash: hash }
const place = { v: 1, n: 2, prev: hash, signer: id }
const statement = { v: 1, vault: id, account: id, device: id, accountLog: head, control: head, time: 5 }
const samples = {
  control: {
    v: 1,
    vault: id,
    n: 1,
    prev: hash,
    type: 'grant',
    time: 5,
    account: id,
    device: id,
    accountLog: head,
    streams: [{ stream: id, appendOnly: true, sealedName: hash }],
    epochs: [{ stream: id, epoch: 1, keyId: hash }],
    grant: id,
    cut: { grant: id, account: null, device: null, reason: 'revoked', streams: [{ stream: id, n: 1, h: hash }] },
    parts: [hash],
    accept: { envelopes: [{ stream: id, hash }] },
    server: { address: 'https://records.example', key: hash, previous: hash },
    restart: { streams: [{ stream: id, n: 1, h: hash }] },
  },
  part: {
    salt: id,
    recipient: id,
    generation: 1,
    accountLog: head,
    grant: id,
    streams: [{ stream: id, rights: 1, from: 0 }],
    notBefore: 1,
    notAfter: 2,
    role: 'nurse',
    emergency: { duration: 1, label: hash },
  },
  entry: { ...entry, parts: [{ open: hash, openHash: hash, wrap: hash, wrapHash: hash }] },
  wrap: { context: hash, keys: [{ stream: id, epoch: 1, key: hash, name: 'labs' }], docSecret: null, label: hash },
  label: { vault: id, grant: id, name: 'Ada', birthDate: '1990-01-01' },
  request: { ...statement, grant: id, epoch: 1, reason: hash },
  signedRequest: entry,
  signedEnd: entry,
  posted: { entry },
  reason: { context: hash, text: 'found unconscious', signer: { member: id, name: 'A', salt: id } },
  access: {
    v: 1,
    vault: id,
    n: 1,
    prev: hash,
    time: 5,
    kind: 'pull',
    outcome: 'ok',
    account: id,
    device: id,
    address: '::1',
    streams: [{ stream: id, first: 1, last: 1, count: 1 }],
    blob: null,
    bytes: 1,
    unlogged: 0,
  },
  proof: {
    format: 'chartkeep-proof',
    v: 1,
    vault: id,
    serverKey: hash,
    checkpoint: 'a',
    index: 0,
    path: [hash],
    envelope: { n: 1, header: hash, body: hash, opening: new Uint8Array(64), batch: proof },
    access: hash,
    accounts: [[entry]],
  },
  signed: {
    format: 'chartkeep-signed',
    v: 1,
    collection: 'labs',
    record: id,
    versions: [{ revision: id, text: '{}' }],
    signatures: [hash],
    accounts: [[entry]],
  },
  genesis: {
    ...place,
    type: 'genesis',
    random: hash,
    device: keys,
    recovery: keys,
    boxKey,
    member,
    roleKeys: [roleKey],
  },
  added: {
    ...place,
    type: 'device-added',
    device: keys,
    wrap: hash,
    member: id,
    roleWraps: [{ role: 'nurse', device: id, wrap: hash }],
  },
  joined: { ...place, type: 'member-added', member, device: keys, wrap: hash, roleWraps: [] },
  named: { ...place, type: 'device-named', device: id, name: hash },
  vaults: { ...place, type: 'vaults', sealed: hash },
  pushed: { type: 'pushed', id: 3, answer: hash },
}

/** Reads the bytes of a value; null where they do not fit. */
type Read = (value: unknown) => unknown
const as =
  (shape: Shape<unknown>): Read =>
  (value) =>
    decodeAs(shape, encodeMessage(value))
const accountEntry: Read = (value) => decodeAccountEntry(encodeMessage(value))

/** The value with what is at a path replaced. */
function withAt(value: unknown, path: readonly string[], given: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined) return given
  const of = value as Record<string, unknown>
  const changed = withAt(of[first], rest, given)
  return Array.isArray(value)
    ? value.map((each, index) => (String(index) === first ? changed : each))
    : { ...of, [first]: changed }
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((each, name) => (each as Record<string, unknown>)[name], value)
}

/** As much of the kind that is there. */
function ofLength(sample: unknown, length: number): unknown {
  if (typeof sample === 'number') return length
  if (typeof sample === 'string') return 'x'.repeat(length)
  if (sample instanceof Uint8Array) return new Uint8Array(length)
  return Array.from({ length }, () => (sample as unknown[])[0])
}

type Bound = [keyof typeof samples, string, number, Read]
const bounds: Bound[] = [
  ['control', 'streams.0.sealedName', 256, as(ControlBody)],
  ['control', 'streams', 1024, as(ControlBody)],
  ['control', 'epochs', 1024, as(ControlBody)],
  ['control', 'epochs.0.epoch', 0xffffffff, as(ControlBody)],
  ['control', 'cut.streams', 1024, as(ControlBody)],
  ['control', 'parts', 256, as(ControlBody)],
  ['control', 'accept.envelopes', 1024, as(ControlBody)],
  ['control', 'restart.streams', 1024, as(ControlBody)],
  ['control', 'server.address', 256, as(ControlBody)],
  ['part', 'streams', 1024, as(PartOpen)],
  ['part', 'streams.0.rights', 15, as(PartOpen)],
  ['part', 'streams.0.from', 0, as(PartOpen)],
  ['part', 'generation', 0xffffffff, as(PartOpen)],
  ['part', 'emergency.label', 1024, as(PartOpen)],
  ['entry', 'body', 512 * 1024, as(ControlEntry)],
  ['entry', 'parts', 256, as(ControlEntry)],
  ['entry', 'parts.0.open', 128 * 1024, as(ControlEntry)],
  ['entry', 'parts.0.wrap', 1024 * 1024, as(ControlEntry)],
  ['wrap', 'keys', 8192, as(WrapContent)],
  ['wrap', 'keys.0.epoch', 0xffffffff, as(WrapContent)],
  ['wrap', 'keys.0.name', 64, as(WrapContent)],
  ['wrap', 'label', 4096, as(WrapContent)],
  ['label', 'name', 200, as(EmergencyLabel)],
  ['label', 'birthDate', 32, as(EmergencyLabel)],
  ['request', 'epoch', 0xffffffff, as(EmergencyRequestBody)],
  ['request', 'reason', 8192, as(EmergencyRequestBody)],
  ['signedRequest', 'body', 9216, as(EmergencyRequest)],
  ['signedEnd', 'body', 512, as(EmergencyEnd)],
  ['posted', 'entry.body', 512 * 1024, as(LogPost)],
  ['reason', 'text', 500, as(EmergencyReason)],
  ['reason', 'signer.name', 200, as(EmergencyReason)],
  ['reason', 'signer.salt', 32, as(EmergencyReason)],
  ['access', 'kind', 32, as(AccessEntry)],
  ['access', 'outcome', 32, as(AccessEntry)],
  ['access', 'address', 64, as(AccessEntry)],
  ['access', 'streams', 128, as(AccessEntry)],
  ['proof', 'path', 64, as(ProofFile)],
  ['proof', 'envelope.header', 1024, as(ProofFile)],
  ['proof', 'envelope.body', 1024 * 1024 + 1024, as(ProofFile)],
  ['proof', 'access', 16 * 1024 + 32, as(ProofFile)],
  ['proof', 'accounts', 8, as(ProofFile)],
  ['proof', 'accounts.0', 4096, as(ProofFile)],
  ['signed', 'collection', 32, as(SignedFile)],
  ['signed', 'versions', 256, as(SignedFile)],
  ['signed', 'versions.0.text', 1024 * 1024, as(SignedFile)],
  ['signed', 'signatures', 256, as(SignedFile)],
  ['signed', 'signatures.0', 16 * 1024, as(SignedFile)],
  ['signed', 'accounts', 16, as(SignedFile)],
  ['signed', 'accounts.0', 4096, as(SignedFile)],
  ['genesis', 'device.name', 512, accountEntry],
  ['genesis', 'boxKey.generation', 0xffffffff, accountEntry],
  ['genesis', 'boxKey.wraps', 256, accountEntry],
  ['genesis', 'boxKey.wraps.0.wrap', 256, accountEntry],
  ['genesis', 'boxKey.previous', 256, accountEntry],
  ['genesis', 'member.name', 512, accountEntry],
  ['genesis', 'member.roles', 5, accountEntry],
  ['genesis', 'roleKeys', 5, accountEntry],
  ['genesis', 'roleKeys.0.generation', 0xffffffff, accountEntry],
  ['genesis', 'roleKeys.0.wraps', 256, accountEntry],
  ['genesis', 'roleKeys.0.wraps.0.wrap', 256, accountEntry],
  ['genesis', 'roleKeys.0.previous', 256, accountEntry],
  ['added', 'wrap', 256, accountEntry],
  ['added', 'roleWraps', 5 * 256, accountEntry],
  ['added', 'roleWraps.0.wrap', 256, accountEntry],
  ['joined', 'wrap', 256, accountEntry],
  ['named', 'name', 512, accountEntry],
  ['vaults', 'sealed', 65_536, accountEntry],
  ['pushed', 'answer', 65_536, as(LivePushed)],
]

describe('S8: fields', () => {
  test.each(bounds)('S8: %s.%s holds %i and no more than that', (name, path, most, read) => {
    const sample: unknown = samples[name]
    const names = path.split('.')
    expect(read(sample)).toEqual(sample)
    const full = withAt(sample, names, ofLength(at(sample, names), most))
    expect(read(full)).toEqual(full)
    expect(read(withAt(sample, names, ofLength(at(sample, names), most + 1)))).toBeNull()
  })

  test('S8: an opening has 64 bytes, neither more nor less', () => {
    const { envelope } = samples.proof
    for (const length of [63, 65])
      expect(valueAs(DisclosedEnvelope, { ...envelope, opening: new Uint8Array(length) } as never)).toBeNull()
  })

  test('K4: an entry without a kind, of an unknown one, or that is no map, is none', () => {
    for (const wrong of [
      null,
      'vaults',
      3,
      [],
      {},
      { type: 3 },
      { type: ['vaults'] },
      { type: 'toString' },
      { type: 'gift' },
    ])
      expect(decodeAccountEntry(encodeMessage(wrong)), JSON.stringify(wrong)).toBeNull()
    expect(decodeAccountEntry(new Uint8Array())).toBeNull()
  })
})

describe('S8: sizes and times', () => {
  const KIB = 1024
  const MIB = 1_048_576
  const MINUTE = 60_000

  test('S8: bytes and pieces', () => {
    expect(MAX_ENVELOPE_BYTES).toBe(MIB)
    expect([MAX_BATCH, MAX_PUSH_ENVELOPES]).toEqual([128, 512])
    expect([MAX_PUSH_BYTES, MAX_PULL_BYTES, MAX_ANSWER_BYTES]).toEqual([4 * MIB, 4 * MIB, 16 * MIB])
    expect(MAX_LIVE_BYTES).toBe(64 * KIB)
    // B1: a chunk of a file with its nonce and its tag.
    expect(SEALED_CHUNK_BYTES).toBe(MIB + 12 + 16)
    expect(BLOB_CHUNK_BYTES).toBeGreaterThanOrEqual(SEALED_CHUNK_BYTES)
    expect(MAX_BLOB_CHUNKS).toBe(4096)
    expect([MAX_PROOF_BYTES, MAX_SIGNED_FILE_BYTES]).toEqual([16 * MIB, 32 * MIB])
  })

  test('H1, B4, C11, K7, K8, C13: times', () => {
    expect([CHALLENGE_MS, SESSION_MS]).toEqual([MINUTE, 60 * MINUTE])
    expect(LINK_MS).toBe(5 * MINUTE)
    expect(KIT_WAIT_MS).toBe(24 * 60 * MINUTE)
    expect(PAIRING_MS).toBe(10 * MINUTE)
    expect([MIN_EMERGENCY_MS, MAX_EMERGENCY_MS]).toEqual([60 * MINUTE, 72 * 60 * MINUTE])
    expect(EMERGENCY_REQUESTS_MS).toBe(24 * 60 * MINUTE)
    expect(LATE_MS).toBe(90 * 24 * 60 * MINUTE)
  })
})

describe('H3: words', () => {
  test('H3, S7, K8: each word that a message may have is read, and no other', () => {
    const live = { vault: null, stream: null, n: 1 }
    const info = { v: 1, key: hash, audience: 'a', time: 1, refilling: null }
    const cases: [Read, object, string, string[]][] = [
      [as(LiveHello), { token: 'x' }, 'type', ['hello', 'follow']],
      [as(LiveMessage), live, 'type', ['ready', 'head', 'account', 'ended']],
      [as(PairingEnd), { v: 1 }, 'outcome', ['entered', 'refused']],
      [as(ServerInfo), info, 'registration', ['open', 'invite', 'closed']],
    ]
    for (const [read, rest, field, words] of cases) {
      for (const word of words) expect(read({ ...rest, [field]: word })).toEqual({ ...rest, [field]: word })
      for (const word of ['', 'other', 3]) expect(read({ ...rest, [field]: word })).toBeNull()
    }
    expect(as(PairingEnd)({ v: 2, outcome: 'entered' })).toBeNull()
    expect(MEDIA_TYPE).toBe('application/cbor')
  })
})
