/** Adapters for Node: the sealed log and the keyring in SQLite files. */
export { sqliteLog } from './sqlite-log.ts'
export { sqliteKeyringDisk } from './sqlite-keyring-disk.ts'
