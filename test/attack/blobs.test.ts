/**
 * Attacks on files (B1 to B4, C6): by a server that lies about chunks and hashes, by accounts that want what is another's, by an uploader
 * who signs one thing and sends another. Each is found, named, hands nothing false on, and leaves what is true alone.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHUNK_SIZE, generateSigningKeyPair, padmeLength, randomBytes, sealChunk, sign } from '@chartkeep/crypto'
import { bytesToBase64Url, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import {
  blobMessage,
  BlobBody,
  hashAt,
  LINK_MS,
  readLink,
  writeLink,
  type BlobInfo,
  type BlobLink,
} from '@chartkeep/protocol/records'
import type { ChunkDisk } from '@chartkeep/store'
import { memoryChunks } from '@chartkeep/store/testing'
import { sqliteChunks } from '@chartkeep/store/node'
import {
  bytesSource,
  commitVersions,
  cutGrantNow,
  hashFile,
  keepFile,
  noteNamed,
  prepareVersion,
  readAddressed,
  readNote,
  recordFiles,
  sealLargeFile,
  sendFiles,
  streamFile,
  writeNote,
  type Answer,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, rowOf, share, type AttackWorld, type Device } from '../support/attack-world.ts'
import { signInAt } from '../support/hostile-server.ts'

const MIB = 1024 * 1024
const CANARY = 'canary-file-Qy83nM0z'

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

function film(seed: number, length = 3 * MIB): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 64) bytes.set(utf8ToBytes(CANARY), at)
  for (let at = 20; at < length; at += 64) bytes[at] = seed + at
  return bytes
}

const resourceWith = (url: string) =>
  JSON.stringify({ resourceType: 'DiagnosticReport', presentedForm: [{ contentType: 'application/dicom', url }] })

function addressOf(url: string) {
  const content = recordFiles(resourceWith(url))[0]!.content
  if (content.type !== 'sealed') throw new Error(content.type)
  return content.address
}

async function keep(device: Device, disk: ChunkDisk, bytes: Uint8Array): Promise<string> {
  const file = { name: 'film', contentType: 'application/dicom', content: bytesSource(bytes) }
  const { url } = await keepFile(device.machine, disk, { stream, collection: 'labs' }, file)
  const prepared = prepareVersion(device.machine, { collection: 'labs', resource: resourceWith(url) })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(device.machine, [prepared])
  return url
}

async function send(device: Device, disk: ChunkDisk) {
  await noteNamed(device.machine)
  return sendFiles(device.machine, disk, device.server)
}

/** What the phone is handed of the file, and how it ends. Throws when a byte of it is not the file's. */
async function readThere(url: string, truth: Uint8Array): Promise<{ at: number; end: string }> {
  let at = 0
  const problem = await streamFile(world.phone.machine, there, world.phone.server, addressOf(url), (piece) => {
    expect(Buffer.compare(piece, truth.subarray(at, at + piece.length))).toBe(0)
    at += piece.length
  })
  return { at, end: problem?.type ?? 'whole' }
}

const bendInfo = (bend: (info: BlobInfo) => Partial<BlobInfo>) => (honest: Answer<BlobInfo>) =>
  honest.type === 'ok' ? { ...honest, value: { ...honest.value, ...bend(honest.value) } } : honest

const sealedOf = async (blob: string) =>
  Promise.all((await here.has(blob)).map(async (index) => (await here.get(blob, index))!.sealed))

test('B1: chunks reordered: with their hashes reordered alike, with the hashes left, and with one given twice', async () => {
  const bytes = film(1)
  const url = await keep(world.laptop, here, bytes)
  await send(world.laptop, here)
  const chunks = await sealedOf(addressOf(url).blob)
  const other = (index: number) => (index === 0 ? 1 : index === 1 ? 0 : index)
  const swapped = ({ hashes }: BlobInfo) => ({
    hashes: Uint8Array.from(chunks.flatMap((_, index) => [...hashAt(hashes, other(index))])),
  })
  const swap = (honest: Answer<Uint8Array>, index: number): Answer<Uint8Array> =>
    honest.type === 'ok' ? { type: 'ok', value: chunks[other(index)]! } : honest
  world.phone.server.lies = { findBlob: bendInfo(swapped), getChunk: swap }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
  world.phone.server.lies = { getChunk: swap }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
  world.phone.server.lies = { getChunk: () => ({ type: 'ok', value: chunks[0]! }) }
  expect((await readThere(url, bytes)).end).toBe('damaged')
  world.phone.server.lies = {}
  expect(await readThere(url, bytes)).toEqual({ at: bytes.length, end: 'whole' })
})

