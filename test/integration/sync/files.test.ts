/** Files of records (B1, B2) between two devices and a server that may lie about chunks. */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { memoryChunks, type ChunkDisk } from '@chartkeep/store'
import {
  commitVersions,
  keepFile,
  prepareVersion,
  purgeFiles,
  readFile,
  sendFiles,
  TABLE,
  waitingCount,
} from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, type AttackWorld } from '../../support/attack-world.ts'
import type { Chunk } from '../../support/hostile-server.ts'

const MIB = 1024 * 1024

let world: AttackWorld
let here: ChunkDisk
let there: ChunkDisk
let stream: string

beforeEach(async () => {
  world = await createAttackWorld()
  here = memoryChunks()
  there = memoryChunks()
  stream = idText(world.stream('labs'))
})

afterEach(() => world.close())

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff)

const resourceWith = (url: string) =>
  JSON.stringify({
    resourceType: 'DocumentReference',
    content: [{ attachment: { contentType: 'application/pdf', title: 'report.pdf', url } }],
  })

const keep = (bytes: Uint8Array) =>
  keepFile(world.laptop.machine, here, stream, { name: 'report.pdf', contentType: 'application/pdf', bytes })

const readHere = (resource: string) => readFile(world.laptop.machine, here, world.laptop.server, resource)
const readThere = (resource: string) => readFile(world.phone.machine, there, world.phone.server, resource)
const file = (bytes: Uint8Array) => ({ name: 'report.pdf', contentType: 'application/pdf', bytes })

test.each([0, 1, 251, 252, MIB - 5, MIB - 4, MIB, 2 * MIB + 7])(
  'B1: a file of %i bytes is read on both devices',
  async (length) => {
    const bytes = bytesOf(length)
    const resource = resourceWith((await keep(bytes)).url)
    expect(await readHere(resource)).toEqual(file(bytes))
    expect(await readThere(resource)).toEqual({ type: 'not-here' })
    expect(waitingCount(world.laptop.machine)).toBe(1)
    expect(await sendFiles(world.laptop.machine, here, world.laptop.server)).toBeNull()
    expect(waitingCount(world.laptop.machine)).toBe(0)
    expect(await readThere(resource)).toEqual(file(bytes))
    // Kept: the second time it is here.
    world.phone.server.lies = { everything: () => ({ type: 'offline' }) }
    expect(await readThere(resource)).toEqual(file(bytes))
  },
)

test('B2: sizes at the server are padded, names are random, and two equal files share nothing', async () => {
  const sent = async (length: number) => {
    const from = world.laptop.server.sent.length
    await keep(bytesOf(length))
    await sendFiles(world.laptop.machine, here, world.laptop.server)
    return world.laptop.server.sent.slice(from)
  }
  const sizes = async (length: number) => (await sent(length)).map((bytes) => bytes.length)
  expect(await sizes(1)).toEqual(await sizes(250))
  expect(await sizes(100_400)).toEqual(await sizes(101_900))
  const [first] = await sent(5000)
  const [second] = await sent(5000)
  const windows = new Set<string>()
  for (let at = 0; at + 12 <= first!.length; at++)
    windows.add(Buffer.from(first!.subarray(at, at + 12)).toString('hex'))
  const shared = new Set<string>()
  for (let at = 0; at + 12 <= second!.length; at++) {
    const window = Buffer.from(second!.subarray(at, at + 12)).toString('hex')
    if (windows.has(window)) shared.add(window)
  }
  // Only vault, stream and field names are the same in both messages.
  expect(shared.size).toBeLessThan(200)
})

const lies: [string, (chunks: Chunk[]) => (honest: Chunk, index: number) => Chunk][] = [
  ['chunks in another order', (all) => (_, index) => all[1 - index] ?? all[2]!],
  ['the first chunk twice', (all) => () => all[0]!],
  ['a chunk cut short', () => (honest) => ({ ...honest, chunk: honest.chunk.slice(0, -1) })],
  ['an empty chunk', () => (honest) => ({ ...honest, chunk: new Uint8Array() })],
  [
    'a chunk with a byte more',
    () => (honest) => ({ ...honest, chunk: Uint8Array.from([...honest.chunk.subarray(0, 64), 0]) }),
  ],
  [
    'a changed byte',
    () => (honest, index) =>
      index === 1 ? { ...honest, chunk: honest.chunk.map((byte, at) => (at === 99 ? byte ^ 1 : byte)) } : honest,
  ],
  ['random bytes', () => (honest) => ({ ...honest, chunk: randomBytes(64) })],
  ['fewer chunks', () => (honest) => ({ ...honest, total: honest.total - 1 })],
  ['more chunks', () => (honest) => ({ ...honest, total: honest.total + 1 })],
]

