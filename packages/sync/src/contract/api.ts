/**
 * What packages/sync offers to the app: an account on this device, its charts, their records, sharing and audit. Everything works offline; a call
 * that needs the server says in its answer that the server was not reached.
 *
 * No type of a key, an envelope or a log entry crosses this line, and identifiers are opaque text: scripts/check-doors.mjs follows every type from
 * here and refuses one that is declared elsewhere. Bytes cross in the few members that the same script lists: contents of files, files to give
 * away (proofs, evidence, signed records), and the items of a backup. Those items hold the account's keys in plain form; the app hands them on to
 * the seal of the backup file and keeps nothing. The recovery code crosses as text, because a person prints and types it.
 */
export type * from './api-account-manager.ts'
export type * from './api-session.ts'
export type * from './api-account.ts'
export type * from './api-summary.ts'
export type * from './api-records.ts'
export type * from './api-sharing.ts'
export type * from './api-signatures.ts'
export type * from './api-audit.ts'
export type * from './api-files.ts'
export type * from './api-chart.ts'
export type * from './api-practice.ts'
export type * from './api-program.ts'
export type * from './api-emergency.ts'
export type * from './api-rescue.ts'
export type * from './api-owners.ts'
