/**
 * Takes back the audit tree (S9, A3): the leaves from the end of this server's tree up to a checkpoint that it had
 * signed. They are accepted all or not at all, and only while the vault accepts nothing new: a tree that had grown in
 * another way could never include that checkpoint again.
 */
import { equalBytes, sha256 } from '@chartkeep/crypto/server'
import { idText, syncError, ZERO_HASH, type SyncError } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import {
  envelopeLeafData,
  nodesAfter,
  readCheckpoint,
  treeRoot,
  verifyCheckpoint,
  type AuditLeaf,
  type Checkpoint,
  type ReadNode,
} from '@chartkeep/protocol/audit'
import type { ControlState } from '@chartkeep/protocol/control'
import type { AuditRefill, RefillDone } from '@chartkeep/protocol/messages'
import { isAuditStream } from '../audit/audit-leaves.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { refillStatus, trustedKeys } from '../reseed/reseed.ts'
import { createStages, MAX_STAGED_BYTES } from '../reseed/reseed-stage.ts'
import { ownedVault, ownedVaultIn } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

export type RefillAudit = (
  session: ServerSession,
  vault: Uint8Array,
  post: AuditRefill,
) => Promise<RefillDone | SyncError>

export interface RefillAuditOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
  serverKey: Uint8Array
}

const LEAF = Uint8Array.of(0)

export function createRefillAudit(options: RefillAuditOptions): RefillAudit {
  const { storage, clock, serverKey } = options
  const runs = createStages<AuditLeaf, null>(MAX_STAGED_BYTES, () => null)

  async function take(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    checkpoint: Checkpoint,
    stored: number,
    leaves: AuditLeaf[],
  ): Promise<RefillDone | SyncError> {
    const control = await ownedVaultIn(options, tx, session, vault)
    if ('type' in control) return control
    const head = tx.auditHead(vault) ?? { size: 0, accessN: 0, accessLeaf: ZERO_HASH }
    if (refillStatus(tx).refusal(vault) === null || head.size !== stored) return { n: head.size }
    const fresh = new Map<string, Uint8Array>()
    const read: ReadNode = (level, index) => fresh.get(`${level}.${index}`) ?? tx.auditNode(vault, level, index)
    const added: { index: number; leaf: AuditLeaf; nodes: ReturnType<typeof nodesAfter> }[] = []
    let { accessN, accessLeaf } = head
    for (const [at, leaf] of leaves.slice(0, checkpoint.size - stored).entries()) {
      const index = stored + at
      if (leaf.stream === null) {
        if (leaf.n !== accessN + 1) return syncError('refused')
        accessN = leaf.n
        accessLeaf = leaf.hash
      } else {
        const refused = envelopeRefusal(tx, control, leaf, leaf.stream)
        if (refused !== null) return refused
      }
      const nodes = nodesAfter(index, leaf.hash, read)
      for (const node of nodes) fresh.set(`${node.level}.${node.index}`, node.hash)
      added.push({ index, leaf, nodes })
    }
    if (!equalBytes(treeRoot(checkpoint.size, read), checkpoint.root)) return syncError('refused')
    const time = clock.now()
    for (const { index, leaf, nodes } of added) {
      const { stream, n, sealed } = leaf
      tx.addAuditLeaf(vault, { index, stream, n, sealed: stream === null ? sealed : null, time }, nodes)
    }
    tx.setAuditHead(vault, { size: checkpoint.size, accessN, accessLeaf })
    return { n: checkpoint.size }
  }

  return async (session, vault, { checkpoint: written, first, leaves }) => {
    const control = await ownedVault(options, session, vault)
    if ('type' in control) return control
    const checkpoint = readCheckpoint(written)
    if (checkpoint === null || !equalBytes(checkpoint.vault, vault)) return syncError('refused')
    let isSigned = false
    for (const key of trustedKeys(control, serverKey)) isSigned ||= await verifyCheckpoint(checkpoint, key)
    if (!isSigned) return syncError('refused')
    const stored = storage.read.auditHead(vault)?.size ?? 0
    if (refillStatus(storage.read).refusal(vault) === null || checkpoint.size <= stored) return { n: stored }
    const weight = leaves.reduce((sum, { sealed }) => sum + (sealed?.length ?? 0) + 128, 0)
    const name = `${idText(vault)}.${idText(session.device)}`
    const tag = idText(checkpoint.root)
    const run = runs.add(name, tag, stored, { first: first + 1, items: leaves, weight }, () => null)
    if (run === null) return { n: stored }
    if (stored + run.items.length < checkpoint.size) return { n: stored + run.items.length }
    runs.drop(name)
    return storage.write((tx) => take(tx, session, vault, checkpoint, stored, run.items))
  }
}

/** Why a leaf is refused: the leaf of an audit entry must name a stored entry and be its hash. */
function envelopeRefusal(
  tx: StorageWriter,
  control: ControlState,
  { n, hash }: AuditLeaf,
  stream: Uint8Array,
): SyncError | null {
  if (!isAuditStream(control, stream)) return syncError('refused')
  const envelope = tx.envelopeAt(control.vault, stream, n)
  if (envelope === null) return syncError('heads-unknown')
  const fits = envelope.outcome !== 'void' && equalBytes(hash, sha256(LEAF, envelopeLeafData(stream, n, envelope.hash)))
  return fits ? null : syncError('refused')
}
