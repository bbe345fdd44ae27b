/** Files of records (B1, B2, B3) between two devices and a server that may lie about chunks. */
import { randomBytes } from '@chartkeep/crypto'
import { decodeAs, idText } from '@chartkeep/protocol'
import { BlobBody, blobRoot } from '@chartkeep/protocol/records'
import type { ChunkDisk } from '@chartkeep/store'
import { memoryChunks } from '@chartkeep/store/testing'
import {
  bytesSource,
  commitVersions,
  dropUnfinished,
  FileTransfers,
  reseedFiles,
  keepFile,
  namedBlobs,
  noteNamed,
  prepareVersion,
  purgeFiles,
  readFile,
  readNote,
  recordFiles,
  sendFiles,
  streamFile,
  sweepFiles,
  TABLE,
  unfinishedFiles,
  waitingCount,
  type FileSource,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, type AttackWorld } from '../../support/attack-world.ts'

const MIB = 1024 * 1024

let world: AttackWorld
let here: ChunkDisk
let there: ChunkDisk
let stream: string

beforeEach(async () => {
  world = await createAttackWorld(['documents'])
  here = memoryChunks()
  there = memoryChunks()
  stream = idText(world.stream('labs'))
})

afterEach(() => world.close())

/** Bytes that differ from place to place and from seed to seed. */
function bytesOf(length: number, seed = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = at * 31 + (at >> 8) + seed
  return bytes
}

const resourceWith = (url: string, sha256 = '') =>
  JSON.stringify({
    resourceType: 'DiagnosticReport',
    presentedForm: [{ contentType: 'application/pdf', title: 'report.pdf', url, hash: sha256 }],
  })

type Work = Parameters<typeof keepFile>[4]
const place = () => ({ stream, collection: 'labs' })
const newFile = (content: FileSource) => ({ name: 'report.pdf', contentType: 'application/pdf', content })
const seal = (bytes: Uint8Array, work?: Work) =>
  keepFile(world.laptop.machine, here, place(), newFile(bytesSource(bytes)), work)

/** A record of the laptop that names the file. */
async function record(url: string, id?: string): Promise<string> {
  const draft = { collection: 'labs', resource: resourceWith(url), ...(id === undefined ? {} : { id }) }
  const prepared = prepareVersion(world.laptop.machine, draft)
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(world.laptop.machine, [prepared])
  return prepared.row.id
}

async function keep(bytes: Uint8Array) {
  const ref = await seal(bytes)
  await record(ref.url)
  return ref
}

async function send() {
  await noteNamed(world.laptop.machine)
  return sendFiles(world.laptop.machine, here, world.laptop.server)
}

const addressOf = (url: string) => {
  const content = recordFiles(resourceWith(url))[0]!.content
  if (content.type !== 'sealed') throw new Error(content.type)
  return content.address
}
const readHere = (url: string) => readFile(world.laptop.machine, here, world.laptop.server, resourceWith(url))
const readThere = (url: string) => readFile(world.phone.machine, there, world.phone.server, resourceWith(url))
/** Compared at once: matchers walk megabytes byte by byte. */
function expectFile(read: Awaited<ReturnType<typeof readFile>>, bytes: Uint8Array): void {
  if ('type' in read) throw new Error(read.type)
  expect([read.name, read.contentType, Buffer.compare(read.bytes, bytes)]).toEqual(['report.pdf', 'application/pdf', 0])
}
const calls = (server: { calls: string[] }, name: string) => server.calls.filter((call) => call === name).length

test.each([0, 1, 251, 252, MIB - 5, MIB - 4, MIB, 2 * MIB + 7])(
  'B1: a file of %i bytes is read on both devices',
  async (length) => {
    const bytes = bytesOf(length)
    const { url } = await keep(bytes)
    expectFile(await readHere(url), bytes)
    expect(await readThere(url)).toEqual({ type: 'not-sent' })
    expect(await send()).toBeNull()
    expect(world.laptop.rows.table(TABLE.file).size).toBe(0)
    expectFile(await readThere(url), bytes)
    // Kept: the second time it is here.
    world.phone.server.lies = { everything: () => ({ type: 'offline' }) }
    expectFile(await readThere(url), bytes)
  },
)

