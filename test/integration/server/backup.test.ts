/** H5: backups made while the server runs and devices push, verified, refused where they do not hold, and restored in place of data that are gone. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  checkStore,
  createReader,
  dataFolder,
  EntryRun,
  openSqliteStorage,
  packRun,
  restoreBackup,
  verifyBackup,
} from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type TestVault,
  type Writer,
} from '../../support/author.ts'
import { connectDevice, type HttpDevice } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-backup-'))
const data = join(folder, 'data')
const backup = join(folder, 'backup')
const pull = (vault: TestVault) => ({ streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 << 22 })
let server: ServerProcess
let port: number
let device: HttpDevice
let vault: TestVault
let writer: Writer
let acknowledgedBefore = 0
let made: { code: number | null; output: string }

beforeAll(async () => {
  port = await freePort()
  server = await startServerProcess(data, port)
  device = await connectDevice(server.address, await createAccount())
  vault = await createVault(device.account)
  await device.postControl(vault.id, vault.entries)
  writer = createWriter(vault, device.account, vault.streams[0]!)
  let isDone = false
  const pushing = (async () => {
    let count = 0
    while (!isDone) {
      const { results } = await device.push(
        vault.id,
        await sealDrafts(
          writer,
          Array.from({ length: 8 }, () => ({})),
        ),
      )
      count += results.length
    }
    return count
  })()
  while (((await device.pull(vault.id, pull(vault))).streams[0]?.head.n ?? 0) < 40);
  await runServerProcess({ CHARTKEEP_DATA: data }, ['invite', '--count', '2'])
  acknowledgedBefore = (await device.pull(vault.id, pull(vault))).streams[0]!.head.n
  made = await runServerProcess({ CHARTKEEP_DATA: data }, ['backup', backup])
  isDone = true
  expect(await pushing).toBeGreaterThan(acknowledgedBefore)
})
afterAll(async () => {
  await server.stop('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** A copy of the backup, to be damaged. */
function copied(): string {
  const copy = mkdtempSync(join(folder, 'copy-'))
  cpSync(backup, copy, { recursive: true })
  return copy
}

