/** The sealed store: what an app, a gateway or any RxDB user imports. Node's adapters are in `@chartkeep/store/node`. */
export { SealedStoreError, getRxStorageSealed } from './database/rx-storage-sealed.ts'
export { EraseDelayedError } from './database/sealed-database.ts'
export { type ChunkDisk, dexieChunks } from './disk/chunk-disk.ts'
export { dexieLog } from './disk/dexie-log.ts'
export { type DiskTrouble, diskTroubleOf, watchedLog } from './disk/disk-trouble.ts'
export { type Hold, type HoldOptions, type Holder, holdStore, whoHolds } from './disk/hold-store.ts'
export type { SealedLog } from './disk/sealed-log.ts'
export { dexieSettler, holdSettled } from './disk/settle-disk.ts'
export type { SyncRow } from './journal/batch.ts'
export { nextTurn, runInSlices } from './journal/pace.ts'
export { rescueStore } from './journal/rescue.ts'
export { type KeyringDisk, dexieKeyringDisk } from './keys/keyring-disk.ts'
export {
  type Keyring,
  type SlotFailure,
  type UnlockWay,
  createKeyring,
  createSlotName,
  isAcceptedPin,
  listSlots,
  openKeyring,
} from './keys/keyring.ts'
export { type PlatformKey, type SystemKeys, countsTries, passkey, systemKey } from './keys/platform-key.ts'
export { type AccountStore, type AccountStoreCommit, openAccountStore } from './stores/account-store.ts'
export { type StoredRecord, storedRecordSchema } from './stores/stored-record.ts'
export { type StoreSource, type VaultStore, openVaultStore } from './stores/vault-store.ts'