test.each(lies)('B1: %s are refused, nothing of it is kept, and the truth is read afterwards', async (_, bend) => {
  const bytes = bytesOf(2 * MIB + 7)
  const { url, blob } = await keep(bytes)
  await sendFiles(world.laptop.machine, here, world.laptop.server)
  const chunks: Chunk[] = []
  for (const index of [0, 1, 2]) chunks.push({ chunk: (await here.get(blob, index))!.sealed, total: 3 })
  const lie = bend(chunks)
  world.phone.server.lies = {
    getChunk: (honest, index) => (honest.type === 'ok' ? { type: 'ok', value: lie(honest.value, index) } : honest),
  }
  expect(await readThere(resourceWith(url))).toEqual({ type: 'damaged' })
  for (const index of [0, 1, 2]) expect(await there.get(blob, index)).toBeNull()
  world.phone.server.lies = {}
  expect(await readThere(resourceWith(url))).toEqual(file(bytes))
})

test('B1: a chunk of another file, or of the same file sealed anew, does not fit', async () => {
  const one = await keep(bytesOf(5000))
  const two = await keep(bytesOf(5000))
  await sendFiles(world.laptop.machine, here, world.laptop.server)
  const foreign = (await here.get(two.blob, 0))!.sealed
  world.phone.server.lies = { getChunk: () => ({ type: 'ok', value: { chunk: foreign, total: 1 } }) }
  expect(await readThere(resourceWith(one.url))).toEqual({ type: 'damaged' })
})

test("Y5: a record that names this device's file with another key, root or size is damaged, and takes nothing away", async () => {
  const bytes = bytesOf(5000)
  const { url, blob } = await keep(bytes)
  const parts = url.split('.')
  const other = idText(randomBytes(32))
  for (const change of [
    [2, other],
    [3, other],
    [4, '4999'],
  ] as const) {
    const bent = parts.map((part, index) => (index === change[0] ? change[1] : part)).join('.')
    expect(await readHere(resourceWith(bent))).toEqual({ type: 'damaged' })
    expect(await here.get(blob, 0)).not.toBeNull()
  }
  expect(await readHere(resourceWith(url))).toEqual(file(bytes))
  expect(await sendFiles(world.laptop.machine, here, world.laptop.server)).toBeNull()
})

test.each(['', 'x', '..', '.....', '-1', '1e300', 'NaN'])(
  'B1: an address that says %j of a size or count asks the server for nothing',
  async (text) => {
    const { url } = await keep(bytesOf(10))
    const asked = () => world.phone.server.calls.filter((call) => call === 'getChunk').length
    for (const at of [4, 5]) {
      const bent = url
        .split('.')
        .map((part, index) => (index === at ? text : part))
        .join('.')
      expect(await readThere(resourceWith(bent))).toEqual({ type: 'damaged' })
    }
    const many = url
      .split('.')
      .map((part, index) => (index === 5 ? '4000000000' : part))
      .join('.')
    expect(await readThere(resourceWith(many))).toEqual({ type: 'damaged' })
    expect(asked()).toBe(0)
  },
)

test('B3: an upload that broke goes on at the next chunk, and a refused file holds no other up and is counted', async () => {
  const { laptop } = world
  const big = await keep(bytesOf(2 * MIB + 7))
  let chunks = 0
  laptop.server.lies = { putChunk: (honest) => (chunks++ < 2 ? honest() : Promise.resolve({ type: 'offline' })) }
  expect(await sendFiles(laptop.machine, here, laptop.server)).toEqual({ type: 'offline' })
  const small = await keep(bytesOf(10))
  let first = true
  laptop.server.lies = {
    putChunk(honest, index) {
      if (!first) return honest()
      first = false
      expect(index).toBe(2)
      return Promise.resolve({ type: 'error', error: 'quota' })
    },
  }
  expect(await sendFiles(laptop.machine, here, laptop.server)).toEqual({ type: 'error', error: 'quota' })
  expect([...laptop.rows.table(TABLE.file).keys()]).toEqual([big.blob])
  expect(waitingCount(laptop.machine)).toBe(1)
  laptop.server.lies = {}
  expect(await sendFiles(laptop.machine, here, laptop.server)).toBeNull()
  expect(await readThere(resourceWith(small.url))).toEqual(file(bytesOf(10)))
  expect(await readThere(resourceWith(big.url))).toEqual(file(bytesOf(2 * MIB + 7)))
})

test('C10: files of a chart that ended are removed from the device', async () => {
  const { url, blob } = await keep(bytesOf(10))
  const waiting = await keep(bytesOf(20))
  const prepared = prepareVersion(world.laptop.machine, { collection: 'labs', resource: resourceWith(url) })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(world.laptop.machine, [prepared])
  await purgeFiles(world.laptop.machine, here)
  expect(await here.get(blob, 0)).toBeNull()
  expect(await here.get(waiting.blob, 0)).toBeNull()
})
