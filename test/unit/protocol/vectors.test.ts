/**
 * The committed vectors, read by the second reader (which knows only docs/spec), and made again by packages/: both must give every value.
 * If the first half fails, the specification is wrong; if the last test fails, the protocol was changed, which needs a decision record.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generateVectors } from '../../vectors/protocol/generate.ts'
import {
  cbor,
  cborOf,
  derive,
  hmacSha512,
  merklePath,
  merkleRoot,
  openBody,
  openChunk,
  openSealedBox,
  openSecretBox,
  paddedLength,
  publicOf,
  readHeader,
  readRecoveryCode,
  sha256,
  signatureHolds,
  tagged,
  u32,
  u64,
  unhex,
  unpadded,
  type Value,
} from './second-reader.ts'

const load = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../vectors/protocol/${name}`, import.meta.url), 'utf8')) as T
const map = (value: Value | undefined) => value as { [key: string]: Value }
const bytes = (value: Value | undefined) => value as Buffer
const list = (value: Value | undefined) => value as { [key: string]: Value }[]
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const ZEROS = '00'.repeat(32)
const domain = (purpose: string) => Buffer.from(`chartkeep/${purpose}/v1`)

interface SignedVector {
  type: string
  body: string
  signature: string
  hash: string
}

interface AccountVector {
  account: string
  devices: { id: string; seed: string; sign: string; boxSecret: string; box: string; lookup: string | null }[]
  boxKeys: { generation: number; public: string; secret: string }[]
  wrapContexts: { generation: number; device: string; context: string }[]
  entries: SignedVector[]
  head: { n: number; h: string }
}

interface ControlVector {
  vault: string
  people: { account: string; boxSecrets: string[] }[]
  keys: { stream: string; epoch: number; key: string; keyId: string }[]
  wrapContext: { keys: { stream: string; epoch: number }[]; recipient: string; grant: null; context: string }
  entries: (SignedVector & {
    parts: { open: string; openHash: string; wrap: string; wrapHash: string; hash: string }[]
  })[]
  head: { n: number; h: string }
}

interface EnvelopeVectors {
  envelopes: {
    header: string
    fields: { [name: string]: unknown }
    plaintext: string
    nonce: string
    body: string
    bodyHash: string
    hash: string
    proof: { size: number; index: number; path: string[]; signature: string }
  }[]
  contentKey: string
  signingKey: string
  batch: { size: number; root: string; message: string }
  importedDoc: { docSecret: string; identity: string; doc: string }
}

/** Bytes as hex, everywhere in a value, to compare with JSON. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
  return value
}

describe('the second reader on account logs', () => {
  const accounts = load<{ [name: string]: AccountVector }>('accounts.json')

  test.each(Object.entries(accounts))(
    'K5: device ids of %s follow from their public keys, these from their secrets',
    (_, vector) => {
      for (const { id, seed, sign, boxSecret, box } of vector.devices) {
        const keys = publicOf(unhex(seed), unhex(boxSecret))
        expect([hex(keys.sign), hex(keys.box)]).toEqual([sign, box])
        expect(hex(tagged('device', keys.sign, keys.box).subarray(0, 16))).toBe(id)
      }
    },
  )

  test.each(Object.entries(accounts))(
    'K4: every entry of %s is canonical, chained, and signed by its signer',
    (_, vector) => {
      expect(hex(tagged('account', unhex(vector.entries[0]!.body)).subarray(0, 16))).toBe(vector.account)
      let previous = ZEROS
      for (const [index, { type, body, signature, hash }] of vector.entries.entries()) {
        const value = map(cbor(unhex(body)))
        expect(hex(cborOf(value))).toBe(body)
        expect([value['v'], value['n'], value['type'], hex(bytes(value['prev']))]).toEqual([
          1,
          index + 1,
          type,
          previous,
        ])
        const signer = vector.devices.find(({ id }) => id === hex(bytes(value['signer'])))!
        const message = Buffer.concat([domain('account-entry'), unhex(body)])
        expect(signatureHolds(unhex(signer.sign), message, unhex(signature))).toBe(true)
        expect(hex(tagged('account-log', unhex(body)))).toBe(hash)
        previous = hash
      }
      expect(vector.head).toEqual({ n: vector.entries.length, h: previous })
    },
  )

  test('K4: there is an entry of each type', () => {
    const types = new Set(accounts['owner']!.entries.map(({ type }) => type))
    expect([...types].toSorted()).toEqual(['box-key', 'device-added', 'device-removed', 'genesis', 'vaults'])
  })

  test('K4: each box key opens from its wraps, and the one before it under it', () => {
    const { entries, devices, boxKeys, wrapContexts } = accounts['owner']!
    let opened = 0
    for (const { body } of entries) {
      const { boxKey } = map(cbor(unhex(body)))
      if (boxKey === undefined) continue
      const grant = map(boxKey)
      const generation = grant['generation'] as number
      const key = boxKeys[generation - 1]!
      expect(hex(bytes(grant['public']))).toBe(key.public)
      for (const { device, wrap } of list(grant['wraps'])) {
        const secret = unhex(devices.find(({ id }) => id === hex(bytes(device)))!.boxSecret)
        const context = tagged('box-key-wrap', u32(generation), unhex(key.public), bytes(device))
        expect(hex(openSealedBox(secret, bytes(wrap))!)).toBe(hex(context) + key.secret)
        const named = wrapContexts.find((each) => each.generation === generation && each.device === hex(bytes(device)))
        expect(named?.context).toBe(hex(context))
        opened++
      }
      const chainKey = derive(unhex(key.secret), 'box-key-chain', 32)
      const { previous = null } = grant
      if (previous === null) expect(generation).toBe(1)
      else expect(hex(openSecretBox(chainKey, bytes(previous))!)).toBe(boxKeys[generation - 2]!.secret)
    }
    expect(opened).toBe(wrapContexts.length)
    expect(opened).toBeGreaterThan(6)
  })

  test('K4: the wrap for an added device and the sealed list of vaults open', () => {
    const { entries, devices, boxKeys } = accounts['owner']!
    const added = entries.map(({ body }) => map(cbor(unhex(body)))).filter(({ type }) => type === 'device-added')
    expect(added).toHaveLength(2)
    for (const { device, wrap } of added) {
      const known = devices.find(({ sign }) => sign === hex(bytes(map(device)['sign'])))!
      const context = tagged('box-key-wrap', u32(1), unhex(boxKeys[0]!.public), unhex(known.id))
      expect(hex(openSealedBox(unhex(known.boxSecret), bytes(wrap))!)).toBe(hex(context) + boxKeys[0]!.secret)
    }
    const vaults = map(cbor(unhex(entries.find(({ type }) => type === 'vaults')!.body)))
    const sealed = bytes(vaults['sealed'])
    expect(sealed.readUInt32BE()).toBe(1)
    const key = derive(unhex(boxKeys[0]!.secret), 'account-text', 32)
    expect(cbor(openSecretBox(key, sealed.subarray(4))!)).toEqual([])
  })
})

describe('the second reader on a control log', () => {
  const vector = load<ControlVector>('control.json')
  const { owner } = load<{ owner: AccountVector }>('accounts.json')

  test("C1: every entry is canonical, chained, signed by an owner's device, and its parts hash into it", () => {
    let previous = ZEROS
    for (const [index, { type, body, signature, hash, parts }] of vector.entries.entries()) {
      const value = map(cbor(unhex(body)))
      expect(hex(cborOf(value))).toBe(body)
      expect([value['v'], value['n'], value['type'], hex(bytes(value['prev']))]).toEqual([1, index + 1, type, previous])
      expect([hex(bytes(value['vault'])), hex(bytes(value['account']))]).toEqual([vector.vault, owner.account])
      expect(plain(value['accountLog'])).toEqual(owner.head)
      const device = owner.devices.find(({ id }) => id === hex(bytes(value['device'])))!
      const message = Buffer.concat([domain('control-entry'), unhex(body)])
      expect(signatureHolds(unhex(device.sign), message, unhex(signature))).toBe(true)
      const hashes = parts.map(({ open, openHash, wrap, wrapHash, hash: whole }) => {
        expect([hex(sha256(unhex(open))), hex(sha256(unhex(wrap)))]).toEqual([openHash, wrapHash])
        expect(hex(tagged('control-part', unhex(openHash), unhex(wrapHash)))).toBe(whole)
        expect(hex(cborOf(cbor(unhex(open))))).toBe(open)
        return whole
      })
      expect(plain(value['parts'])).toEqual(hashes)
      expect(hex(tagged('control-log', unhex(body)))).toBe(hash)
      previous = hash
    }
    expect(vector.head).toEqual({ n: vector.entries.length, h: previous })
  })

  test('C2: there is an entry of each type of this issue, and a cut of each kind', () => {
    const types = vector.entries.map(({ type }) => type)
    expect([...new Set(types)].toSorted()).toEqual(['cut', 'epoch', 'grant', 'stream', 'vault'])
    const cuts = vector.entries.map(({ body }) => map(cbor(unhex(body)))['cut']).filter((cut) => cut !== null)
    expect(cuts.map((cut) => [map(cut)['grant'] === null, map(cut)['reason']])).toEqual([
      [false, 'revoked'],
      [true, 'device-removed'],
    ])
  })

  test('K9: every published key id is that of its key, stream and epoch', () => {
    for (const { stream, epoch, key, keyId } of vector.keys)
      expect(hex(tagged('key-id', unhex(key), unhex(stream), u32(epoch)))).toBe(keyId)
    const published = vector.entries.flatMap(({ body }) => list(map(cbor(unhex(body)))['epochs']))
    expect(published.map((each) => hex(bytes(each['keyId']))).toSorted()).toEqual(
      vector.keys.map(({ keyId }) => keyId).toSorted(),
    )
  })

  test('K9: every wrap opens with the box key of its recipient and no other, and holds published keys under its context', () => {
    let wraps = 0
    for (const { open, wrap } of vector.entries.flatMap(({ parts }) => parts)) {
      const part = map(cbor(unhex(open)))
      const generation = part['generation'] as number
      for (const { account, boxSecrets } of vector.people) {
        const padded = openSealedBox(unhex(boxSecrets[generation - 1] ?? boxSecrets[0]!), unhex(wrap))
        const isRecipient = account === hex(bytes(part['recipient']))
        expect(padded !== null).toBe(isRecipient)
        if (padded === null) continue
        const content = map(cbor(unpadded(padded)))
        const keys = list(content['keys'])
        const grant = part['grant'] ?? null
        const context = tagged(
          'wrap-context',
          unhex(vector.vault),
          u32(keys.length),
          ...keys.flatMap(({ stream, epoch }) => [bytes(stream), u32(epoch as number)]),
          bytes(part['recipient']),
          grant === null ? Buffer.alloc(16) : bytes(grant),
        )
        expect(hex(bytes(content['context']))).toBe(hex(context))
        for (const { stream, epoch, key } of keys)
          expect(vector.keys).toContainEqual({
            stream: hex(bytes(stream)),
            epoch,
            key: hex(bytes(key)),
            keyId: hex(tagged('key-id', bytes(key), bytes(stream), u32(epoch as number))),
          })
        wraps++
      }
    }
    expect(wraps).toBe(10)
  })

  test('K9: the context of a wrap without a grant has zeros in its place', () => {
    const { keys, recipient, context } = vector.wrapContext
    const parts = keys.flatMap(({ stream, epoch }) => [unhex(stream), u32(epoch)])
    const whole = tagged(
      'wrap-context',
      unhex(vector.vault),
      u32(keys.length),
      ...parts,
      unhex(recipient),
      Buffer.alloc(16),
    )
    expect(hex(whole)).toBe(context)
  })
})

describe('the second reader on envelopes', () => {
  const vector = load<EnvelopeVectors>('envelopes.json')

  test('E1: every header reads by the table of its bytes', () => {
    for (const { header, fields } of vector.envelopes) expect(plain(readHeader(unhex(header)))).toEqual(fields)
  })

  test('E2: every body opens under its content key and header, and E3: its padding has the one length', () => {
    for (const { header, body, nonce, plaintext, fields } of vector.envelopes) {
      const padded = openBody(unhex(vector.contentKey), unhex(header), unhex(body))!
      expect(hex(unpadded(padded))).toBe(plaintext)
      expect(padded).toHaveLength(fields['paddedLength'] as number)
      expect(padded).toHaveLength(paddedLength(plaintext.length / 2 + 1))
      expect(body.slice(0, 48)).toBe(nonce)
      const other = vector.envelopes.find((each) => each.header !== header)!
      expect(openBody(unhex(vector.contentKey), unhex(other.header), unhex(body))).toBeNull()
    }
  })

  test('E4: every envelope hash is over the header and the hash of the body', () => {
    for (const { header, body, bodyHash, hash } of vector.envelopes) {
      expect(hex(sha256(unhex(body)))).toBe(bodyHash)
      expect(hex(sha256(unhex(header), unhex(bodyHash)))).toBe(hash)
    }
  })

  test('E5: one signature covers the batch, and every path leads to its root', () => {
    const hashes = vector.envelopes.map(({ hash }) => unhex(hash))
    const root = merkleRoot(hashes)
    expect(hex(root)).toBe(vector.batch.root)
    const { vault, account, device } = vector.envelopes[0]!.fields as { [name: string]: string }
    const message = Buffer.concat([
      domain('batch'),
      u32(hashes.length),
      root,
      unhex(vault!),
      unhex(account!),
      unhex(device!),
    ])
    expect(hex(message)).toBe(vector.batch.message)
    for (const [index, { proof }] of vector.envelopes.entries()) {
      expect([proof.size, proof.index]).toEqual([hashes.length, index])
      expect(proof.path).toEqual(merklePath(hashes, index).map(hex))
      expect(signatureHolds(unhex(vector.signingKey), message, unhex(proof.signature))).toBe(true)
    }
  })

  test("E1: the docId of an imported record follows from its identity and the vault's secret", () => {
    const { docSecret, identity, doc } = vector.importedDoc
    const mac = hmacSha512(unhex(docSecret), domain('doc'), Buffer.from(identity))
    expect(hex(mac.subarray(0, 16))).toBe(doc)
  })
})

describe('the second reader on streams, heads, sign-in, recovery codes and blobs', () => {
  test('S1: every h follows from the one before, the number, the outcome and the envelope', () => {
    const vector = load<{
      vault: string
      stream: string
      start: string
      entries: { n: number; outcome: 'current' | 'conflict' | 'void'; envelopeHash: string; h: string }[]
    }>('streams.json')
    let h = tagged('stream-start', unhex(vector.vault), unhex(vector.stream))
    expect(hex(h)).toBe(vector.start)
    for (const entry of vector.entries) {
      const outcome = Buffer.from([{ current: 1, conflict: 2, void: 3 }[entry.outcome]])
      h = tagged('stream', h, u64(entry.n), outcome, unhex(entry.envelopeHash))
      expect(hex(h)).toBe(entry.h)
    }
  })

  test('S6: every head is signed over its kind, id, number, hash and time', () => {
    const { heads, serverKey } = load<{
      serverKey: string
      heads: {
        kind: 'stream' | 'control' | 'account'
        id: string
        n: number
        h: string
        time: number
        signature: string
      }[]
    }>('streams.json')
    expect(heads.map(({ kind }) => kind)).toEqual(['stream', 'control', 'account'])
    for (const { kind, id, n, h, time, signature } of heads) {
      const kindByte = Buffer.from([{ stream: 1, control: 2, account: 3 }[kind]])
      const message = Buffer.concat([domain('head'), kindByte, unhex(id), u64(n), unhex(h), u64(time)])
      expect(signatureHolds(unhex(serverKey), message, unhex(signature))).toBe(true)
    }
  })

  test('H1: the sign-in is signed over the challenge, the account and the device', () => {
    const vector = load<{
      challenge: { server: string; audience: string; nonce: string; time: number }
      account: string
      device: string
      signingKey: string
      message: string
      signature: string
    }>('sign-in.json')
    const { server, audience, nonce, time } = vector.challenge
    const value = {
      server: unhex(server),
      audience,
      nonce: unhex(nonce),
      time,
      account: unhex(vector.account),
      device: unhex(vector.device),
    }
    const message = Buffer.concat([domain('sign-in'), cborOf(value)])
    expect(hex(message)).toBe(vector.message)
    expect(signatureHolds(unhex(vector.signingKey), message, unhex(vector.signature))).toBe(true)
  })

  test('C10: the departure is signed over the exact body, which has the fields of its table and no other', () => {
    const vector = load<{
      fields: {
        v: number
        vault: string
        grant: string
        account: string
        device: string
        accountLog: { n: number; h: string }
        control: { n: number; h: string }
        time: number
      }
      body: string
      signingKey: string
      message: string
      signature: string
    }>('departure.json')
    const { v, vault, grant, account, device, accountLog, control, time } = vector.fields
    const encoded = cborOf({
      v,
      vault: unhex(vault),
      grant: unhex(grant),
      account: unhex(account),
      device: unhex(device),
      accountLog: { n: accountLog.n, h: unhex(accountLog.h) },
      control: { n: control.n, h: unhex(control.h) },
      time,
    })
    expect(v).toBe(1)
    expect(hex(encoded)).toBe(vector.body)
    expect(hex(Buffer.concat([domain('departure'), encoded]))).toBe(vector.message)
    expect(signatureHolds(unhex(vector.signingKey), unhex(vector.message), unhex(vector.signature))).toBe(true)
    const { entries } = load<ControlVector>('control.json')
    expect(control.h).toBe(entries[control.n - 1]!.hash)
    const granted = entries.map((entry) => map(cbor(unhex(entry.body)))['cut']).filter((cut) => cut !== null)
    expect(granted.map((cut) => map(cut)['grant']).some((each) => each !== null && hex(bytes(each)) === grant)).toBe(
      true,
    )
  })

  test('N1: a content signature is over the exact statement, which names its text, its signer and the statement before', () => {
    interface Vector {
      fields: { [name: string]: unknown } & { order: string; text: string; signer: { [name: string]: unknown } | null }
      body: string
      message: string
      signature: string
      name: string
    }
    const { text, signingKey, signatures } = load<{ text: string; signingKey: string; signatures: Vector[] }>(
      'content.json',
    )
    let before = ZEROS
    for (const { fields, body, message, signature, name } of signatures) {
      const { signer, accountLog, ...rest } = fields
      const { n, h } = accountLog as { n: number; h: string }
      const ids = ['account', 'device', 'record', 'revision', 'text', 'order'] as const
      const encoded = cborOf({
        ...(rest as { [name: string]: Value }),
        ...Object.fromEntries(ids.map((id) => [id, unhex(rest[id] as string)])),
        accountLog: { n, h: unhex(h) },
        signer:
          signer === null
            ? null
            : {
                ...(signer as { [name: string]: Value }),
                member: unhex(signer['member'] as string),
                salt: unhex(signer['salt'] as string),
              },
      })
      expect(hex(encoded)).toBe(body)
      expect(fields.text).toBe(hex(sha256(Buffer.from(text))))
      expect(hex(Buffer.concat([domain('content-signature'), encoded]))).toBe(message)
      expect(signatureHolds(unhex(signingKey), unhex(message), unhex(signature))).toBe(true)
      expect(fields.order).toBe(before)
      before = hex(tagged('content-order', encoded))
      expect(name).toBe(before)
    }
  })

  test('C9: an accept is an entry of the control log with one field more, which names streams and envelope hashes', () => {
    const { accept } = load<{
      accept: {
        envelopes: { stream: string; hash: string }[]
        signingKey: string
        body: string
        signature: string
        hash: string
      }
    }>('late.json')
    const value = map(cbor(unhex(accept.body)))
    const { entries, vault } = load<ControlVector>('control.json')
    const last = map(cbor(unhex(entries.at(-1)!.body)))
    expect(Object.keys(value).toSorted()).toEqual([...Object.keys(last), 'accept'].toSorted())
    expect([value['type'], hex(bytes(value['vault'])), value['n']]).toEqual(['accept', vault, entries.length + 1])
    expect(hex(bytes(value['prev']))).toBe(entries.at(-1)!.hash)
    expect(plain(map(value['accept'])['envelopes'])).toEqual(accept.envelopes)
    expect([value['grant'], value['cut']]).toEqual([null, null])
    for (const empty of ['streams', 'epochs', 'parts']) expect(value[empty]).toEqual([])
    expect(hex(cborOf(value))).toBe(accept.body)
    expect(hex(tagged('control-log', unhex(accept.body)))).toBe(accept.hash)
    const message = Buffer.concat([domain('control-entry'), unhex(accept.body)])
    expect(signatureHolds(unhex(accept.signingKey), message, unhex(accept.signature))).toBe(true)
  })

  test('C11: the receipt of the quarantine inbox is signed over vault, device, time, number and hashes', () => {
    const { receipt } = load<{
      receipt: {
        vault: string
        device: string
        taken: string[]
        time: number
        serverKey: string
        message: string
        signature: string
      }
    }>('late.json')
    const { vault, device, taken, time } = receipt
    const count = u32(taken.length)
    const message = Buffer.concat([
      domain('late-receipt'),
      unhex(vault),
      unhex(device),
      u64(time),
      count,
      ...taken.map((hash) => unhex(hash)),
    ])
    expect(hex(message)).toBe(receipt.message)
    expect(signatureHolds(unhex(receipt.serverKey), message, unhex(receipt.signature))).toBe(true)
  })

  test('K7: a recovery code gives its signing key, its box key and its lookup id', () => {
    for (const vector of load<{ [name: string]: string }[]>('recovery.json')) {
      const secret = readRecoveryCode(vector['code']!)
      expect(hex(secret)).toBe(vector['secret'])
      const [seed, box] = [derive(secret, 'recovery-signing', 32), derive(secret, 'recovery-box', 32)]
      expect([hex(seed), hex(box)]).toEqual([vector['signingSeed'], vector['boxSecret']])
      expect(hex(derive(secret, 'recovery-lookup', 16))).toBe(vector['lookup'])
      const keys = publicOf(seed, box)
      expect([hex(keys.sign), hex(keys.box)]).toEqual([vector['sign'], vector['box']])
    }
  })

  test('B1: every sealed chunk opens at its place, and the root is that of the hashes of the sealed chunks', () => {
    const { fileKey, chunks, rootOfTwo } = load<{
      fileKey: string
      chunks: { index: number; total: number; length: number; sealed: string | null; sealedHash: string }[]
      rootOfTwo: string
    }>('blobs.json')
    for (const { index, total, length, sealed, sealedHash } of chunks) {
      if (sealed === null) continue
      expect(hex(sha256(unhex(sealed)))).toBe(sealedHash)
      const content = openChunk(unhex(fileKey), index, total, unhex(sealed))
      expect([...content]).toEqual(Array.from({ length }, (_, i) => i % 251))
      expect(() => openChunk(unhex(fileKey), index, total + 1, unhex(sealed))).toThrow()
    }
    expect(hex(merkleRoot(chunks.slice(2).map((chunk) => unhex(chunk.sealedHash))))).toBe(rootOfTwo)
  })
})

describe('the committed files', () => {
  test('K3: packages/ make every vector again, byte for byte: a change needs a decision record', async () => {
    const made = await generateVectors()
    for (const [name, value] of Object.entries(made)) expect({ [name]: load(name) }).toEqual({ [name]: value })
    expect(Object.keys(made)).toHaveLength(13)
  })
})
