/** The sealed store: what an app, a gateway or any RxDB user imports. Node's adapters are in `@chartkeep/store/node`. */
export { dexieLog, type DexieLogOptions } from './dexie-log.ts'
export {
  StaleWriterError,
  type Durability,
  type LogEntry,
  type LogSegment,
  type SealedLog,
  type SnapshotMark,
  type TailSize,
} from './sealed-log.ts'
export {
  getRxStorageSealed,
  SealedStoreError,
  type RxStorageSealed,
  type RxStorageSealedOptions,
  type SealedCheckpoint,
} from './rx-storage-sealed.ts'
export type { SyncRow } from './batch.ts'
export type { OpenFailure, OpenProgress } from './journal.ts'
export type { StoreFigures } from './figures.ts'
export { EraseDelayedError } from './sealed-database.ts'
export type { CompactionRules } from './compactor.ts'
export type { Migration, Migrations } from './shape.ts'
export { rescueStore, type RescueAnswer, type Rescued, type RescueProblem, type RescueSource } from './rescue.ts'
export { createPace, nextTurn, runInSlices } from './pace.ts'
export type { SyncTables } from './sync-tables.ts'
export { storedRecordSchema, type StoredRecord } from './stored-record.ts'
export {
  openVaultStore,
  vaultShape,
  type StoreSource,
  type VaultChange,
  type VaultCommit,
  type VaultPurge,
  type VaultShape,
  type VaultStore,
} from './vault-store.ts'
export { openAccountStore, type AccountStoreChange, type AccountStoreCommit, type AccountStore } from './home-store.ts'
export {
  createKeyring,
  createSlotName,
  isAcceptedPin,
  listSlots,
  openKeyring,
  type Keyring,
  type NewSlot,
  type PlatformKeyMissing,
  type Recovered,
  type SlotFailure,
  type Unlocked,
  type UnlockWay,
} from './keyring.ts'
export {
  countsTries,
  passkey,
  systemKey,
  type PlatformKey,
  type PlatformKeyRefusal,
  type SystemKeys,
} from './platform-key.ts'
export { diskTroubleOf, watchConnection, watchedLog, type DiskTrouble, type TroubleListener } from './disk-trouble.ts'
export { dexieKeyringDisk, type KeyringDisk } from './keyring-disk.ts'
export { holdStore, whoHolds, type Handover, type Hold, type Holder, type HoldOptions } from './hold-store.ts'
export { dexieSettler, holdSettled, type DiskSettler } from './settle-disk.ts'
export { dexieChunks, memoryChunks, type ChunkDisk } from './chunk-disk.ts'
