/** The sync server for tests and tools: its core, its app, its storage. The process starts in main.ts. */
export { accessOf, controlView, controlWithin, grantsOf, withinWindow } from './access.ts'
export type { Admission, AdmissionReader, AdmissionWriter, RoomNetwork, Standing, Ticket } from './admission-storage.ts'
export { createAdmissions } from './admission.ts'
export { checkAuditTrees } from './audit-check.ts'
export type { AuditHead, AuditReader, AuditWriter, StoredCosignature, StoredLeaf } from './audit-storage.ts'
export type { BlobReader, BlobWriter, StoredBlob } from './blob-storage.ts'
export { createApp, type AppOptions } from './app.ts'
export { helpText, readArguments, UsageError } from './commands/arguments.ts'
export { BackupError, makeBackup, restoreBackup, verifyBackup } from './backup.ts'
export {
  describeSettings,
  printConfig,
  readConfig,
  SettingError,
  SETTING_KEYS,
  variableOf,
  type Config,
} from './config.ts'
export { dataFolder, lastBackup, noteBackup } from './data-folder.ts'
export { createDiskRoom, isDiskFull, ServerFullError, type DiskRoom, type WriteKind } from './disk-room.ts'
export { examine, type Finding } from './doctor.ts'
export { createServerCore, type ServerCore, type ServerCoreOptions } from './core.ts'
export type { EmergencyReader, EmergencyWriter, Opening, StoredEmergency } from './emergency-storage.ts'
export type { LateReader, LateWriter, StoredLate } from './late-storage.ts'
export { DEFAULT_LIMITS, type Registration, type ServerLimits } from './limits.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { createGate, type ComingFrom } from './enter.ts'
export { createStrangers } from './strangers.ts'
export { createWaitingRoom } from './waiting-room.ts'
export { groupCommit, type Transactions } from './group-commit.ts'
export type { LivePeer } from './live.ts'
export { describeInterface } from './openapi.ts'
export type { Clock, MachineClock, RandomBytes, Timers } from './ports.ts'
export { createServerClock, firstTime, type ClockState, type ServerClock } from './server-clock.ts'
export { createServerDays, type ServerDay, type ServerDays } from './server-days.ts'
export { openedMap, type ServerSession } from './sessions.ts'
export { keyFingerprint, openSigningKey } from './signing-key.ts'
export { encodePage, encodePull, encodePush, encodePushed } from './answer-writer.ts'
export {
  createNetworkCounter,
  createNetworkHold,
  createNetworks,
  networkOf,
  shareOf,
  type NamedNetwork,
  type Network,
} from './networks.ts'
export { DEFAULT_RATES, limitRates, type Rates } from './rates.ts'
export { createAttemptCounter, createRateCounter } from './rate-counter.ts'
export { bodilessFrame, EntryRun, packRun, type RunEntry } from './entry-run.ts'
export { createRefillChains } from './refill-chains.ts'
export { createStages } from './refill-stage.ts'
export type { RefillReader, RefillWriter, StoredBeacon } from './refill-storage.ts'
export { kindOf } from './relief.ts'
export { createReserve, type Reserve } from './reserve.ts'
export { guardStorage } from './room-guard.ts'
export { serve, type RunningServer } from './serve.ts'
export { createReader, openSqliteStorage, StorageUnavailableError } from './sqlite-storage.ts'
export { checkStore, type StoreReport } from './store-check.ts'
export type { DeviceTail, Storage, StorageReader, StorageWriter, StoredEnvelope } from './storage.ts'
