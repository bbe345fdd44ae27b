/** Files of others and for others: reading FHIR R4 and whose records they are, the sealed backup, calendar files. */
export {
  BackupFault,
  openBackup,
  sealBackup,
  type BackupRefusal,
  type BackupSummary,
  type OpenedBackup,
  type SealBackupInput,
} from './backup/backup-file.ts'
export {
  backupLockText,
  createBackupLock,
  parseBackupLock,
  type BackupKey,
  type BackupLock,
} from './backup/backup-head.ts'
export { sourceOf, type ByteSource } from './bytes/byte-source.ts'
export { calendarFile, type CalendarEntry } from './out/calendar-file.ts'
export { SOURCE_VERSION, WAS_EXTENSION } from './convert/draft.ts'
export * from './fhir/fhir-items.ts'
export { readFhir, type ReadOptions } from './fhir/fhir-reader.ts'
export { fhirVersionOf, type FhirVersion } from './fhir/fhir-version.ts'
export * from './fhir/people.ts'
export * from './fhir/compare-people.ts'
export type { PersonName } from './fhir/person-names.ts'
export * from './doors/read-files.ts'
export { withContained } from './fhir/contained.ts'
export * from './fhir/medicine-names.ts'
export * from './fhir/stated-empty.ts'
export * from './ccda/ccda-document.ts'
export * from './out/ips-document.ts'
export * from './out/conversion.ts'
export { fileKindOf, type FileKind } from './doors/file-kind.ts'
export { textOfFile } from './bytes/text-file.ts'
export type { Door, DoorCounts, DoorOptions, ImportEvent, ImportInput, Skipped, SkipReason } from './doors/door.ts'
export { doorOf, OPENED_KINDS } from './doors/doors.ts'
export { hashOfText, makeItem } from './doors/make-item.ts'
export { isNobodys, openFile } from './doors/archive.ts'
export * from './cards/index.ts'
export * from './links/index.ts'
export * from './table/index.ts'
