/**
 * The short way of a push (push-fast-path.ts) against the way of all envelopes: whatever a device sends, both give the same answer and the same
 * stored bytes. The same vault is on two servers; one gets the request as it lies, the other envelope by envelope.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AMEND, APPEND, encodeMessage, idText, READ, type SyncError } from '@chartkeep/protocol'
import { LaidPush, PushRequest, readPush } from '@chartkeep/protocol/messages'
import type { Envelope } from '@chartkeep/protocol/streams'
import { openSqliteStorage, type ServerSession, type Storage } from '@chartkeep/sync-server/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addGrant,
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type Draft,
  type TestAccount,
  type TestVault,
  type Writer,
} from '../../support/author.ts'
import { seeded } from '../../support/seeded.ts'
import { accepted, createServerWorld, signIn, type ServerWorld } from '../../support/server-world.ts'

interface Side {
  world: ServerWorld
  owner: ServerSession
  grantee: ServerSession
}
let folder: string
let sides: [Side, Side]
let owner: TestAccount
let grantee: TestAccount
const LIMITS = { accountEntries: 5000, grantEntries: 70 }

/** How often something was stored by the short way. */
let short = 0

function counted(storage: Storage): Storage {
  return {
    ...storage,
    write: (job) =>
      storage.write((tx) =>
        job({
          ...tx,
          addRuns(...given) {
            short += 1
            tx.addRuns(...given)
          },
        }),
      ),
  }
}

beforeAll(async () => {
  ;[owner, grantee] = [await createAccount(), await createAccount()]
  const side = async (storage: Storage): Promise<Side> => {
    const world = createServerWorld({ limits: LIMITS, storage })
    for (const { entries } of [owner, grantee]) accepted(await world.core.register({ entry: entries[0]! }))
    return { world, owner: await signIn(world.core, owner), grantee: await signIn(world.core, grantee) }
  }
  folder = mkdtempSync(join(tmpdir(), 'chartkeep-push-span-'))
  const open = (name: string) => openSqliteStorage(join(folder, name))
  sides = [await side(counted(open('short.sqlite'))), await side(open('long.sqlite'))]
})
afterAll(async () => {
  for (const { world } of sides) await world.close()
  rmSync(folder, { recursive: true })
})

async function newVault(): Promise<TestVault> {
  const vault = await createVault(owner)
  const rights = READ | APPEND | AMEND
  const streams = vault.streams.slice(0, 2).map((stream) => ({ stream, rights }))
  await addGrant(vault, grantee, { streams, notAfter: sides[0].world.time.now() + 3_600_000 })
  for (const { world, owner: session } of sides)
    accepted(await world.core.postControl(session, vault.id, { entries: vault.entries }))
  return vault
}

/** Everything of the streams that the server keeps, and what it says of them. */
function kept({ world: { storage } }: Side, vault: TestVault): unknown {
  return vault.streams.map((stream) => ({
    head: storage.read.streamHead(vault.id, stream),
    tails: [owner, grantee].map(({ device }) => storage.read.deviceTail(vault.id, stream, device.id)),
    entries: [...storage.read.envelopesAfter(vault.id, stream, 0)],
    paid: [owner, grantee].map(({ id }) => [storage.read.bytesOf(id), storage.read.entriesOf(id)]),
  }))
}

/** Pushes both ways; answers whether anything was refused. */
async function pushBoth(vault: TestVault, who: 'owner' | 'grantee', envelopes: Envelope[]): Promise<string> {
  const message = { envelopes: envelopes.map(({ header, body, proof }) => ({ header, body, proof })) }
  const laid = readPush(encodeMessage(message))
  expect(laid).toBeInstanceOf(LaidPush)
  const [first, second] = sides
  const answers = [
    await first.world.core.push(first[who], vault.id, laid!),
    await second.world.core.push(second[who], vault.id, message satisfies PushRequest),
  ]
  const said = answers.map((answer) =>
    'type' in answer ? (answer as SyncError).error : { results: answer.results, refused: answer.refused },
  )
  expect(said[0]).toEqual(said[1])
  expect(kept(first, vault)).toEqual(kept(second, vault))
  return typeof said[0] === 'string' ? said[0] : ((said[0] as { refused: string | null }).refused ?? 'ok')
}

/** What goes wrong with a push that was in order. */
type Fault =
  'none' | 'body' | 'path' | 'signature' | 'sequence' | 'voids' | 'swapped' | 'missing' | 'again' | 'stranger'
const FAULTS: Fault[] = ['body', 'path', 'signature', 'sequence', 'voids', 'swapped', 'missing', 'again', 'stranger']

