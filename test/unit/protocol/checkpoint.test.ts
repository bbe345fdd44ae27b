import { generateSigningKeyPair, sign, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import {
  auditOrigin,
  checkpointText,
  cosignedBy,
  deviceWitness,
  readCheckpoint,
  verifyCheckpoint,
} from '@chartkeep/protocol/audit'
import { base64ToBytes, bytesToBase64, cosignature, noteSignature, writeNote } from '@chartkeep/protocol/signed'
import { readNote, verifyNote } from '@chartkeep/protocol/signed'
import { verifyCosignature, type Note } from '@chartkeep/protocol/testing'
import { describe, expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'
import { countingBytes, flipBit, fromBase64 } from '../../support/vectors.ts'

const random = seededBytes('checkpoint')
const server = generateSigningKeyPair(random)
const device = generateSigningKeyPair(random)
const deviceId = countingBytes(16, 3)
const vault = countingBytes(16)
const by = (pair: typeof server) => (message: Uint8Array) => sign(pair, message)

async function signed(size = 5, root = countingBytes(32), time = 1_800_000_000_123): Promise<Note> {
  const text = checkpointText({ vault, size, root, time })
  return { text, signatures: [await noteSignature(text, auditOrigin(vault), server.publicKey, by(server))] }
}

describe('A3: notes of others', () => {
  /** From the documentation of golang.org/x/mod/sumdb/note. */
  const goText = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
  const goNote = `${goText}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`
  /** From https://c2sp.org/signed-note. */
  const specNote =
    'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

  test.each([
    ['PeterNeumann', 'ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', goNote],
    ['example.com/foo', 'AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k', specNote],
  ])('A3: the published note of %s verifies, and no other text under its signature', async (name, key, written) => {
    const note = readNote(written)!
    const publicKey = fromBase64(key).subarray(1)
    expect(writeNote(note)).toBe(written)
    expect(await verifyNote(note, name, publicKey)).toBe(true)
    expect(await verifyNote({ ...note, text: `${note.text}\n` }, name, publicKey)).toBe(false)
    expect(await verifyNote(note, 'another', publicKey)).toBe(false)
    expect(await verifyNote(note, name, server.publicKey)).toBe(false)
  })

  test('A3: a signature comes out as the published one, byte for byte', async () => {
    const secret = fromBase64('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz').subarray(1)
    const pair = signingKeyPairFromSeed(secret)
    const line = await noteSignature(goText, 'PeterNeumann', pair.publicKey, by(pair))
    expect(writeNote({ text: goText, signatures: [line] })).toBe(goNote)
  })
})

describe('A3: a checkpoint', () => {
  test('A3, K3: reads back as it was written, begins with its domain, and holds under the key of the server alone', async () => {
    const note = await signed()
    const checkpoint = readCheckpoint(writeNote(note))!
    expect(checkpoint).toMatchObject({ vault, size: 5, root: countingBytes(32), time: 1_800_000_000_123 })
    expect(note.text.startsWith('chartkeep/audit/v1/')).toBe(true)
    expect(await verifyCheckpoint(checkpoint, server.publicKey)).toBe(true)
    expect(await verifyCheckpoint(checkpoint, device.publicKey)).toBe(false)
  })

  test('A3: with one bit changed anywhere it is not read, or its signature does not hold', async () => {
    const written = utf8ToBytes(writeNote(await signed()))
    for (let bit = 0; bit < written.length * 8; bit++) {
      const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(flipBit(written, bit))
      const checkpoint = readCheckpoint(text)
      expect(checkpoint !== null && (await verifyCheckpoint(checkpoint, server.publicKey)), `bit ${bit}`).toBe(false)
    }
  })

  test.each([
    ['leading zeros in the size', (text: string) => text.replace('\n5\n', '\n05\n')],
    ['a size that is no number', (text: string) => text.replace('\n5\n', '\n-5\n')],
    ['another origin', (text: string) => text.replace('audit/v1', 'audit/v2')],
    ['a root of another length', (text: string) => text.replace(/\n[^\n]{44}\n/, '\nAAAA\n')],
    ['a second extension line', (text: string) => text.replace('\ntime', '\nmore\ntime')],
    ['no time', (text: string) => text.replace(/time \d+\n/, '')],
    ['no signature', (text: string) => text.replace(/— .*\n/, '')],
    ['a signature line without its newline', (text: string) => text.slice(0, -1)],
    ['a carriage return', (text: string) => text.replace('\n5\n', '\r\n5\n')],
  ])('K10: %s is not read as a checkpoint', async (_, change) => {
    const written = writeNote(await signed())
    const changed = change(written)
    expect(changed).not.toBe(written)
    expect(readCheckpoint(changed)).toBeNull()
  })
})

describe('A3: a cosignature', () => {
  const witness = { id: deviceId, sign: device.publicKey }
  async function cosigned(seconds = 1_800_000_001) {
    const note = await signed()
    const line = await cosignature(note.text, deviceWitness(deviceId), device.publicKey, seconds, by(device))
    return { ...note, signatures: [...note.signatures, line] }
  }

  test('A3: is next to the signature of the server and says when the device saw the head', async () => {
    const checkpoint = readCheckpoint(writeNote(await cosigned()))!
    expect(await verifyCheckpoint(checkpoint, server.publicKey)).toBe(true)
    expect(await cosignedBy(checkpoint, witness)).toBe(1_800_000_001_000)
  })

  test('A3: holds for one text, one time, one name and one key', async () => {
    const note = await cosigned()
    const name = deviceWitness(deviceId)
    const line = note.signatures[1]!
    const later = { ...line, bytes: flipBit(line.bytes, 63) }
    expect(await verifyCosignature({ ...note, signatures: [later] }, name, device.publicKey)).toBeNull()
    expect(
      await verifyCosignature({ ...note, text: note.text.replace('\n5\n', '\n6\n') }, name, device.publicKey),
    ).toBeNull()
    expect(await cosignedBy(readCheckpoint(writeNote(note))!, { ...witness, id: vault })).toBeNull()
    expect(await cosignedBy(readCheckpoint(writeNote(note))!, { ...witness, sign: server.publicKey })).toBeNull()
    expect(
      await verifyCosignature(
        { ...note, signatures: [{ ...line, bytes: line.bytes.slice(1) }] },
        name,
        device.publicKey,
      ),
    ).toBeNull()
  })

  test('K3: a signature of the server is no cosignature, and the other way round', async () => {
    const note = await cosigned()
    expect(await verifyCosignature(note, auditOrigin(vault), server.publicKey)).toBeNull()
    expect(await verifyNote(note, deviceWitness(deviceId), device.publicKey)).toBe(false)
  })
})

test('K10: base64 of a note has one spelling', () => {
  for (const length of [0, 1, 2, 3, 4, 68]) {
    const bytes = countingBytes(length, 250)
    expect(bytesToBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    expect(base64ToBytes(bytesToBase64(bytes))).toEqual(bytes)
  }
  for (const text of ['A', 'AA', 'AA=', 'AAA', 'AB==', 'AA==\n', 'A-==', 'AA==='])
    expect(base64ToBytes(text)).toBeNull()
})

test('K10, Y2: base64 that is padding, as long as a record can hold, is refused at once', { timeout: 10_000 }, () => {
  expect(base64ToBytes(`${'='.repeat(250_000)}A`)).toBeNull()
})

describe('K10: a note has one spelling', () => {
  const line = (name: string, bytes: number) => `\u2014 ${name} ${bytesToBase64(countingBytes(bytes))}\n`
  const note = (text: string, ...lines: string[]) => `${text}\n${lines.join('')}`

  test('K10: text, an empty line and lines of signatures, and nothing before, between or behind', () => {
    expect(readNote(note('a\n', line('n', 5)))).toEqual({
      text: 'a\n',
      signatures: [{ name: 'n', keyId: countingBytes(4), bytes: countingBytes(1, 4) }],
    })
    expect(readNote(note('a\n\nb\n', line('n', 5), line('m', 6)))?.text).toBe('a\n\nb\n')
    for (const wrong of [
      note('', line('n', 5)),
      note('\n', line('n', 5)),
      note('a\n'),
      note('a\n', ` ${line('n', 5)}`),
      note('a\n', `x${line('n', 5)}`),
      note('a\n', line('n', 5).replace('\n', ' more\n')),
      note('a\n', line('n', 5).replace('\n', '\u00a0\n')),
      note('a\n', line('', 5)),
      note('a\n', line('n+m', 5)),
      note('a\n', line('n m', 5)),
      note('a\n', line('n', 5), 'x\n'),
      note('a\n', line('n', 5).replace('\u2014', '-')),
      note('a\n', line('n', 5), '\n'),
      'a\n',
      '',
    ])
      expect(readNote(wrong), JSON.stringify(wrong)).toBeNull()
  })

  test('K10: a signature is longer than the id of its key', () => {
    for (const length of [0, 3, 4]) expect(readNote(note('a\n', line('n', length)))).toBeNull()
    expect(readNote(note('a\n', line('n', 5)))?.signatures[0]?.bytes).toHaveLength(1)
  })

  test('S8, K10: at most 16,384 characters, all of them well formed', () => {
    const rest = note('\n', line('n', 5)).length
    const long = (length: number) => readNote(note(`${'x'.repeat(length - rest)}\n`, line('n', 5)))
    expect(long(16_384)?.signatures).toHaveLength(1)
    expect(long(16_385)).toBeNull()
    expect(readNote(note('a\ud800\n', line('n', 5)))).toBeNull()
    expect(readNote(note('a\ud83d\ude00\n', line('n', 5)))).not.toBeNull()
  })

  test('A3: a signature counts under its own name and key id, wherever it is, and in its one length', async () => {
    const text = 'a\n'
    const own = await noteSignature(text, 'n', server.publicKey, by(server))
    const others = [
      { ...own, name: 'm' },
      { ...own, keyId: countingBytes(4), bytes: countingBytes(64) },
    ]
    expect(await verifyNote({ text, signatures: [...others, own] }, 'n', server.publicKey)).toBe(true)
    expect(await verifyNote({ text, signatures: others }, 'n', server.publicKey)).toBe(false)
    for (const bytes of [own.bytes.slice(1), own.bytes.slice(0, 63), new Uint8Array([...own.bytes, 0])])
      expect(await verifyNote({ text, signatures: [{ ...own, bytes }] }, 'n', server.publicKey)).toBe(false)
    const seen = await cosignature(text, 'w', device.publicKey, 5, by(device))
    const around = [
      { ...seen, name: 'm' },
      { ...seen, keyId: countingBytes(4), bytes: countingBytes(72) },
    ]
    const when = (signatures: Note['signatures']) => verifyCosignature({ text, signatures }, 'w', device.publicKey)
    expect(await when([...around, seen])).toBe(5)
    expect(await when(around)).toBeNull()
    const lengths = [1, 7, 8, 71].map((length) => seen.bytes.slice(0, length))
    for (const bytes of [...lengths, new Uint8Array([...seen.bytes, 0]), seen.bytes.slice(8)])
      expect(await when([{ ...seen, bytes }])).toBeNull()
  })

  test('A3: a time beyond 2^53 - 1 is none, though its witness signed it', async () => {
    const text = 'a\n'
    const most = Number.MAX_SAFE_INTEGER
    const seen = await cosignature(text, 'w', device.publicKey, most, by(device))
    expect(await verifyCosignature({ text, signatures: [seen] }, 'w', device.publicKey)).toBe(most)
    const beyond = seen.bytes.slice()
    beyond.set([0, 0x20, 0, 0, 0, 0, 0, 0])
    beyond.set(await sign(device, utf8ToBytes(`cosignature/v1\ntime ${most + 1}\n${text}`)), 8)
    expect(
      await verifyCosignature({ text, signatures: [{ ...seen, bytes: beyond }] }, 'w', device.publicKey),
    ).toBeNull()
  })

  test('A3: a tree without leaves and a clock at its beginning are numbers too', async () => {
    const written = writeNote(await signed(0, countingBytes(32), 0))
    expect(readCheckpoint(written)).toMatchObject({ size: 0, time: 0 })
  })
})
