/** Signed entries and signed notes, whatever they say. */
export { SignedEntry, entryHash, entryMessage } from './signed-entry.ts'
export {
  base64ToBytes,
  bytesToBase64,
  cosignature,
  noteSignature,
  writeNote,
  readNote,
  verifyNote,
} from './signed-note.ts'
