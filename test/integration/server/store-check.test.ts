/** H5: the check of a whole store finds each planted damage, and nothing where there is none. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checkStore, openSqliteStorage } from '@chartkeep/sync-server'
import { afterAll, beforeAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-check-'))
const sound = join(folder, 'sound.sqlite')
beforeAll(async () => {
  cpSync(join(import.meta.dirname, '../../fixtures/server/schema-4/chartkeep.sqlite'), sound)
  await openSqliteStorage(sound).close()
})
afterAll(() => rmSync(folder, { recursive: true }))
let copies = 0

async function faultsAfter(damage: string): Promise<string[]> {
  const path = join(folder, `copy-${copies++}.sqlite`)
  cpSync(sound, path)
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA foreign_keys = OFF; ${damage}`)
  db.close()
  return (await checkStore(path)).faults
}

test('H5: a store that holds has no fault', async () => {
  expect(await faultsAfter('SELECT 1')).toEqual([])
})

const flip = (column: string) =>
  `unhex(substr(hex(${column}), 1, length(hex(${column})) - 2) || CASE substr(hex(${column}), -2) WHEN '00' THEN '01' ELSE '00' END)`

test.each([
  [
    'a byte of a body',
    `UPDATE envelopes SET body = ${flip('body')} WHERE stream = 1 AND n = 2`,
    'entry 2: the chain breaks (body)',
  ],
  [
    'a byte of a superseded body',
    `UPDATE envelopes SET body = ${flip('body')} WHERE stream = 1 AND n = 1`,
    'entry 1: the chain breaks (body)',
  ],
  ['a byte of a header', `UPDATE envelopes SET header = ${flip('header')} WHERE stream = 1 AND n = 2`, 'entry 2'],
  [
    'a proof that is not there',
    'UPDATE envelopes SET proof = NULL WHERE stream = 1 AND n = 3',
    'entry 3: the signature does not hold',
  ],
  [
    'a proof of another',
    'UPDATE envelopes SET proof = (SELECT proof FROM envelopes WHERE stream = 2 AND n = 1) WHERE stream = 1 AND n = 3',
    'entry 3: the signature does not hold',
  ],
  ['an entry taken out of the middle', 'DELETE FROM envelopes WHERE stream = 1 AND n = 4', 'the chain breaks (number)'],
  [
    'the tail dropped',
    'DELETE FROM envelopes WHERE stream = 1 AND n = (SELECT max(n) FROM envelopes WHERE stream = 1)',
    'its head says',
  ],
  ['a body removed', 'UPDATE envelopes SET body = NULL WHERE stream = 1 AND n = 2', 'an envelope without its body'],
  [
    'another outcome',
    "UPDATE envelopes SET outcome = 'conflict' WHERE stream = 1 AND n = 1",
    'the chain breaks (outcome)',
  ],
  ['another h', `UPDATE envelopes SET h = ${flip('h')} WHERE stream = 1 AND n = 2`, 'a column differs'],
  [
    'another author in the column',
    'UPDATE envelopes SET account = zeroblob(16) WHERE stream = 1 AND n = 2',
    'a column differs',
  ],
  [
    'an open envelope closed',
    'UPDATE envelopes SET open = 0 WHERE stream = 1 AND n = (SELECT max(n) FROM envelopes WHERE stream = 1 AND open = 1)',
    'which envelopes are open differs',
  ],
  [
    'a closed envelope opened',
    'UPDATE envelopes SET open = 1 WHERE stream = 1 AND n = 1',
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