test('B1: chunks truncated: a file cut off at a chunk, told as shorter or as not yet sent, is never told as whole', async () => {
  const bytes = film(2)
  const url = await keep(world.laptop, here, bytes)
  await send(world.laptop, here)
  const { total } = addressOf(url)
  const shorter = ({ size, hashes }: BlobInfo) => ({ size: size - MIB, hashes: hashes.slice(0, -32) })
  world.phone.server.lies = { findBlob: bendInfo(shorter) }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
  world.phone.server.lies = { findBlob: bendInfo(() => ({ have: Uint8Array.of((1 << (total - 1)) - 1) })) }
  expect((await readThere(url, bytes)).end).toBe('not-sent')
  there = memoryChunks()
  world.phone.server.lies = {
    getChunk: (honest, at) => (at === total - 1 ? { type: 'error', error: 'not-found' } : honest),
  }
  expect((await readThere(url, bytes)).end).toBe('not-here')
})

test('B1: chunks appended: more hashes, more chunks and longer chunks are refused', async () => {
  const bytes = film(3)
  const url = await keep(world.laptop, here, bytes)
  await send(world.laptop, here)
  const extra = randomBytes(500)
  const longer = ({ size, hashes }: BlobInfo) => ({
    size: size + 500,
    hashes: Uint8Array.from([...hashes, ...sha256(extra)]),
  })
  world.phone.server.lies = { findBlob: bendInfo(longer) }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
  world.phone.server.lies = {
    getChunk: (honest) =>
      honest.type === 'ok' ? { type: 'ok', value: Uint8Array.from([...honest.value, 0]) } : honest,
  }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
})

test('B1: chunks mixed: those of another file, those of the same file under another key, and another whole file under its name', async () => {
  const bytes = film(4)
  const url = await keep(world.laptop, here, bytes)
  const otherUrl = await keep(world.laptop, here, film(5))
  await send(world.laptop, here)
  const { machine } = world.laptop
  const anew = await sealLargeFile(
    machine,
    memoryChunks(),
    stream,
    bytesSource(bytes),
    await hashFile(bytesSource(bytes)),
  )
  expect(idText(anew.key)).not.toBe(idText(addressOf(url).key))
  const others = await sealedOf(addressOf(otherUrl).blob)
  const otherHashes = (await readNote(here, addressOf(otherUrl).blob))!.hashes
  const give = (honest: Answer<Uint8Array>, index: number): Answer<Uint8Array> =>
    honest.type === 'ok' ? { type: 'ok', value: others[index]! } : honest
  world.phone.server.lies = { getChunk: give }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
  world.phone.server.lies = { getChunk: give, findBlob: bendInfo(() => ({ hashes: otherHashes })) }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
  world.phone.server.lies = { getChunk: (honest, index) => (index === 1 ? give(honest, 1) : honest) }
  expect((await readThere(url, bytes)).end).toBe('damaged')
  world.phone.server.lies = {}
  expect((await readThere(url, bytes)).end).toBe('whole')
})

test('B1: one who knows the file key and seals another chunk for its place, with a server that serves it, is found by the root', async () => {
  const bytes = film(6)
  const url = await keep(world.laptop, here, bytes)
  await send(world.laptop, here)
  const { key, total } = addressOf(url)
  const forged = await sealChunk(key, 1, total, film(99, MIB))
  world.phone.server.lies = { getChunk: (honest, index) => (index === 1 ? { type: 'ok', value: forged } : honest) }
  const read = await readThere(url, bytes)
  expect(read.end).toBe('damaged')
  const withHash = ({ hashes }: BlobInfo) => {
    const bent = hashes.slice()
    bent.set(sha256(forged), 32)
    return { hashes: bent }
  }
  there = memoryChunks()
  world.phone.server.lies = { ...world.phone.server.lies, findBlob: bendInfo(withHash) }
  expect(await readThere(url, bytes)).toEqual({ at: 0, end: 'damaged' })
})

test('B3, Y5: a grantee’s record that names an owner’s file with a root of its own opens nothing, takes nothing away, and the owner’s still opens', async () => {
  const clinic = await world.provider()
  await share(world, clinic, { labs: ['read', 'append'] })
  const bytes = film(7)
  const url = await keep(world.laptop, here, bytes)
  await send(world.laptop, here)
  expect((await readThere(url, bytes)).end).toBe('whole')
  const parts = url.split('.')
  const forged = parts.map((part, at) => (at === 2 || at === 3 ? idText(randomBytes(32)) : part)).join('.')
  let handed = 0
  const problem = await streamFile(
    world.phone.machine,
    there,
    world.phone.server,
    addressOf(forged),
    () => void handed++,
  )
  expect([problem, handed]).toEqual([{ type: 'damaged' }, 0])
  world.phone.server.lies = { everything: () => ({ type: 'offline' }) }
  expect(await readThere(url, bytes)).toEqual({ at: bytes.length, end: 'whole' })
})