function spoil(envelopes: Envelope[], fault: Fault, at: number): Envelope[] {
  const place = at % envelopes.length
  const change = (part: (envelope: Envelope) => Envelope) =>
    envelopes.map((each, index) => (index === place ? part(structuredClone(each)) : each))
  const flip = (bytes: Uint8Array, where: number) => {
    bytes[where % bytes.length]! ^= 1
  }
  switch (fault) {
    case 'none':
      return envelopes
    case 'body':
      return change((each) => (flip(each.body, at), each))
    case 'path':
      return change((each) => (flip(each.proof.path[0] ?? each.proof.signature, at), each))
    case 'signature':
      return change((each) => (flip(each.proof.signature, at), each))
    case 'sequence':
      return change((each) => (flip(each.header, 158), each))
    case 'voids':
      return change((each) => (flip(each.header, each.header.length - 6), each))
    case 'stranger':
      return change((each) => (flip(each.header, 120), each))
    case 'swapped':
      return [...envelopes.slice(0, place), ...envelopes.slice(place).toReversed()]
    case 'missing':
      return envelopes.filter((_, index) => index !== place)
    case 'again':
      return [...envelopes.slice(0, place + 1), ...envelopes.slice(place)]
  }
}

/** New records, and now and then a version of one that was written before. */
function drafts(writer: Writer, kinds: number[], known: { doc: Uint8Array; hash: Uint8Array }[]): Draft[] {
  return kinds.map((kind) => {
    const before = known[kind % Math.max(1, known.length)]
    if (kind % 24 !== 0 || before === undefined || writer.seq === 0) return {}
    return kind % 48 === 0 ? { doc: before.doc, parent: before.hash } : { doc: before.doc }
  })
}

test('S2: a push that goes the short way is answered and stored as one that is judged envelope by envelope, whatever is wrong with it', async () => {
  const plan = fc.array(
    fc.record({
      who: fc.constantFrom('owner' as const, 'owner' as const, 'grantee' as const),
      stream: fc.nat(2),
      kinds: fc.array(fc.nat(1000), { minLength: 4, maxLength: 60 }),
      fault: fc.oneof(
        { weight: 1, arbitrary: fc.constant('none' as const) },
        { weight: 2, arbitrary: fc.constantFrom(...FAULTS) },
      ),
      at: fc.nat(1000),
    }),
    { minLength: 2, maxLength: 6 },
  )
  const property = fc.asyncProperty(plan, async (pushes) => {
    const vault = await newVault()
    const writers = new Map<string, Writer>()
    const known: { doc: Uint8Array; hash: Uint8Array }[] = []
    for (const { who, stream: index, kinds, fault, at } of pushes) {
      const stream = vault.streams[who === 'grantee' ? index % 2 : index]!
      const name = `${who}.${idText(stream)}`
      const account = who === 'owner' ? owner : grantee
      const writer = writers.get(name) ?? createWriter(vault, account, stream)
      writers.set(name, writer)
      const before = { ...writer }
      const sealed = await sealDrafts(writer, index === 2 ? kinds.map(() => ({})) : drafts(writer, kinds, known))
      const outcome = await pushBoth(vault, who, spoil(sealed, fault, at))
      if (outcome === 'ok' && fault === 'none')
        known.push(...sealed.map(({ header, hash }) => ({ doc: header.slice(35, 51), hash })))
      // The rest of what was refused is sent as it should have been.
      else if (!['ok', 'quota'].includes(outcome)) await pushBoth(vault, who, sealed)
      if (outcome === 'quota') Object.assign(writer, before)
    }
  })
  await fc.assert(property, seeded(15))
  expect(short).toBeGreaterThan(0)
})

test('S2: what is wrong in the middle of new records is refused on the short way as on the other, and what came before stays', async () => {
  for (const fault of FAULTS) {
    const vault = await newVault()
    const writer = createWriter(vault, owner, vault.streams[0]!)
    const before = short
    const sealed = await sealDrafts(
      writer,
      Array.from({ length: 24 }, () => ({})),
    )
    const outcome = await pushBoth(vault, 'owner', spoil(sealed, fault, 12))
    // An envelope that comes twice is answered twice; one that the server never got leaves a gap.
    expect([fault, outcome === 'ok']).toEqual([fault, fault === 'again'])
    expect(await pushBoth(vault, 'owner', sealed)).toBe('ok')
    if (fault !== 'again') expect(short).toBeGreaterThan(before)
  }
})

test('S8: a quota that ends in the middle of new records takes what it has room for, on the short way as on the other', async () => {
  const vault = await newVault()
  const writer = createWriter(vault, grantee, vault.streams[0]!)
  for (const [count, said] of [
    [LIMITS.grantEntries - 20, 'ok'],
    [40, 'quota'],
  ] as const) {
    const sealed = await sealDrafts(
      writer,
      Array.from({ length: count }, () => ({})),
    )
    expect(await pushBoth(vault, 'grantee', sealed)).toBe(said)
  }
  expect(sides[0].world.storage.read.streamHead(vault.id, vault.streams[0]!)!.n).toBe(LIMITS.grantEntries)
})
