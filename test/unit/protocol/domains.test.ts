/** The bytes that every hash and every signature begins with (K3), as docs/spec has them, written out by the second reader: two purposes never share any. */
import { accountIdOf, deviceIdOf } from '@chartkeep/protocol'
import { boxKeyContext, memberNameHash, roleKeyContext, signInMessage } from '@chartkeep/protocol/account'
import { accessLogId, beaconMessage, envelopeLeafData } from '@chartkeep/protocol/audit'
import { keyIdOf, partHash, wrapContext } from '@chartkeep/protocol/control'
import {
  emergencyEndMessage,
  emergencyReceiptMessage,
  emergencyRequestHash,
  emergencyRequestMessage,
  reasonContext,
} from '@chartkeep/protocol/emergency'
import { departureMessage, latePayer, lateReceiptMessage } from '@chartkeep/protocol/ended'
import { blobMessage, contentOrderOf, contentSignatureMessage, readLink, writeLink } from '@chartkeep/protocol/records'
import { entryHash, entryMessage } from '@chartkeep/protocol/signed'
import { batchMessage, headMessage, nextStreamHash, nextStreamHashInto, streamStart } from '@chartkeep/protocol/streams'
import { expect, test } from 'vitest'
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { countingBytes } from '../../support/vectors.ts'
import { cborOf, tagged, u32, u64 } from './second-reader.ts'

const id = (at: number) => countingBytes(16, at)
const hash = (at: number) => countingBytes(32, at)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const joined = (purpose: string, ...parts: Uint8Array[]) =>
  hex(Buffer.concat([Buffer.from(`chartkeep/${purpose}/v1`), ...parts]))

test('K3, K4, K5: ids and hashes of an account log', () => {
  expect(hex(accountIdOf(hash(1)))).toBe(hex(tagged('account', hash(1)).subarray(0, 16)))
  expect(hex(deviceIdOf(hash(1), hash(2)))).toBe(hex(tagged('device', hash(1), hash(2)).subarray(0, 16)))
  expect(hex(entryHash('account-entry', hash(1)))).toBe(hex(tagged('account-log', hash(1))))
  expect(hex(entryMessage('account-entry', hash(1)))).toBe(joined('account-entry', hash(1)))
  expect(hex(boxKeyContext(258, hash(1), id(2)))).toBe(hex(tagged('box-key-wrap', u32(258), hash(1), id(2))))
})

test('K3, C12: what the log of a practice says of names and keys', () => {
  const place = Buffer.of(3)
  expect(hex(roleKeyContext('scribe', 258, hash(1), id(2)))).toBe(
    hex(tagged('role-key-wrap', place, u32(258), hash(1), id(2))),
  )
  expect(hex(memberNameHash(id(1), id(2), 'Dr. Å'))).toBe(
    hex(tagged('member-name', id(1), id(2), Buffer.from('Dr. Å'))),
  )
})

test('K3, K9, C1: hashes and contexts of a control log', () => {
  expect(hex(entryHash('control-entry', hash(1)))).toBe(hex(tagged('control-log', hash(1))))
  expect(hex(entryMessage('control-entry', hash(1)))).toBe(joined('control-entry', hash(1)))
  expect(hex(partHash({ openHash: hash(1), wrapHash: hash(2) }))).toBe(hex(tagged('control-part', hash(1), hash(2))))
  expect(hex(keyIdOf(hash(1), id(2), 258))).toBe(hex(tagged('key-id', hash(1), id(2), u32(258))))
  const keys = [
    { stream: id(1), epoch: 258 },
    { stream: id(2), epoch: 1 },
  ]
  const named = [u32(2), id(1), u32(258), id(2), u32(1)]
  expect(hex(wrapContext(id(9), keys, id(3), id(4)))).toBe(hex(tagged('wrap-context', id(9), ...named, id(3), id(4))))
  expect(hex(wrapContext(id(9), keys, id(3), null))).toBe(
    hex(tagged('wrap-context', id(9), ...named, id(3), Buffer.alloc(16))),
  )
  expect(hex(accessLogId(id(1)))).toBe(hex(tagged('access-log', id(1)).subarray(0, 16)))
})

