/** The audit log of a vault: entries, the hash tree over them, checkpoints, beacons and proof files. */
export {
  AccessEntry,
  type AccessKind,
  BLIND_LENGTH,
  accessLeafData,
  accessLogId,
  accessLogText,
  envelopeLeafData,
  readAccessLeaf,
} from './access-entry.ts'
export {
  AuditAnswer,
  AuditLeaf,
  AuditProofAnswer,
  AuditProofRequest,
  AuditRequest,
  Cosign,
  MAX_AUDIT_LEAVES,
  Witnessed,
} from './audit-messages.ts'
export {
  EMPTY_FRONTIER,
  type Frontier,
  type ReadNode,
  frontierAfter,
  frontierRoot,
  nodesAfter,
  treeConsistency,
  treeInclusion,
  treeRoot,
} from './audit-tree.ts'
export {
  Beacon,
  BeaconBody,
  BeaconLeaf,
  BeaconPage,
  beaconFor,
  beaconMessage,
  beaconRoot,
  orderedLeaves,
  readBeacon,
} from './beacon.ts'
export {
  type Checkpoint,
  auditOrigin,
  checkpointText,
  cosignedBy,
  deviceWitness,
  readCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts'
export { DisclosedEnvelope, MAX_PROOF_BYTES, ProofFile } from './proof-file.ts'
