/**
 * The public interface of sync: the types of the contract (contract/api.ts), `createAccountManager`, and the platform with the device's
 * disk, lock and clock. At most 70 names with decrypt-worker.ts; scripts/check-doors.mjs counts them. Tests reach the rest by
 * `@chartkeep/sync/testing`.
 */
export { MAX_EMERGENCY_REASON } from '@chartkeep/protocol'
export { type DevicePlatform, browserPlatform } from './account/platform.ts'
export { MIN_EMERGENCY_REASON } from './chart/emergency-owner.ts'
export type {
  AccountManager,
  NewDevice,
  RestoreRefusal,
  UnlockOptions,
  UnlockRefusal,
} from './contract/api-account-manager.ts'
export type {
  AccountActionOutcome,
  AccountSlot,
  ComparedNumber,
  DeviceAddition,
  DeviceView,
  JoinRefusal,
  PairingRefusal,
  PassphraseChange,
  PlatformWay,
} from './contract/api-account.ts'
export type { AccessLine, AuditCheck, AuditLine, EvidenceView, ProofSubject, SavedProof } from './contract/api-audit.ts'
export type { Chart } from './contract/api-chart.ts'
export type { EmergencyGrantView, EmergencyUse, HeldChart } from './contract/api-emergency.ts'
export type {
  FileProblem,
  FileRef,
  FileRefusal,
  FileState,
  FileTransfer,
  FileWatch,
  UnfinishedFile,
} from './contract/api-files.ts'
export type { Practice, PracticeMember, PublishOutcome } from './contract/api-practice.ts'
export type {
  ChartRecord,
  Conflict,
  LateOutcome,
  LateView,
  QuarantineView,
  RecordRevision,
  SaveOutcome,
  UndoOutcome,
  WriteOutcome,
} from './contract/api-records.ts'
export type {
  BackupCounts,
  ClocksApart,
  ServerFound,
  ServerLoss,
  ServerMove,
  Session,
  SyncStatus,
} from './contract/api-session.ts'
export type { GrantView, Grantee, RightWord, ShareOutcome } from './contract/api-sharing.ts'
export type { SignatureView } from './contract/api-signatures.ts'
export type { ChartAppearance, ChartSummary } from './contract/api-summary.ts'
export type { OwnerOutcome, OwnerRole, OwnerView, Owners } from './contract/api-owners.ts'
export type { RescuedChart } from './contract/api-rescue.ts'
export { createAccountManager } from './enrol/account-manager.ts'