describe('a backup', () => {
  test('H5: is made while devices push, holds what was acknowledged before it, and every chain of it verifies', async () => {
    expect([made.code, made.output]).toEqual([0, expect.stringContaining('Backup made and verified')])
    expect(readdirSync(backup).toSorted()).toEqual(['chartkeep.sqlite', 'heads.cbor', 'manifest.json', 'server-key'])
    const { manifest, report } = await verifyBackup(backup)
    expect(report.faults).toEqual([])
    expect(report.entries).toBeGreaterThanOrEqual(acknowledgedBefore)
    expect(manifest.counts).toMatchObject({ accounts: 1, vaults: 1, streams: 1, entries: report.entries })
    expect(server.stdout().replaceAll('\n', ' ')).toContain(manifest.fingerprint)
    for (const name of readdirSync(backup)) expect(statSync(join(backup, name)).mode & 0o077).toBe(0)
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([])
  })

  test('H5: overwrites nothing, needs data, and leaves nothing behind where it was refused', async () => {
    const again = await runServerProcess({ CHARTKEEP_DATA: data }, ['backup', backup])
    expect([again.code, again.output]).toEqual([
      1,
      `${backup} is there already. A backup overwrites nothing: name a new folder.\n`,
    ])
    const none = await runServerProcess({ CHARTKEEP_DATA: join(folder, 'nowhere') }, ['backup', join(folder, 'b2')])
    expect([none.code, none.output]).toEqual([1, expect.stringContaining('There are no data at')])
    expect(existsSync(join(folder, 'b2'))).toBe(false)
    expect((await verifyBackup(backup)).report.faults).toEqual([])
  })

  test.each(['chartkeep.sqlite', 'server-key', 'heads.cbor'])('H5: one changed byte of %s is found', async (name) => {
    const copy = copied()
    const bytes = readFileSync(join(copy, name))
    const at = Math.floor(bytes.length / 2)
    bytes[at] = bytes[at]! ^ 1
    writeFileSync(join(copy, name), bytes)
    await expect(verifyBackup(copy)).rejects.toThrow(`${name} in ${copy} is not what was written`)
    await expect(restoreBackup(copy, dataFolder(join(copy, 'new')))).rejects.toThrow('is not what was written')
    expect(existsSync(join(copy, 'new'))).toBe(false)
  })

  test('H5: an entry taken out is found even where somebody wrote the manifest again: the signed heads contradict it', async () => {
    const copy = copied()
    const file = join(copy, 'chartkeep.sqlite')
    const db = new DatabaseSync(file)
    // A perfect rollback by one entry: the stream and its device end one earlier.
    const row = db.prepare('SELECT first, facts, entries FROM entry_runs ORDER BY first DESC LIMIT 1').get()!
    const run = new EntryRun(Number(row['first']), row['facts'] as Uint8Array, row['entries'] as Uint8Array)
    const kept = Array.from({ length: run.count - 1 }, (_, index) => run.entryOf(run.first + index))
    const before = kept.at(-1) ?? createReader(db).envelopeAt(vault.id, vault.streams[0]!, run.last - 1)!
    db.prepare('DELETE FROM entry_runs WHERE first = ?').run(run.first)
    db.prepare('DELETE FROM entry_docs WHERE n = ?').run(run.last)
    if (kept.length > 0) {
      const { first, last, facts, entries } = packRun(kept)
      const add = 'INSERT INTO entry_runs (stream, first, last, facts, entries) SELECT id, ?, ?, ?, ? FROM streams'
      db.prepare(add).run(first, last, facts, entries)
    }
    db.prepare('UPDATE streams SET n = ?, h = ?').run(before.n, before.h)
    db.prepare('UPDATE devices SET seq = seq - 1, previous = ?').run(before.hash)
    db.close()
    expect((await checkStore(file)).faults).toEqual([])
    const manifest = JSON.parse(readFileSync(join(copy, 'manifest.json'), 'utf8')) as {
      files: Record<string, { bytes: number; sha256: string }>
    }
    const { createHash } = await import('node:crypto')
    const bytes = readFileSync(file)
    manifest.files['chartkeep.sqlite'] = {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }
    writeFileSync(join(copy, 'manifest.json'), JSON.stringify(manifest))
    await expect(verifyBackup(copy)).rejects.toThrow('the server has signed a stream head')
  })

  test('H5: a folder that is no backup, and one of a newer version, are named so', async () => {
    await expect(verifyBackup(join(folder, 'nowhere'))).rejects.toThrow('is no backup')
    const copy = copied()
    const manifest = readFileSync(join(copy, 'manifest.json'), 'utf8')
    writeFileSync(join(copy, 'manifest.json'), manifest.replace(/"schema": \d+/, '"schema": 99'))
    await expect(verifyBackup(copy)).rejects.toThrow('newer than this one')
    writeFileSync(join(copy, 'manifest.json'), '{}')
    await expect(verifyBackup(copy)).rejects.toThrow('is no backup that this version can read')
  })
})

test('H5: a running server and a stopped one are verified by the same command', async () => {
  const verified = await runServerProcess({ CHARTKEEP_DATA: data }, ['verify'])
  expect([verified.code, verified.output]).toEqual([0, expect.stringMatching(/^All holds: 1 accounts, 1 vaults/)])
  const ofBackup = await runServerProcess({ CHARTKEEP_DATA: data }, ['verify', backup])
  expect([ofBackup.code, ofBackup.output]).toEqual([0, expect.stringContaining('holds: 1 accounts')])
})

