/** The backup file as a container: what comes back, and that each kind of harm is told from the others. */
import { createDecipheriv, hkdfSync } from 'node:crypto'
import {
  boxKeyPairFromSecretKey,
  generateRecoveryCode,
  openSealedBox,
  parseRecoveryCode,
  randomBytes,
  recoveryKeys,
} from '@chartkeep/crypto'
import {
  bytesToHex,
  concatBytes,
  decodeCbor,
  encodeCbor,
  uint32ToBytes,
  type CborValue,
} from '@chartkeep/crypto/encoding'
import { sha256, taggedHash } from '@chartkeep/crypto/hash'
import * as fc from 'fast-check'
import { sourceOf } from '@chartkeep/interop'
import {
  BackupFault,
  backupLockText,
  createBackupLock,
  openBackup,
  parseBackupLock,
  sealBackup,
  type BackupKey,
  type BackupSummary,
} from '@chartkeep/interop/backup'
import { beforeAll, describe as group, expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const MB = 1024 * 1024
const PART = MB + 16
const END = 24
const PASSPHRASE = 'four words of rain'
const lock = await createBackupLock(PASSPHRASE)
const code = generateRecoveryCode()
const kit = recoveryKeys(parseRecoveryCode(code)!).box

const hashes = (of: readonly Uint8Array[]) => of.map((item) => bytesToHex(sha256(item)))

async function* each(items: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* items
}

async function write(items: readonly Uint8Array[]): Promise<{ bytes: Uint8Array; summary: BackupSummary }> {
  const pieces: Uint8Array[] = []
  const sealed = sealBackup({ lock, kit: kit.publicKey, planned: items.length, items: each(items) })
  for (;;) {
    const next = await sealed.next()
    if (next.done === true) return { bytes: concatBytes(...pieces), summary: next.value }
    pieces.push(next.value)
  }
}

interface Outcome {
  /** What was wrong, '' for nothing. */
  type: string
  read: number
  all: number | null
  items: Uint8Array[]
  summary: BackupSummary | null
}

async function read(bytes: Uint8Array, key: BackupKey = { code }): Promise<Outcome> {
  const items: Uint8Array[] = []
  const opened = await openBackup(sourceOf(bytes), key)
  if (opened.type !== 'opened') return { type: opened.type, read: 0, all: null, items, summary: null }
  try {
    for (;;) {
      const next = await opened.items.next()
      if (next.done === true) return { type: '', read: items.length, all: null, items, summary: next.value }
      items.push(next.value)
    }
  } catch (error) {
    if (!(error instanceof BackupFault)) throw error
    return { type: error.fault, read: error.read, all: error.all, items, summary: null }
  }
}

// Three parts: items that end inside a part, at its end and in the next one.
const items = [randomBytes(1), randomBytes(MB - 200), randomBytes(MB), randomBytes(70_000), randomBytes(900_000)]
let file: Uint8Array
let summary: BackupSummary
let parts: number
let headBytes: number

beforeAll(async () => {
  ;({ bytes: file, summary } = await write(items))
  headBytes = 16 + 5 + new DataView(file.buffer, file.byteOffset).getUint32(17) + 32
  parts = Math.ceil((file.length - headBytes - END) / PART)
})

group('K11: a whole backup', () => {
  test('K11: every item comes back by the passphrase and by the kit, and reading gives the figures of writing', async () => {
    expect(parts).toBe(3)
    for (const key of [{ code }, { passphrase: PASSPHRASE }]) {
      const back = await read(file, key)
      expect(back.type).toBe('')
      expect(hashes(back.items)).toEqual(hashes(items))
      expect(back.summary).toEqual(summary)
    }
    expect(summary).toMatchObject({ items: items.length, fileBytes: file.length })
  })

  test.each([0, MB - 32])('K11: no item at all, or one of %i bytes that ends at the edge of a part', async (length) => {
    const one = length === 0 ? [] : [randomBytes(length)]
    const { bytes } = await write(one)
    expect(hashes((await read(bytes)).items)).toEqual(hashes(one))
  })

  test('K11, K1: another implementation opens it by the layout that docs/spec names', async () => {
    const headLength = new DataView(file.buffer, file.byteOffset).getUint32(17)
    const head = file.subarray(0, headBytes)
    const { byKit } = decodeCbor(file.subarray(21, 21 + headLength))!.value as { byKit: Uint8Array }
    const fileKey = openSealedBox(boxKeyPairFromSecretKey(kit.secretKey), byKit)!
    const info = Buffer.concat([Buffer.from('chartkeep/backup-part/v1'), sha256(head)])
    const key = Buffer.from(hkdfSync('sha256', fileKey, Buffer.alloc(0), info, 32))
    const plain: Buffer[] = []
    for (let index = 0; index < parts; index++) {
      const nonce = Buffer.alloc(12)
      nonce.writeUInt32BE(index, 7)
      nonce[11] = index === parts - 1 ? 1 : 0
      const sealed = file.subarray(
        headBytes + index * PART,
        Math.min(headBytes + (index + 1) * PART, file.length - END),
      )
      const decipher = createDecipheriv('aes-256-gcm', key, nonce)
      decipher.setAuthTag(sealed.subarray(-16))
      plain.push(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]))
    }
    const text = Buffer.concat(plain)
    expect(text.readBigUInt64BE(0)).toBe(5n)
    expect(text.readUInt32BE(8)).toBe(1)
    expect(text[12]).toBe(items[0]![0])
    expect(Buffer.from(file.subarray(-END, -8)).toString()).toBe('chartkeep-end-v1')
  })

  test('K11: none of an item is in the file', async () => {
    const canary = new TextEncoder().encode('Mei Lin Chen, HbA1c 6.90 %')
    const { bytes } = await write([canary])
    expect(Buffer.from(bytes).includes(Buffer.from(canary))).toBe(false)
  })
})

