/** Adapters for Node: the sealed log, the keyring and the chunks of files in SQLite files. */
export { sqliteChunks } from './sqlite/sqlite-chunks.ts'
export { sqliteLog } from './sqlite/sqlite-log.ts'
export { sqliteKeyringDisk } from './sqlite/sqlite-keyring-disk.ts'
