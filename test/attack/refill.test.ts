/** Lies to a server that lost its data, and beacons that lie (S9, F2): what is not proved by the server's own signature is never taken. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { Beacon, beaconMessage, BeaconBody, beaconRoot } from '@chartkeep/protocol/audit'
import { chainLink } from '@chartkeep/protocol/messages'
import { envelopeHashOf, hashEnvelope, signBatch, type SignedHead, type StreamEntry } from '@chartkeep/protocol/streams'
import {
  checkStore,
  createServerCore,
  openSqliteStorage,
  type ServerCore,
  type Storage,
} from '@chartkeep/sync-server/testing'
import {
  compareBeacons,
  type Answer,
  freshnessOf,
  reachedHead,
  rebuildEntry,
  reseedAccount,
  reseedAccounts,
  reseedVault,
  stopOf,
  syncBeacons,
  syncVault,
  TABLE,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAttackWorld, save, share, shown, texts, type AttackWorld, type Device } from '../support/attack-world.ts'
import { coreRefill, type CoreRefill } from '../support/core-refill.ts'
import { flipped } from '../support/flipped.ts'
import { signHeadAs } from '../support/hostile-server.ts'
import { machineClock } from '../support/timers.ts'

let world: AttackWorld
let lost: { core: ServerCore; storage: Storage; file: string } | null = null
let folder = ''

beforeEach(async () => {
  world = await createAttackWorld()
  folder = mkdtempSync(join(tmpdir(), 'chartkeep-refill-attack-'))
})
afterEach(async () => {
  await world.close()
  await lost?.core.close()
  lost = null
  rmSync(folder, { recursive: true })
})

/** The same server, with its key and nothing else. */
async function loseDisk(): Promise<void> {
  const file = join(folder, 'chartkeep.sqlite')
  const storage = openSqliteStorage(file)
  await storage.write((tx) => tx.setMark('restored', JSON.stringify({ at: new Date(0).toISOString(), backup: null })))
  const core = createServerCore({
    storage,
    signingKey: world.key,
    clock: machineClock(() => world.time.now),
    timers: { after: () => () => {} },
    audience: 'http://localhost:8787',
    randomBytes,
  })
  lost = { core, storage, file }
  world.replaceCore(core)
}

const refillOf = (device: Device): CoreRefill => coreRefill(() => world.core, device.person.account, device.secrets)

/** A chart with two medications, read by both devices; the disk of its server is gone, its accounts and consent log are back. */
async function prepared(): Promise<{ api: CoreRefill; stream: Uint8Array; head: SignedHead; entries: StreamEntry[] }> {
  await save(world.laptop, 'medications', 'one')
  await save(world.laptop, 'medications', 'two')
  for (const device of [world.laptop, world.phone]) expect((await device.sync()).type).toBe('synced')
  await loseDisk()
  const api = refillOf(world.laptop)
  expect(
    await reseedAccounts(world.laptop.book, world.owner.account, api, world.laptop.machine.pageSizes),
  ).toMatchObject({
    type: 'ok',
  })
  const { machine } = world.laptop
  const control = machine.rows.get(TABLE.signedHead, 'control') as unknown as SignedHead
  const posted = await api.reseedControl(machine.vault, { head: control, first: 1, entries: machine.controlEntries })
  expect(posted).toEqual({ type: 'ok', value: { n: control.n } })
  const stream = world.stream('medications')
  const head = reachedHead(machine, idText(stream))!
  const entries = [1, 2].map((n) => rebuildEntry(machine, idText(stream), n)!)
  return { api, stream, head, entries }
}

const linksOf = (entries: StreamEntry[]) =>
  Buffer.concat(entries.map(({ outcome, header, bodyHash }) => chainLink(outcome, envelopeHashOf(header, bodyHash))))
const code = (answer: Answer<unknown>) => (answer.type === 'error' ? answer.error : answer.type)

