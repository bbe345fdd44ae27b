/** What the folder of the data says of its newest backup (H5). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFolder, lastBackup, noteBackup } from '@chartkeep/sync-server'
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
  noteBackup(files, new Date(newer))
  noteBackup(files, new Date(newer - 90 * MINUTE))
  expect(lastBackup(files)).toBe(newer)
})

test('H5: one that was made while the clock was ahead does not stand for the newest until that day', () => {
  const now = Date.now()
  noteBackup(files, new Date(now + 365 * 24 * 60 * MINUTE))
  noteBackup(files, new Date(now))
  expect(lastBackup(files)).toBe(now)
})