test('B1: the record holds the root of the hashes of the sealed chunks, and the uploader signs it with blob, stream and size', async () => {
  const { url, blob } = await keep(bytesOf(2 * MIB + 7))
  await send()
  const note = (await readNote(here, blob))!
  const body = decodeAs(BlobBody, note.statement!.body)!
  expect(body.root).toEqual(addressOf(url).root)
  expect(blobRoot(note.hashes)).toEqual(body.root)
  expect([idText(body.blob), idText(body.stream), idText(body.device)]).toEqual([
    blob,
    stream,
    idText(world.laptop.secrets.id),
  ])
  let size = 0
  for (const index of await here.has(blob)) size += (await here.get(blob, index))!.sealed.length
  expect(body.size).toBe(size)
})

test('B2: sizes at the server are padded, names are random, and two equal files share nothing', async () => {
  const sizes = async (length: number) => {
    const { blob } = await keep(bytesOf(length, length))
    await send()
    const chunks: Uint8Array[] = []
    for (const index of await here.has(blob)) chunks.push((await here.get(blob, index))!.sealed)
    return chunks
  }
  const lengths = (chunks: Uint8Array[]) => chunks.map(({ length }) => length)
  expect(lengths(await sizes(1))).toEqual(lengths(await sizes(250)))
  expect(lengths(await sizes(100_400))).toEqual(lengths(await sizes(101_900)))
  const [one, two] = [await sealAnew(bytesOf(5000)), await sealAnew(bytesOf(5000))]
  const windows = new Set<string>()
  const windowsOf = (bytes: Uint8Array) =>
    Array.from({ length: bytes.length - 11 }, (_, at) => Buffer.from(bytes.subarray(at, at + 12)).toString('hex'))
  for (const window of windowsOf(one)) windows.add(window)
  expect(windowsOf(two).filter((window) => windows.has(window))).toEqual([])
})

/** The first chunk of one more file of this content, with a record of its own that does not tell the hash. */
async function sealAnew(bytes: Uint8Array): Promise<Uint8Array> {
  return (await here.get((await keep(bytes)).blob, 0))!.sealed
}

const lies: [string, (chunks: Uint8Array[]) => (honest: Uint8Array, index: number) => Uint8Array][] = [
  ['chunks in another order', (all) => (_, index) => all[1 - index] ?? all[2]!],
  ['the first chunk twice', (all) => () => all[0]!],
  ['a chunk cut short', () => (honest) => honest.slice(0, -1)],
  ['an empty chunk', () => () => new Uint8Array()],
  ['a chunk with a byte more', () => (honest) => Uint8Array.from([...honest.subarray(0, 64), 0])],
  [
    'a changed byte',
    () => (honest, index) => (index === 1 ? honest.map((byte, at) => (at === 99 ? byte ^ 1 : byte)) : honest),
  ],
  ['random bytes', () => () => randomBytes(64)],
]

test.each(lies)(
  'B1: %s are refused, nothing false is kept or handed on, and the truth is read afterwards',
  async (_, bend) => {
    const bytes = bytesOf(2 * MIB + 7)
    const { url, blob } = await keep(bytes)
    await send()
    const chunks: Uint8Array[] = []
    for (const index of [0, 1, 2]) chunks.push((await here.get(blob, index))!.sealed)
    const lie = bend(chunks)
    world.phone.server.lies = {
      getChunk: (honest, index) => (honest.type === 'ok' ? { type: 'ok', value: lie(honest.value, index) } : honest),
    }
    let at = 0
    const { machine, server } = world.phone
    const problem = await streamFile(machine, there, server, addressOf(url), (piece) => {
      expect(Buffer.compare(piece, bytes.subarray(at, at + piece.length))).toBe(0)
      at += piece.length
    })
    server.detected('the file is damaged')
    expect(problem).toEqual({ type: 'damaged' })
    for (const index of await there.has(blob))
      expect(Buffer.compare((await there.get(blob, index))!.sealed, chunks[index]!)).toBe(0)
    world.phone.server.lies = {}
    expectFile(await readThere(url), bytes)
  },
)

