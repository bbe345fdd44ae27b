/** What a server and its operator can do to the audit log of a vault (A2, A3, A5), and what the owners' devices then say. */
import { sign } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { merkleLeaf } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import {
  deviceWitness,
  envelopeLeafData,
  readCheckpoint,
  verifyCheckpoint,
  type AuditAnswer,
  type AuditLeaf,
} from '@chartkeep/protocol/audit'
import { accessLogKey } from '@chartkeep/protocol/control'
import { cosignature, writeNote } from '@chartkeep/protocol/signed'
import { readNote } from '@chartkeep/protocol/signed'
import {
  accessRows,
  auditCheck,
  auditFaultOf,
  auditHeadOf,
  auditReadOf,
  readAuditAgain,
  restartAudit,
  faultToShow,
  stopAudit,
  bringAccessLog,
  cutGrantNow,
  syncAudit,
  unnotedEnvelopes,
  type DeviceSecrets,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { save, share } from '../support/attack-world.ts'
import { createAuditWorld, faultOf, notes, type AuditWorld } from '../support/audit-world.ts'
import { madeUpAccess, rebuiltTree, signCheckpoint } from '../support/hostile-audit.ts'
import { signInAt } from '../support/hostile-server.ts'
import { settle } from '../support/server-world.ts'

let world: AuditWorld
beforeEach(async () => {
  world = await createAuditWorld()
})
afterEach(() => world.close())

const OK = { type: 'ok' }
const at = () => ({ vault: world.vault, time: world.time.now })

/** What the server says now to whoever knows nothing. */
async function told(): Promise<AuditAnswer> {
  const answer = await world.own.audit.audit(world.vault, { known: 0, after: 0, newest: 5000 })
  if (answer.type !== 'ok') throw new Error(answer.type)
  return answer.value
}

/** The owner's laptop does things, everything is read, every device agrees. */
async function begin(): Promise<void> {
  await save(world.laptop, 'audit', 'opened')
  await save(world.laptop, 'medications', 'one')
  expect(await world.own.sync()).toMatchObject(OK)
  await save(world.laptop, 'audit', 'read')
  expect(await world.own.sync()).toMatchObject(OK)
  expect(await world.own.sync()).toMatchObject(OK)
}

describe('an honest server', () => {
  test('A2: notes who pushed and pulled what, from which device, and only the owners open it', async () => {
    await begin()
    expect(await world.other.sync()).toMatchObject(OK)
    expect(await world.other.sync()).toMatchObject(OK)
    const seen = notes(world.phone)
    expect(seen.every((entry) => entry !== null)).toBe(true)
    const pushes = seen.filter((entry) => entry!.kind === 'push')
    expect(pushes.length).toBeGreaterThanOrEqual(2)
    for (const push of pushes) {
      expect(idText(push!.device)).toBe(idText(world.laptop.secrets.id))
      expect(push!.outcome).toBe('ok')
      expect(push!.streams.every(({ first, last, count }) => last - first + 1 === count)).toBe(true)
    }
    const pulls = seen.filter((entry) => entry!.kind === 'pull' && equalBytes(entry!.device, world.phone.secrets.id))
    expect(pulls.length).toBeGreaterThan(0)
    expect(pulls[0]!.streams.some(({ stream }) => equalBytes(stream, world.stream('audit')))).toBe(true)
    expect(seen.map((entry) => entry!.n)).toEqual(seen.map((_, index) => index + 1))
  })

  test('A3: gives heads that each follow from the last, cosigned by each device and shown to the other', async () => {
    await begin()
    expect(await world.other.sync()).toMatchObject(OK)
    expect(await world.own.sync()).toMatchObject(OK)
    expect(faultOf(world.laptop)).toBeNull()
    const check = auditCheck(world.laptop.machine)!
    expect(check.read).toBe(check.size)
    expect(check.witnesses.map(({ device }) => device)).toEqual([idText(world.phone.secrets.id)])
    expect(check.missing).toBe(0)
    expect(check.unnoted).toBe(0)
    const head = readCheckpoint(auditHeadOf(world.laptop.machine)!.checkpoint)!
    expect(await verifyCheckpoint(head, world.key.publicKey)).toBe(true)
  })

  test('A3, S2: puts a push that arrives twice, say from a gateway that asks again, into the tree once', async () => {
    await save(world.laptop, 'audit', 'opened')
    world.laptop.server.lies.push = async (honest) => {
      await honest()
      return honest()
    }
    expect(await world.own.sync()).toMatchObject(OK)
    world.laptop.server.lies = {}
    expect(faultOf(world.laptop)).toBeNull()
    expect(await world.other.sync()).toMatchObject(OK)
    expect((await world.leaves()).filter(({ stream }) => stream !== null)).toHaveLength(1)
  })

  test('A2: comes to rest: reading the log adds nothing to it', async () => {
    await begin()
    await world.own.sync()
    const { length } = await world.leaves()
    for (let i = 0; i < 3; i++) await world.own.sync()
    expect(await world.leaves()).toHaveLength(length)
  })

  test('A2, A3: a device that carries only the newest notes reads the hash of all, and what it does not carry is no gap', async () => {
    await begin()
    await world.phone.sync()
    expect(await syncAudit(world.phone.machine, world.other.audit, 2)).toMatchObject(OK)
    const check = auditCheck(world.phone.machine)!
    expect(check).toMatchObject({ gaps: [], missing: 0, unnoted: 0, read: check.size })
    const kept = accessRows(world.phone.machine)
    expect(kept.every(({ index, data }) => index >= check.size - 2 && data !== null)).toBe(true)
    expect(kept.length).toBeGreaterThan(0)
    expect(check.noted).toBeGreaterThan(kept.length)
    // For the leaves before, the server was not even asked for what is sealed.
    const answer = await told()
    const asked = await world.other.audit.audit(world.vault, { known: 0, after: 0, newest: 2 })
    if (asked.type !== 'ok') throw new Error(asked.type)
    const sealed = asked.value.leaves.map(({ sealed: each }) => each !== null)
    expect(sealed.lastIndexOf(true)).toBeGreaterThan(-1)
    expect(sealed.slice(0, answer.leaves.length - 2)).not.toContain(true)
    await save(world.phone, 'audit', 'more')
    for (let i = 0; i < 2; i++) await world.phone.sync()
    expect(await syncAudit(world.phone.machine, world.other.audit, 2)).toMatchObject(OK)
    expect(accessRows(world.phone.machine).length).toBeLessThanOrEqual(2)
  })

  test('A2: notes refusals too, and counts those beyond the first of an hour', async () => {
    await begin()
    const stranger = await world.provider()
    const session = await signInAt(world.core, stranger.person.account, stranger.secrets)
    for (let i = 0; i < 70; i++)
      await world.core.pull(session, world.vault, {
        streams: [{ stream: world.stream('labs'), after: 0 }],
        budget: 1000,
      })
    await world.own.sync()
    const refused = () => notes(world.laptop).filter((entry) => entry!.outcome !== 'ok')
    expect(refused()).toHaveLength(60)
    expect(refused()[0]).toMatchObject({ kind: 'pull', outcome: 'not-found', bytes: 0 })
    world.time.now += 60 * 60_000
    const again = await signInAt(world.core, stranger.person.account, stranger.secrets)
    await world.core.pull(again, world.vault, { streams: [{ stream: world.stream('labs'), after: 0 }], budget: 1000 })
    await world.own.sync()
    expect(refused().at(-1)!.unlogged).toBe(10)
  })

  test('A2, C4: a cut renews the key: what is noted after it opens with the next one, for every device of the owners', async () => {
    await begin()
    const provider = await world.provider()
    const grant = await share(world, provider, { labs: ['read'] })
    const before = accessLogKey(world.laptop.machine.control!)!
    expect(await cutGrantNow(world.laptop.machine, world.laptop.server, grant, 'revoked')).toMatchObject({
      type: 'done',
    })
    const after = accessLogKey(world.laptop.machine.control!)!
    expect(after.epoch).toBe(before.epoch + 1)
    await save(world.laptop, 'audit', 'after the cut')
    await world.own.sync()
    await world.other.sync()
    await world.other.sync()
    for (const device of [world.laptop, world.phone]) expect(notes(device)).not.toContain(null)
    const who = (await world.leaves()).length
    expect(auditReadOf(world.laptop.machine)!.size).toBeLessThanOrEqual(who)
  })

  test('A2: shows its log to owners only, whatever another person holds', async () => {
    await begin()
    const provider = await world.provider()
    await share(world, provider, { labs: ['read'], medications: ['read', 'append'] })
    const session = await signInAt(world.core, provider.person.account, provider.secrets)
    const refusal = { type: 'error', error: 'not-found' }
    expect(await world.core.audit(session, world.vault, { known: 0, after: 0, newest: 5000 })).toEqual(refusal)
    expect(await world.core.auditProof(session, world.vault, { kind: 'inclusion', first: 0, size: 1 })).toEqual(refusal)
    expect(await world.core.cosign(session, world.vault, { checkpoint: 'x' })).toEqual(refusal)
  })
})

describe('A3: a server that changes what it showed', () => {
  async function read(): Promise<AuditLeaf[]> {
    await begin()
    return world.leaves()
  }
  const envelope = (leaves: AuditLeaf[]) => leaves.findIndex(({ stream }) => stream !== null)
  const note = (leaves: AuditLeaf[]) => leaves.findIndex(({ stream }) => stream === null)

  test('A3, P7: an audit leaf taken out is a tree that does not extend the last head', async () => {
    const leaves = await read()
    const before = auditHeadOf(world.laptop.machine)!
    leaves.splice(envelope(leaves), 1)
    world.own.audit.lies = await rebuiltTree(world.key, at(), [...leaves, leaves[0]!])
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork' })
    expect(auditHeadOf(world.laptop.machine)).toEqual(before)
  })

  test('A3, P7: an audit leaf altered is refused, and both heads are kept as evidence', async () => {
    const leaves = await read()
    const index = envelope(leaves)
    leaves[index] = {
      ...leaves[index]!,
      hash: merkleLeaf(envelopeLeafData(leaves[index]!.stream!, 1, new Uint8Array(32))),
    }
    world.own.audit.lies = await rebuiltTree(world.key, at(), leaves)
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit head' })
    const { evidence, proven } = auditFaultOf(world.laptop.machine)!
    expect(proven).toBe(true)
    const { checkpoint } = await told()
    expect(Buffer.from(evidence).includes(Buffer.from(checkpoint))).toBe(true)
  })

  test('A3: two heads of one size under its own key stay a fork, whatever it says later', async () => {
    const leaves = await read()
    world.own.audit.lies = await rebuiltTree(world.key, at(), leaves.toReversed())
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork' })
    world.own.audit.lies = {}
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork' })
    expect(faultOf(world.laptop)).toBe('fork head')
    // Nor does another fault take its place.
    world.own.audit.lies = { audit: (honest) => ({ ...honest, checkpoint: 'not a note' }) }
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'refused' })
    expect(faultOf(world.laptop)).toBe('fork head')
  })

  test('A3: leaves in another order do not extend the last head', async () => {
    const leaves = await read()
    const [first, second] = [leaves[0]!, leaves[1]!]
    world.own.audit.lies = await rebuiltTree(world.key, at(), [second, first, ...leaves.slice(2), leaves[0]!])
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit consistency' })
  })

  test('A3, F1: a person can start again with what the server shows now, and all that it said before is kept', async () => {
    const leaves = await read()
    const before = auditHeadOf(world.laptop.machine)!
    world.own.audit.lies = await rebuiltTree(
      world.key,
      at(),
      leaves.toReversed().filter(({ stream }) => stream !== null),
    )
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'behind' })
    await restartAudit(world.laptop.machine)
    expect(auditHeadOf(world.laptop.machine)).toBeNull()
    const [kept] = [...world.laptop.rows.table('evidence')].filter(([key]) => key.startsWith('audit.before.'))
    expect(kept![1]).toMatchObject({ head: { checkpoint: before.checkpoint }, fault: { fault: 'behind' } })
    expect((kept![1] as { notes: unknown[] }).notes.length).toBeGreaterThan(2)
    expect(await world.own.sync()).toMatchObject(OK)
    await restartAudit(world.laptop.machine)
    expect(auditHeadOf(world.laptop.machine)).not.toBeNull()
  })

  test('A3, F1: what a person had start again is taken up by the next reading; what was found since they have to see first', async () => {
    const { machine } = world.laptop
    const leaves = await read()
    const honest = await rebuiltTree(
      world.key,
      at(),
      leaves.toReversed().filter(({ stream }) => stream !== null),
    )
    world.own.audit.lies = honest
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'behind' })
    await readAuditAgain(machine)
    expect([faultToShow(machine), auditFaultOf(machine)?.fault]).toEqual([null, 'behind'])
    // Another lie, while the word waits.
    world.time.now += 1000
    await stopAudit(machine, 'refused', 'checkpoint', {})
    expect(faultToShow(machine)?.fault).toBe('refused')
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'behind' })
    expect(auditHeadOf(machine)).not.toBeNull()
    expect(faultToShow(machine)?.fault).toBe('behind')
    await readAuditAgain(machine)
    expect(await world.own.sync()).toMatchObject(OK)
    expect([auditFaultOf(machine), [...world.laptop.rows.table('audit').keys()].includes('anew')]).toEqual([
      null,
      false,
    ])
    expect([...world.laptop.rows.table('evidence').keys()].some((key) => key.startsWith('audit.before.'))).toBe(true)
  })

  test('A3: a stale head is behind, and is no proof of a fork: the next true answer clears it', async () => {
    await begin()
    const old = await told()
    await save(world.laptop, 'audit', 'more')
    await world.own.sync()
    world.own.audit.lies = { audit: () => old }
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'behind', what: 'audit head' })
    world.own.audit.lies = {}
    expect(await world.own.sync()).toMatchObject(OK)
    expect(faultOf(world.laptop)).toBeNull()
  })

  test('A3: a head without the signature of the pinned key, or of another vault, is refused', async () => {
    await begin()
    const { size, root } = auditHeadOf(world.laptop.machine)!
    const checkpoints = [
      await signCheckpoint(world.laptop.secrets.signing, { ...at(), size, root }),
      await signCheckpoint(world.key, { vault: new Uint8Array(16), time: world.time.now, size, root }),
      'not a note',
    ]
    for (const checkpoint of checkpoints) {
      world.own.audit.lies = { audit: (honest) => ({ ...honest, checkpoint }) }
      expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'refused', what: 'audit checkpoint' })
    }
  })

  test('A3: leaves that do not make the root of the head are not taken', async () => {
    await begin()
    await save(world.laptop, 'audit', 'new')
    const before = auditReadOf(world.laptop.machine)
    world.own.audit.lies = {
      audit: (honest) => ({
        ...honest,
        leaves: honest.leaves.map((leaf) => ({ ...leaf, sealed: leaf.sealed, n: leaf.n })).slice(0, -1),
      }),
      auditProof: () => ({ type: 'ok', value: { path: [] } }),
    }
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit root' })
    expect(auditReadOf(world.laptop.machine)).toEqual(before)
  })

  test('A3: a leaf of another envelope in the place of the true one is refused by whoever has the stream, at the first reading too', async () => {
    const leaves = await read()
    const index = envelope(leaves)
    const forged = envelopeLeafData(leaves[index]!.stream!, leaves[index]!.n, new Uint8Array(32))
    leaves[index] = { ...leaves[index]!, hash: merkleLeaf(forged) }
    world.other.audit.lies = await rebuiltTree(world.key, at(), leaves)
    expect(await world.other.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit leaf' })
    expect(auditReadOf(world.phone.machine)).toBeNull()
  })

  test('A3: leaves that are sound one by one, and not those of the signed root, are not taken', async () => {
    const leaves = await read()
    const entries = notes(world.laptop)
    const { publicKey } = accessLogKey(world.laptop.machine.control!)!
    const last = { ...entries.at(-1)!, prev: accessRows(world.laptop.machine).at(-2)!.leaf, address: '203.0.113.9' }
    const shown = [...leaves.slice(0, -1), madeUpAccess(publicKey, last)]
    expect(leaves.at(-1)!.stream).toBeNull()
    world.other.audit.lies = { audit: (honest) => ({ ...honest, leaves: shown }) }
    await world.phone.sync()
    const honestHead = await rebuiltTree(world.key, at(), leaves)
    world.other.audit.lies = {
      ...honestHead,
      audit: async (honest, request) => ({ ...(await honestHead.audit!(honest, request)), leaves: shown }),
    }
    expect(await syncAudit(world.phone.machine, world.other.audit)).toMatchObject({
      type: 'stopped',
      fault: 'fork',
      what: 'audit root',
    })
    expect(accessRows(world.phone.machine)).toEqual([])
  })

  test('A5: an audit entry that the tree leaves out, though the device has it in its stream, is missing and named', async () => {
    await save(world.laptop, 'audit', 'opened')
    await world.laptop.sync()
    const leaves = (await world.leaves()).filter(({ stream }) => stream === null)
    world.own.audit.lies = await rebuiltTree(world.key, at(), leaves)
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'withheld', what: 'audit leaf-missing' })
    expect(auditCheck(world.laptop.machine)!.missing).toBe(1)
  })

  test('A3: an audit entry that is in the tree twice is refused', async () => {
    const leaves = await read()
    const twice = [...leaves, leaves[envelope(leaves)]!]
    world.own.audit.lies = await rebuiltTree(world.key, at(), twice)
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit leaf' })
  })

  test('A2: a note forged by the operator in the place of the true one does not extend the head', async () => {
    const leaves = await read()
    const index = note(leaves)
    const real = notes(world.laptop)[0]!
    const { publicKey } = accessLogKey(world.laptop.machine.control!)!
    leaves[index] = madeUpAccess(publicKey, { ...real, address: '203.0.113.9' })
    world.own.audit.lies = await rebuiltTree(world.key, at(), [...leaves, leaves.at(-1)!])
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit consistency' })
  })

  test('A2: a note written in afterwards cannot take a number or a place that is past', async () => {
    const leaves = await read()
    const last = notes(world.laptop).at(-1)!
    const { publicKey } = accessLogKey(world.laptop.machine.control!)!
    for (const [entry, what] of [
      [last, 'access-order'],
      [{ ...last, n: last.n + 1, prev: new Uint8Array(32) }, 'access-order'],
      [{ ...last, n: last.n + 1, vault: new Uint8Array(16) }, 'access-entry'],
      [{ ...last, n: last.n + 2 }, 'access-order'],
    ] as const) {
      world.own.audit.lies = await rebuiltTree(world.key, at(), [...leaves, madeUpAccess(publicKey, entry)])
      expect(await world.own.sync()).toMatchObject({ type: 'stopped', what: `audit ${what}` })
      expect(accessRows(world.laptop.machine).at(-1)!.n).toBe(last.n)
    }
  })

  test('A2: a note that opens to something else than its leaf is refused', async () => {
    const leaves = await read()
    const last = notes(world.laptop).at(-1)!
    const prev = accessRows(world.laptop.machine).at(-1)!.leaf
    const { publicKey } = accessLogKey(world.laptop.machine.control!)!
    const [shown, hidden] = ['192.0.2.1', '203.0.113.9'].map((address) =>
      madeUpAccess(publicKey, { ...last, n: last.n + 1, prev, address }),
    )
    world.own.audit.lies = await rebuiltTree(world.key, at(), [...leaves, { ...shown!, sealed: hidden!.sealed }])
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit access-leaf' })
  })

  test('A5: a note that nobody can open, or that is no longer kept, is a gap with its numbers', async () => {
    const leaves = await read()
    const count = accessRows(world.laptop.machine).length
    const garbled = { stream: null, n: count + 1, sealed: new Uint8Array(80), hash: new Uint8Array(32).fill(7) }
    const dropped = { ...garbled, n: count + 2, sealed: null }
    world.own.audit.lies = await rebuiltTree(world.key, at(), [...leaves, garbled, dropped])
    expect(await world.own.sync()).toMatchObject(OK)
    expect(auditCheck(world.laptop.machine)!.gaps).toEqual([{ first: count + 1, last: count + 2 }])
    // A number that is left out is no gap of a note that is gone: nobody can have written it.
    const skipped = { ...dropped, n: count + 5 }
    world.own.audit.lies = await rebuiltTree(world.key, at(), [...leaves, garbled, dropped, skipped])
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit access-order' })
  })

  test('A2: a push that the server did not note shows as an entry of the device without one of the server', async () => {
    await begin()
    const before = await world.leaves()
    await save(world.laptop, 'audit', 'pushed in silence')
    await world.laptop.sync()
    const grown = (await world.leaves()).slice(before.length)
    const silent = grown.filter(({ stream }) => stream !== null)
    expect(silent).toHaveLength(1)
    // The next note follows the last one that was shown: nothing but the missing line tells.
    const rows = notes(world.laptop)
    const prev = accessRows(world.laptop.machine).at(-1)!.leaf
    const { publicKey } = accessLogKey(world.laptop.machine.control!)!
    const other = madeUpAccess(publicKey, { ...rows.at(-1)!, n: rows.length + 1, prev, kind: 'pull', streams: [] })
    world.own.audit.lies = await rebuiltTree(world.key, at(), [...before, ...silent, other])
    expect(await world.own.sync()).toMatchObject(OK)
    const stream = idText(world.stream('audit'))
    expect([...unnotedEnvelopes(world.laptop.machine)]).toEqual([`${stream}.${silent[0]!.n}`])
    expect(auditCheck(world.laptop.machine)!.unnoted).toBe(1)
  })
})

