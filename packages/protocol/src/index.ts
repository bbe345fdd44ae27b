/** What crosses the wire, and the readers of it that server, devices and simulation share. No I/O. */
export * from './audit/access-entry.ts'
export * from './account/account-entry.ts'
export * from './account/account-log.ts'
export * from './account/account-state.ts'
export * from './control/admit.ts'
export * from './audit/audit-messages.ts'
export * from './audit/audit-tree.ts'
export * from './audit/beacon.ts'
export * from './records/blob.ts'
export * from './streams/chain.ts'
export * from './audit/checkpoint.ts'
export * from './records/content-signature.ts'
export * from './control/control-entry.ts'
export * from './control/control-log.ts'
export * from './control/control-state.ts'
export * from './control/departure.ts'
export * from './control/emergency-end.ts'
export * from './control/emergency.ts'
export * from './streams/envelope.ts'
export * from './base/errors.ts'
export * from './streams/header.ts'
export * from './base/ids.ts'
export * from './account/invite.ts'
export * from './control/late.ts'
export * from './base/limits.ts'
export * from './messages/messages.ts'
export * from './account/pairing.ts'
export * from './account/practice-entry.ts'
export * from './account/practice-log.ts'
export * from './audit/proof-file.ts'
export * from './messages/push-reader.ts'
export * from './messages/refill.ts'
export * from './base/rights.ts'
export * from './account/sign-in.ts'
export * from './signed/signed-entry.ts'
export * from './records/signed-file.ts'
export * from './signed/signed-note.ts'
export * from './streams/stream-state.ts'
export {
  bool as boolShape,
  bytes as bytesShape,
  decodeAs,
  encodeMessage,
  exactly as exactlyShape,
  list as listShape,
  maxBytesOf,
  nullable as nullableShape,
  record as recordShape,
  schemaOf,
  type Shape,
  type ShapeSchema,
  text as textShape,
  type TypeOf,
  uint as uintShape,
  word as wordShape,
} from './base/shape.ts'
