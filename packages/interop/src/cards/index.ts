/** SMART Health Cards: reading, and judging by keys that are at hand. */
export { readHealthCards, type HealthCards, type JudgedCard } from './health-cards.ts'
export { readIssuerDirectory, readIssuerList, type CardVerdict, type KnownIssuer } from './card-verdict.ts'
export {
  readIssuerKeys,
  readWithdrawals,
  type IssuerKey,
  type IssuerKeys,
  type WithdrawalFault,
  type Withdrawals,
} from './issuer-keys.ts'
export { cardsBundle } from './cards-bundle.ts'
export { bundleFaults, payloadFaults, type CardContent } from './card-payload.ts'
export type { CardFault, KeyFault } from './card-faults.ts'
export { cardCodeOf } from './qr-numeric.ts'