describe('S9: a refill that lies', () => {
  test('S9: entries are taken only over a chain that ends in the head which the server had signed, and as they were', async () => {
    const { api, stream, head, entries } = await prepared()
    const { vault } = world
    const links = linksOf(entries)
    const [one, two] = entries as [StreamEntry, StreamEntry]
    expect(entries.every(({ body, proof }) => body !== null && proof !== null)).toBe(true)

    // Without a proved chain nothing is numbered.
    expect(code(await api.reseedEntries(vault, { stream, entries }))).toBe('heads-unknown')
    // A chain that ends elsewhere, is bent on the way, or continues beyond the head; a head of another key or of another stream.
    expect(code(await api.reseedChain(vault, { stream, head, first: 1, links: flipped(links, 5) }))).toBe('refused')
    expect(code(await api.reseedChain(vault, { stream, head, first: 1, links: flipped(links, 0) }))).toBe('refused')
    const longer = Buffer.concat([links, links.subarray(0, 33)])
    expect(code(await api.reseedChain(vault, { stream, head, first: 1, links: longer }))).toBe('refused')
    const foreign = await signHeadAs(generateSigningKeyPair(), head)
    expect(code(await api.reseedChain(vault, { stream, head: foreign, first: 1, links }))).toBe('refused')
    const other = world.stream('allergies')
    expect(code(await api.reseedChain(vault, { stream: other, head, first: 1, links }))).toBe('refused')
    expect(await api.reseedEntries(vault, { stream, entries })).toMatchObject({ error: 'heads-unknown' })

    expect(await api.reseedChain(vault, { stream, head, first: 1, links })).toEqual({ type: 'ok', value: { n: 2 } })
    // Over a proved chain: out of order, another outcome, another header, another body, another proof. None of such a request stays.
    const lies: [string, StreamEntry[]][] = [
      ['heads-unknown', [two]],
      ['refused', [{ ...one, outcome: 'conflict' }]],
      ['refused', [{ ...one, bodyHash: sha256(two.body!) }]],
      ['refused', [{ ...one, body: flipped(one.body!, 60) }]],
      ['refused', [{ ...one, proof: { ...one.proof!, signature: flipped(one.proof!.signature) } }]],
      ['refused', [one, { ...two, body: flipped(two.body!, 60) }]],
      ['refused', [{ ...one, header: flipped(one.header, 60) }]],
    ]
    for (const [wanted, sent] of lies)
      expect(code(await api.reseedEntries(vault, { stream, entries: sent }))).toBe(wanted)
    expect(lost!.storage.read.streamHead(vault, stream)).toBeNull()
    // The very same entries, sealed by a stranger's key: only the author's device can have made the proof.
    const hashes = entries.map(({ header, bodyHash }) => envelopeHashOf(header, bodyHash))
    const by = { vault, account: world.owner.account, device: world.laptop.secrets.id }
    const stranger = generateSigningKeyPair()
    const proofs = await signBatch(hashes, by, (message) => sign(stranger, message))
    const resigned = entries.map((entry, at) => ({ ...entry, proof: proofs[at]! }))
    expect(code(await api.reseedEntries(vault, { stream, entries: resigned }))).toBe('refused')

    // First without a body, which nobody can be sure to have; then the body, and not another one.
    const bare = entries.map((entry) => ({ ...entry, body: null, proof: null }))
    expect(await api.reseedEntries(vault, { stream, entries: bare })).toEqual({ type: 'ok', value: { n: 2 } })
    expect(lost!.storage.read.missingBodies(vault, stream, 9)).toEqual([1, 2])
    expect(code(await api.reseedEntries(vault, { stream, entries: [{ ...one, body: two.body }] }))).toBe('refused')
    expect(await api.reseedEntries(vault, { stream, entries })).toEqual({ type: 'ok', value: { n: 2 } })
    expect(lost!.storage.read.missingBodies(vault, stream, 9)).toEqual([])
    expect(hashEnvelope({ header: one.header, body: one.body! })).toEqual(hashes[0])
  })

  test('S9, K4: an account log or a consent log that continues otherwise than the server had signed is refused, and so is one entry more', async () => {
    const { api } = await prepared()
    const { laptop, phone, owner, vault } = world
    const head = laptop.book.signedHead(owner.account)!
    const entries = laptop.book.entries(owner.account)
    const forged = await signHeadAs(generateSigningKeyPair(), head)
    expect(code(await api.reseedAccount({ head: forged, first: 1, entries }))).toBe('refused')
    expect(code(await api.reseedAccount({ head: { ...head, h: sha256(head.h) }, first: 1, entries }))).toBe('refused')
    // What is there already is not written twice, whoever asks, and however often.
    expect(await reseedAccount(laptop.book, owner.account, api, laptop.machine.pageSizes)).toEqual({
      type: 'ok',
      value: head.n,
    })
    const { machine } = laptop
    const control = machine.rows.get(TABLE.signedHead, 'control') as unknown as SignedHead
    const signed = await signHeadAs(generateSigningKeyPair(), control)
    const post = { first: 1, entries: machine.controlEntries }
    expect(code(await api.reseedControl(vault, { head: signed, ...post }))).toBe('refused')
    // A stranger with an account here finds no vault, and nobody gives new numbers before the devices are back.
    expect(code(await refillOf(phone).reseed(vault, { done: false, beacons: [] }))).toBe('ok')
    await save(laptop, 'medications', 'three')
    const outcome = await syncVault(machine, laptop.server)
    expect([outcome.type, entriesAt('medications')]).toEqual(['stopped', 0])
    expect(code(await laptop.server.push(vault, []))).toBe('refilling')
  })

  test('S9: a consent log is checked as it comes: what does not hold is refused with the request that brings it, and nothing is kept before its head', async () => {
    const clinic = await world.provider()
    await share(world, clinic, { labs: ['read'] })
    const { laptop, vault } = world
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    await loseDisk()
    const api = refillOf(laptop)
    const { machine } = laptop
    const head = machine.rows.get(TABLE.signedHead, 'control') as unknown as SignedHead
    const [one, ...others] = machine.controlEntries
    expect(others.length).toBe(head.n - 1)
    expect(others.length).toBeGreaterThan(0)
    const give = (first: number, entries: typeof others) => api.reseedControl(vault, { head, first, entries })
    expect(await reseedAccount(laptop.book, world.owner.account, api, machine.pageSizes)).toMatchObject({ type: 'ok' })
    expect(code(await give(1, [{ ...one!, signature: flipped(one!.signature) }]))).toBe('refused')
    expect(code(await give(1, [{ ...one!, parts: one!.parts.map((part) => ({ ...part, wrap: null })) }]))).toBe(
      'refused',
    )
    // What came before a fault is asked for again.
    expect(await give(1, [one!])).toEqual({ type: 'ok', value: { n: 1 } })
    expect(code(await give(2, [{ ...others[0]!, signature: flipped(others[0]!.signature) }]))).toBe('refused')
    expect(await give(2, others)).toEqual({ type: 'ok', value: { n: 0 } })
    expect(await give(1, [one!])).toEqual({ type: 'ok', value: { n: 1 } })
    expect(lost!.storage.read.controlLength(vault)).toBe(0)
    // One entry more than the head counts is proved by nothing, and left out.
    expect(await give(2, [...others, others[0]!])).toEqual({ type: 'ok', value: { n: head.n } })
    expect(lost!.storage.read.controlLength(vault)).toBe(head.n)
    expect(await give(1, machine.controlEntries)).toEqual({ type: 'ok', value: { n: head.n } })
  })

  test('S9, P6: what was refused does not be in the way: the whole chart comes back, every chain verifies, and writing continues', async () => {
    const { laptop, phone } = world
    await prepared()
    await save(laptop, 'medications', 'three')
    for (const device of [phone, laptop]) {
      const given = await reseedVault(device.machine, refillOf(device))
      expect(given.type).toBe('open')
    }
    for (const device of [laptop, phone, laptop]) expect((await device.sync()).type).toBe('synced')
    for (const device of [laptop, phone])
      expect(shown(device, 'medications')).toEqual(texts('medications', 'one', 'two', 'three'))
    await lost!.core.close()
    expect((await checkStore(lost!.file)).faults).toEqual([])
    lost = null
  })
})