test('B1: hashes that do not lead to the root of the record, fewer or more of them, and another size are refused before a byte is handed on', async () => {
  const { url } = await keep(bytesOf(2 * MIB + 7))
  const other = await keep(bytesOf(2 * MIB + 7, 1))
  await send()
  const foreign = (await readNote(here, other.blob))!.hashes
  const bend = (change: (info: { size: number; hashes: Uint8Array }) => object) => {
    world.phone.server.lies = {
      findBlob: (honest) =>
        honest.type === 'ok' ? { type: 'ok', value: { ...honest.value, ...change(honest.value) } } : honest,
    }
  }
  for (const change of [
    () => ({ hashes: foreign }),
    ({ hashes }: { hashes: Uint8Array }) => ({ hashes: hashes.slice(32) }),
    ({ hashes }: { hashes: Uint8Array }) => ({ hashes: Uint8Array.from([...hashes, ...hashes.subarray(0, 32)]) }),
    ({ size }: { size: number }) => ({ size: size + 1 }),
    () => ({ hashes: new Uint8Array() }),
  ]) {
    bend(change)
    const handed: number[] = []
    const take = (piece: Uint8Array) => void handed.push(piece.length)
    expect(await streamFile(world.phone.machine, there, world.phone.server, addressOf(url), take)).toEqual({
      type: 'damaged',
    })
    expect(handed).toEqual([])
  }
  expect(await there.blobs()).toEqual([])
})

test('B1: a chunk of another file, or of the same file sealed again, does not fit', async () => {
  const one = await keep(bytesOf(5000))
  const again = await sealAnew(bytesOf(5000))
  await send()
  world.phone.server.lies = { getChunk: () => ({ type: 'ok', value: again }) }
  expect(await readThere(one.url)).toEqual({ type: 'damaged' })
})

test("Y5: a record that names this device's file with another key, root or size is damaged, and takes nothing away", async () => {
  const bytes = bytesOf(5000)
  const { url, blob } = await keep(bytes)
  const parts = url.split('.')
  const other = idText(randomBytes(32))
  for (const [at, text] of [
    [2, other],
    [3, other],
    [4, '4999'],
  ] as const) {
    const bent = parts.map((part, index) => (index === at ? text : part)).join('.')
    expect(await readHere(bent)).toEqual({ type: 'damaged' })
    expect(await here.get(blob, 0)).not.toBeNull()
  }
  expectFile(await readHere(url), bytes)
  expect(await send()).toBeNull()
})

test.each(['', 'x', '..', '.....', '-1', '1e300', 'NaN'])(
  'B1: an address that says %j of a size or count asks the server for nothing',
  async (text) => {
    const { url } = await keep(bytesOf(10))
    for (const at of [4, 5])
      expect(
        await readThere(
          url
            .split('.')
            .map((part, index) => (index === at ? text : part))
            .join('.'),
        ),
      ).toEqual({
        type: 'damaged',
      })
    const many = url.split('.').map((part, index) => (index === 5 ? '4000000000' : part))
    expect(await readThere(many.join('.'))).toEqual({ type: 'damaged' })
    expect(calls(world.phone.server, 'findBlob') + calls(world.phone.server, 'getChunk')).toBe(0)
  },
)

