/** What has no entry of its own in the access log is counted in the next one (A2), also where the disk is full: then most is left out. */
import { boxKeyPairFromSecretKey, createChainOpener, randomBytes } from '@chartkeep/crypto'
import { readAccessLeaf, type AccessEntry } from '@chartkeep/protocol/audit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  addAccessLog,
  createVault,
  createWriter,
  envelopesOf,
  sealDrafts,
  type SealedDraft,
  type TestVault,
} from '../../support/author.ts'
import {
  createMemoryServerDisk,
  memoryServerStorage,
  type MemoryServerDisk,
} from '../../support/memory-server-storage.ts'
import {
  accepted,
  createServerWorld,
  newMember,
  push,
  settle,
  signIn,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

const HOUR = 60 * 60_000
const full = new Error('no space left on device')
const secret = randomBytes(32)
let disk: MemoryServerDisk
let world: ServerWorld
let owner: Member
/** What the disk says where it is asked whether a vault is being refilled, before notes are written. */
let cannotRead: Error | null

beforeEach(async () => {
  cannotRead = null
  disk = createMemoryServerDisk()
  const inner = memoryServerStorage(disk)
  const mark: typeof inner.read.mark = (name) => {
    if (cannotRead !== null && name === 'restored') throw cannotRead
    return inner.read.mark(name)
  }
  world = createServerWorld({ storage: { ...inner, read: { ...inner.read, mark } } })
  owner = await newMember(world.core)
})
afterEach(() => world.close())

async function loggedVault(): Promise<TestVault> {
  const vault = await createVault(owner.account)
  await addAccessLog(vault, secret)
  accepted(await world.core.postControl(owner.session, vault.id, { entries: vault.entries }))
  await world.time.advance(1000)
  return vault
}

/** Notes of a vault, the first `limit` of those after leaf `after`. */
async function notes(vault: TestVault, after = 0, limit = 1000): Promise<AccessEntry[]> {
  const open = createChainOpener(boxKeyPairFromSecretKey(secret))
  const request = { known: 0, after, newest: 1_000_000 }
  const { leaves } = accepted(await world.core.audit(owner.session, vault.id, request))
  return leaves.slice(0, limit).flatMap(({ sealed }) => (sealed === null ? [] : [readAccessLeaf(open(sealed)!)!]))
}

/** A push that is refused: its device has pushed no envelope before this one. */
const refusedPush = (vault: TestVault, drafts: SealedDraft[]) =>
  world.core.push(owner.session, vault.id, { envelopes: envelopesOf(drafts.slice(1)) })

test('A2: refusals that have no entry of their own are counted once, by the first entry that is durable', async () => {
  const vault = await loggedVault()
  const drafts = await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}, {}])
  for (let at = 0; at < 67; at++) expect(accepted(await refusedPush(vault, drafts)).refused).toBe('sequence')
  const before = (await notes(vault)).length
  world.time.jump(HOUR)
  owner.session = await signIn(world.core, owner.account)
  disk.refuseWith = full
  await expect(refusedPush(vault, drafts)).rejects.toBe(full)
  await expect(refusedPush(vault, drafts)).rejects.toBe(full)
  disk.refuseWith = null
  await push(world.core, owner.session, vault, drafts.slice(0, 1))
  const other = await sealDrafts(createWriter(vault, owner.account, vault.streams[1]!), [{}, {}])
  const answers = await Promise.all([refusedPush(vault, other), refusedPush(vault, other)])
  expect(answers.map((answer) => accepted(answer).refused)).toEqual(['sequence', 'sequence'])
  expect((await notes(vault, before)).map(({ outcome, unlogged }) => [outcome, unlogged])).toEqual([
    ['ok', 0],
    ['sequence', 7],
    ['sequence', 0],
  ])
})

test('A2: what was left out while the disk was full is counted in the vault that it was of, by the first entry that is durable', async () => {
  const vault = await loggedVault()
  const another = await loggedVault()
  await push(
    world.core,
    owner.session,
    vault,
    await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}]),
  )
  const before = (await notes(vault)).length
  const alreadyThere = (await notes(another)).length
  cannotRead = full
  const ask = { stream: vault.streams[0]!, numbers: [1] }
  for (let at = 0; at < 10_005; at++) accepted(await world.core.fetchBodies(owner.session, vault.id, ask))
  await settle()
  cannotRead = null
  const drafts = await sealDrafts(createWriter(another, owner.account, another.streams[0]!), [{}])
  await push(world.core, owner.session, another, drafts)
  // A commit that fails has counted nothing.
  disk.refuseWith = full
  await world.core.audit(owner.session, vault.id, { known: 0, after: 0, newest: 0 })
  disk.refuseWith = null
  const counted = (await notes(vault, before, 2)).map(({ kind, unlogged }) => [kind, unlogged])
  expect(counted).toEqual([
    ['bodies', 5],
    ['bodies', 0],
  ])
  expect((await notes(another, alreadyThere)).map(({ kind, unlogged }) => [kind, unlogged])).toEqual([['push', 0]])
})
