/**
 * Devices vouch for the heads that they have seen (A3): each cosigns the newest head and compares the heads that others cosigned with its
 * own tree. A head with the server's signature that no proof connects to this tree is a second history.
 */
import { sign } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { verifyConsistency } from '@chartkeep/crypto/hash'
import { idText } from '@chartkeep/protocol'
import {
  cosignedBy,
  deviceWitness,
  readCheckpoint,
  verifyCheckpoint,
  type Checkpoint,
  type Witnessed,
} from '@chartkeep/protocol/audit'
import { isOwner } from '@chartkeep/protocol/control'
import { cosignature, writeNote } from '@chartkeep/protocol/signed'
import {
  auditHeadOf,
  auditReadOf,
  auditRow,
  cosignedSize,
  stopAudit,
  witnessesOf,
  witnessKey,
  type AuditHeadRow,
  type AuditStopped,
  type WitnessRow,
} from './audit-rows.ts'
import type { AuditApi } from '../ports/audit-api.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/** Compares the heads that other devices of the owners cosigned with this device's tree; null if all belong to one history. */
export async function compareWitnesses(
  machine: VaultMachine,
  server: AuditApi,
  witnessed: readonly Witnessed[],
  serverKey: Uint8Array,
): Promise<AuditStopped | { type: 'offline' } | null> {
  const head = auditHeadOf(machine)
  if (head === null) return null
  for (const each of witnessed) {
    const seen = await witnessOf(machine, each, serverKey)
    if (seen === null) continue
    const known = witnessesOf(machine).find(({ device }) => device === idText(each.device))
    if (known?.checkpoint === each.checkpoint) continue
    const evidence = { heads: [head.checkpoint, each.checkpoint], device: each.device }
    if (seen.checkpoint.size > head.size) return stopAudit(machine, 'behind', 'witness', evidence)
    const joined = await joins(machine, server, seen.checkpoint, head)
    if (joined === 'offline') return { type: 'offline' }
    if (joined === 'no-answer') return stopAudit(machine, 'withheld', 'witness', evidence)
    // The server signed the head and an owner's device saw it, but it is not part of this history. If both heads have one size, they alone
    // prove it.
    if (joined === 'apart') return stopAudit(machine, 'fork', 'witness', evidence, seen.checkpoint.size === head.size)
    const row: WitnessRow = {
      account: idText(each.account),
      device: idText(each.device),
      size: seen.checkpoint.size,
      time: seen.time,
      checkpoint: each.checkpoint,
    }
    await machine.rows.commit({ sync: [auditRow(witnessKey(each.device), row)], durability: 'relaxed' })
  }
  return null
}

/** The verified cosignature of a live device of an owner; null for anything else, which proves nothing. */
async function witnessOf(
  machine: VaultMachine,
  { account, device, checkpoint: written }: Witnessed,
  serverKey: Uint8Array,
): Promise<{ checkpoint: Checkpoint; time: number } | null> {
  if (machine.control === null || !isOwner(machine.control, account)) return null
  if (equalBytes(device, machine.device.id)) return null
  const known = machine.accounts.lookup(account)?.devices.get(idText(device))
  const checkpoint = readCheckpoint(written)
  if (known === undefined || checkpoint === null || !equalBytes(checkpoint.vault, machine.vault)) return null
  if (!(await verifyCheckpoint(checkpoint, serverKey))) return null
  const time = await cosignedBy(checkpoint, known)
  return time === null ? null : { checkpoint, time }
}

async function joins(
  machine: VaultMachine,
  server: AuditApi,
  older: Checkpoint,
  head: AuditHeadRow,
): Promise<'one' | 'apart' | 'no-answer' | 'offline'> {
  if (older.size === 0) return 'one'
  if (older.size === head.size) return equalBytes(older.root, head.root) ? 'one' : 'apart'
  const proof = await server.auditProof(machine.vault, { kind: 'consistency', first: older.size, size: head.size })
  if (proof.type !== 'ok') return proof.type === 'offline' ? 'offline' : 'no-answer'
  return verifyConsistency(older.size, head.size, older.root, head.root, proof.value.path) ? 'one' : 'apart'
}

/** The checkpoint with this device's cosignature. */
export async function cosignedCheckpoint(machine: VaultMachine, written: string): Promise<string> {
  const { note } = readCheckpoint(written)!
  const { id, signing } = machine.device
  const seconds = Math.max(0, Math.floor(machine.clock.now() / 1000))
  const line = await cosignature(note.text, deviceWitness(id), signing.publicKey, seconds, (message) =>
    sign(signing, message),
  )
  return writeNote({ ...note, signatures: [...note.signatures, line] })
}

/** Tells the other devices which head this device has read completely. A failure at the server is ignored. */
export async function cosignHead(machine: VaultMachine, server: AuditApi): Promise<void> {
  const head = auditHeadOf(machine)
  const isRead = head !== null && auditReadOf(machine)?.size === head.size
  if (head === null || !isRead || head.size === 0 || head.size <= cosignedSize(machine)) return
  const posted = await server.cosign(machine.vault, await cosignedCheckpoint(machine, head.checkpoint))
  if (posted.type !== 'ok') return
  await machine.rows.commit({ sync: [auditRow('cosigned', head.size)], durability: 'relaxed' })
}
