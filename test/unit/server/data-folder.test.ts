/** What the folder of the data says of its newest backup (H5). */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFolder, lastBackup, noteBackup, openSigningKey, keyFingerprint } from '@chartkeep/sync-server/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

let files: ReturnType<typeof dataFolder>
beforeEach(() => {
  files = dataFolder(mkdtempSync(join(tmpdir(), 'chartkeep-data-folder-')))
})
afterEach(() => rmSync(files.folder, { recursive: true }))

const MINUTE = 60_000

test('H5: a long backup that ends after a newer one does not make the newest older than it is', () => {
  const newer = Date.now()
  expect(lastBackup(files)).toBeNull()
  noteBackup(files, new Date(newer), '/nowhere/monday')
  noteBackup(files, new Date(newer - 90 * MINUTE), '/nowhere/tuesday')
  expect(lastBackup(files)).toBe(newer)
})

test('H5: one that was made while the clock was ahead does not stand for the newest until that day', () => {
  const now = Date.now()
  noteBackup(files, new Date(now + 365 * 24 * 60 * MINUTE), '/nowhere/monday')
  noteBackup(files, new Date(now), '/nowhere/tuesday')
  expect(lastBackup(files)).toBe(now)
})

test('H7, H5: the newest backup is the newest that is in the known folders and is of this server; a mirror counts next to it', () => {
  const now = Date.now()
  const ours = keyFingerprint(openSigningKey(files.folder, true).publicKey)
  const parent = join(files.folder, 'backups')
  const put = (name: string, made: number, fingerprint = ours, format = 'chartkeep-backup/1') => {
    mkdirSync(join(parent, name), { recursive: true })
    const manifest = { format, made: new Date(made).toISOString(), fingerprint }
    writeFileSync(join(parent, name, 'manifest.json'), JSON.stringify(manifest))
  }
  noteBackup(files, new Date(now - 50 * MINUTE), join(parent, 'monday'))
  put('monday', now - 50 * MINUTE)
  put('tuesday', now - 20 * MINUTE)
  put('another server', now - 5 * MINUTE, 'ffff ffff ffff ffff')
  put('another format', now - 4 * MINUTE, ours, 'chartkeep-backup/9')
  put('.wednesday.partial-1', now - 3 * MINUTE)
  mkdirSync(join(parent, 'empty'))
  writeFileSync(join(parent, 'file'), '')
  expect(lastBackup(files)).toBe(now - 20 * MINUTE)
  noteBackup(files, new Date(now - 10 * MINUTE))
  expect(lastBackup(files)).toBe(now - 10 * MINUTE)
  // Kept elsewhere since: then it is as old as was noted.
  rmSync(parent, { recursive: true })
  noteBackup(files, new Date(now - 30 * MINUTE), join(parent, 'thursday'))
  expect(lastBackup(files)).toBe(now - 10 * MINUTE)
})

test('H5: the note of an earlier version is read', () => {
  writeFileSync(join(files.folder, 'last-backup.json'), '{ "made": "2026-11-01T00:00:00.000Z" }')
  expect(lastBackup(files)).toBe(Date.UTC(2026, 10, 1))
})
