/** H5: a mirror of the data in CouchDB, brought up to date by a command while the server runs, and restored from there with the server's key alone. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checkStore, openSqliteStorage } from '@chartkeep/sync-server/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAccount,
  createVault,
  createWriter,
  sealDrafts,
  type TestVault,
  type Writer,
} from '../../support/author.ts'
import { askCouch, type CouchServer, startCouch } from '../../support/couch-server.ts'
import { connectDevice, type HttpDevice } from '../../support/http-device.ts'
import { freePort, runServerProcess, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const ROOT = 'chartkeep-mirror'
/** Another CouchDB than that of the tests: it has no faults, and admits whom it likes. */
const isAnother = process.env['CHARTKEEP_COUCHDB'] !== undefined
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-mirror-'))
const data = join(folder, 'data')
const key = join(folder, 'server-key')
const run = Date.now().toString(36)
let couch: CouchServer
let url: string
let server: ServerProcess
let port: number
let device: HttpDevice
let vault: TestVault
let writer: Writer

const mirror = (to = url, of = data) => runServerProcess({ CHARTKEEP_DATA: of, CHARTKEEP_MIRROR: to }, ['mirror'])
const restore = (into: string, from = url, keyFile = key) =>
  runServerProcess({ CHARTKEEP_DATA: into, CHARTKEEP_MIRROR: from }, ['restore-mirror', keyFile])
const countsOf = (output: string) => {
  const [, pieces, sent, dropped] = /^(\d+) pieces, (\d+) of them new; (\d+) /m.exec(output) ?? []
  return { pieces: Number(pieces), sent: Number(sent), dropped: Number(dropped) }
}
const pull = () => ({ streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 << 22 })

async function push(entries: number): Promise<void> {
  for (let left = entries; left > 0; left -= 50) {
    const drafts = await sealDrafts(
      writer,
      Array.from({ length: Math.min(50, left) }, () => ({})),
    )
    expect((await device.push(vault.id, drafts)).results).toHaveLength(drafts.length)
  }
}

/** Every row of every table, but what belongs to the one data folder. */
function rowsOf(file: string): Record<string, unknown[]> {
  const db = new DatabaseSync(file, { readOnly: true })
  const own = ['invites', 'refills', 'refill_reports']
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[]
  const rows = tables
    .filter(({ name }) => !own.includes(name))
    .map(({ name }) => [name, db.prepare(`SELECT * FROM "${name}"`).all()] as const)
  db.close()
  // A server that runs notes its time (H8) after the copy too.
  const unmarked = (row: unknown) => !['restored', 'head-time'].includes((row as { name: string }).name)
  return Object.fromEntries(rows.map(([name, all]) => [name, name === 'marks' ? all.filter(unmarked) : all]))
}

beforeAll(async () => {
  couch = await startCouch()
  url = couch.database(`chartkeep-${run}`)
  port = await freePort()
  server = await startServerProcess(data, port)
  device = await connectDevice(server.address, await createAccount())
  vault = await createVault(device.account)
  await device.postControl(vault.id, vault.entries)
  writer = createWriter(vault, device.account, vault.streams[0]!)
  await push(600)
  cpSync(join(data, 'server-key'), key)
})
afterAll(async () => {
  await server.stop('SIGKILL')
  await couch.close()
  rmSync(folder, { recursive: true })
})

