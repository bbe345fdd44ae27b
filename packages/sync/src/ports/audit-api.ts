/** The audit routes of a server (A2, A3), passed in like its other routes (ports.ts). */
import type { AuditAnswer, AuditProofAnswer, AuditProofRequest, AuditRequest } from '@chartkeep/protocol/audit'
import type { Answer } from './ports.ts'

/** The server's audit routes, as one signed-in device sees them. */
export interface AuditApi {
  audit(vault: Uint8Array, request: AuditRequest): Promise<Answer<AuditAnswer>>
  auditProof(vault: Uint8Array, request: AuditProofRequest): Promise<Answer<AuditProofAnswer>>
  cosign(vault: Uint8Array, checkpoint: string): Promise<Answer<null>>
}
