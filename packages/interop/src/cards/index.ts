/** SMART Health Cards: reading, and judging by keys that are at hand. */
export { readHealthCards } from './health-cards.ts'
export { readIssuerDirectory, readIssuerList, type KnownIssuer } from './card-verdict.ts'
export { readIssuerKeys, readWithdrawals, type WithdrawalFault } from './issuer-keys.ts'
export { bundleFaults, payloadFaults } from './card-payload.ts'
export type { CardFault, KeyFault } from './card-faults.ts'
export { cardCodeOf } from './qr-numeric.ts'