test('B3: an upload that broke continues at the chunks that the server has not, and a refused file holds no other up', async () => {
  const { laptop } = world
  const big = await keep(bytesOf(2 * MIB + 7))
  laptop.server.lies = {
    putChunk: (honest, index) => (index === 0 ? honest() : Promise.resolve({ type: 'offline' })),
  }
  expect(await send()).toEqual({ type: 'offline' })
  const small = await keep(bytesOf(10))
  const put: number[] = []
  let refuse = true
  laptop.server.lies = {
    beginBlob(honest) {
      if (!refuse) return honest()
      refuse = false
      return Promise.resolve({ type: 'error', error: 'quota' })
    },
    putChunk(honest, index) {
      put.push(index)
      return honest()
    },
  }
  expect(await send()).toEqual({ type: 'error', error: 'quota' })
  expect([...laptop.rows.table(TABLE.file).keys()]).toEqual([big.blob])
  expectFile(await readThere(small.url), bytesOf(10))
  expect(await readThere(big.url)).toEqual({ type: 'not-sent' })
  expect(await send()).toBeNull()
  expect(put.toSorted()).toEqual([1, 2])
  expectFile(await readThere(big.url), bytesOf(2 * MIB + 7))
})

test('B3: an upload continues after the device was closed, the server restarted and the link ended, and puts no chunk twice', async () => {
  const { laptop } = world
  const bytes = bytesOf(6 * MIB)
  const { url } = await keep(bytes)
  const put: number[] = []
  const broken = (at: number) => ({
    putChunk: async (honest: () => Promise<{ type: 'ok'; value: null }>, index: number) => {
      if (put.length >= at) return { type: 'offline' as const }
      const answer = await honest()
      if (answer.type === 'ok') put.push(index)
      return answer
    },
  })
  laptop.server.lies = broken(2) as typeof laptop.server.lies
  expect(await send()).toEqual({ type: 'offline' })
  await laptop.reopen()
  laptop.server.lies = broken(3) as typeof laptop.server.lies
  expect(await send()).toEqual({ type: 'offline' })
  world.restart()
  let first = true
  laptop.server.lies = {
    putChunk: async (honest, index) => {
      if (first) {
        first = false
        world.time.now += 6 * 60_000
      }
      const answer = await honest()
      if (answer.type === 'ok') put.push(index)
      return answer
    },
  }
  expect(await send()).toBeNull()
  expect(put.toSorted((a, b) => a - b)).toEqual([...new Set(put)].toSorted((a, b) => a - b))
  expectFile(await readThere(url), bytes)
})

test('B3: a download that broke continues at the chunks that are not here, also after a restart and when its link ended', async () => {
  const bytes = bytesOf(5 * MIB)
  const { url, blob } = await keep(bytes)
  await send()
  const { phone } = world
  phone.server.lies = { getChunk: (honest, index) => (index < 2 ? honest : { type: 'offline' }) }
  expect(await readThere(url)).toEqual({ type: 'not-here' })
  expect(await there.has(blob)).toEqual([0, 1])
  await phone.reopen()
  const got: number[] = []
  let first = true
  phone.server.lies = {
    getChunk(honest, index) {
      if (first) {
        first = false
        return { type: 'error', error: 'link-ended' }
      }
      got.push(index)
      return honest
    },
  }
  expectFile(await readThere(url), bytes)
  expect(got.toSorted()).toEqual([2, 3, 4, 5].filter((index) => index < addressOf(url).total))
})

test('B3: progress is told in bytes, and a stop ends reading and keeping at a chunk', async () => {
  const bytes = bytesOf(4 * MIB)
  const told: [number, number][] = []
  const { url } = await seal(bytes, { onProgress: (done, all) => told.push([done, all]) })
  await record(url)
  expect(told.at(-1)).toEqual([4 * MIB, 4 * MIB])
  expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b))
  const control = new AbortController()
  let pieces = 0
  const { machine, server } = world.laptop
  const stopped = await streamFile(
    machine,
    here,
    server,
    addressOf(url),
    () => void (++pieces === 2 && control.abort()),
    {
      signal: control.signal,
    },
  )
  expect([stopped, pieces]).toEqual([{ type: 'cancelled' }, 2])
})

