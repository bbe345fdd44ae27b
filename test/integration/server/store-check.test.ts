/** H5: the check of a whole store finds each planted damage, and nothing where there is none. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checkStore, EntryRun, openSqliteStorage, packRun, type RunEntry } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-check-'))
const sound = join(folder, 'sound.sqlite')
beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../../fixtures/server/schema-4/chartkeep.sqlite'), sound)
  await openSqliteStorage(sound).close()
  // The upgrade leaves pages that hold nothing.
  const db = new DatabaseSync(sound)
  db.exec('VACUUM')
  db.close()
})
afterAll(() => rmSync(folder, { recursive: true }))
let copies = 0

type Damage = string | ((db: DatabaseSync) => void)

async function faultsAfter(damage: Damage): Promise<string[]> {
  const path = join(folder, `copy-${copies++}.sqlite`)
  cpSync(sound, path)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA foreign_keys = OFF')
  if (typeof damage === 'string') db.exec(damage)
  else damage(db)
  db.close()
  return (await checkStore(path)).faults
}

function entriesOf(db: DatabaseSync, stream: number): RunEntry[] {
  const rows = db.prepare('SELECT first, facts, entries FROM entry_runs WHERE stream = ? ORDER BY first').all(stream)
  return rows.flatMap(({ first, facts, entries }) => {
    const run = new EntryRun(Number(first), facts as Uint8Array, entries as Uint8Array)
    return Array.from({ length: run.count }, (_, index) => run.entryOf(run.first + index))
  })
}

/** Writes the entries of stream 1 again, as `change` makes them; null leaves one out. */
function rewritten(change: (entry: RunEntry, db: DatabaseSync) => RunEntry | null): (db: DatabaseSync) => void {
  return (db) => {
    const entries = entriesOf(db, 1).flatMap((entry) => change(entry, db) ?? [])
    db.exec('DELETE FROM entry_runs WHERE stream = 1')
    const add = db.prepare('INSERT INTO entry_runs (stream, first, last, facts, entries) VALUES (1, ?, ?, ?, ?)')
    for (const entry of entries) {
      const { first, last, facts, entries: bytes } = packRun([entry])
      add.run(first, last, facts, bytes)
    }
  }
}

/** The same for entry `n` alone. */
const changed = (n: number, change: (entry: RunEntry, db: DatabaseSync) => RunEntry | null) =>
  rewritten((entry, db) => (entry.n === n ? change(entry, db) : entry))

function flipped(bytes: Uint8Array | null): Uint8Array {
  const copy = bytes!.slice()
  copy[copy.length - 1]! ^= 1
  return copy
}

test('H5: a store that holds has no fault', async () => {
  expect(await faultsAfter('SELECT 1')).toEqual([])
})

const flip = (column: string) =>
  `unhex(substr(hex(${column}), 1, length(hex(${column})) - 2) || CASE substr(hex(${column}), -2) WHEN '00' THEN '01' ELSE '00' END)`

