/** The sealed store: what an app, a gateway or any RxDB user imports. Node's adapters are in `@chartkeep/store/node`. */
export { dexieLog, type DexieLogOptions } from './disk/dexie-log.ts'
export {
  StaleWriterError,
  type Durability,
  type LogEntry,
  type LogSegment,
  type SealedLog,
  type SnapshotMark,
  type TailSize,
} from './disk/sealed-log.ts'
export {
  getRxStorageSealed,
  SealedStoreError,
  type RxStorageSealed,
  type RxStorageSealedOptions,
  type SealedCheckpoint,
} from './database/rx-storage-sealed.ts'
export type { SyncRow } from './journal/batch.ts'
export type { OpenFailure, OpenProgress } from './journal/journal.ts'
export type { StoreFigures } from './database/figures.ts'
export { EraseDelayedError } from './database/sealed-database.ts'
export type { CompactionRules } from './database/compactor.ts'
export type { Migration, Migrations } from './database/shape.ts'
export {
  rescueStore,
  type RescueAnswer,
  type Rescued,
  type RescueProblem,
  type RescueSource,
} from './journal/rescue.ts'
export { createPace, nextTurn, runInSlices } from './journal/pace.ts'
export type { SyncTables } from './database/sync-tables.ts'
export { storedRecordSchema, type StoredRecord } from './stores/stored-record.ts'
export {
  openVaultStore,
  vaultShape,
  type StoreSource,
  type VaultChange,
  type VaultCommit,
  type VaultPurge,
  type VaultShape,
  type VaultStore,
} from './stores/vault-store.ts'
export {
  openAccountStore,
  type AccountStoreChange,
  type AccountStoreCommit,
  type AccountStore,
} from './stores/home-store.ts'
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
} from './keys/keyring.ts'
export {
  countsTries,
  passkey,
  systemKey,
  type PlatformKey,
  type PlatformKeyRefusal,
  type SystemKeys,
} from './keys/platform-key.ts'
export {
  diskTroubleOf,
  watchConnection,
  watchedLog,
  type DiskTrouble,
  type TroubleListener,
} from './disk/disk-trouble.ts'
export { dexieKeyringDisk, type KeyringDisk } from './keys/keyring-disk.ts'
export { holdStore, whoHolds, type Handover, type Hold, type Holder, type HoldOptions } from './disk/hold-store.ts'
export { dexieSettler, holdSettled, type DiskSettler } from './disk/settle-disk.ts'
export { dexieChunks, memoryChunks, type ChunkDisk } from './disk/chunk-disk.ts'
