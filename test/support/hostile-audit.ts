/**
 * The audit routes of a server that lies (A2, A3): the answers of the real core, bent by a test, or those of a tree that its operator made
 * up and signed with the server's own key. Every message goes through its wire form.
 */
import { randomBytes, sign, startBoxChain, type SigningKeyPair } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { merkleLeaf } from '@chartkeep/crypto/hash'
import { encodeMessage, isSyncError, type SyncError } from '@chartkeep/protocol'
import {
  accessLeafData,
  AuditAnswer,
  auditOrigin,
  AuditProofAnswer,
  AuditProofRequest,
  AuditRequest,
  checkpointText,
  nodesAfter,
  treeConsistency,
  treeInclusion,
  treeRoot,
  type AccessEntry,
  type AuditLeaf,
  type Witnessed,
} from '@chartkeep/protocol/audit'
import { noteSignature, writeNote } from '@chartkeep/protocol/signed'
import type { Answer, AuditApi, DeviceSecrets } from '@chartkeep/sync/testing'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server/testing'
import { watchLies } from './detection.ts'
import { onTheWire, signInAt } from './hostile-server.ts'

export interface AuditLies {
  audit?: (honest: AuditAnswer, request: AuditRequest) => AuditAnswer | Promise<AuditAnswer>
  auditProof?: (honest: Answer<AuditProofAnswer>, request: AuditProofRequest) => Answer<AuditProofAnswer>
  cosign?: (honest: () => Promise<Answer<null>>, checkpoint: string) => Promise<Answer<null>>
}

export interface HostileAudit extends AuditApi {
  lies: AuditLies
  /** What the device has cosigned, as it sent it. */
  readonly cosigned: string[]
  /** The device holds a verdict about what it was told. */
  detected(verdict: string): void
}

export function hostileAudit(
  core: () => ServerCore,
  account: Uint8Array,
  device: Pick<DeviceSecrets, 'id' | 'signing'>,
): HostileAudit {
  const cosigned: string[] = []
  const watch = watchLies()
  const told = <T>(honest: T, answer: T): T => {
    watch.answered(!equalBytes(encodeMessage(honest), encodeMessage(answer)))
    return answer
  }
  let session: { core: ServerCore; session: ServerSession } | null = null
  async function ask<T>(run: (core: ServerCore, session: ServerSession) => Promise<T | SyncError>): Promise<Answer<T>> {
    const current = core()
    if (session?.core !== current || session.session.ended)
      session = { core: current, session: await signInAt(current, account, device) }
    const answer = await run(current, session.session)
    return isSyncError(answer) ? answer : { type: 'ok', value: answer as T }
  }
  const server: HostileAudit = {
    lies: {},
    cosigned,
    detected: watch.detected,
    async audit(vault, message) {
      const request = onTheWire(AuditRequest, message)
      const honest = await ask((at, who) => at.audit(who, vault, request))
      if (honest.type !== 'ok') return honest
      const bent = (await server.lies.audit?.(honest.value, request)) ?? honest.value
      return { type: 'ok', value: onTheWire(AuditAnswer, told(honest.value, bent)) }
    },
    async auditProof(vault, message) {
      const request = onTheWire(AuditProofRequest, message)
      const honest = await ask((at, who) => at.auditProof(who, vault, request))
      const bent = told(honest, server.lies.auditProof?.(honest, request) ?? honest)
      return bent.type === 'ok' ? { type: 'ok', value: onTheWire(AuditProofAnswer, bent.value) } : bent
    },
    async cosign(vault, checkpoint) {
      cosigned.push(checkpoint)
      const honest = () => ask((at, who) => at.cosign(who, vault, { checkpoint }))
      return server.lies.cosign?.(honest, checkpoint) ?? honest()
    },
  }
  return server
}

/** A checkpoint under the server's own key, whatever it says. */
export async function signCheckpoint(
  key: SigningKeyPair,
  checkpoint: { vault: Uint8Array; size: number; root: Uint8Array; time: number },
): Promise<string> {
  const text = checkpointText(checkpoint)
  const line = await noteSignature(text, auditOrigin(checkpoint.vault), key.publicKey, (message) => sign(key, message))
  return writeNote({ text, signatures: [line] })
}

/** The lies of an operator who rebuilt the whole tree from these leaves, with every hash and path right and the head signed. */
export async function rebuiltTree(
  key: SigningKeyPair,
  at: { vault: Uint8Array; time: number },
  leaves: AuditLeaf[],
  witnessed?: Witnessed[],
): Promise<AuditLies> {
  const nodes = new Map<string, Uint8Array>()
  const read = (level: number, index: number) => nodes.get(`${level}.${index}`) ?? null
  for (const [size, leaf] of leaves.entries())
    for (const { level, index, hash } of nodesAfter(size, leaf.hash, read)) nodes.set(`${level}.${index}`, hash)
  const size = leaves.length
  const checkpoint = await signCheckpoint(key, { ...at, size, root: treeRoot(size, read) })
  return {
    audit: (honest, { known, after }) => ({
      checkpoint,
      consistency: known === 0 || known > size ? [] : treeConsistency(known, size, read),
      leaves: leaves.slice(after),
      witnessed: witnessed ?? honest.witnessed,
    }),
    auditProof: (_, { kind, first, size: of }) => {
      const fits = of <= size && (kind === 'inclusion' ? first < of : first >= 1 && first <= of)
      if (!fits) return { type: 'error', error: 'heads-unknown' }
      return { type: 'ok', value: { path: (kind === 'inclusion' ? treeInclusion : treeConsistency)(first, of, read) } }
    },
  }
}

/** An access entry that the operator writes himself: sealed to the owners' public key, as only he can and everybody could. */
export function madeUpAccess(publicKey: Uint8Array, entry: AccessEntry): AuditLeaf {
  const data = accessLeafData(encodeMessage(entry), randomBytes(32))
  return { stream: null, n: entry.n, sealed: startBoxChain(publicKey).seal(data), hash: merkleLeaf(data) }
}
