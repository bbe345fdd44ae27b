/** The sealed file of a backup: writing and opening it, and the text of its lock. */
export { BackupFault, openBackup, sealBackup, type BackupRefusal, type BackupSummary } from './backup-file.ts'
export { backupLockText, createBackupLock, parseBackupLock, type BackupKey, type BackupLock } from './backup-head.ts'
