/**
 * What packages/sync offers to the app: an account on this device, its charts, their records, sharing and audit. Identifiers are opaque
 * text; no key, envelope or log entry crosses this line. Everything works offline; what needs the server says so by its state.
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
export type * from './api-emergency.ts'