test('B1: sealing that was stopped continues with the very same file under its key, and any other content gets another key', async () => {
  const bytes = bytesOf(8 * MIB)
  const control = new AbortController()
  const stopAfter = (done: number) => done > 4.6 * MIB && control.abort()
  await expect(seal(bytes, { signal: control.signal, onProgress: stopAfter })).rejects.toThrow('abort')
  const [begun] = await here.blobs()
  const sealed = (await here.get(begun!, 0))!.sealed
  expect(waitingCount(world.laptop.machine)).toBe(0)
  await world.laptop.reopen()
  // One byte at the end differs: none of what is sealed may serve it.
  const other = await seal(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)))
  expect(other.blob).not.toBe(begun)
  const again = await seal(bytes)
  expect(again.blob).toBe(begun)
  expect((await here.get(begun!, 0))!.sealed).toBe(sealed)
  await record(again.url)
  expectFile(await readHere(again.url), bytes)
  expect(addressOf(other.url).key).not.toEqual(addressOf(again.url).key)
})

test('B1: what was begun and is named by no record is told with its name until it continues or is let go; what is sealed as a whole is not sealed twice', async () => {
  const { laptop } = world
  const none = new Set<string>()
  const told = () => unfinishedFiles(laptop.machine, here, none)
  const bytes = bytesOf(8 * MIB)
  const control = new AbortController()
  const work = { signal: control.signal, onProgress: (done: number) => void (done > 4.6 * MIB && control.abort()) }
  await expect(seal(bytes, work)).rejects.toThrow('abort')
  await laptop.reopen()
  const [part] = await told()
  expect(part).toMatchObject({ name: 'report.pdf', contentType: 'application/pdf', size: bytes.length })
  expect(part!.doneBytes).toBeGreaterThan(0)
  expect(part!.doneBytes).toBeLessThan(bytes.length)
  expect(await unfinishedFiles(laptop.machine, here, new Set([part!.id]))).toEqual([])
  // Sealed as a whole, and the app ended before its record was saved.
  const whole = await seal(bytes)
  await laptop.reopen()
  expect(await told()).toEqual([expect.objectContaining({ id: whole.blob, doneBytes: bytes.length })])
  const sealed = (await here.get(whole.blob, 0))!.sealed
  const again = await seal(bytes)
  expect([again.url, (await here.get(whole.blob, 0))!.sealed === sealed]).toEqual([whole.url, true])
  await record(again.url)
  expect(await told()).toEqual([])
  // What a record names is not let go, whoever asks.
  await dropUnfinished(laptop.machine, here, whole.blob)
  expectFile(await readHere(whole.url), bytes)
  // Nor what is worked on just now.
  const going = await seal(bytesOf(30, 8))
  await dropUnfinished(laptop.machine, here, going.blob, new Set([going.blob]))
  expect((await told()).map(({ id }) => id)).toEqual([going.blob])
  await dropUnfinished(laptop.machine, here, going.blob)
  const left = await seal(bytesOf(30, 9))
  await dropUnfinished(laptop.machine, here, left.blob)
  expect([await told(), await here.has(left.blob)]).toEqual([[], []])
  await send()
  expectFile(await readThere(whole.url), bytes)
  // The key is in the record now, and no more in the row of the upload.
  expect(laptop.rows.table(TABLE.file).size).toBe(0)
})

test('B1: the same content a second time is the file that a record of the list holds already', async () => {
  const { machine } = world.laptop
  const documents = { stream: idText(world.stream('documents')), collection: 'documents' }
  const add = (length: number) => keepFile(machine, here, documents, newFile(bytesSource(bytesOf(length))))
  const { url, sha256, blob } = await add(5000)
  const resource = JSON.stringify({
    resourceType: 'DocumentReference',
    content: [{ attachment: { contentType: 'application/pdf', title: 'report.pdf', url, hash: sha256 } }],
  })
  const prepared = prepareVersion(machine, { collection: 'documents', resource })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(machine, [prepared])
  expect(await add(5000)).toMatchObject({ blob, known: true })
  expect(await add(5001)).toMatchObject({ known: false })
})