test('H5, S9: a restore overwrites nothing; the server then lets devices read, takes nothing new until it is told to continue, and continues', async () => {
  const env = { CHARTKEEP_DATA: data }
  const refused = await runServerProcess(env, ['restore', backup])
  expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('A restore overwrites nothing')])
  await server.stop('SIGKILL')
  rmSync(data, { recursive: true })
  const restored = await runServerProcess(env, ['restore', backup])
  expect([restored.code, restored.output]).toEqual([0, expect.stringContaining('takes nothing new')])
  // Who continues before the devices have been back loses what only they have.
  const whenToGoOn = 'When the people whom you know have been back'
  expect(restored.output).toContain(whenToGoOn)

  // Codes that were open then may have been used since.
  expect((await runServerProcess(env, ['invite', '--list'])).output).toBe('Open invitations: 0\n')
  server = await startServerProcess(data, port)
  expect(server.output()).toContain('put back from a backup')
  expect(server.output()).toContain(whenToGoOn)
  expect((await runServerProcess(env, ['doctor'])).output).toContain(whenToGoOn)
  expect(await (await fetch(`${server.address}/readyz`)).json()).toEqual({
    status: 'ready',
    restored: true,
    clock: 'sure',
  })
  const back = await connectDevice(server.address, device.account)
  const entries = async () => (await back.pull(vault.id, pull(vault))).streams[0]!.head.n
  const had = await entries()
  expect(had).toBeGreaterThanOrEqual(acknowledgedBefore)
  // A device that had not seen more than the backup would otherwise take a number that was given before.
  const fresh = createWriter(vault, device.account, vault.streams[1]!)
  const drafts = await sealDrafts(fresh, [{}])
  await expect(back.push(vault.id, drafts)).rejects.toThrow('503')
  await expect(back.postControl(vault.id, vault.entries)).rejects.toThrow('503')
  const other = await createVault(device.account)
  await expect(back.postControl(other.id, other.entries)).rejects.toThrow('refilling')

  const goOn = await runServerProcess(env, ['go-on'])
  expect([goOn.code, goOn.output]).toEqual([0, expect.stringContaining('takes new entries again')])
  expect((await back.push(vault.id, drafts)).results).toHaveLength(1)
  expect(await entries()).toBe(had)
  expect((await runServerProcess(env, ['go-on'])).output).toContain('was not waiting')
  expect((await checkStore(join(data, 'chartkeep.sqlite'))).faults).toEqual([])
})

test('H5, S9: a server that was started while the backup is read keeps its data, and the restore says so', async () => {
  const into = dataFolder(mkdtempSync(join(folder, 'started-')))
  const running = restoreBackup(backup, into)
  const storage = openSqliteStorage(into.database)
  await expect(running).rejects.toThrow('A server or another restore already uses')
  await storage.write((tx) => tx.setMark('head-time', '1'))
  await storage.close()
  expect(existsSync(into.key)).toBe(false)
  const again = openSqliteStorage(into.database)
  expect(again.read.mark('head-time')).toBe('1')
  await again.close()

  const stopped = dataFolder(mkdtempSync(join(folder, 'stopped-')))
  const behind = restoreBackup(backup, stopped)
  await openSqliteStorage(stopped.database).close()
  await expect(behind).rejects.toThrow('A restore overwrites nothing')
})

test('H5: of two restores into one folder at once one puts its data there, whole and marked', async () => {
  const into = dataFolder(join(folder, 'twice'))
  const outcomes = await Promise.allSettled([restoreBackup(backup, into), restoreBackup(backup, into)])
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const { reason } = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult
  expect(String(reason)).toMatch(/A server or another restore already uses|A restore overwrites nothing/)
  expect(await checkStore(into.database)).toMatchObject({ restored: true, faults: [] })
})

test('H5: a backup of an older schema is restored and brought up to date', async () => {
  const old = mkdtempSync(join(folder, 'old-'))
  cpSync(join(import.meta.dirname, '../../fixtures/server/schema-1'), old, { recursive: true })
  // A backup as the server of that schema would have made it.
  const brought = mkdtempSync(join(folder, 'brought-'))
  cpSync(old, brought, { recursive: true })
  await openSqliteStorage(join(brought, 'chartkeep.sqlite')).close()
  const { makeBackup } = await import('@chartkeep/sync-server/testing')
  const target = join(folder, 'old-backup')
  const { manifest } = await makeBackup(dataFolder(brought), target)
  const { createHash } = await import('node:crypto')
  cpSync(join(old, 'chartkeep.sqlite'), join(target, 'chartkeep.sqlite'))
  const bytes = readFileSync(join(target, 'chartkeep.sqlite'))
  const files = {
    ...manifest.files,
    'chartkeep.sqlite': { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
  }
  writeFileSync(join(target, 'manifest.json'), JSON.stringify({ ...manifest, schema: 1, files }))
  const into = dataFolder(join(folder, 'restored-old'))
  await restoreBackup(target, into)
  expect(await checkStore(into.database)).toMatchObject({ accounts: 3, restored: true, faults: [] })
})
