/** The committed vectors of pairing and of the kit's replacement (K5, K7, K8), by the second reader, which knows only docs/spec. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generatePairingVectors } from '../../vectors/pairing/generate.ts'
import {
  cbor,
  cborOf,
  openSealedBox,
  publicOf,
  sha256,
  signatureHolds,
  tagged,
  u64,
  unhex,
  type Value,
} from './second-reader.ts'

const load = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`../../vectors/pairing/${name}`, import.meta.url), 'utf8')) as T
const map = (value: Value | undefined) => value as { [key: string]: Value }
const bytes = (value: Value | undefined) => value as Buffer
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')

interface PairingVector {
  text: string
  code: string
  ephemeralSecret: string
  device: string
  place: string
  answer: string
  sealedAnswer: string
  replySecret: string
  reveal: string
  commitment: string
  sealedReveal: string
  end: string
  sealedEnd: string
  places: number[]
  en: string[]
  zh: string[]
  digits: string
}

const { words, pairings } = load<{ words: { en: string[]; zh: string[] }; pairings: PairingVector[] }>('pairing.json')

describe.each(pairings)('pairing $place', (vector) => {
  const code = unhex(vector.code)
  const [answer, reveal] = [unhex(vector.answer), unhex(vector.reveal)]
  const publicBox = (secret: string) => publicOf(Buffer.alloc(32), unhex(secret)).box

  test('K8: the code as text, its device and its place', () => {
    expect(vector.text).toBe(`chartkeep:pair:${code.toString('base64url')}`)
    const fields = map(cbor(code))
    expect(Object.keys(fields).toSorted()).toEqual(['box', 'commitment', 'ephemeral', 'server', 'sign', 'v'])
    expect(hex(cborOf(fields))).toBe(vector.code)
    expect(hex(tagged('device', bytes(fields['sign']), bytes(fields['box'])).subarray(0, 16))).toBe(vector.device)
    expect(hex(tagged('pairing-place', code).subarray(0, 16))).toBe(vector.place)
    expect(hex(bytes(fields['ephemeral']))).toBe(hex(publicBox(vector.ephemeralSecret)))
  })

  test('K8: the code commits to the reveal', () => {
    expect(hex(tagged('pairing-commitment', reveal))).toBe(vector.commitment)
    expect(hex(bytes(map(cbor(code))['commitment']))).toBe(vector.commitment)
    expect(Object.keys(map(cbor(reveal))).toSorted()).toEqual(['name', 'nonce', 'v'])
  })

  test('K8: answer, reveal and end open with their keys, each behind its own context', () => {
    const opened = [
      ['answer', vector.sealedAnswer, vector.ephemeralSecret, vector.answer],
      ['reveal', vector.sealedReveal, vector.replySecret, vector.reveal],
      ['end', vector.sealedEnd, vector.replySecret, vector.end],
    ] as const
    for (const [kind, sealed, secret, message] of opened) {
      const plain = openSealedBox(unhex(secret), unhex(sealed))!
      expect(hex(plain)).toBe(hex(tagged(`pairing-${kind}`, code)) + message)
    }
    expect(map(cbor(unhex(vector.end)))['outcome']).toBe('entered')
    expect(hex(bytes(map(cbor(answer))['reply']))).toBe(hex(publicBox(vector.replySecret)))
  })

  test('K8: six words and twenty digits from code, answer and reveal', () => {
    const hash = tagged('pairing-words', sha256(code), sha256(answer), sha256(reveal))
    expect([...hash.subarray(0, 6)]).toEqual(vector.places)
    expect(vector.places.map((place) => words.en[place])).toEqual(vector.en)
    expect(vector.places.map((place) => words.zh[place])).toEqual(vector.zh)
    const digits = (BigInt(`0x${hex(hash.subarray(6, 16))}`) % 10n ** 20n).toString().padStart(20, '0')
    expect(vector.digits.replaceAll(' ', '')).toBe(digits)
  })
})

interface KitVector {
  account: string
  serverKey: string
  usedAt: number
  entries: { body: string; signature: string }[]
  late: { id: string; sign: string }
  newKit: { id: string; boxSecret: string; lookup: string }
  head: { n: number; h: string }
}

describe('the log of a replaced kit', () => {
  const kit = load<KitVector>('kit.json')
  const bodies = kit.entries.map(({ body }) => map(cbor(unhex(body))))
  const hashes = kit.entries.map(({ body }) => hex(tagged('account-log', unhex(body))))

  test('K4: its chain, and each entry by a device that an entry before it brought', () => {
    const keys = new Map<string, Buffer>()
    const bring = (device: { [key: string]: Value }) =>
      keys.set(
        hex(tagged('device', bytes(device['sign']), bytes(device['box'])).subarray(0, 16)),
        bytes(device['sign']),
      )
    for (const [index, body] of bodies.entries()) {
      for (const field of ['device', 'recovery'] as const) if (index === 0) bring(map(body[field]))
      const message = Buffer.concat([Buffer.from('chartkeep/account-entry/v1'), unhex(kit.entries[index]!.body)])
      const signer = keys.get(hex(bytes(body['signer'])))!
      expect(signatureHolds(signer, message, unhex(kit.entries[index]!.signature))).toBe(true)
      expect(body['n']).toBe(index + 1)
      expect(hex(bytes(body['prev']))).toBe(index === 0 ? '00'.repeat(32) : hashes[index - 1])
      if (body['type'] === 'device-added') bring(map(body['device']))
      if (body['type'] === 'kit-replaced') bring(map(body['recovery']))
    }
    expect([bodies.length, hashes.at(-1)]).toEqual([kit.head.n, kit.head.h])
    expect(hex(tagged('account', unhex(kit.entries[0]!.body)).subarray(0, 16))).toBe(kit.account)
  })

  test('K7: the entry that replaces the kit names the old one, brings the next, and wraps the next key to it', () => {
    const old = map(bodies[0]!['recovery'])
    const entry = bodies.find(({ type }) => type === 'kit-replaced')!
    const fields = ['boxKey', 'device', 'n', 'prev', 'recovery', 'signer', 'type', 'v', 'waited']
    expect(Object.keys(entry).toSorted()).toEqual(fields)
    expect(hex(bytes(entry['device']))).toBe(
      hex(tagged('device', bytes(old['sign']), bytes(old['box'])).subarray(0, 16)),
    )
    const next = map(entry['recovery'])
    expect([next['kind'], hex(bytes(next['lookup']))]).toEqual(['recovery', kit.newKit.lookup])
    const wraps = map(entry['boxKey'])['wraps'] as { [key: string]: Value }[]
    const wrap = wraps.find(({ device }) => hex(bytes(device)) === kit.newKit.id)!
    expect(openSealedBox(unhex(kit.newKit.boxSecret), bytes(wrap['wrap']))).toHaveLength(64)
    expect(wraps.map(({ device }) => hex(bytes(device)))).not.toContain(hex(bytes(entry['device'])))
    expect(entry['waited']).toBeNull()
  })

  test('K7: the removal by a device that came in by the kit proves its 24 hours by two signed heads', () => {
    const removal = bodies.find(({ type }) => type === 'device-removed')!
    expect(hex(bytes(removal['signer']))).toBe(kit.late.id)
    const waited = map(removal['waited'])
    expect(hex(bytes(waited['key']))).toBe(kit.serverKey)
    const heads = ['first', 'last'].map((which) => map(waited[which])) as [Head, Head]
    for (const head of heads) {
      expect(head['kind']).toBe('account')
      expect(hex(bytes(head['id']))).toBe(kit.account)
      expect(Number(head['n'])).toBeGreaterThanOrEqual(kit.usedAt)
      expect(hex(bytes(head['h']))).toBe(hashes[Number(head['n']) - 1])
      const message = Buffer.concat([
        Buffer.from('chartkeep/head/v1'),
        Buffer.of(3),
        bytes(head['id']),
        u64(Number(head['n'])),
        bytes(head['h']),
        u64(Number(head['time'])),
      ])
      expect(signatureHolds(unhex(kit.serverKey), message, bytes(head['signature']))).toBe(true)
    }
    expect(Number(heads[1]['time']) - Number(heads[0]['time'])).toBe(86_400_000)
  })
})

type Head = { [key: string]: Value }

test('K7, K8: packages/ make every vector again, byte for byte: a change needs a decision record', async () => {
  const made = await generatePairingVectors()
  for (const [name, value] of Object.entries(made)) expect(value).toEqual(load(name))
})