function entriesAt(name: string): number {
  return lost!.storage.read.streamHead(world.vault, world.stream(name))?.n ?? 0
}

describe('F2: beacons', () => {
  test('F2: one small request where the heads have moved, none where nothing changed; a device that stays away is named with its day', async () => {
    const { laptop, phone } = world
    const first = refillOf(phone)
    await syncBeacons(phone.machine, first)
    await syncBeacons(phone.machine, first)
    expect(first.answers).toHaveLength(1)
    expect(first.answers[0]!.length).toBeLessThan(4096)
    const saidAt = world.time.now
    // Sessions end meanwhile.
    world.time.now += 3 * 86_400_000
    const later = [refillOf(laptop), refillOf(phone)] as const
    await save(laptop, 'medications', 'one')
    await laptop.sync()
    await syncBeacons(laptop.machine, later[0])
    expect(freshnessOf(laptop.machine)).toEqual([
      { account: idText(world.owner.account), device: idText(phone.secrets.id), saidAt, behind: 1 },
    ])
    await phone.sync()
    await syncBeacons(phone.machine, later[1])
    await save(laptop, 'allergies', 'x')
    await laptop.sync()
    await syncBeacons(laptop.machine, later[0])
    expect(freshnessOf(laptop.machine)[0]).toMatchObject({ saidAt: world.time.now, behind: 1 })
  })

  test('F2, P4: two devices that were shown different histories find out by a beacon, before either reads what the other wrote', async () => {
    const { laptop, phone } = world
    const branch = world.forkCore()
    await save(laptop, 'medications', 'left')
    await laptop.sync()
    const honest = world.core
    world.replaceCore(branch)
    await save(phone, 'medications', 'right')
    await phone.sync()
    const said = await beaconOf(phone)
    world.replaceCore(honest)
    const stream = idText(world.stream('medications'))
    await syncBeacons(laptop.machine, { postBeacon: async () => ({ type: 'ok', value: { beacons: [said] } }) })
    expect(stopOf(laptop.machine, stream)).toMatchObject({ fault: 'fork', what: 'beacon' })
    expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'beacon' })
    expect([...laptop.machine.rows.table(TABLE.evidence).keys()].some((key) => key.includes('fork.beacon'))).toBe(true)
    // Nothing local is lost by it.
    expect(shown(laptop, 'medications')).toEqual(texts('medications', 'left'))
  })

  test('F2: a beacon that the server bent, signed itself, or showed for another vault says nothing', async () => {
    const { laptop, phone } = world
    await save(laptop, 'medications', 'one')
    await laptop.sync()
    await phone.sync()
    const said = await beaconOf(phone)
    const leaves = said.leaves.map((leaf) => (leaf.n > 0 ? { ...leaf, h: sha256(leaf.h) } : leaf))
    const body = decodeAs(BeaconBody, said.body)!
    const resigned = async (change: Partial<BeaconBody>, more: Partial<Beacon> = {}) => {
      const encoded = encodeMessage({ ...body, ...change })
      return {
        ...said,
        body: encoded,
        signature: await sign(generateSigningKeyPair(), beaconMessage(encoded)),
        ...more,
      }
    }
    const bent = [
      { ...said, leaves },
      { ...said, signature: flipped(said.signature) },
      await resigned({ root: beaconRoot(leaves) }, { leaves }),
      await resigned({ vault: randomBytes(16) }),
      { ...said, places: [] },
    ]
    for (const beacon of bent) {
      await syncBeacons(laptop.machine, { postBeacon: async () => ({ type: 'ok', value: { beacons: [beacon] } }) })
      await laptop.machine.rows.commit({ sync: [{ table: TABLE.beacon, key: 'own', value: null }] })
    }
    expect(freshnessOf(laptop.machine)).toEqual([])
    expect((await laptop.sync()).type).toBe('synced')
  })

  test('F2, C6: a grantee is shown the streams that it may read and no byte of the others; its lies stop nothing', async () => {
    const { laptop } = world
    await save(laptop, 'medications', 'one')
    const clinic = await world.provider()
    await share(world, clinic, { labs: ['read', 'append'] })
    await laptop.sync()
    await clinic.sync()
    await syncBeacons(laptop.machine, refillOf(laptop))
    const api = refillOf(clinic)
    await syncBeacons(clinic.machine, api)
    const answer = Buffer.from(api.answers[0]!)
    expect(freshnessOf(clinic.machine)).toMatchObject([{ device: idText(laptop.secrets.id), behind: 0 }])
    expect(answer.includes(Buffer.from(world.stream('labs')))).toBe(true)
    for (const name of ['medications', 'allergies']) {
      const { id, h } = { id: world.stream(name), h: laptop.machine.streams.get(idText(world.stream(name)))!.h }
      expect([answer.includes(Buffer.from(id)), answer.includes(Buffer.from(h))]).toEqual([false, false])
    }
    // Labs of its own making: the patient's stream continues, and what it said is kept.
    const labs = { stream: world.stream('labs'), n: 0, h: randomBytes(32) }
    const said = await beaconOf(clinic, [labs])
    await laptop.machine.rows.commit({ sync: [{ table: TABLE.beacon, key: 'own', value: null }] })
    await syncBeacons(laptop.machine, { postBeacon: async () => ({ type: 'ok', value: { beacons: [said] } }) })
    await compareBeacons(laptop.machine)
    expect(stopOf(laptop.machine, idText(labs.stream))).toBeNull()
    expect((await laptop.sync()).type).toBe('synced')
    expect([...laptop.machine.rows.table(TABLE.evidence).keys()].some((key) => key.includes('fork.beacon'))).toBe(true)
  })
})

/** The beacon that the device would post now, or one that it makes up. */
async function beaconOf(device: Device, leaves?: Beacon['leaves']): Promise<Beacon> {
  let said: Beacon | null = null
  await device.machine.rows.commit({ sync: [{ table: TABLE.beacon, key: 'own', value: null }] })
  await syncBeacons(device.machine, {
    postBeacon: async (_, beacon) => {
      said = beacon
      return { type: 'offline' }
    },
  })
  const honest = said ?? null
  if (honest === null) throw new Error('no beacon')
  if (leaves === undefined) return honest
  const body = decodeAs(BeaconBody, (honest as Beacon).body)!
  const encoded = encodeMessage({ ...body, counter: body.counter + 5, size: leaves.length, root: beaconRoot(leaves) })
  return { body: encoded, signature: await sign(device.secrets.signing, beaconMessage(encoded)), leaves, places: null }
}
