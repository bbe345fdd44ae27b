/**
 * Checks the audit trees of a whole store (A3, H5): every leaf and node, and that each audit envelope is in its tree
 * exactly once.
 */
import type { DatabaseSync } from 'node:sqlite'
import { equalBytes, sha256 } from '@chartkeep/crypto/server'
import { idText } from '@chartkeep/protocol'
import { envelopeLeafData, nodesAfter, type ReadNode } from '@chartkeep/protocol/audit'
import type { ControlState } from '@chartkeep/protocol/control'
import { isAuditStream } from './audit-leaves.ts'
import type { StorageReader } from '../storage/storage.ts'

const LEAF = Uint8Array.of(0)
const PAGE = 1000

/** One sentence per fault for the operator, without ids; empty if every tree is sound. */
export function* checkAuditTrees(db: DatabaseSync, read: StorageReader): Generator<string> {
  const vaults = db.prepare('SELECT vault FROM audit_heads ORDER BY vault').all()
  for (const [index, { vault }] of vaults.entries()) {
    for (const fault of checkTree(read, vault as Uint8Array)) yield `audit tree ${index + 1}: ${fault}`
  }
}

function* checkTree(read: StorageReader, vault: Uint8Array): Generator<string> {
  const { size, accessN, accessLeaf } = read.auditHead(vault)!
  const nodeAt: ReadNode = (level, at) => read.auditNode(vault, level, at)
  let reached = 0
  let noted = { n: 0, leaf: new Uint8Array(32) as Uint8Array }
  const places = new Set<string>()
  for (let first = 0; first < size; first += PAGE) {
    const leaves = read.auditLeaves(vault, first, Math.min(PAGE, size - first))
    for (const { index, stream, n } of leaves) {
      const hash = nodeAt(0, index)
      if (index !== reached || hash === null) return yield `leaf ${reached} is missing`
      if (stream === null) {
        if (n !== noted.n + 1) yield `note ${n} does not follow note ${noted.n}`
        noted = { n, leaf: hash }
      } else {
        const envelope = read.envelopeAt(vault, stream, n)
        const place = `${idText(stream)}.${n}`
        const fits = envelope !== null && equalBytes(hash, sha256(LEAF, envelopeLeafData(stream, n, envelope.hash)))
        if (!fits || places.has(place)) yield `leaf ${index} is not the audit entry that it names`
        places.add(place)
      }
      if (!nodesHold(index, hash, nodeAt)) yield `the nodes over leaf ${index} are not the hashes of what is under them`
      reached++
    }
    if (leaves.length === 0) return yield `leaf ${first} is missing`
  }
  if (reached !== size) yield `it has ${reached} leaves, its head says ${size}`
  if (noted.n !== accessN || !equalBytes(noted.leaf, accessLeaf))
    yield 'the newest note is not the one that the next would follow'
}

/** How many entries of a vault's audit logs are missing from its tree; 0 if it has no tree. */
export function missingLeaves(db: DatabaseSync, read: StorageReader, control: ControlState): number {
  if (read.auditHead(control.vault) === null) return 0
  const leaves = db.prepare('SELECT count(*) AS count FROM audit_leaves WHERE vault = ? AND stream = ?')
  // Another check verifies leaf by leaf that each leaf is a different entry of the stream.
  return [...control.streams.values()]
    .filter(({ id }) => isAuditStream(control, id))
    .map(({ id }) => {
      let stored = 0
      for (const { outcome } of read.envelopesAfter(control.vault, id, 0)) if (outcome !== 'void') stored += 1
      return stored - Number(leaves.get(control.vault, id)!['count'])
    })
    .reduce((sum, missing) => sum + Math.max(0, missing), 0)
}

/** Whether every node that this leaf completes is stored and is the hash of its two children. */
function nodesHold(index: number, leaf: Uint8Array, nodeAt: ReadNode): boolean {
  try {
    return nodesAfter(index, leaf, nodeAt).every(({ level, index: at, hash }) => {
      const stored = nodeAt(level, at)
      return stored !== null && equalBytes(stored, hash)
    })
  } catch {
    return false
  }
}
