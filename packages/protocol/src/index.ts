/** What crosses the wire, and the readers of it that server, devices and simulation share. No I/O. */
export * from './access-entry.ts'
export * from './account-entry.ts'
export * from './account-log.ts'
export * from './account-state.ts'
export * from './admit.ts'
export * from './audit-messages.ts'
export * from './audit-tree.ts'
export * from './beacon.ts'
export * from './blob.ts'
export * from './chain.ts'
export * from './checkpoint.ts'
export * from './content-signature.ts'
export * from './control-entry.ts'
export * from './control-log.ts'
export * from './control-state.ts'
export * from './departure.ts'
export * from './emergency-end.ts'
export * from './emergency.ts'
export * from './envelope.ts'
export * from './errors.ts'
export * from './header.ts'
export * from './ids.ts'
export * from './invite.ts'
export * from './late.ts'
export * from './limits.ts'
export * from './messages.ts'
export * from './pairing.ts'
export * from './practice-entry.ts'
export * from './practice-log.ts'
export * from './proof-file.ts'
export * from './push-reader.ts'
export * from './refill.ts'
export * from './rights.ts'
export * from './sign-in.ts'
export * from './signed-entry.ts'
export * from './signed-file.ts'
export * from './signed-note.ts'
export * from './stream-state.ts'
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
} from './shape.ts'
