/**
 * Reads the audit tree on an owner's device (A2, A3). A new head counts only if the server's signature holds and a consistency proof
 * connects it to the last head; every leaf is opened or compared with this device's own chain, and the root is computed from the leaves.
 */
import { createChainOpener, boxKeyPairFromSecretKey } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { merkleLeaf, verifyConsistency } from '@chartkeep/crypto/hash'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import {
  accessLogId,
  EMPTY_FRONTIER,
  envelopeLeafData,
  frontierAfter,
  frontierRoot,
  readAccessLeaf,
  readCheckpoint,
  verifyCheckpoint,
  type AuditAnswer,
  type AuditLeaf,
  type Checkpoint,
} from '@chartkeep/protocol/audit'
import { envelopeHashOf } from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import {
  accessRows,
  auditFaultOf,
  auditHeadOf,
  auditReadOf,
  auditRestarts,
  auditRow,
  restartAudit,
  leafIndexOf,
  missingLeaves,
  stopAudit,
  resumeAudit,
  type AccessRow,
  type AuditReadRow,
  type AuditStopped,
} from './audit-rows.ts'
import { compareWitnesses, cosignHead } from './audit-witness.ts'
import type { AuditApi } from '../ports/audit-api.ts'
import { entryAt } from '../vault/entry-row.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import { rowValue, TABLE, type StopFault, type VaultMachine } from '../vault/vault-state.ts'

export type AuditOutcome =
  { type: 'ok'; changed: boolean } | { type: 'offline' } | { type: 'error'; error: string } | AuditStopped

/** For how many of the last leaves a device keeps the notes; older notes stay at the server for as long as it keeps them. */
const ACCESS_ROWS_KEPT = 5000
const MAX_PAGES = 4096

/**
 * Reads the tree to the head that the server names first, compares it with the heads that other devices cosigned, and cosigns it. `keeps`:
 * for how many of the last leaves the notes are read.
 */
export async function syncAudit(
  machine: VaultMachine,
  server: AuditApi,
  keeps = ACCESS_ROWS_KEPT,
): Promise<AuditOutcome> {
  const serverKey = machine.serverKey()
  if (machine.control === null || !isVaultOwner(machine) || serverKey === null) return { type: 'ok', changed: false }
  await resumeAudit(machine)
  // Entries that were read from streams before this request must be in the tree that the server now shows.
  const reached = new Map([...machine.streams].map(([id, { n }]) => [id, n]))
  await retrySealed(machine)
  let changed = false
  let last: { answer: AuditAnswer; checkpoint: Checkpoint } | null = null
  for (let page = 0; page < MAX_PAGES; page++) {
    const known = auditHeadOf(machine)
    const read = auditReadOf(machine) ?? START
    const asked = await server.audit(machine.vault, {
      known: known?.size ?? 0,
      after: read.size,
      newest: keeps,
    })
    if (asked.type !== 'ok') return asked.type === 'offline' ? asked : { type: 'error', error: asked.error }
    const answer = asked.value
    const checkpoint = readCheckpoint(answer.checkpoint)
    const ours = checkpoint !== null && equalBytes(checkpoint.vault, machine.vault)
    if (!ours || !(await verifyCheckpoint(checkpoint, serverKey)))
      return stopAudit(machine, 'refused', 'checkpoint', { checkpoint: answer.checkpoint })
    const refused = headFault(known, checkpoint, answer)
    if (refused !== null) {
      const heads = { heads: [known?.checkpoint ?? '', answer.checkpoint], path: answer.consistency }
      const stopped = await stopAudit(machine, refused.fault, refused.what, heads, refused.proven)
      const restarts = machine.control.restarts.length
      if (restarts <= auditRestarts(machine)) return stopped
      // S9: a holder declared the newest entries lost, so a tree without them is legitimate. The earlier reading is kept as evidence.
      await restartAudit(machine)
      await machine.rows.commit({ sync: [auditRow('restarts', restarts)] })
      return syncAudit(machine, server, keeps)
    }
    last = { answer, checkpoint }
    const taken = await takeLeaves(machine, server, answer, checkpoint, keeps)
    if (taken.type !== 'taken') return taken
    changed ||= taken.count > 0 || known?.size !== checkpoint.size
    if (taken.size >= checkpoint.size || taken.count === 0) break
  }
  if (last === null) return { type: 'ok', changed }
  const missing = await noteMissing(machine, reached, last.checkpoint)
  if (missing !== null) return missing
  const compared = await compareWitnesses(machine, server, last.answer.witnessed, serverKey)
  if (compared !== null) return compared
  const fault = auditFaultOf(machine)
  if (fault?.proven === true) return { type: 'stopped', fault: fault.fault, what: `audit ${fault.what}` }
  if (fault !== null) await machine.rows.commit({ sync: [auditRow('fault', null)] })
  const { length: restarts } = machine.control.restarts
  if (restarts > auditRestarts(machine)) await machine.rows.commit({ sync: [auditRow('restarts', restarts)] })
  await cosignHead(machine, server)
  return { type: 'ok', changed }
}

