/**
 * The store on node:sqlite when its process is killed, and what its files show. CHARTKEEP_KILLS=<number> for more than
 * 5 kills.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { randomBytes } from '@chartkeep/crypto'
import { base64UrlToBytes, bytesToBase64Url, bytesToHex } from '@chartkeep/crypto/encoding'
import { openVaultStore, type VaultStore } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { afterAll, expect, test } from 'vitest'
import { storedRecord } from '../../support/stored-record.ts'

const KILLS = Number(process.env['CHARTKEEP_KILLS'] ?? 5)
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-kill-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function open(path: string, key: Uint8Array): Promise<VaultStore> {
  const vault = await openVaultStore({ name: 'vault', key, log: sqliteLog(path) })
  if (vault.type !== 'vault') throw new Error(JSON.stringify(vault))
  return vault
}

/** Runs the writer and kills it by SIGKILL a moment after some number of writes; answers what it had acknowledged. */
function writeAndKill(path: string, key: Uint8Array, round: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'writer.ts')
    const child = spawn(process.execPath, [script, path, bytesToBase64Url(key), String(round)])
    const writes = 1 + Math.floor(Math.random() * 60)
    const acknowledged: string[] = []
    let complaint = ''
    child.stderr.on('data', (bytes) => (complaint += String(bytes)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      acknowledged.push(line)
      if (acknowledged.length === writes) setTimeout(() => child.kill('SIGKILL'), Math.random() * 20)
    })
    child.on('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(acknowledged)
      else reject(new Error(`the writer ended by itself: ${complaint}`))
    })
  })
}

test('ST10: a process killed while it writes and compacts, again and again, loses no acknowledged write and tears no commit', async () => {
  const path = join(folder, 'a')
  const key = randomBytes(32)
  const acknowledged: string[] = []
  for (let round = 1; round <= KILLS; round += 1) {
    acknowledged.push(...(await writeAndKill(path, key, round)))
    const vault = await open(path, key)
    const lost = acknowledged.filter((name) => vault.read(`s.${name}`) === null)
    expect(lost).toEqual([])
    for (const [name, size] of vault.sync.all('sizes')) {
      expect(vault.read(`s.${name}`)).not.toBeNull()
      expect(vault.read(`s.${name}-${Number(size) - 1}`)).not.toBeNull()
    }
    await vault.close()
  }
  const log = sqliteLog(path)
  const compactions = (await log.snapshot())?.id ?? 0
  await log.close()
  console.log(`${KILLS} kills, ${acknowledged.length} acknowledged writes, none lost; ${compactions} compactions`)
  expect(acknowledged.length).toBeGreaterThan(KILLS)
  expect(compactions).toBeGreaterThan(KILLS / 8)
}, 7_200_000)

function filesContaining(directory: string, canaries: string[]): string[] {
  const found: string[] = []
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    let bytes: Buffer
    try {
      bytes = readFileSync(join(directory, name))
    } catch {
      continue
    }
    for (const canary of canaries) {
      if (bytes.includes(canary) || bytes.includes(Buffer.from(canary, 'utf16le'))) found.push(`${name}: ${canary}`)
    }
  }
  return found
}

test('ST3: no canary written into records, ids, audit or sync rows is in the files, open or closed', async () => {
  const directory = mkdtempSync(join(folder, 'canary'))
  const canaries = Array.from({ length: 40 }, () => bytesToHex(randomBytes(12)))
  const [id, stream, collectionName, date, code, title, resource, audit, table, rowKey, value, ...others] = canaries
  const key = randomBytes(32)
  const vault = await open(join(directory, 'a'), key)
  const record = storedRecord(id!, { stream: stream!, collectionName: collectionName!, date: date!, code: code! })
  await vault.commit({
    records: [{ ...record, title: title!, resource: resource! }],
    audit: [storedRecord(audit!)],
    sync: [{ table: table!, key: rowKey!, value: value! }],
  })
  for (const canary of others) await vault.records.insert(storedRecord(canary, { text: canary }))
  expect(filesContaining(directory, canaries)).toEqual([])
  await vault.compact()
  await vault.records.find({ selector: { collectionName: collectionName! } }).exec()
  await vault.commit({ records: [{ ...record, title: title! }] })
  expect(filesContaining(directory, canaries)).toEqual([])
  expect(filesContaining(directory, [bytesToHex(key), 'records', 'rxdb', 'audit', 'Observation'])).toEqual([])
  await vault.close()
  expect(filesContaining(directory, canaries)).toEqual([])

  const control = new DatabaseSync(join(directory, 'control'))
  control.exec('CREATE TABLE a (s TEXT)')
  for (const canary of canaries) control.prepare('INSERT INTO a VALUES (?)').run(canary)
  control.close()
  expect(filesContaining(directory, canaries)).toHaveLength(canaries.length)
})

test.each(['a new file', 'a file of format 1'])(
  'ST15: not even sealed bytes of what was purged stay in %s of SQLite',
  async (from) => {
    const directory = mkdtempSync(join(folder, 'purge'))
    const path = join(directory, 'a')
    let key = randomBytes(32)
    if (from !== 'a new file') {
      const fixtures = join(import.meta.dirname, '../../fixtures/store')
      copyFileSync(join(fixtures, 'format-1.sqlite'), path)
      const { key: text } = JSON.parse(readFileSync(join(fixtures, 'format-1.json'), 'utf8')) as { key: string }
      key = base64UrlToBytes(text)!
    }
    const vault = await open(path, key)
    for (let batch = 0; batch < 20; batch += 1) {
      const records = Array.from({ length: 50 }, (_, index) => storedRecord(`${batch}-${index}`, { stream: 'gone' }))
      await vault.commit({ records })
    }
    const log = sqliteLog(path)
    const heads: Buffer[] = []
    for await (const { sealed } of log.load()) heads.push(Buffer.from(sealed.subarray(0, 48)))
    await log.close()
    const inFiles = () => {
      const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
      return heads.filter((head) => files.some((bytes) => bytes.includes(head)))
    }
    expect(inFiles()).toHaveLength(heads.length)
    const before = statSync(path).size + statSync(`${path}-wal`).size
    await vault.purge({ streams: ['gone'] })
    expect(inFiles()).toEqual([])
    expect(statSync(path).size + statSync(`${path}-wal`).size).toBeLessThan(before / 2)
    await vault.close()
    expect(inFiles()).toEqual([])
  },
)

test('ST1: 10,000 records are written and opened again', async () => {
  const path = join(folder, 'many')
  const key = randomBytes(32)
  const vault = await open(path, key)
  const started = performance.now()
  for (let batch = 0; batch < 20; batch += 1) {
    const records = Array.from({ length: 500 }, (_, index) => storedRecord(`${batch * 500 + index}`))
    await vault.commit({ records, durability: 'relaxed' })
  }
  const written = performance.now()
  await vault.close()
  const closed = performance.now()
  const again = await open(path, key)
  const opened = performance.now()
  expect(await again.records.count().exec()).toBe(10_000)
  expect(again.read('s.9999')).toEqual(storedRecord('9999'))
  await again.close()
  console.log(
    `node:sqlite, 10,000 records: insert ${Math.round(written - started)} ms, open ${Math.round(opened - closed)} ms`,
  )
})
