/** Adapters for Node: the sealed log, the keyring and the chunks of files in SQLite files. */
export { sqliteChunks } from './sqlite-chunks.ts'
export { sqliteLog } from './sqlite-log.ts'
export { sqliteKeyringDisk } from './sqlite-keyring-disk.ts'
