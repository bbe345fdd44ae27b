/** Pairing (K8): what packages/protocol reads, names and shows is what the committed vectors hold, and nothing else is a code. */
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import {
  PairingAnswer,
  PairingCode,
  pairingCommitment,
  pairingContext,
  pairingDevice,
  pairingNumber,
  pairingPlace,
  PairingReveal,
  readPairingCode,
  writePairingCode,
} from '@chartkeep/protocol/pairing'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { countingBytes, fromHex, readVectors } from '../../support/vectors.ts'

const { pairings } = readVectors<{
  pairings: {
    text: string
    code: string
    device: string
    place: string
    answer: string
    reveal: string
    commitment: string
    places: number[]
    digits: string
  }[]
}>('pairing/pairing.json')
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('K8: a code', () => {
  test('K8: reads from its text, however it was wrapped, and is written alike', () => {
    expect(pairings.length).toBeGreaterThan(0)
    for (const { text, code } of pairings) {
      const read = readPairingCode(text)!
      expect(hex(encodeMessage(read))).toBe(code)
      expect(writePairingCode(read)).toBe(text)
      expect(readPairingCode(` ${text.slice(0, 40)}\n\t${text.slice(40)}  \n`)).toEqual(read)
    }
  })

  test('K8: its device, its place, and what is before each message follow from it', () => {
    for (const { code: encoded, device, place } of pairings) {
      const code = decodeAs(PairingCode, fromHex(encoded))!
      expect(hex(pairingDevice(code))).toBe(device)
      expect(hex(pairingPlace(code))).toBe(place)
      for (const kind of ['answer', 'reveal', 'end'] as const) {
        const expected = createHash('sha256').update(`chartkeep/pairing-${kind}/v1`).update(fromHex(encoded)).digest()
        expect(hex(pairingContext(kind, code))).toBe(hex(expected))
      }
    }
  })

  test('K8: both screens show the committed words and digits, and other ones when anything differs', () => {
    for (const { code: encoded, answer, reveal, commitment, places, digits } of pairings) {
      const code = decodeAs(PairingCode, fromHex(encoded))!
      const said = decodeAs(PairingAnswer, fromHex(answer))!
      const shown = decodeAs(PairingReveal, fromHex(reveal))!
      expect(hex(pairingCommitment(shown))).toBe(commitment)
      const number = pairingNumber(code, said, shown)
      expect([number.words, number.digits]).toEqual([places, digits])
      for (const other of [
        pairingNumber({ ...code, server: 'https://other.example' }, said, shown),
        pairingNumber(code, { ...said, name: 'Somebody else' }, shown),
        pairingNumber(code, said, { ...shown, nonce: countingBytes(32) }),
      ])
        expect([other.words, other.digits]).not.toEqual([places, digits])
    }
  })

  test('K2, K8: under keys that nobody can use, with another beginning, or in another form it is none', () => {
    const { text, code: encoded } = pairings[0]!
    const code = decodeAs(PairingCode, fromHex(encoded))!
    const zeros = new Uint8Array(32)
    for (const change of [{ ephemeral: zeros }, { box: zeros }, { sign: zeros }, { sign: countingBytes(32, 200) }])
      expect(readPairingCode(writePairingCode({ ...code, ...change }))).toBeNull()
    for (const other of [
      '',
      text.slice(1),
      text.replace('pair', 'pear'),
      text.slice(0, -4),
      `${text}!`,
      text.slice(15),
    ])
      expect(readPairingCode(other)).toBeNull()
    const more = Buffer.from(encodeMessage({ ...code, more: 1 })).toString('base64url')
    expect(readPairingCode(`chartkeep:pair:${more}`)).toBeNull()
  })
})

describe('K8: the number on both screens', () => {
  test('K8: has 20 digits, zeros in front as well', () => {
    const { code: encoded, answer, reveal } = pairings[0]!
    const [code, said, shown] = [
      decodeAs(PairingCode, fromHex(encoded))!,
      decodeAs(PairingAnswer, fromHex(answer))!,
      decodeAs(PairingReveal, fromHex(reveal))!,
    ]
    let short = 0
    for (let at = 0; at < 60; at++) {
      const other = { ...shown, nonce: countingBytes(32, at) }
      const { digits } = pairingNumber(code, said, other)
      expect(digits).toMatch(/^(\d{5} ){3}\d{5}$/u)
      if (digits.startsWith('0')) short += 1
    }
    expect(short).toBeGreaterThan(0)
  })

  test('K2, K8: reading a code changes none of its bytes', () => {
    const code = decodeAs(PairingCode, fromHex(pairings[0]!.code))!
    const high = code.ephemeral.map((byte, at) => (at === 31 ? byte | 0x80 : byte))
    expect(readPairingCode(writePairingCode({ ...code, ephemeral: high }))?.ephemeral).toEqual(high)
  })
})
