/** H5, H4: files of every schema that ever was on the main branch open with the server of today, hold what they held, and continue. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { randomBytes, sign, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { base64UrlToBytes, hexToBytes } from '@chartkeep/crypto/encoding'
import { idText, textId } from '@chartkeep/protocol'
import { signInMessage } from '@chartkeep/protocol/account'
import { latePayer } from '@chartkeep/protocol/ended'
import { inviteHash } from '@chartkeep/protocol/pairing'
import { checkStore, createServerCore, openSigningKey, openSqliteStorage } from '@chartkeep/sync-server/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { createAccount } from '../../support/author.ts'
import { accepted } from '../../support/server-world.ts'
import { machineClock } from '../../support/timers.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/server')
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-upgrade-'))
afterAll(() => rmSync(folder, { recursive: true }))

const id = (text: string) => textId(text)!

interface Expected {
  accounts: { account: string; entries: number; bytes: number }[]
  owner: { account: string; id: string; seed: string }
  grantee: { account: string; id: string; seed: string }
  vaults: { vault: string; entries: number }[]
  streams: { stream: string; n: number; h: string | null }[]
  blob: { stream: string; blob: string; chunks: number }
  /** From schema 2 on. */
  waiting?: { account: string }
  invites?: number
  /** From schema 5 on: what is in the quarantine inbox, of which grant. */
  late?: { hashes: string[]; grant: string }
}

/** A copy of the fixture, to be opened. */
function copyOf(name: string): { data: string; file: string; expected: Expected } {
  const data = mkdtempSync(join(folder, `${name}-`))
  cpSync(join(fixtures, name), data, { recursive: true })
  return {
    data,
    file: join(data, 'chartkeep.sqlite'),
    expected: JSON.parse(readFileSync(join(data, 'expected.json'), 'utf8')) as Expected,
  }
}

const schemas = readdirSync(fixtures, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

test('H5: a file of the first schema is kept, and with it the ways from there', () => {
  expect(schemas).toContain('schema-1')
})

describe.each(schemas)('a file of %s', (name) => {
  test('H4, H5: opens, holds every log, stream and chunk that it held, and every chain and signature verifies', async () => {
    const { data, file, expected } = copyOf(name)
    const storage = openSqliteStorage(file)
    const { read } = storage
    const vault = id(expected.vaults[0]!.vault)
    for (const { account, entries, bytes } of expected.accounts) {
      expect([read.accountLength(id(account)), read.bytesOf(id(account))]).toEqual([entries, bytes])
      expect(read.admission(id(account))?.standing).toBe('member')
    }
    for (const each of expected.vaults) expect(read.controlLength(id(each.vault))).toBe(each.entries)
    for (const { stream, n, h } of expected.streams) {
      const head = read.streamHead(vault, id(stream))
      expect([head?.n ?? 0, head === null ? null : Buffer.from(head.h).toString('hex')]).toEqual([n, h])
    }
    expect(read.blobOf(vault, id(expected.blob.stream), id(expected.blob.blob))?.total).toBe(expected.blob.chunks)
    expect(read.entriesOf(id(expected.owner.account))).toBeGreaterThan(10)
    expect(read.waitingAccounts().count).toBe(expected.waiting === undefined ? 0 : 1)
    if (expected.waiting !== undefined) expect(read.admission(id(expected.waiting.account))?.standing).toBe('waiting')
    expect(read.invite(inviteHash('0000-0000-0000-0000')) === null).toBe(expected.invites === undefined)
    const late = [...read.lateAfter(vault, 0)]
    expect(late.map(({ hash }) => idText(hash))).toEqual(expected.late?.hashes ?? [])
    if (expected.late !== undefined) expect(read.entriesOf(latePayer(id(expected.late.grant)))).toBe(late.length)
    await storage.close()
    const report = await checkStore(file)
    expect(report).toMatchObject({
      accounts: expected.accounts.length + (expected.waiting === undefined ? 0 : 1),
      vaults: 2,
      chunks: 2,
      faults: [],
    })
    expect(report.entries).toBe(expected.streams.reduce((sum, { n }) => sum + n, 0))
    expect(readdirSync(data)).toContain('server-key')
  })

  test('H5: continues: its devices sign in and read, and a new account registers', async () => {
    const { data, file, expected } = copyOf(name)
    const core = createServerCore({
      storage: openSqliteStorage(file),
      signingKey: openSigningKey(data, false),
      clock: machineClock(() => Date.UTC(2027, 0, 1)),
      audience: 'http://localhost:8787',
      randomBytes,
    })
    const enter = async ({ account, id: device, seed }: Expected['owner']) => {
      const challenge = core.challenge()
      const pair = signingKeyPairFromSeed(hexToBytes(seed)!)
      const signature = await sign(pair, signInMessage(challenge, id(account), id(device)))
      const request = { account: id(account), device: id(device), nonce: challenge.nonce, signature }
      return (await core.session(accepted(await core.signIn(request)).token))!
    }
    const vault = base64UrlToBytes(expected.vaults[0]!.vault)!
    const stream = textId(expected.streams[0]!.stream)!
    const request = { streams: [{ stream, after: 0 }], budget: 1 << 22 }
    for (const who of [expected.owner, expected.grantee]) {
      const { streams } = accepted(await core.pull(await enter(who), vault, request))
      expect(streams[0]!.entries).toHaveLength(expected.streams[0]!.n)
    }
    accepted(await core.register({ entry: (await createAccount()).entries[0]! }))
    await core.close()
    expect((await checkStore(file)).faults).toEqual([])
  })
})

test('H4: an upgrade that fails leaves the file as it was', () => {
  const { file } = copyOf('schema-1')
  const db = new DatabaseSync(file)
  const version = Number(db.prepare('PRAGMA user_version').get()!['user_version'])
  // A table of a later schema is in the way of its own step.
  db.exec('CREATE TABLE marks (x INTEGER)')
  db.close()
  expect(() => openSqliteStorage(file)).toThrow('already exists')
  const after = new DatabaseSync(file, { readOnly: true })
  expect(after.prepare('PRAGMA user_version').get()).toEqual({ user_version: version })
  const tables = after.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  expect(tables.map((row) => row['name'])).not.toContain('invites')
  after.close()
})