test('B3, H8: nothing goes out before a record names the file; what is never named is swept after a week by both clocks, what anybody can open stays', async () => {
  const { laptop } = world
  const forgotten = await seal(bytesOf(10))
  const named = await seal(bytesOf(20))
  const id = await record(named.url)
  await here.put('x'.repeat(22), 0, 1, new Uint8Array(30))
  expect(await send()).toBeNull()
  expect(await readThere(forgotten.url)).toEqual({ type: 'not-sent' })
  expectFile(await readThere(named.url), bytesOf(20))
  // The version that named the other file never left this device: nobody can open that file any more.
  const newer = await seal(bytesOf(30))
  await record(newer.url, id)
  expect([...namedBlobs(laptop.machine)]).toEqual(expect.arrayContaining([newer.blob]))
  expect(await sweepFiles(laptop.machine, here)).toBe(2)
  expect(await here.blobs()).toEqual(expect.arrayContaining([forgotten.blob, newer.blob]))
  // H8: by the clock of the device alone nothing goes that its person may still be adding.
  laptop.clock.offset = 8 * 86_400_000
  expect(await sweepFiles(laptop.machine, here)).toBe(0)
  laptop.clock.offset = 0
  world.time.now += 8 * 86_400_000
  await laptop.sync()
  await sweepFiles(laptop.machine, here)
  const left = await here.blobs()
  expect(left).not.toContain(forgotten.blob)
  expect(left).toContain(newer.blob)
  expect(await send()).toBeNull()
  expectFile(await readThere(newer.url), bytesOf(30))
})

test('B4, P6: over a line that carries one chunk in its time and no more next to it, a file goes out chunk by chunk', async () => {
  const bytes = bytesOf(4 * MIB - 100)
  const { url } = await keep(bytes)
  const { laptop } = world
  const transfers = new FileTransfers(laptop.machine, here)
  let underway = 0
  laptop.server.lies = {
    putChunk: async (honest) => {
      underway++
      await new Promise((resolve) => setTimeout(resolve, 10))
      const answer = underway > 1 ? ({ type: 'offline' } as const) : await honest()
      await new Promise((resolve) => setTimeout(resolve, 10))
      underway--
      return answer
    },
  }
  expect(await transfers.send(laptop.server, () => {})).toEqual({ type: 'offline' })
  expect(await transfers.send(laptop.server, () => {})).toBeNull()
  expectFile(await readThere(url), bytes)
})

test('B3: a person chooses what stays: a file let go is fetched again, one that waits for its upload stays until then, one to be kept comes by itself', async () => {
  const bytes = bytesOf(2 * MIB)
  const { url, blob } = await keep(bytes)
  const { laptop, phone } = world
  const mine = new FileTransfers(laptop.machine, here)
  const theirs = new FileTransfers(phone.machine, there)
  const address = addressOf(url)
  expect(await mine.state(address)).toEqual({ place: 'here', doneBytes: 2 * MIB, isKept: true, isWaiting: true })
  expect(await mine.choose(laptop.server, address, 'fetch')).toBeNull()
  expect((await mine.state(address)).place).toBe('here')
  expect(await mine.send(laptop.server, () => {})).toBeNull()
  await mine.settled()
  expect(await mine.state(address)).toEqual({ place: 'server', doneBytes: 0, isKept: false, isWaiting: false })
  const pieces: Uint8Array[] = []
  expect(await mine.read(laptop.server, address, (piece) => void pieces.push(piece))).toBeNull()
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
  // Fetched when opened: none of it stays.
  expect(await here.blobs()).toEqual([])

  phone.server.lies = { everything: () => ({ type: 'offline' }) }
  expect(await theirs.choose(phone.server, address, 'keep')).toEqual({ type: 'not-here' })
  phone.server.lies = {}
  await phone.reopen()
  const later = new FileTransfers(phone.machine, there)
  await later.send(phone.server, () => {})
  await later.settled()
  expect(await there.has(blob)).toHaveLength(address.total)
  phone.server.lies = { everything: () => ({ type: 'offline' }) }
  expectFile(await readThere(url), bytes)
  expect(await later.state(address)).toMatchObject({ place: 'here', isKept: true })
})

