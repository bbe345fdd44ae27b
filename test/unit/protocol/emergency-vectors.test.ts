/** The vectors of emergency access (C13), read by the second reader, which imports nothing from packages/. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cbor, cborOf, signatureHolds, tagged, u64, unhex, type Value } from './second-reader.ts'

interface Fields {
  [name: string]: string | number | { n: number; h: string }
}
const vectors = JSON.parse(readFileSync(new URL('../../vectors/protocol/emergency.json', import.meta.url), 'utf8')) as {
  emergency: { duration: number; label: string }
  open: string
  request: { fields: Fields; body: string; signature: string; signingKey: string; message: string; hash: string }
  reason: {
    fields: { context: string; text: string; signer: { member: string; name: string; salt: string } }
    plaintext: string
  }
  receipt: { request: string; from: number; until: number; message: string; signature: string; signingKey: string }
}
const { emergency, open, request, reason, receipt } = vectors
const field = (name: string) => unhex(request.fields[name] as string)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const domain = (name: string) => Buffer.from(`chartkeep/${name}/v1`)

describe('C13: emergency access, byte for byte', () => {
  test('C13: the open half of a grant for emergencies has one field more', () => {
    const half = cbor(unhex(open)) as { [name: string]: Value }
    expect(cborOf(half['emergency']!)).toEqual(cborOf({ duration: emergency.duration, label: unhex(emergency.label) }))
    expect(hex(cborOf(half))).toBe(open)
  })

  test('C13: a request is signed over the exact body, which has the fields of its table and no other', () => {
    const heads = Object.fromEntries(
      ['accountLog', 'control'].map((name) => {
        const { n, h } = request.fields[name] as { n: number; h: string }
        return [name, { n, h: unhex(h) }]
      }),
    )
    const ids = ['vault', 'grant', 'account', 'device', 'reason']
    const { v, time, epoch } = request.fields as { v: number; time: number; epoch: number }
    const encoded = cborOf({ v, time, epoch, ...heads, ...Object.fromEntries(ids.map((name) => [name, field(name)])) })
    expect([v, hex(encoded)]).toEqual([1, request.body])
    expect(hex(Buffer.concat([domain('emergency-request'), encoded]))).toBe(request.message)
    expect(hex(tagged('emergency-request', encoded))).toBe(request.hash)
    expect(signatureHolds(unhex(request.signingKey), unhex(request.message), unhex(request.signature))).toBe(true)
  })

  test('C13: a reason names the device and the grant that it is for, and reveals a member with the salt', () => {
    const context = tagged('emergency-reason', ...['vault', 'grant', 'account', 'device'].map(field))
    const { text, signer } = reason.fields
    const told = { member: unhex(signer.member), name: signer.name, salt: unhex(signer.salt) }
    expect(reason.fields.context).toBe(hex(context))
    expect(hex(cborOf({ context, text, signer: told }))).toBe(reason.plaintext)
  })

  test('C13: a receipt is signed over the place, the request and its two times', () => {
    const { from, until } = receipt
    const parts = [field('vault'), field('grant'), field('device'), unhex(request.hash), u64(from), u64(until)]
    expect(hex(Buffer.concat([domain('emergency-receipt'), ...parts]))).toBe(receipt.message)
    expect([receipt.request, until - from]).toEqual([request.hash, emergency.duration])
    expect(signatureHolds(unhex(receipt.signingKey), unhex(receipt.message), unhex(receipt.signature))).toBe(true)
  })
})