const START: AuditReadRow = { ...EMPTY_FRONTIER, accessN: 0, accessLeaf: ZERO_HASH }

/** Why a head cannot follow the last one; null if it can. */
function headFault(
  known: { size: number; root: Uint8Array } | null,
  next: Checkpoint,
  { consistency }: AuditAnswer,
): { fault: StopFault; what: string; proven: boolean } | null {
  if (known === null || known.size === 0) return null
  if (next.size < known.size) return { fault: 'behind', what: 'head', proven: false }
  // Two different signed heads of one size prove a second history.
  if (next.size === known.size && !equalBytes(next.root, known.root))
    return { fault: 'fork', what: 'head', proven: true }
  const extends_ = verifyConsistency(known.size, next.size, known.root, next.root, consistency)
  return extends_ ? null : { fault: 'fork', what: 'consistency', proven: false }
}

type Taken = { type: 'taken'; size: number; count: number }

/**
 * Checks a run of leaves against the head and writes head, leaves and positions as one durable entry. Only a pass of the sync loop writes
 * these rows.
 */
async function takeLeaves(
  machine: VaultMachine,
  server: AuditApi,
  answer: AuditAnswer,
  checkpoint: Checkpoint,
  keeps: number,
): Promise<Taken | AuditOutcome> {
  let read = auditReadOf(machine) ?? START
  const sync: SyncRow[] = []
  const open = openerOf(machine)
  const places = new Set<string>()
  let count = 0
  for (const leaf of answer.leaves) {
    const judged = judgeLeaf(machine, read, leaf, open, places)
    if (judged === 'later') break
    if ('fault' in judged) {
      const evidence = { checkpoint: answer.checkpoint, index: read.size, leaf }
      return stopAudit(machine, judged.fault, judged.what, evidence)
    }
    // Only the hash is read of a note older than the kept range.
    const isKept = leaf.stream !== null || read.size >= checkpoint.size - keeps
    if (isKept) sync.push(judged.row)
    read = { ...judged.read, ...frontierAfter(read, leaf.hash) }
    count++
  }
  if (read.size > checkpoint.size) return stopAudit(machine, 'withheld', 'leaves', { checkpoint: answer.checkpoint })
  const proved = await provesFrontier(machine, server, read, checkpoint)
  if (proved !== true) {
    if (proved !== false) return proved
    return stopAudit(machine, 'fork', 'root', { checkpoint: answer.checkpoint, leaves: answer.leaves })
  }
  const head = { checkpoint: answer.checkpoint, size: checkpoint.size, root: checkpoint.root, time: checkpoint.time }
  const past = accessRows(machine).filter(({ index }) => index < checkpoint.size - keeps)
  sync.push(...past.map(({ n }): SyncRow => ({ table: TABLE.access, key: String(n), value: null })))
  await machine.rows.commit({ sync: [...sync, auditRow('read', read), auditRow('head', head)] })
  return { type: 'taken', size: read.size, count }
}

/** Whether the leaves match the head: its root, or the root of a smaller tree that the server proves to be a prefix. */
async function provesFrontier(
  machine: VaultMachine,
  server: AuditApi,
  read: AuditReadRow,
  { size, root }: Checkpoint,
): Promise<boolean | Exclude<AuditOutcome, { type: 'ok' }>> {
  if (read.size === size) return equalBytes(frontierRoot(read), root)
  if (read.size === 0) return true
  const proof = await server.auditProof(machine.vault, { kind: 'consistency', first: read.size, size })
  if (proof.type !== 'ok') return proof.type === 'offline' ? proof : { type: 'error', error: proof.error }
  return verifyConsistency(read.size, size, frontierRoot(read), root, proof.value.path)
}

type Judged =
  /** `later`: an envelope that this device has not pulled yet. */
  'later' | { fault: StopFault; what: string } | { row: SyncRow; read: AuditReadRow }

function judgeLeaf(
  machine: VaultMachine,
  read: AuditReadRow,
  leaf: AuditLeaf,
  open: (sealed: Uint8Array) => Uint8Array | null,
  places: Set<string>,
): Judged {
  return leaf.stream === null
    ? judgeAccess(machine, read, leaf, open)
    : judgeEnvelope(machine, read, leaf, leaf.stream, places)
}

function judgeEnvelope(
  machine: VaultMachine,
  read: AuditReadRow,
  leaf: AuditLeaf,
  stream: Uint8Array,
  places: Set<string>,
): Judged {
  const id = idText(stream)
  const state = machine.streams.get(id)
  if (state === undefined || leaf.n > state.n) return 'later'
  const key = `${id}.${leaf.n}`
  const hash = envelopeHashAt(machine, id, leaf.n)
  const isTwice = places.has(key) || leafIndexOf(machine, id, leaf.n) !== null
  if (hash === null || isTwice || leaf.sealed !== null) return { fault: 'fork', what: 'leaf' }
  if (!equalBytes(leaf.hash, merkleLeaf(envelopeLeafData(stream, leaf.n, hash)))) return { fault: 'fork', what: 'leaf' }
  places.add(key)
  return { row: { table: TABLE.auditLeaf, key, value: read.size }, read }
}