test('B3: a file is let continuely when the server says that it holds every chunk of it; until then it stays and opens', async () => {
  const bytes = bytesOf(2 * MIB)
  const { url, blob } = await keep(bytes)
  const before = world.forkCore()
  await send()
  const { laptop } = world
  const address = addressOf(url)
  const transfers = new FileTransfers(laptop.machine, here)
  const stays = async () => {
    expect(await transfers.choose(laptop.server, address, 'fetch')).toBeNull()
    expect(await here.has(blob)).toHaveLength(address.total)
    expect(await transfers.state(address)).toMatchObject({ place: 'here', isKept: false })
    expect((await transfers.states([address])).get(blob)).toEqual(await transfers.state(address))
    expectFile(await readHere(url), bytes)
  }
  expect(await transfers.choose(null, address, 'fetch')).toBeNull()
  laptop.server.lies = { everything: () => ({ type: 'offline' }) }
  await stays()
  laptop.server.lies = {
    findBlob: (honest) =>
      // Bit 1: the second chunk.
      honest.type === 'ok'
        ? {
            type: 'ok',
            value: { ...honest.value, have: honest.value.have.map((byte, at) => (at === 0 ? byte & ~2 : byte)) },
          }
        : honest,
  }
  await stays()
  laptop.server.lies = {}
  // The upload is restored from an earlier copy.
  world.replaceCore(before)
  await stays()
  await transfers.owe()
  await transfers.send(laptop.server, () => {})
  await transfers.settled()
  expect(await transfers.state(address)).toMatchObject({ place: 'server', isKept: false })
  expectFile(await readHere(url), bytes)
})

test('S9: a server that lost a file gets it again from any owner’s device that has it whole, under the statement of whoever uploaded it', async () => {
  const bytes = bytesOf(2 * MIB + 7)
  const { url } = await keep(bytes)
  const before = world.forkCore()
  await send()
  expectFile(await readThere(url), bytes)
  const partly = await keep(bytesOf(MIB, 3))
  await send()
  // The upload is restored from an earlier copy.
  world.replaceCore(before)
  const tablet = await world.addDevice('tablet')
  await tablet.sync()
  const elsewhere = memoryChunks()
  const readOn = () => readFile(tablet.machine, elsewhere, tablet.server, resourceWith(url))
  expect(await readOn()).toEqual({ type: 'not-sent' })
  expect(await reseedFiles(world.phone.machine, there, world.phone.server)).toBe(1)
  expectFile(await readOn(), bytes)
  expect(await reseedFiles(world.phone.machine, there, world.phone.server)).toBe(0)
  // The phone never had the other one; the laptop brings it by itself.
  const transfers = new FileTransfers(world.laptop.machine, here)
  await transfers.owe()
  await transfers.send(world.laptop.server, () => {})
  await transfers.settled()
  expectFile(await readThere(partly.url), bytesOf(MIB, 3))
  world.laptop.server.lies = { everything: () => ({ type: 'offline' }) }
  expect(await reseedFiles(world.laptop.machine, here, world.laptop.server)).toBe('offline')
})

test('S9, S10: what is owed to a server again, while files are given to the one before, is owed when that is done', async () => {
  const { laptop } = world
  await keep(bytesOf(MIB, 3))
  await send()
  const transfers = new FileTransfers(laptop.machine, here)
  await transfers.owe()
  let owed: Promise<void> | null = null
  laptop.server.lies = {
    findBlob(honest) {
      owed ??= transfers.owe()
      return honest
    },
  }
  const isOwed = () => laptop.rows.get(TABLE.meta, 'files-owed') !== undefined
  const run = async () => {
    await transfers.send(laptop.server, () => {})
    await transfers.settled()
    return isOwed()
  }
  expect(await run()).toBe(true)
  expect(owed).not.toBeNull()
  expect(await run()).toBe(false)
})

test('C10: files of a chart that ended are removed from the device', async () => {
  const { blob } = await keep(bytesOf(10))
  const waiting = await seal(bytesOf(20))
  await purgeFiles(here)
  expect(await here.get(blob, 0)).toBeNull()
  expect(await here.get(waiting.blob, 0)).toBeNull()
  expect(await here.blobs()).toEqual([])
})