test('K3, S1: the links of a chain, one byte for each outcome', () => {
  expect(hex(streamStart(id(1), id(2)))).toBe(hex(tagged('stream-start', id(1), id(2))))
  for (const [outcome, byte] of [
    ['current', 1],
    ['conflict', 2],
    ['void', 3],
  ] as const) {
    const link = tagged('stream', hash(1), u64(70_000), Buffer.of(byte), hash(2))
    expect(hex(nextStreamHash(hash(1), 70_000, outcome, hash(2)))).toBe(hex(link))
  }
  const target = new Uint8Array(40)
  nextStreamHashInto(target, 5, hash(1), 7, hash(2))
  const link = tagged('stream', hash(1), u64(7), Buffer.of(1), hash(2))
  expect(hex(target)).toBe(`${'00'.repeat(5)}${hex(link)}${'00'.repeat(3)}`)
  expect(() => nextStreamHash(id(1), 1, 'current', hash(2))).toThrow(RangeError)
  expect(() => nextStreamHash(hash(1), 1, 'current', id(2))).toThrow(RangeError)
})

test('K3: what signatures of the server and of devices cover', () => {
  const head = { id: id(1), n: 3, h: hash(2), time: 70_000 }
  for (const [kind, byte] of [
    ['stream', 1],
    ['control', 2],
    ['account', 3],
  ] as const)
    expect(hex(headMessage({ kind, ...head }))).toBe(
      joined('head', Buffer.of(byte), id(1), u64(3), hash(2), u64(70_000)),
    )
  const author = { vault: id(1), account: id(2), device: id(3) }
  expect(hex(batchMessage(5, hash(4), author))).toBe(joined('batch', u32(5), hash(4), id(1), id(2), id(3)))
  expect(hex(beaconMessage(hash(1)))).toBe(joined('beacon', hash(1)))
  expect(hex(blobMessage(hash(1)))).toBe(joined('blob', hash(1)))
  expect(hex(departureMessage(hash(1)))).toBe(joined('departure', hash(1)))
  const challenge = { server: hash(1), audience: 'https://records.example', nonce: hash(2), time: 9 }
  const signIn = cborOf({
    ...challenge,
    server: Buffer.from(hash(1)),
    nonce: Buffer.from(hash(2)),
    account: Buffer.from(id(1)),
    device: Buffer.from(id(2)),
  })
  expect(hex(signInMessage(challenge, id(1), id(2)))).toBe(joined('sign-in', signIn))
})

test('K3, A3, C11, C13: what the audit tree, the quarantine inbox and emergencies add', () => {
  expect(hex(envelopeLeafData(id(1), 70_000, hash(2)))).toBe(joined('audit-envelope', id(1), u64(70_000), hash(2)))
  expect(hex(latePayer(id(1)))).toBe(hex(tagged('late-box', id(1)).subarray(0, 16)))
  const receipt = { taken: [hash(1), hash(2)], time: 70_000 }
  expect(hex(lateReceiptMessage(id(1), id(2), receipt))).toBe(
    joined('late-receipt', id(1), id(2), u64(70_000), u32(2), hash(1), hash(2)),
  )
  const place = { vault: id(1), grant: id(2), account: id(3), device: id(4) }
  expect(hex(reasonContext(place))).toBe(hex(tagged('emergency-reason', id(1), id(2), id(3), id(4))))
  expect(hex(emergencyRequestHash(hash(1)))).toBe(hex(tagged('emergency-request', hash(1))))
  expect(hex(emergencyRequestMessage(hash(1)))).toBe(joined('emergency-request', hash(1)))
  expect(hex(emergencyEndMessage(hash(1)))).toBe(joined('emergency-end', hash(1)))
  expect(hex(emergencyReceiptMessage(place, { request: hash(5), from: 70_000, until: 80_000 }))).toBe(
    joined('emergency-receipt', id(1), id(2), id(4), hash(5), u64(70_000), u64(80_000)),
  )
})

test('K3, N1, N3: what a content signature covers, and the name of a statement in the next one', () => {
  expect(hex(contentSignatureMessage(hash(1)))).toBe(joined('content-signature', hash(1)))
  expect(hex(contentOrderOf(hash(1)))).toBe(hex(tagged('content-order', hash(1))))
})

test('K3, B4: the link by which chunks travel', async () => {
  const server = generateSigningKeyPair((length) => countingBytes(length, 3))
  const link = { v: 1, vault: id(1), stream: id(2), blob: id(3), account: id(4), device: id(5), until: 70_000 }
  for (const method of ['get', 'put'] as const) {
    let message = ''
    const words = await writeLink({ ...link, method }, (bytes) => {
      message = hex(bytes)
      return sign(server, bytes)
    })
    const body = Buffer.from(words, 'base64url').subarray(0, -64)
    expect(message).toBe(joined('blob-link', body))
    expect(await readLink(words, server.publicKey)).toEqual({ ...link, method })
  }
})