describe('a mirror', () => {
  test('H5: is made while the server runs; what is there already is not sent again, and what nothing needs is taken out', async () => {
    const first = await mirror()
    expect([first.code, first.output]).toEqual([0, expect.stringContaining('Mirror up to date: 1 accounts, 1 vaults')])
    const { pieces, sent } = countsOf(first.output)
    expect(sent).toBe(pieces)
    expect(pieces).toBeGreaterThan(20)
    await push(3)
    // For a run that was killed.
    mkdirSync(join(data, 'mirror.partial/backup'), { recursive: true })
    const second = countsOf((await mirror()).output)
    // The last run of the stream, its head, the device's tail, the heads, the list: not the rest.
    expect(second.sent).toBeGreaterThan(0)
    expect(second.sent).toBeLessThan(pieces / 2)
    expect(second.dropped).toBeGreaterThan(0)
    const { body } = await askCouch(url, '_all_docs')
    expect((body['rows'] as unknown[]).length).toBe(second.pieces + 1)
    expect((await runServerProcess({ CHARTKEEP_DATA: data }, ['doctor'])).output).toMatch(/backup.*ok|ok.*backup/i)
    expect(existsSync(join(data, 'mirror.partial'))).toBe(false)
  })

  test('H5: is brought up to date by one run at a time: of two, what one takes out the other might count on', async () => {
    const db = new DatabaseSync(join(data, 'mirror.lock'))
    db.exec('BEGIN EXCLUSIVE')
    const second = await mirror()
    db.close()
    expect([second.code, second.output]).toEqual([1, `Another run already brings the mirror of ${data} up to date.\n`])
    expect((await mirror()).code).toBe(0)
  })

  test.skipIf(isAnother)('H5: a run of the timer while data are restored leaves them alone, and says so', async () => {
    await mirror()
    const into = join(folder, 'put-back')
    let timer: Awaited<ReturnType<typeof mirror>> | null = null
    let second: Awaited<ReturnType<typeof restore>> | null = null
    couch.beforeNext = async () => {
      timer = await mirror(url, into)
      second = await restore(into)
    }
    const restored = await restore(into)
    expect([restored.code, restored.output]).toEqual([0, expect.stringContaining('takes nothing new')])
    const words = `Data are being restored to ${into} from a mirror. It is brought up to date once they are there.\n`
    expect(timer).toMatchObject({ code: 1, output: words })
    expect(second).toMatchObject({ code: 1, output: expect.stringContaining('Another run already restores data') })
    expect(rowsOf(join(into, 'chartkeep.sqlite'))).toEqual(rowsOf(join(data, 'chartkeep.sqlite')))
  })

  test('H5: of a folder without data there is none, and what keeps it is not asked', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    const { code, output } = await mirror(`http://127.0.0.1:${await freePort()}/chartkeep`, empty)
    expect([code, output]).toEqual([1, `There are no data at ${join(empty, 'chartkeep.sqlite')}.\n`])
  })

  test('H5: holds every row, and not the server’s key', async () => {
    await mirror()
    const into = join(folder, 'every-row')
    const restored = await restore(into)
    expect([restored.code, restored.output]).toEqual([0, expect.stringContaining('takes nothing new')])
    const locks = ['chartkeep.sqlite.lock', 'mirror.lock']
    expect(readdirSync(into).toSorted()).toEqual(['chartkeep.sqlite', ...locks, 'server-key'])
    expect(rowsOf(join(into, 'chartkeep.sqlite'))).toEqual(rowsOf(join(data, 'chartkeep.sqlite')))
    expect(await checkStore(join(into, 'chartkeep.sqlite'))).toMatchObject({ entries: 603, restored: true, faults: [] })
    const seed = readFileSync(key, 'utf8').trim()
    const { body } = await askCouch(url, '_all_docs?include_docs=true')
    const kept = JSON.stringify(body)
    expect(kept.length).toBeGreaterThan(100_000)
    for (const form of [seed, Buffer.from(seed, 'hex').toString('base64'), Buffer.from(seed).toString('base64')])
      expect(kept.includes(form.replace(/=+$/, ''))).toBe(false)
  })

  test.each(['schema-1', 'schema-8'])(
    'H5: holds every table of data that were brought up to date from %s',
    async (name) => {
      const brought = join(folder, `from-${name}`)
      cpSync(join(import.meta.dirname, '../../fixtures/server', name), brought, { recursive: true })
      await openSqliteStorage(join(brought, 'chartkeep.sqlite')).close()
      const to = couch.database(`chartkeep-${run}-${name}`)
      expect((await mirror(to, brought)).output).toContain('Mirror up to date')
      const into = join(folder, `into-${name}`)
      expect((await restore(into, to, join(brought, 'server-key'))).code).toBe(0)
      expect(rowsOf(join(into, 'chartkeep.sqlite'))).toEqual(rowsOf(join(brought, 'chartkeep.sqlite')))
    },
  )

  test.skipIf(isAnother)('H5: that was cut off is the earlier one, and is finished the next time', async () => {
    await mirror()
    const before = (await askCouch(url, ROOT)).body
    await push(200)
    couch.failsAfter = 3
    const cut = await mirror()
    couch.failsAfter = null
    expect([cut.code, cut.output]).toEqual([1, expect.stringMatching(/The database .* cannot be reached/)])
    expect((await askCouch(url, ROOT)).body).toEqual(before)
    const old = join(folder, 'cut-off')
    expect((await restore(old)).code).toBe(0)
    expect((await checkStore(join(old, 'chartkeep.sqlite'))).entries).toBe(603)
    expect((await mirror()).code).toBe(0)
    const whole = join(folder, 'finished')
    expect((await restore(whole)).code).toBe(0)
    expect((await checkStore(join(whole, 'chartkeep.sqlite'))).entries).toBe(803)
  })
})