function judgeAccess(
  machine: VaultMachine,
  read: AuditReadRow,
  leaf: AuditLeaf,
  open: (sealed: Uint8Array) => Uint8Array | null,
): Judged {
  if (leaf.n !== read.accessN + 1) return { fault: 'fork', what: 'access-order' }
  const data = leaf.sealed === null ? null : open(leaf.sealed)
  if (data !== null) {
    const fault = accessFault(machine, read, leaf, data)
    if (fault !== null) return fault
  }
  const kept: AccessRow = {
    index: read.size,
    leaf: leaf.hash,
    data,
    sealed: data === null ? leaf.sealed : null,
  }
  const row = { table: TABLE.access, key: String(leaf.n), value: rowValue(kept) }
  return { row, read: { ...read, accessN: leaf.n, accessLeaf: leaf.hash } }
}

/** The fault of an opened entry that is not the one in the tree, belongs to another vault or has another position; null if it matches. */
function accessFault(
  machine: VaultMachine,
  read: AuditReadRow,
  leaf: AuditLeaf,
  data: Uint8Array,
): { fault: StopFault; what: string } | null {
  if (!equalBytes(merkleLeaf(data), leaf.hash)) return { fault: 'fork', what: 'access-leaf' }
  const entry = readAccessLeaf(data)
  if (entry === null || !equalBytes(entry.vault, machine.vault)) return { fault: 'refused', what: 'access-entry' }
  return entry.n === leaf.n && equalBytes(entry.prev, read.accessLeaf) ? null : { fault: 'fork', what: 'access-order' }
}

/** Opens notes sealed to any audit box key that this device holds, the newest key first. */
function openerOf(machine: VaultMachine): (sealed: Uint8Array) => Uint8Array | null {
  const keys = machine.keys.streams.get(idText(accessLogId(machine.vault)))?.byEpoch ?? new Map<number, Uint8Array>()
  const decryptWorkers = [...keys]
    .toSorted(([a], [b]) => b - a)
    .map(([, secret]) => createChainOpener(boxKeyPairFromSecretKey(secret)))
  return (sealed) => {
    for (const [at, open] of decryptWorkers.entries()) {
      const data = open(sealed)
      if (data === null) continue
      // The following notes are mostly under the same key.
      if (at > 0) decryptWorkers.unshift(...decryptWorkers.splice(at, 1))
      return data
    }
    return null
  }
}

/** Opens notes whose key had not arrived. The tree holds their leaves already; a note that opens to anything else stays unread. */
async function retrySealed(machine: VaultMachine): Promise<void> {
  const rows = accessRows(machine)
  const sealed = rows.filter((row) => row.data === null && row.sealed !== null)
  if (sealed.length === 0) return
  const open = openerOf(machine)
  const sync = sealed.flatMap(({ n, ...row }): SyncRow[] => {
    const data = open(row.sealed!)
    const entry = data !== null && equalBytes(merkleLeaf(data), row.leaf) ? readAccessLeaf(data) : null
    const before = rows.find((each) => each.n === n - 1)
    const fits = entry?.n === n && (before === undefined || equalBytes(entry.prev, before.leaf))
    return fits ? [{ table: TABLE.access, key: String(n), value: rowValue({ ...row, data, sealed: null }) }] : []
  })
  if (sync.length > 0) await machine.rows.commit({ sync })
}

function envelopeHashAt(machine: VaultMachine, stream: string, n: number): Uint8Array | null {
  const entry = entryAt(machine, stream, n)
  return entry === undefined || entry.outcome === 'void' ? null : envelopeHashOf(entry.header, entry.bodyHash)
}

/** A5: an audit entry on this device's own chain that the completely read tree leaves out. */
async function noteMissing(
  machine: VaultMachine,
  reached: ReadonlyMap<string, number>,
  { size }: Checkpoint,
): Promise<AuditStopped | null> {
  if ((auditReadOf(machine)?.size ?? 0) < size) return null
  const missing = [...reached].flatMap(([id, n]) => {
    const isAudit = machine.control?.streams.get(id)?.appendOnly === true
    return isAudit
      ? numbersTo(n)
          .filter((at) => isLeftOut(machine, id, at))
          .map((at) => `${id}.${at}`)
      : []
  })
  const before = missingLeaves(machine)
  if (missing.join() !== before.join()) {
    await machine.rows.commit({ sync: [auditRow('missing', missing.length === 0 ? null : missing)] })
  }
  const { checkpoint } = auditHeadOf(machine)!
  return missing.length === 0 ? null : stopAudit(machine, 'withheld', 'leaf-missing', { checkpoint, missing })
}

function numbersTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1)
}

function isLeftOut(machine: VaultMachine, stream: string, n: number): boolean {
  return leafIndexOf(machine, stream, n) === null && envelopeHashAt(machine, stream, n) !== null
}
