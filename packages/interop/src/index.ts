/** Files of others and for others: reading FHIR R4 and whose records they are, the sealed backup, calendar files. */
export {
  BackupFault,
  openBackup,
  sealBackup,
  type BackupRefusal,
  type BackupSummary,
  type OpenedBackup,
  type SealBackupInput,
} from './backup-file.ts'
export { backupLockText, createBackupLock, parseBackupLock, type BackupKey, type BackupLock } from './backup-head.ts'
export { sourceOf, type FhirSource } from './byte-source.ts'
export { calendarFile, type CalendarEntry } from './calendar-file.ts'
export { SOURCE_VERSION, WAS_EXTENSION } from './fhir-r5.ts'
export * from './fhir-items.ts'
export { readFhir, type ReadOptions } from './fhir-reader.ts'
export { fhirVersionOf, type FhirVersion } from './fhir-version.ts'
export * from './people.ts'
export * from './compare-people.ts'
export type { PersonName } from './person-names.ts'
export * from './import-file.ts'
export { withContained } from './contained.ts'
export * from './medicine-names.ts'
export * from './stated-empty.ts'
export * from './ccda-document.ts'
export * from './ips-document.ts'
export * from './conversion.ts'
export { fileKindOf, type FileKind } from './file-kind.ts'
export { textOfFile } from './text-file.ts'
export * from './cards/index.ts'
export * from './links/index.ts'
export * from './table/index.ts'
