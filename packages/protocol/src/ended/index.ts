/** What a grantee's device sends after its access has ended: late envelopes (C11) and departures (C10). */
export { Departure, DepartureBody, DeparturePage, departureMessage, readDeparture } from './departure.ts'
export {
  LateAnswer,
  LatePage,
  LatePost,
  type LateRefusal,
  LateSettle,
  latePayer,
  lateReceiptMessage,
  readLate,
  verifyLateReceipt,
} from './late.ts'