test.each<[string, Damage, string]>([
  [
    'a byte of a body',
    changed(2, (entry) => ({ ...entry, body: flipped(entry.body) })),
    'entry 2: the chain breaks (body)',
  ],
  [
    'a byte of a superseded body',
    changed(1, (entry) => ({ ...entry, body: flipped(entry.body) })),
    'entry 1: the chain breaks (body)',
  ],
  ['a byte of a header', changed(2, (entry) => ({ ...entry, header: flipped(entry.header) })), 'entry 2'],
  [
    'a byte of what is stored, wherever it stands',
    `UPDATE entry_runs SET entries = ${flip('entries')} WHERE stream = 1`,
    'the chain breaks',
  ],
  ['a run that was cut', 'UPDATE entry_runs SET entries = substr(entries, 2) WHERE stream = 1', 'the run is damaged'],
  [
    'a proof that is not there',
    changed(3, (entry) => ({ ...entry, proof: null })),
    'entry 3: the signature does not hold',
  ],
  [
    'a proof of another',
    changed(3, (entry, db) => ({ ...entry, proof: entriesOf(db, 2)[0]!.proof })),
    'entry 3: the signature does not hold',
  ],
  ['an entry taken out of the middle', changed(4, () => null), 'the chain breaks (number)'],
  [
    'the tail dropped',
    rewritten((entry, db) => (entry.n === entriesOf(db, 1).at(-1)?.n ? null : entry)),
    'its head says',
  ],
  ['a body removed', changed(2, (entry) => ({ ...entry, body: null })), 'an envelope without its body'],
  ['another outcome', changed(1, (entry) => ({ ...entry, outcome: 'conflict' })), 'the chain breaks (outcome)'],
  ['another h', changed(2, (entry) => ({ ...entry, h: flipped(entry.h) })), 'entry 2: what stands beside it differs'],
  [
    'another hash',
    changed(2, (entry) => ({ ...entry, hash: flipped(entry.hash) })),
    'entry 2: what stands beside it differs',
  ],
  [
    'another record in the table of records',
    'UPDATE entry_docs SET doc = zeroblob(16) WHERE stream = 1 AND n = 2',
    'entry 2: what stands beside it differs',
  ],
  [
    'a record that names an entry that is not there',
    'INSERT INTO entry_docs (stream, doc, n) VALUES (1, zeroblob(16), 999)',
    'its records name entries that are not there',
  ],
  [
    'a body that counts as missing',
    'INSERT INTO bodiless_entries (stream, n) VALUES (1, 2)',
    'a body that is there counts as missing',
  ],
  [
    'an open envelope closed',
    'INSERT INTO closed_entries (stream, n) SELECT 1, max(n) FROM entry_docs WHERE stream = 1 AND n NOT IN (SELECT n FROM closed_entries WHERE stream = 1)',
    'which envelopes are open differs',
  ],
  [
    'a closed envelope opened',
    'DELETE FROM closed_entries WHERE stream = 1 AND n = 1',
    'which envelopes are open differs',
  ],
  ['another head', 'UPDATE streams SET h = zeroblob(32) WHERE id = 1', 'its head says'],
  ['another place of a device', 'UPDATE devices SET seq = seq + 1 WHERE stream = 1', 'where its devices stand differs'],
  ['a stream that nobody made', 'UPDATE streams SET stream = zeroblob(16) WHERE id = 1', 'is in no control log'],
  ['a stream without its row', 'DELETE FROM streams WHERE id = 1', 'belong to a stream that is not there'],
  [
    'a byte of an account log',
    `UPDATE account_entries SET body = ${flip('body')} WHERE rowid = 1`,
    'account log at row 1',
  ],
  [
    'the signature of an account log',
    'UPDATE account_entries SET signature = zeroblob(64) WHERE rowid = 1',
    'account log at row 1 does not hold',
  ],
  [
    'an account log under another id',
    'UPDATE account_entries SET account = zeroblob(16) WHERE account = (SELECT account FROM account_entries WHERE rowid = 1)',
    'belongs to another account',
  ],
  [
    'an entry out of a control log',
    'DELETE FROM control_entries WHERE rowid = 2',
    'does not hold from its first entry on',
  ],
  [
    'a lookup that leads nowhere',
    'UPDATE lookups SET account = zeroblob(16) WHERE lookup = (SELECT lookup FROM lookups LIMIT 1)',
    'recovery lookups lead to an account that is not there',
  ],
  ['a leaf taken out of the audit tree', 'DELETE FROM audit_leaves WHERE position = 2', 'leaf 2 is missing'],
  [
    'the last leaf dropped',
    'DELETE FROM audit_leaves WHERE position = (SELECT max(position) FROM audit_leaves)',
    'its head says',
  ],
  ['a leaf of another entry', 'UPDATE audit_leaves SET n = n + 1 WHERE position = 0', 'leaf 0 is not the audit entry'],
  [
    'another hash of a leaf',
    `UPDATE audit_nodes SET hash = ${flip('hash')} WHERE level = 0 AND position = 3`,
    'leaf 3 is not the audit entry',
  ],
  [
    'another hash of a node',
    `UPDATE audit_nodes SET hash = ${flip('hash')} WHERE level = 1 AND position = 0`,
    'are not the hashes of what is under them',
  ],
  [
    'a tree cut short with its head',
    'DELETE FROM audit_leaves WHERE position = 5; UPDATE audit_heads SET size = 5',
    'are no leaf of its tree',
  ],
  ['another newest access entry', 'UPDATE audit_heads SET access_n = 9', 'the newest note is not'],
])('H5: %s is found and its place named', async (_what, damage, fault) => {
  const faults = await faultsAfter(damage)
  expect(faults.join('\n')).toContain(fault)
})

test('H5: a page of the file that was overwritten is found or refused', async () => {
  const path = join(folder, 'page.sqlite')
  cpSync(sound, path)
  const { openSync, writeSync, closeSync, statSync } = await import('node:fs')
  const size = statSync(path).size
  for (let page = 4; page * 4096 < size; page += 5) {
    cpSync(sound, path)
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096)
    closeSync(file)
    const outcome = await checkStore(path).then(
      ({ faults }) => faults.length > 0,
      () => true,
    )
    expect(outcome, `page ${page}`).toBe(true)
  }
})
