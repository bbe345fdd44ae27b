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
  type SealedCheckpoint,
} from './rx-storage-sealed.ts'
export type { SyncRow } from './batch.ts'
export type { OpenFailure } from './journal.ts'
export type { SyncTables } from './sync-tables.ts'
export { storedRecordSchema, type StoredRecord } from './stored-record.ts'
export { openVaultStore, type StoreSource, type VaultChange, type VaultCommit, type VaultStore } from './vault-store.ts'
export { openHomeStore, type HomeChange, type HomeCommit, type HomeStore } from './home-store.ts'
export {
  createKeyring,
  createSlotName,
  listSlots,
  openKeyring,
  type Keyring,
  type NewSlot,
  type Recovered,
  type SlotFailure,
  type Unlocked,
} from './keyring.ts'
export { dexieKeyringDisk, type KeyringDisk } from './keyring-disk.ts'
export { holdStore, type Hold } from './hold-store.ts'
export { dexieChunks, memoryChunks, type ChunkDisk } from './chunk-disk.ts'
