/** The sync server for tests and tools: its core, its app, its storage. The process starts in main.ts. */
export { accessOf, controlView, controlWithin, grantsOf, withinWindow } from './access/access.ts'
export type {
  Admission,
  AdmissionReader,
  AdmissionWriter,
  RoomNetwork,
  Standing,
  Ticket,
} from './storage/admission-storage.ts'
export { createAdmissions } from './admission/invitations.ts'
export { checkAuditTrees } from './audit/audit-check.ts'
export type { AuditHead, AuditReader, AuditWriter, StoredCosignature, StoredLeaf } from './storage/audit-storage.ts'
export type { BlobReader, BlobWriter, StoredBlob } from './storage/blob-storage.ts'
export { createApp, type AppOptions } from './http/app.ts'
export { helpText, readArguments, UsageError } from './operate/commands/arguments.ts'
export { BackupError, makeBackup, restoreBackup, verifyBackup } from './operate/backup.ts'
export {
  describeSettings,
  printConfig,
  readConfig,
  SettingError,
  SETTING_KEYS,
  variableOf,
  type Config,
} from './operate/config.ts'
export { dataFolder, lastBackup, noteBackup } from './operate/data-folder.ts'
export { createDiskRoom, isDiskFull, ServerFullError, type DiskRoom, type WriteKind } from './guard/disk-room.ts'
export { examine, type Finding } from './operate/doctor.ts'
export { createServerCore, type ServerCore, type ServerCoreOptions } from './core/core.ts'
export type { EmergencyReader, EmergencyWriter, Opening, StoredEmergency } from './storage/emergency-storage.ts'
export type { LateReader, LateWriter, StoredLate } from './storage/quarantine-storage.ts'
export { DEFAULT_LIMITS, type Registration, type ServerLimits } from './storage/limits.ts'
export { createMetrics, type Metrics } from './http/metrics.ts'
export { createGate, type ComingFrom } from './admission/enter.ts'
export { createStrangers } from './guard/strangers.ts'
export { createWaitingRoom } from './admission/waiting-room.ts'
export { groupCommit, type Transactions } from './sqlite/group-commit.ts'
export type { LivePeer } from './live/live.ts'
export { describeInterface } from './http/openapi.ts'
export type { Clock, MachineClock, RandomBytes, Timers } from './time/ports.ts'
export { createServerClock, firstTime, type ClockState, type ServerClock } from './time/server-clock.ts'
export { createServerDays, type ServerDay, type ServerDays } from './time/server-days.ts'
export { openedMap, type ServerSession } from './access/sessions.ts'
export { keyFingerprint, openSigningKey } from './signing/signing-key.ts'
export { encodePage, encodePull, encodePush, encodePushed } from './storage/answer-writer.ts'
export {
  createNetworkCounter,
  createNetworkHold,
  createNetworks,
  networkOf,
  shareOf,
  type NamedNetwork,
  type Network,
} from './guard/networks.ts'
export { DEFAULT_RATES, limitRates, type Rates } from './http/rates.ts'
export { createAttemptCounter, createRateCounter } from './guard/rate-counter.ts'
export { bodilessFrame, EntryRun, packRun, type RunEntry } from './storage/entry-run.ts'
export { createRefillChains } from './reseed/reseed-chains.ts'
export { createStages } from './reseed/reseed-stage.ts'
export type { RefillReader, RefillWriter, StoredBeacon } from './storage/reseed-storage.ts'
export { kindOf } from './guard/relief.ts'
export { createReserve, type Reserve } from './guard/reserve.ts'
export { guardStorage } from './storage/room-guard.ts'
export { serve, type RunningServer } from './operate/serve.ts'
export { createReader, openSqliteStorage, StorageUnavailableError } from './sqlite/sqlite-storage.ts'
export { checkStore, type StoreReport } from './operate/store-check.ts'
export type { DeviceTail, Storage, StorageReader, StorageWriter, StoredEnvelope } from './storage/storage.ts'