describe('who keeps the mirror', () => {
  type Kept = { _id: string; _rev: string; piece?: unknown[] }

  /** A mirror of its own, to be damaged; brought up to date where it is there. */
  async function ownMirror(name: string): Promise<{ to: string; docs: Kept[] }> {
    const to = couch.database(`chartkeep-${run}-${name}`)
    expect((await mirror(to)).code).toBe(0)
    const { rows } = (await askCouch(to, '_all_docs?include_docs=true')).body as { rows: { doc: Kept }[] }
    return { to, docs: rows.map(({ doc }) => doc) }
  }

  async function refused(from: string, words: string, keyFile = key): Promise<void> {
    const into = mkdtempSync(join(folder, 'refused-'))
    const { code, output } = await restore(into, from, keyFile)
    expect([code, output]).toEqual([1, expect.stringContaining(words)])
    // No more than the lock, which no run takes away from another.
    expect(readdirSync(into).filter((name) => name !== 'mirror.lock')).toEqual([])
    expect(output).not.toContain('a-secret-of-couchdb')
  }

  test('H5: can change no piece, exchange none and take none away unseen', async () => {
    for (const kind of ['rows', 'heads', 'list']) {
      const { to, docs } = await ownMirror('changed')
      const doc = docs.find(({ piece }) => piece?.[0] === kind)!
      const another = docs.find(({ piece, _id }) => piece?.[0] === 'rows' && _id !== doc._id)!
      let _rev = doc._rev
      const put = async (content: object) => {
        const { status, body } = await askCouch(to, doc._id, { method: 'PUT', body: { _rev, ...content } })
        expect(status).toBeLessThan(300)
        _rev = String(body['rev'])
      }
      // One letter of it, near its end.
      const changed = JSON.parse(JSON.stringify(doc.piece).replace(/[a-f](?=[^a-f]*$)/u, '0')) as unknown
      expect(changed).not.toEqual(doc.piece)
      await put({ piece: changed })
      await refused(to, 'does not hold')
      await put({ piece: another.piece })
      await refused(to, 'does not hold')
      await put({ _deleted: true })
      await refused(to, 'is not there')
    }
    // The next run brings what is gone.
    const { to } = await ownMirror('changed')
    expect((await restore(join(folder, 'mended'), to)).code).toBe(0)
  })

  test('H5: cannot put together another mirror from pieces of this one: the list of lists is signed', async () => {
    const { to } = await ownMirror('signed')
    const root = (await askCouch(to, ROOT)).body
    const said = JSON.parse(String(root['mirror'])) as { made: string }
    const put = (mirrorText: string, more: object = {}) =>
      askCouch(to, ROOT, { method: 'PUT', body: { ...root, mirror: mirrorText, ...more } })
    const { body } = await put(JSON.stringify({ ...said, made: '2036-01-01T00:00:00.000Z' }))
    await refused(to, 'is not what this server signed')
    await put('{}', { _rev: body['rev'] })
    await refused(to, 'no mirror that this version can read')
  })

  test('H5: whoever has another key, another server’s database or no mirror is told so', async () => {
    const { to } = await ownMirror('other')
    const other = join(folder, 'other-key')
    writeFileSync(other, `${'5a'.repeat(32)}\n`)
    await refused(to, 'is the key of another server', other)
    await refused(to, 'There is no key at', join(folder, 'nowhere'))
    await refused(couch.database(`chartkeep-${run}-empty`), 'There is no mirror at')
    const others = join(folder, 'others')
    cpSync(join(import.meta.dirname, '../../fixtures/server/schema-8'), others, { recursive: true })
    await openSqliteStorage(join(others, 'chartkeep.sqlite')).close()
    const taken = await mirror(to, others)
    expect([taken.code, taken.output]).toEqual([1, expect.stringContaining('is the mirror of another server')])
    const here = await restore(data, to)
    expect([here.code, here.output]).toEqual([1, expect.stringContaining('A restore overwrites nothing')])
  })
})

test.skipIf(isAnother)(
  'H5: a database that is not there, lets nobody in or is not set is named, without its password',
  async () => {
    const nobody = await mirror(`http://chartkeep:a-secret-of-couchdb@127.0.0.1:${await freePort()}/chartkeep`)
    expect([nobody.code, nobody.output]).toEqual([1, expect.stringContaining('cannot be reached (ECONNREFUSED)')])
    const wrong = new URL(url)
    wrong.password = 'another-secret'
    const outside = await mirror(wrong.href)
    expect([outside.code, outside.output]).toEqual([1, expect.stringContaining('check name and password')])
    const unset = await runServerProcess({ CHARTKEEP_DATA: data }, ['mirror'])
    expect([unset.code, unset.output]).toEqual([1, expect.stringContaining('No mirror is set')])
    const odd = await mirror('couch.example.org with a-secret-of-couchdb')
    expect([odd.code, odd.output]).toEqual([1, expect.stringContaining('CHARTKEEP_MIRROR must be')])
    for (const { output } of [nobody, outside, unset, odd])
      expect(output).not.toMatch(/a-secret-of-couchdb|another-secret/)
  },
)

test('H5, S9: the server that comes back from its mirror waits for the devices as after a restore, and continues', async () => {
  expect((await mirror()).code).toBe(0)
  await server.stop('SIGKILL')
  rmSync(data, { recursive: true })
  expect((await restore(data)).code).toBe(0)
  server = await startServerProcess(data, port)
  expect(await (await fetch(`${server.address}/readyz`)).json()).toEqual({
    status: 'ready',
    restored: true,
    clock: 'sure',
  })
  const back = await connectDevice(server.address, device.account)
  const head = async () => (await back.pull(vault.id, pull())).streams[0]!.head.n
  const had = await head()
  expect(had).toBeGreaterThan(600)
  const drafts = await sealDrafts(createWriter(vault, device.account, vault.streams[1]!), [{}])
  await expect(back.push(vault.id, drafts)).rejects.toThrow('503')
  expect((await runServerProcess({ CHARTKEEP_DATA: data }, ['go-on'])).code).toBe(0)
  expect((await back.push(vault.id, drafts)).results).toHaveLength(1)
  expect(await head()).toBe(had)
  expect(existsSync(join(data, 'server-key'))).toBe(true)
})
