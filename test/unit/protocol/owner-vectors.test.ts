/** The vectors about owners (C2, K5) and a grant from now on (C3), read by the second reader. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cbor, cborOf, signatureHolds, tagged, u64, unhex, type Value } from './second-reader.ts'

interface OwnerVectors {
  vault: string
  people: { account: string; device: string; sign: string }[]
  entries: { type: string; body: string; signature: string; hash: string; opens: string[]; parts: string[] }[]
  stream: string
  bare: { entries: string[]; head: { n: number; h: string } }
}
const path = new URL('../../vectors/protocol/owners.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as OwnerVectors

const map = (value: Value | undefined) => value as { [key: string]: Value }
const hex = (value: Value | Uint8Array | undefined) => Buffer.from(value as Buffer).toString('hex')
const bodies = vectors.entries.map(({ body }) => map(cbor(unhex(body))))

test('C1, C2: entries about owners are canonical, chained, and signed by a device of whoever owns the vault then', () => {
  let previous = '00'.repeat(32)
  for (const [index, { type, body, signature, hash, parts }] of vectors.entries.entries()) {
    const value = bodies[index]!
    expect(hex(cborOf(value))).toBe(body)
    expect([value['n'], value['type'], hex(value['prev'])]).toEqual([index + 1, type, previous])
    const signer = vectors.people.find(({ device }) => device === hex(value['device']))!
    expect(hex(value['account'])).toBe(signer.account)
    const message = Buffer.concat([Buffer.from('chartkeep/control-entry/v1'), unhex(body)])
    expect(signatureHolds(unhex(signer.sign), message, unhex(signature))).toBe(true)
    expect((value['parts'] as Value[]).map(hex)).toEqual(parts)
    expect(hex(tagged('control-log', unhex(body)))).toBe(hash)
    previous = hash
  }
})

test('C2, K5: only the entries that are about an owner carry `member` or `subject`', () => {
  const [owner, jun] = vectors.people.map(({ account }) => account)
  expect(vectors.entries.map(({ type }) => type)).toEqual(['vault', 'manager', 'cut', 'grant', 'manager', 'manager'])
  expect(bodies.map((body) => ['member' in body, 'subject' in body])).toEqual([
    [false, false],
    [true, false],
    [false, true],
    [false, false],
    [true, false],
    [true, false],
  ])
  const members = bodies.flatMap((body) => ('member' in body ? [map(body['member'])] : []))
  expect(members.map(({ op, account, role, accountLog }) => [op, hex(account), role, accountLog !== null])).toEqual([
    ['add', jun, 'manager', true],
    ['offer', jun, null, false],
    ['take-over', owner, null, false],
  ])
  const handedOver = map(bodies[5]!['cut'])
  expect([hex(handedOver['account']), handedOver['device'], handedOver['reason']]).toEqual([
    owner,
    null,
    'member-removed',
  ])
  expect((bodies[5]!['epochs'] as Value[]).length).toBe((handedOver['streams'] as Value[]).length)
})

test('C3: a grant from now on names the head to which the hashes before it lead', () => {
  let h = tagged('stream-start', unhex(vectors.vault), unhex(vectors.stream))
  const outcomes = { current: 1, conflict: 2, void: 3 }
  for (const [index, encoded] of vectors.bare.entries.entries()) {
    const entry = map(cbor(unhex(encoded)))
    expect([entry['n'], hex(entry['header']), entry['body'], entry['proof']]).toEqual([index + 1, '', null, null])
    const outcome = Buffer.from([outcomes[entry['outcome'] as keyof typeof outcomes]])
    h = tagged('stream', h, u64(index + 1), outcome, entry['bodyHash'] as Buffer)
  }
  expect([vectors.bare.entries.length, hex(h)]).toEqual([vectors.bare.head.n, vectors.bare.head.h])
  const opens = vectors.entries[3]!.opens.map((open) => map(cbor(unhex(open))))
  const granted = (opens[0]!['streams'] as Value[]).map(map)
  const [now, audit] = granted
  expect([map(now!['from'])['n'], hex(map(now!['from'])['h'])]).toEqual([vectors.bare.head.n, vectors.bare.head.h])
  expect(audit!['from']).toBe(0)
  const renewed = (bodies[3]!['epochs'] as Value[]).map((each) => hex(map(each)['stream']))
  expect(renewed).toContain(vectors.stream)
})
