/** Emergency access (C13): the request, the receipt and the early end. */
export {
  EmergencyEnd,
  EmergencyEndBody,
  type EmergencyEndRefusal,
  emergencyEndMessage,
  readEmergencyEnd,
} from './emergency-end.ts'
export {
  EmergencyLabel,
  EmergencyPage,
  EmergencyReason,
  EmergencyReceipt,
  type EmergencyRefusal,
  EmergencyRequest,
  EmergencyRequestBody,
  emergencyReceiptMessage,
  emergencyRequestHash,
  emergencyRequestMessage,
  holdsEmergencyReceipt,
  namesItsSigner,
  openingEnd,
  readEmergencyRequest,
  reasonContext,
} from './emergency.ts'
