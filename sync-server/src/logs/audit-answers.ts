/**
 * What an owner's device reads of the audit tree (A2, A3): signed checkpoints, leaves, paths, and which heads other
 * devices have cosigned.
 */
import { equalBytes, sign, type SigningKeyPair } from '@chartkeep/crypto/server'
import { syncError, type SyncError } from '@chartkeep/protocol'
import { deviceLiveAt, type AccountState } from '@chartkeep/protocol/account'
import {
  auditOrigin,
  checkpointText,
  cosignedBy,
  deviceWitness,
  MAX_AUDIT_LEAVES,
  readCheckpoint,
  treeConsistency,
  treeInclusion,
  treeRoot,
  verifyCheckpoint,
  type AuditAnswer,
  type AuditLeaf,
  type AuditProofAnswer,
  type AuditProofRequest,
  type AuditRequest,
  type Cosign,
  type ReadNode,
} from '@chartkeep/protocol/audit'
import type { ControlState } from '@chartkeep/protocol/control'
import { noteSignature, writeNote } from '@chartkeep/protocol/signed'
import { AuditLeaves, isAuditStream } from '../audit/audit-leaves.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { refillStatus } from '../reseed/reseed.ts'
import { ownedVault } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage } from '../storage/storage.ts'

const MAX_BYTES = 2 * 1024 * 1024

export interface AuditAnswers {
  read(session: ServerSession, vault: Uint8Array, request: AuditRequest): Promise<AuditAnswer | SyncError>
  proof(session: ServerSession, vault: Uint8Array, request: AuditProofRequest): Promise<AuditProofAnswer | SyncError>
  /** Stores the newest head that the session's device has cosigned; null once durable. */
  cosign(session: ServerSession, vault: Uint8Array, request: Cosign): Promise<null | SyncError>
}

export interface AuditAnswersOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  signingKey: SigningKeyPair
  clock: Clock
}

export function createAuditAnswers(options: AuditAnswersOptions): AuditAnswers {
  const { storage, accounts, control: states, sessions, signingKey, clock } = options

  /** Owners read the whole log; nobody else reads any of it. */
  async function refusal(session: ServerSession, vault: Uint8Array): Promise<SyncError | null> {
    const owned = await ownedVault(options, session, vault)
    return 'type' in owned ? owned : null
  }

  /** A database from before audit trees existed: adds its audit entries to the tree before anybody sees it. */
  async function beginTree(vault: Uint8Array): Promise<void> {
    const control = storage.read.auditHead(vault) === null ? await states.load(vault) : null
    const streams = [...(control?.streams.values() ?? [])].filter(({ id }) => isAuditStream(control!, id))
    if (!streams.some(({ id }) => storage.read.streamHead(vault, id) !== null)) return
    await storage.write(async (tx) => {
      const current = await states.loadIn(tx, vault)
      if (current !== null) AuditLeaves.within(tx, current, clock.now())
    }, 'relief')
  }

  /** H8: an access entry is pruned by age only after an owner's device has fetched it. Nobody awaits this. */
  function noteFetched(vault: Uint8Array, device: Uint8Array, first: number, next: number): void {
    const known = storage.read.auditFetched(vault).find((each) => equalBytes(each.device, device))
    if (next <= first || (known !== undefined && known.first <= first && next <= known.next)) return
    const follows = known !== undefined && known.first <= first && first <= known.next
    const fetched = { first: follows ? known.first : first, next }
    storage.write((tx) => tx.setAuditFetched(vault, device, fetched)).catch(() => {})
  }

  const nodesOf =
    (vault: Uint8Array): ReadNode =>
    (level, index) =>
      storage.read.auditNode(vault, level, index)

  return {
    async read(session, vault, { known, after, newest }) {
      const refused = await refusal(session, vault)
      const away = refused ?? refillStatus(storage.read).refusal(vault)
      if (away !== null) return away
      await beginTree(vault)
      // Nodes never change, so the size that was read once is valid for the whole answer.
      const size = storage.read.auditHead(vault)?.size ?? 0
      const nodes = nodesOf(vault)
      const text = checkpointText({ vault, size, root: treeRoot(size, nodes), time: clock.now() })
      const line = await noteSignature(text, auditOrigin(vault), signingKey.publicKey, (message) =>
        sign(signingKey, message),
      )
      const again = await refusal(session, vault)
      if (again !== null) return again
      const leaves: AuditLeaf[] = []
      let budget = MAX_BYTES
      const count = Math.min(MAX_AUDIT_LEAVES, Math.max(0, size - after))
      for (const { index, stream, n, sealed } of count === 0 ? [] : storage.read.auditLeaves(vault, after, count)) {
        const given = index >= size - newest ? sealed : null
        budget -= (given?.length ?? 0) + 128
        if (budget < 0 && leaves.length > 0) break
        leaves.push({ stream, n, sealed: given, hash: storage.read.auditNode(vault, 0, index)! })
      }
      noteFetched(vault, session.device, Math.max(after, size - newest), after + leaves.length)
      return {
        checkpoint: writeNote({ text, signatures: [line] }),
        consistency: known === 0 || known > size ? [] : treeConsistency(known, size, nodes),
        leaves,
        witnessed: storage.read
          .cosignatures(vault)
          .map(({ account, device, checkpoint }) => ({ account, device, checkpoint })),
      }
    },

    async proof(session, vault, { kind, first, size }) {
      const refused = await refusal(session, vault)
      if (refused !== null) return refused
      const stored = storage.read.auditHead(vault)?.size ?? 0
      const fits = size <= stored && (kind === 'inclusion' ? first < size : first >= 1 && first <= size)
      if (!fits) return syncError('heads-unknown')
      const nodes = nodesOf(vault)
      return { path: kind === 'inclusion' ? treeInclusion(first, size, nodes) : treeConsistency(first, size, nodes) }
    },

    async cosign(session, vault, { checkpoint: written }) {
      const refused = await refusal(session, vault)
      if (refused !== null) return refused
      const checkpoint = readCheckpoint(written)
      if (checkpoint === null || !equalBytes(checkpoint.vault, vault)) return syncError('refused')
      if (!(await verifyCheckpoint(checkpoint, signingKey.publicKey))) return syncError('refused')
      return storage.write(async (tx) => {
        const account = await accounts.loadIn(tx, session.account)
        const device = account === null ? null : deviceLiveAt(account, session.device, account.n)
        if (device === null || !sessions.holds(session)) return syncError('unauthenticated')
        if ((await cosignedBy(checkpoint, device)) === null) return syncError('refused')
        if (checkpoint.size > (tx.auditHead(vault)?.size ?? 0)) return syncError('heads-unknown')
        const known = tx.cosignatures(vault).find((each) => equalBytes(each.device, session.device))
        if (known !== undefined && known.size > checkpoint.size) return null
        // Other signature lines are not stored: each device signs for itself.
        const names = [auditOrigin(vault), deviceWitness(session.device)]
        const signatures = checkpoint.note.signatures.filter(({ name }) => names.includes(name))
        const kept = writeNote({ text: checkpoint.note.text, signatures })
        tx.setCosignature(vault, {
          account: session.account,
          device: session.device,
          size: checkpoint.size,
          checkpoint: kept,
        })
        return null
      })
    },
  }
}