/** A checkpoint with the line of a device under it. */
async function cosignedAs(device: DeviceSecrets, checkpoint: string): Promise<string> {
  const note = readNote(checkpoint)!
  const { publicKey } = device.signing
  const line = await cosignature(note.text, deviceWitness(device.id), publicKey, 1_800_000_000, (message) =>
    sign(device.signing, message),
  )
  return writeNote({ ...note, signatures: [...note.signatures, line] })
}

describe('A3, P4: a server that shows two histories', () => {
  test('A3: two devices that compare what they cosigned find the split, and keep both heads under the server key', async () => {
    await begin()
    await world.other.sync()
    await world.own.sync()
    const honest = world.core
    const fork = world.forkCore()
    // The phone lives with the other core from here on; it reads and writes there.
    world.replaceCore(fork)
    await save(world.phone, 'audit', 'seen by the phone alone')
    await world.other.sync()
    await world.other.sync()
    world.replaceCore(honest)
    for (const text of ['one', 'two', 'three']) {
      await save(world.laptop, 'audit', `seen by the laptop alone, ${text}`)
      await world.own.sync()
    }
    await world.own.sync()
    // The server passes on what each has cosigned, as it must, or the devices would miss each other.
    const carried = world.other.audit.cosigned.at(-1)!
    const witness = { account: world.owner.account, device: world.phone.secrets.id, checkpoint: carried }
    world.own.audit.lies = { audit: (answer) => ({ ...answer, witnessed: [witness] }) }
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit witness' })
    const { evidence } = auditFaultOf(world.laptop.machine)!
    const own = auditHeadOf(world.laptop.machine)!.checkpoint
    for (const written of [carried, own]) expect(Buffer.from(evidence).includes(Buffer.from(written))).toBe(true)
    for (const written of [carried, own])
      expect(await verifyCheckpoint(readCheckpoint(written)!, world.key.publicKey)).toBe(true)
  })

  test('A3: of one size the two heads prove the fork by themselves', async () => {
    await begin()
    const { size } = auditHeadOf(world.laptop.machine)!
    const other = await signCheckpoint(world.key, { ...at(), size, root: new Uint8Array(32).fill(9) })
    const phone = world.phone.secrets
    const checkpoint = await cosignedAs(phone, other)
    const witness = { account: world.owner.account, device: phone.id, checkpoint }
    world.own.audit.lies = { audit: (answer) => ({ ...answer, witnessed: [witness] }) }
    expect(await world.own.sync()).toMatchObject({ type: 'stopped', fault: 'fork', what: 'audit witness' })
    expect(auditFaultOf(world.laptop.machine)!.proven).toBe(true)
  })

  test('A3: what no device of an owner has cosigned says nothing, however it is signed', async () => {
    await begin()
    const { size } = auditHeadOf(world.laptop.machine)!
    const checkpoint = await signCheckpoint(world.key, { ...at(), size, root: new Uint8Array(32).fill(9) })
    const stranger = await world.provider()
    await share(world, stranger, { labs: ['read'] })
    await world.own.sync()
    const notServers = await signCheckpoint(world.laptop.secrets.signing, {
      ...at(),
      size,
      root: new Uint8Array(32).fill(9),
    })
    const witnessed = [
      // An owner's device, and a head that the server never signed.
      {
        account: world.owner.account,
        device: world.phone.secrets.id,
        checkpoint: await cosignedAs(world.phone.secrets, notServers),
      },
      // A head of the server, and a device of somebody who is no owner.
      {
        account: stranger.person.account,
        device: stranger.secrets.id,
        checkpoint: await cosignedAs(stranger.secrets, checkpoint),
      },
      { account: world.owner.account, device: world.phone.secrets.id, checkpoint },
      { account: stranger.person.account, device: stranger.secrets.id, checkpoint },
    ]
    world.own.audit.lies = { audit: (answer) => ({ ...answer, witnessed }) }
    expect(await world.own.sync()).toMatchObject(OK)
    expect(auditCheck(world.laptop.machine)!.witnesses).toEqual([])
  })

  test('A3: the server keeps only a line of the device that sends it, under its own signature', async () => {
    await begin()
    const session = await signInAt(world.core, world.owner.account, world.phone.secrets)
    const [own] = world.own.audit.cosigned.slice(-1)
    expect(await world.core.cosign(session, world.vault, { checkpoint: own! })).toEqual({
      type: 'error',
      error: 'refused',
    })
    const { size, root } = auditHeadOf(world.laptop.machine)!
    const forged = await signCheckpoint(world.phone.secrets.signing, { ...at(), size, root })
    const cosignedForgery = await cosignedAs(world.phone.secrets, forged)
    expect(await world.core.cosign(session, world.vault, { checkpoint: cosignedForgery })).toEqual({
      type: 'error',
      error: 'refused',
    })
    expect(await world.core.cosign(session, world.vault, { checkpoint: forged })).toEqual({
      type: 'error',
      error: 'refused',
    })
  })
})

test('A2: an earlier vault gets its access log from the next device of an owner, once, with what its audit logs hold', async () => {
  await begin()
  const { n } = world.laptop.machine.control!
  const before = (await world.leaves()).length
  await bringAccessLog(world.laptop.machine, world.laptop.server)
  await world.phone.sync()
  await bringAccessLog(world.phone.machine, world.phone.server)
  expect(world.laptop.machine.control!.n).toBe(n)
  await settle()
  expect(await syncAudit(world.phone.machine, world.other.audit)).toMatchObject(OK)
  expect(auditCheck(world.phone.machine)).toMatchObject({ missing: 0, fault: null })
  expect(auditCheck(world.phone.machine)!.size).toBeGreaterThanOrEqual(before)
})