group('K11: what is wrong is told apart', () => {
  test('K11: another passphrase and another kit say so; a code with a typing error is no kit', async () => {
    expect((await read(file, { passphrase: 'four words of snow' })).type).toBe('wrong-passphrase')
    expect((await read(file, { passphrase: '' })).type).toBe('wrong-passphrase')
    expect((await read(file, { code: generateRecoveryCode() })).type).toBe('wrong-kit')
    expect((await read(file, { code: `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}` })).type).toBe('bad-code')
  })

  test('K11: a file that is cut off at any part, in its middle, in the head or in the end is incomplete', async () => {
    const cuts = [17, 100, headBytes - 1, headBytes, headBytes + 1, file.length - 1, file.length - 9, file.length - END]
    for (let index = 1; index < parts; index++) {
      const border = headBytes + index * PART
      cuts.push(border - 1, border, border + 1, border + 16, border + END, border + END + 1, border + 500)
    }
    for (const cut of cuts) expect([cut, (await read(file.subarray(0, cut))).type]).toEqual([cut, 'incomplete'])
    expect((await read(file.subarray(0, 0))).type).toBe('not-a-backup')
  })

  test('K11: an incomplete file says where it ends, and what came before is genuine', async () => {
    const back = await read(file.subarray(0, headBytes + PART))
    expect(back).toMatchObject({ type: 'incomplete', read: 2, all: 5 })
    expect(hashes(back.items)).toEqual(hashes(items.slice(0, 2)))
    expect(await read(file.subarray(0, headBytes + 9))).toMatchObject({ read: 0, all: null })
  })

  test('K11: any changed bit is damage, never another content, an incomplete file or a wrong kit', async () => {
    const places = fc.sample(fc.integer({ min: 0, max: file.length - 1 }), seeded(24))
    for (let at = 16; at < headBytes; at += 23) places.push(at)
    for (let back = 1; back <= END + 17; back += 4) places.push(file.length - back)
    for (const at of places) {
      const changed = file.slice()
      changed[at]! ^= 1 << (at % 8)
      const expected = at < 16 ? 'not-a-backup' : 'damaged'
      expect([at, (await read(changed)).type]).toEqual([at, expected])
    }
  })

  test('K11: parts in another order, left out, doubled, or of another backup under the same kit are damage', async () => {
    const part = (of: Uint8Array, index: number) =>
      of.subarray(headBytes + index * PART, headBytes + (index + 1) * PART)
    const { bytes: other } = await write(items)
    const head = file.subarray(0, headBytes)
    const rest = file.subarray(headBytes + 2 * PART)
    const build = (...of: Uint8Array[]) => concatBytes(head, ...of, rest)
    const [a, b] = [part(file, 0), part(file, 1)]
    const harmed = {
      swapped: build(b, a),
      leftOut: build(a),
      doubled: build(a, a, b),
      foreign: build(a, part(other, 1)),
      foreignHead: concatBytes(other.subarray(0, headBytes), file.subarray(headBytes)),
      appended: concatBytes(file, new Uint8Array(1)),
      two: concatBytes(file, file),
    }
    for (const [name, bytes] of Object.entries(harmed))
      expect([name, (await read(bytes)).type]).toEqual([name, 'damaged'])
    expect((await read(build(a, b))).type).toBe('')
  })

  test('K11: any other file is no backup, and a version to come says so', async () => {
    expect((await read(new TextEncoder().encode('{"resourceType":"Bundle"}'.repeat(4)))).type).toBe('not-a-backup')
    const newer = file.slice(0, headBytes)
    newer[16] = 2
    expect((await read(newer)).type).toBe('damaged')
  })
})