test('B3: a file that a grantee’s record names next to the hash of another’s takes the place of nobody’s file', async () => {
  const clinic = await world.provider()
  await share(world, clinic, { labs: ['read', 'append'] })
  const bytes = film(7)
  const hash = idText(sha256(bytes))
  const theirs = await keep(clinic, there, film(8))
  const attachment = `{"title":"film","url":"${theirs}","hash":"${hash}"}`
  const resource = `{"resourceType":"DiagnosticReport","content":[{"attachment":${attachment}}]}`
  const prepared = prepareVersion(clinic.machine, { collection: 'labs', resource })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  await commitVersions(clinic.machine, [prepared])
  expect((await clinic.sync()).type).toBe('synced')
  expect((await world.laptop.sync()).type).toBe('synced')
  expect(rowOf(world.laptop, hash).resource).toBe(resource)

  const url = await keep(world.laptop, here, bytes)
  expect(addressOf(url).blob).not.toBe(addressOf(theirs).blob)
  await send(world.laptop, here)
  expect(await readThere(url, bytes)).toEqual({ at: bytes.length, end: 'whole' })
})

test('B1: a record that calls its file four gigabytes is believed when the first piece is proved, and not before', async () => {
  const { machine, server } = world.laptop
  const size = 0xffffffff - 4
  const names = [stream, ...[16, 32, 32].map((length) => idText(randomBytes(length)))]
  const url = `chartkeep-file:${[...names, size, Math.ceil(padmeLength(size + 4) / CHUNK_SIZE)].join('.')}`
  const before = process.memoryUsage().arrayBuffers
  let asked = 0
  server.lies = {
    findBlob: (honest) => {
      asked = process.memoryUsage().arrayBuffers
      return honest
    },
  }
  expect(await readAddressed(machine, here, server, addressOf(url))).toEqual({ type: 'not-sent' })
  expect(asked).toBeGreaterThan(0)
  expect(asked - before).toBeLessThan(64 * MIB)
})

test('B4: an upload continued with under other content is refused by the server, and the device that has the truth continues', async () => {
  const bytes = film(8)
  const url = await keep(world.laptop, here, bytes)
  world.laptop.server.lies = {
    putChunk: (honest, index) => (index === 0 ? honest() : Promise.resolve({ type: 'offline' })),
  }
  expect(await send(world.laptop, here)).toEqual({ type: 'offline' })
  world.laptop.server.lies = {}
  const { blob, total } = addressOf(url)
  // Somebody with the device's rights puts other chunks and their hashes under the name of the blob.
  const note = (await readNote(here, blob))!
  const truth = await sealedOf(blob)
  const bent = { hashes: note.hashes.slice(), statement: null }
  const other = new Uint8Array(truth[1]!.length)
  bent.hashes.set(sha256(other), 32)
  await here.put(blob, 1, total, other)
  await writeNote(here, blob, bent)
  expect(await send(world.laptop, here)).toEqual({ type: 'error', error: 'refused' })
  // With the signed hashes but the other bytes.
  await writeNote(here, blob, note)
  expect(await send(world.laptop, here)).toEqual({ type: 'error', error: 'refused' })
  await here.put(blob, 1, total, truth[1]!)
  expect(await send(world.laptop, here)).toBeNull()
  expect((await readThere(url, bytes)).end).toBe('whole')
})

test('B4: a size lie: what was signed is neither more nor less than what is stored and paid', async () => {
  const url = await keep(world.laptop, here, film(9))
  const { blob } = addressOf(url)
  const session = await signInAt(world.core, world.owner.account, world.owner.first)
  const seen: string[] = []
  for (const change of [-MIB, -1, 1, 64 * MIB, 2 ** 45]) {
    world.laptop.server.lies = {
      async beginBlob(_, post) {
        const body = decodeAs(BlobBody, post.statement.body)!
        const bent = encodeMessage({ ...body, size: body.size + change })
        const signature = await sign(world.laptop.secrets.signing, blobMessage(bent))
        const answer = await world.core.beginBlob(session, world.vault, {
          ...post,
          statement: { body: bent, signature },
        })
        if (!('type' in answer)) {
          const last = (await sealedOf(blob)).at(-1)!
          const refused = await world.core.putChunk(answer.link, (await here.has(blob)).length - 1, last)
          seen.push(refused?.error ?? 'taken')
          return { type: 'error', error: 'refused' }
        }
        seen.push(answer.error)
        return answer
      },
    }
    expect((await send(world.laptop, here))?.type).toBe('error')
    // For a size that fits the number of chunks nothing but the first statement is kept.
    world.laptop.server.lies = {}
  }
  expect(seen).not.toContain('taken')
  for (const each of seen) expect(['bad-request', 'refused', 'too-large']).toContain(each)
})

