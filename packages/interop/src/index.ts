/** Files of others: what a file is, how its contents become records, and what is written for others. The other doors are folders. */
export { sourceOf, type ByteSource } from './bytes/byte-source.ts'
export { textOfFile } from './bytes/text-file.ts'
export type { DoorOptions, FileKind, ImportEvent, Skipped } from './contract/door.ts'
export {
  READ_LIMITS,
  refusal,
  type FhirItem,
  type Notice,
  type Refusal,
  type RefusalReason,
} from './contract/fhir-items.ts'
export { SOURCE_VERSION } from './convert/draft.ts'
export { fileKindOf } from './doors/file-kind.ts'
export { doorOf, OPENED_KINDS } from './doors/doors.ts'
export { openFile } from './doors/archive.ts'
export { itemsFor, readFiles, readForImport, type ImportRead } from './doors/read-files.ts'
export { readFhir, type ReadOptions } from './fhir/fhir-reader.ts'
export { fhirVersionOf } from './fhir/fhir-version.ts'
export { withMedicineNames } from './fhir/medicine-names.ts'
export { withStatedEmpty } from './fhir/stated-empty.ts'
export { calendarFile, type CalendarEntry } from './out/calendar-file.ts'
export { conversionOf } from './out/conversion.ts'
export {
  ipsDocument,
  REQUIRED_IPS_SECTIONS,
  type IpsEmptyReason,
  type IpsInput,
  type IpsSection,
} from './out/ips-document.ts'
