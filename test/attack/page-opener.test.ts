/**
 * Pulled pages that a worker opens (decision 0042): whatever a server sends, the verdicts, rows and evidence are those of a device that
 * opens everything itself; and a worker that dies, hangs or lies about its message costs time and nothing else.
 */
import { pad, randomBytes, sealBody } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import { envelopeHashOf, streamHead, type StreamEntry } from '@chartkeep/protocol/streams'
import { newestKey, rowToPlaintext } from '@chartkeep/sync/testing'
import type { DecryptWorkers } from '@chartkeep/sync/testing'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  forge,
  honestStream,
  save,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'
import { makeUpStream, onePage, serveInstead, type Lies } from '../support/hostile-server.ts'
import { threadOpeners } from '../support/opener-thread.ts'

const openers = threadOpeners()
afterAll(() => openers.close())

let world: AttackWorld
let medications: Uint8Array
let reader: Device

beforeEach(async () => {
  world = await createAttackWorld()
  medications = world.stream('medications')
  for (const text of ['one', 'two', 'three']) await save(world.phone, 'medications', text)
  expect(await world.phone.sync()).toEqual({ type: 'synced' })
  reader = await world.addDevice('reader')
})

afterEach(() => world.close())

/** What a device without anything makes of it: outcome, rows, and all tables but the times in them. */
async function readAnew(lies: Lies, platform: DecryptWorkers | undefined) {
  reader.disk.length = 0
  reader.openers = platform
  await reader.reopen()
  reader.server.lies = lies
  const outcome = await reader.sync()
  const tables = reader.disk.flatMap(({ sync }) =>
    sync.map(({ table, key, value }) => [table, key, idText(sha256(value))]),
  )
  return {
    outcome,
    aside: aside(reader),
    rows: reader.rows.all(),
    tables,
    held: [...reader.machine.held.values()].map(({ what }) => what),
  }
}

/** Both ways; the worker was asked, and answered all that it was asked. */
async function readBothWays(lies: Lies) {
  const here = await readAnew(lies, undefined)
  const before = openers.answered
  const there = await readAnew(lies, openers)
  expect(openers.answered).toBeGreaterThan(before)
  // A stream that stops does not wait for what of it is still being opened.
  await expect.poll(() => openers.answered, { timeout: 60_000 }).toBe(openers.asked)
  expect(openers.alive).toBe(0)
  expect(there).toEqual(here)
  return there
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at < 0 ? copy.length + at : at]! ^= 1
  return copy
}

const bent = (bend: (entries: StreamEntry[]) => StreamEntry[]): Lies => ({
  pull: (honest) => onePage(honest, medications, (page) => ({ ...page, entries: bend(page.entries) })),
})

const second = (bend: (entry: StreamEntry, others: StreamEntry[]) => StreamEntry): Lies =>
  bent((entries) => entries.map((entry, index) => (index === 1 ? bend(entry, entries) : entry)))

test('S4, E4: a body or header that was changed in any part, or taken from another entry, stops the stream in a worker as here', async () => {
  const lies: [string, Lies][] = [
    ['nonce', second((entry) => ({ ...entry, body: flipped(entry.body!, 0) }))],
    ['commitment', second((entry) => ({ ...entry, body: flipped(entry.body!, 30) }))],
    ['box', second((entry) => ({ ...entry, body: flipped(entry.body!, -1) }))],
    ['empty', second((entry) => ({ ...entry, body: new Uint8Array() }))],
    ['body hash', second((entry) => ({ ...entry, bodyHash: flipped(entry.bodyHash, 3) }))],
    [
      'another body with its hash',
      second((entry, [first]) => ({ ...entry, body: first!.body, bodyHash: first!.bodyHash })),
    ],
    ['header', second((entry) => ({ ...entry, header: flipped(entry.header, 40) }))],
    ['a void with a body', second((entry) => ({ ...entry, outcome: 'void' }))],
    ['reversed', bent((entries) => entries.toReversed())],
  ]
  for (const [what, lie] of lies) {
    const { outcome, rows } = await readBothWays(lie)
    expect([what, outcome.type]).toEqual([what, 'stopped'])
    expect(rows.filter(({ collectionName }) => collectionName === 'medications')).toEqual([])
  }
})

test('E5, E6: a signature, a path or a place in the batch that is not the author’s is quarantined in a worker as here', async () => {
  for (const lie of [
    second((entry) => ({ ...entry, proof: { ...entry.proof!, signature: flipped(entry.proof!.signature, 2) } })),
    second((entry) => ({
      ...entry,
      proof: { ...entry.proof!, path: entry.proof!.path.map((hash) => flipped(hash, 0)) },
    })),
    second((entry) => ({ ...entry, proof: { ...entry.proof!, index: entry.proof!.index ^ 1 } })),
    second((entry, [first]) => ({ ...entry, proof: first!.proof })),
  ]) {
    // Asked for again at the end of a pass, it would come with its true proof.
    const { aside: reasons, rows } = await readBothWays({ ...lie, fetchBodies: () => ({ entries: [] }) })
    expect(reasons).toEqual(['signature'])
    expect(rows.some(({ resource }) => resource.includes('"two"'))).toBe(false)
  }
})