/** A link and a device of each side, over one file that is whole at the server. */
async function linked() {
  const clinic = await world.provider()
  const grant = await share(world, clinic, { labs: ['read', 'append'] })
  const url = await keep(world.laptop, here, film(10, MIB / 2))
  await send(world.laptop, here)
  const place = {
    vault: world.vault,
    stream: world.stream('labs'),
    blob: Buffer.from(addressOf(url).blob, 'base64url'),
  }
  const owner = await signInAt(world.core, world.owner.account, world.owner.first)
  const theirs = await signInAt(world.core, clinic.person.account, clinic.secrets)
  const find = async (session: typeof owner) => {
    const info = await world.core.findBlob(session, place.vault, place.stream, new Uint8Array(place.blob))
    if ('type' in info) throw new Error(info.error)
    return info.link
  }
  const get = async (link: string, index = 0) => {
    const answer = await world.core.getChunk(link, index)
    return 'type' in answer ? answer.error : 'given'
  }
  return { clinic, grant, owner, theirs, find, get, place }
}

test('B4, C6: a link of another tenant, forged, bent in any byte, for another method, of another server or run out carries nothing', async () => {
  const { find, get, owner, theirs } = await linked()
  const link = await find(owner)
  expect(await get(link)).toBe('given')
  expect(await world.core.putChunk(link, 0, new Uint8Array(64))).toEqual({ type: 'error', error: 'link-ended' })
  const raw = Buffer.from(link, 'base64url')
  for (let at = 0; at < raw.length; at++) {
    const bent = Buffer.from(raw)
    bent[at]! ^= 1
    expect(await get(bytesToBase64Url(bent))).toBe('link-ended')
  }
  for (const words of ['', 'x', link.slice(1), `${link}A`, 'A'.repeat(2000)])
    expect(await get(words)).toBe('link-ended')
  const read = (await readLink(link, world.key.publicKey))!
  const under = (key: typeof world.key, change: Partial<BlobLink>) =>
    writeLink({ ...read, ...change }, (message) => sign(key, message))
  expect(await get(await under(generateSigningKeyPair(randomBytes), {}))).toBe('link-ended')
  expect(await get(await under(world.key, { until: world.time.now }))).toBe('link-ended')
  // Whatever a link names, its account's rights are asked for: here the server itself would sign it.
  const stranger = await world.provider()
  const foreign = { account: stranger.person.account, device: stranger.secrets.id }
  const nothing = await get(link, 77)
  expect(nothing).toBe('not-found')
  expect(await get(await under(world.key, foreign))).toBe(nothing)
  expect(await get(await under(world.key, { vault: randomBytes(16) }))).toBe(nothing)
  expect(await get(await under(world.key, { blob: randomBytes(16) }))).toBe(nothing)
  expect(await get(await under(world.key, { device: stranger.secrets.id }))).toBe(nothing)
  expect(await get(await find(theirs))).toBe('given')
  world.time.now += LINK_MS
  expect(await get(link)).toBe('link-ended')
})

test('C6, P5: after the cut a grantee’s links give nothing, and it cannot tell the file from one that never was', async () => {
  const { find, get, theirs, grant, place, clinic } = await linked()
  const link = await find(theirs)
  expect(await get(link)).toBe('given')
  const cut = await cutGrantNow(world.laptop.machine, world.laptop.server, grant, 'revoked')
  expect(cut.type).toBe('done')
  expect(await get(link)).toBe('not-found')
  const session = await signInAt(world.core, clinic.person.account, clinic.secrets)
  const cutOff = await world.core.findBlob(session, place.vault, place.stream, new Uint8Array(place.blob))
  const nowhere = await world.core.findBlob(session, place.vault, place.stream, randomBytes(16))
  expect(cutOff).toEqual(nowhere)
})

test('P1: the chunks on a device and the file of the server hold no piece of what was in the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-canary-'))
  const disk = sqliteChunks(join(folder, 'chunks'))
  const planted = sqliteChunks(join(folder, 'planted'))
  try {
    await keep(world.laptop, disk, film(11))
    expect(await send(world.laptop, disk)).toBeNull()
    await planted.put('p', 0, 1, film(11, 4096))
    disk.close()
    planted.close()
    const holds = (name: string) => readFileSync(join(folder, name)).includes(CANARY)
    const names = readdirSync(folder)
    expect(names.filter((name) => name.startsWith('chunks')).some(holds)).toBe(false)
    expect(holds('planted')).toBe(true)
    expect(world.laptop.server.sent.some((bytes) => Buffer.from(bytes).includes(CANARY))).toBe(false)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