group('K11: as a stream', () => {
  test('K11: writing and reading keep no more than a few parts, and stop when they are told to', async () => {
    let made = 0
    let taken = 0
    async function* many() {
      for (let index = 0; index < 40; index++) {
        made++
        yield new Uint8Array(MB).fill(index)
      }
    }
    const stop = new AbortController()
    const sealed = sealBackup({
      lock,
      kit: kit.publicKey,
      planned: 40,
      items: many(),
      signal: stop.signal,
    })
    let ahead = 0
    const writeSlowly = async () => {
      for await (const piece of sealed) {
        taken += piece.length
        ahead = Math.max(ahead, made - Math.floor(taken / MB))
        if (made === 20) stop.abort(new Error('enough'))
      }
    }
    await expect(writeSlowly()).rejects.toThrow('enough')
    expect(ahead).toBeLessThanOrEqual(4)
    expect(made).toBeLessThan(23)
  })

  test('K11: a disk that refuses in the middle is neither an incomplete nor a damaged backup', async () => {
    const source = {
      async *stream() {
        yield file.subarray(0, headBytes + PART + 5000)
        throw new Error('EIO')
      },
    }
    const opened = await openBackup(source, { code })
    expect(opened.type).toBe('opened')
    if (opened.type !== 'opened') return
    const all = async () => {
      for await (const _ of opened.items) void _
    }
    await expect(all()).rejects.toMatchObject({ name: 'BackupFault', fault: 'unreadable' })
  })
})

group('K11: the lock', () => {
  test('K11: a lock that is kept as text opens what it locked, and so does its passphrase; another lock does not', async () => {
    const kept = parseBackupLock(backupLockText(lock))!
    expect(kept).toEqual(lock)
    expect((await read(file, { lock: kept })).type).toBe('')
    expect((await read(file, { passphrase: PASSPHRASE })).type).toBe('')
    expect((await read(file, { lock: await createBackupLock(PASSPHRASE) })).type).toBe('wrong-passphrase')
    const other = { ...lock, key: lock.key.map((byte) => byte ^ 1) }
    expect((await read(file, { lock: other })).type).toBe('wrong-passphrase')
  })

  test.each(['', 'nothing', backupLockText({ ...lock, key: lock.key.subarray(1) }), `${backupLockText(lock)}A`])(
    'K11: %j is no lock',
    (text) => {
      expect(parseBackupLock(text)).toBeNull()
    },
  )
})

test('K11, K10: a head that somebody made with work without end is damaged, and none of that work is begun', async () => {
  const { bytes } = await write([randomBytes(100)])
  const before = 21
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(17)
  const head = decodeCbor(bytes.subarray(before, before + length))!.value as { [key: string]: CborValue }
  const forged = (parameters: CborValue) => {
    const map = encodeCbor({ ...head, parameters })
    const body = concatBytes(bytes.subarray(0, 17), uint32ToBytes(map.length), map)
    return concatBytes(body, taggedHash('backup-head', body), bytes.subarray(before + length + 32))
  }
  const usual = { memoryKiB: 65_536, passes: 3, lanes: 1 }
  // The same parameters in a head of the same making: read.
  expect((await read(forged(usual), { passphrase: PASSPHRASE })).type).toBe('')
  for (const more of [
    { memoryKiB: 2 ** 40 },
    { memoryKiB: 1_048_576, passes: 16, lanes: 16 },
    { passes: 2 ** 32 },
    { lanes: 2 ** 24 },
    { memoryKiB: -1 },
    { passes: 0 },
    { memoryKiB: 8 },
  ]) {
    expect((await read(forged({ ...usual, ...more }), { passphrase: PASSPHRASE })).type).toBe('damaged')
    expect((await read(forged({ ...usual, ...more }))).type).toBe('damaged')
  }
})