test('E2, E6: what the author’s own device sealed wrongly is quarantined for the same reason in a worker as here', async () => {
  const { phone } = world
  const entries = await honestStream(world, medications)
  const id = idText(medications)
  const plain = rowToPlaintext(idText(world.vault), phone.rows.all()[0]!)
  const padded = new Uint8Array(512)
  const forged: [string, StreamEntry][] = [
    ['seal', await forge(phone, medications, {}, { key: randomBytes(32) })],
    ['inner', await forge(phone, medications, {}, { bytes: plain })],
    ['inner', await forge(phone, medications, {}, { bytes: utf8ToBytes('not a record') })],
    ['inner', await forge(phone, medications, {}, { bytes: Uint8Array.of(0xff, 0xfe) })],
    ['inner', await forge(phone, medications, {}, { text: '{"resourceType":' })],
    ['inner', await forge(phone, medications, { paddedLength: 256 + 32 })],
    ['inner', await forge(phone, medications, { paddedLength: 512 })],
    ['collection', await forge(phone, medications, {}, { text: '{"resourceType":"Patient","id":"peanut"}' })],
  ]
  // Padding that no pad() gives, under a header that tells its true length.
  const unpadded = await forge(phone, medications, { paddedLength: padded.length })
  const body = sealBody(
    newestKey(phone.machine, id)!.key,
    unpadded.header,
    pad(new Uint8Array(300)).fill(0),
    randomBytes(24),
  )
  forged.push(['signature', { ...unpadded, body, bodyHash: sha256(body) }])
  for (const [reason, entry] of forged) {
    const made = await makeUpStream(world.key, world.vault, medications, [...entries, entry])
    const read = await readBothWays(serveInstead(medications, made))
    expect(read.aside).toEqual([reason])
    expect(shown(reader, 'medications')).toEqual(texts('medications', 'one', 'two', 'three'))
  }
})

test('E6: a parent in another record, a device that is not admitted, an epoch whose key is unknown: none of it depends on who opens', async () => {
  const { phone } = world
  const entries = await honestStream(world, medications)
  const parent = envelopeHashOf(entries[1]!.header, entries[1]!.bodyHash)
  for (const entry of [
    { ...(await forge(phone, medications, { parent })), outcome: 'conflict' as const },
    await forge(phone, medications, { epoch: 9 }, { key: randomBytes(32) }),
    await forge(phone, medications, { device: randomBytes(16), deviceSeq: 1, devicePrevious: new Uint8Array(32) }),
    await forge(phone, medications, {
      streamHead: { ...streamHead(phone.machine.streams.get(idText(medications))!), n: 2 },
    }),
  ]) {
    const made = await makeUpStream(world.key, world.vault, medications, [...entries, entry])
    const { rows } = await readBothWays(serveInstead(medications, made))
    expect(rows.some(({ resource }) => resource.includes('"forged"'))).toBe(false)
  }
})

test('Y4: an honest history with changes, conflicts and deletions reads the same both ways, byte for byte', async () => {
  const { laptop, phone } = world
  await laptop.sync()
  const one = laptop.rows.all().find(({ resource }) => resource.includes('"one"'))!
  await save(laptop, 'medications', 'one, by the laptop', one.id)
  await save(phone, 'medications', 'one, by the phone', one.id)
  for (const device of [laptop, phone, laptop]) await device.sync()
  const { outcome, rows, tables } = await readBothWays({})
  expect(outcome).toEqual({ type: 'synced' })
  expect(rows.length).toBeGreaterThan(2)
  expect(tables.some(([table]) => table === 'conflict' || table === 'past' || table === 'head')).toBe(true)
})

/** The thread's platform, with one thing about its ports changed. */
function failing(
  bend: (port: ReturnType<DecryptWorkers['spawn']>) => ReturnType<DecryptWorkers['spawn']>,
): DecryptWorkers {
  return { ...openers, spawn: () => bend(openers.spawn()) }
}

test('Y5: a worker that dies, says nothing, cannot be started or answers something else costs nothing: all is opened here', async () => {
  const honest = await readAnew({}, undefined)
  expect(honest.outcome).toEqual({ type: 'synced' })
  const failures: [string, DecryptWorkers][] = [
    ['says nothing', { ...failing((port) => ({ ...port, postMessage() {} })), patienceMs: 30 }],
    ['is never ready', failing((port) => ({ ...port, onMessage() {} }))],
    [
      'dies when asked',
      failing((port) => {
        const listeners: (() => void)[] = []
        return {
          ...port,
          onFailure: (listener) => void listeners.push(listener),
          postMessage: () => setImmediate(() => listeners.forEach((tell) => tell())),
        }
      }),
    ],
    ['takes no message', failing((port) => ({ ...port, postMessage: () => expect.fail('this port is closed') }))],
    ['cannot be started', failing(() => expect.fail('no worker may be started here'))],
    [
      'answers about fewer',
      failing((port) => ({
        ...port,
        onMessage: (listener) =>
          port.onMessage((message) => {
            const { opened, ...rest } = message as { opened?: unknown[] }
            listener(opened === undefined ? message : { ...rest, opened: opened.slice(1) })
          }),
      })),
    ],
  ]
  for (const [what, platform] of failures) {
    const read = await readAnew({}, platform)
    expect([what, read]).toEqual([what, honest])
  }
})

test('K9: what a worker opened under one key or name is not taken under another', async () => {
  // The thread is given a key that is not the stream'the current s: what it says about the seal is not believed.
  const wrong = failing((port) => ({
    ...port,
    postMessage(message, transfer) {
      ;(message as { keys: Uint8Array }).keys.fill(7)
      port.postMessage(message, transfer)
    },
  }))
  // The control: a worker is believed, so that this lie of a broken one shows.
  expect((await readAnew({}, wrong)).aside).toContain('seal')
  const slow = failing((port) => ({
    ...port,
    postMessage(message, transfer) {
      // While the worker is at it, the keys of the vault are read again, and this epoch's is another one.
      const stream = reader.machine.keys.streams.get(idText(medications))
      stream?.byEpoch.set(
        1,
        stream.byEpoch.get(1)!.map((byte) => byte ^ 1),
      )
      port.postMessage(message, transfer)
    },
  }))
  const { aside: reasons } = await readAnew({}, slow)
  expect(reasons).toContain('seal')
})
