/** K11 with real stores and a real server: make a backup, lose everything, restore on another device, and compare all of it. */
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { randomBytes } from '@chartkeep/crypto'
import { bytesToHex, concatBytes, decodeCbor, encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { sourceOf } from '@chartkeep/interop'
import {
  BackupFault,
  createBackupLock,
  openBackup,
  sealBackup,
  type BackupKey,
  type BackupSummary,
} from '@chartkeep/interop/backup'
import type { BackupCounts, Chart, Session } from '@chartkeep/sync'
import { headOf, OpenChart, outboxOf, sealBatch, TABLE } from '@chartkeep/sync/testing'
import { filter, firstValueFrom, timeout, type Observable } from 'rxjs'
import { idText } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import { afterEach, expect, test, vi } from 'vitest'
import { startServer, type ListeningServer } from '../../support/listening-server.ts'
import { createNodeDevice, type NodeDevice } from '../../support/node-device.ts'

const PASSPHRASE = 'correct horse battery staple'
const BACKUP = 'river lamp seven clouds'

const servers: ListeningServer[] = []
const devices: NodeDevice[] = []
const sessions: Session[] = []

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.lock()
  for (const each of devices.splice(0)) each.remove()
  for (const server of servers.splice(0)) await server.close()
})

function device(name: string): NodeDevice {
  const made = createNodeDevice(name)
  devices.push(made)
  return made
}

async function account(hasServer: boolean): Promise<{ session: Session; code: string; laptop: NodeDevice }> {
  const laptop = device('Laptop')
  const server = hasServer ? await startServer() : null
  if (server !== null) servers.push(server)
  const made = await laptop.accountManager.create({
    label: 'Home',
    name: '陳美玲',
    passphrase: PASSPHRASE,
    server: server?.address ?? null,
  })
  sessions.push(made.session)
  return { session: made.session, code: made.recoveryCode, laptop }
}

async function until<T>(source: Observable<T>, condition: (value: T) => boolean): Promise<T> {
  return firstValueFrom(source.pipe(filter(condition), timeout(20_000)))
}

async function charts(session: Session): Promise<OpenChart[]> {
  const summaries = await until(session.charts$, (all) => all.length > 0)
  const opened: OpenChart[] = []
  for (const { slot } of summaries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const chart = await session.openChart(slot)
    if (!(chart instanceof OpenChart)) throw new Error('the chart does not open')
    opened.push(chart)
  }
  return opened
}

async function makeBackup(session: Session): Promise<{ bytes: Uint8Array; counts: BackupCounts }> {
  const content = await session.backup()
  const { kit, planned, items, counts } = content
  const pieces: Uint8Array[] = []
  const lock = await createBackupLock(BACKUP)
  for await (const piece of sealBackup({ lock, kit, planned, items })) pieces.push(piece)
  return { bytes: concatBytes(...pieces), counts }
}

async function restore(
  bytes: Uint8Array,
  key: BackupKey,
  target = device('Tablet'),
): Promise<{ session: Session; target: NodeDevice }> {
  const opened = await openBackup(sourceOf(bytes), key)
  if (opened.type !== 'opened') throw new Error(opened.type)
  const restored = await target.accountManager.restoreBackup({
    items: opened.items,
    label: null,
    passphrase: 'another one on this device',
    code: 'code' in key ? key.code : null,
  })
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  sessions.push(restored.session)
  return { session: restored.session, target }
}

function medication(dose: string): string {
  return `{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"Metformin"},"subject":{"reference":"Patient/1"},"dosage":[{"text":"${dose}"}],"note":[{"text":"1.10 血糖"}]}`
}

async function add(chart: Chart, dose: string, id?: string): Promise<string> {
  const input = { collection: 'medications', resource: medication(dose) }
  const saved = await chart.save(id === undefined ? input : { ...input, id })
  if (saved.type !== 'saved') throw new Error(saved.type)
  return saved.record.id
}

async function addFile(chart: Chart, bytes: Uint8Array): Promise<void> {
  const content = new Blob([bytes as Uint8Array<ArrayBuffer>])
  const file = await chart.addFile({
    name: 'scan.pdf',
    contentType: 'application/pdf',
    content,
    collection: 'documents',
  })
  if (file.type !== 'file') throw new Error(file.type)
  const attachment = { url: file.url, title: file.name, contentType: file.contentType, size: file.size }
  const resource = JSON.stringify({ resourceType: 'DocumentReference', status: 'current', content: [{ attachment }] })
  expect((await chart.save({ collection: 'documents', resource })).type).toBe('saved')
}

/** Every file of a chart, by the hash of its bytes, read through the app's own way. */
async function fileHashes(chart: Chart): Promise<string[]> {
  const records = await firstValueFrom(chart.list$('documents'))
  const hashes: string[] = []
  for (const { resource } of records) {
    const read = await chart.readFile(resource)
    hashes.push('type' in read ? read.type : bytesToHex(sha256(read.bytes)))
  }
  return hashes.toSorted()
}

interface Content {
  records: StoredRecord[]
  tables: Record<string, Record<string, unknown>>
}

/** Everything that a chart keeps, but for what is its device's alone, and for what opening notes in the audit log. */
function contentOf({ machine }: OpenChart): Content {
  const streams = [...machine.streams.keys()].map((id) => `entry.${id}`)
  const shared = Object.values(TABLE).filter((table) => table !== TABLE.deviceSequence && table !== TABLE.outbox)
  const tables: Content['tables'] = {}
  for (const table of [...shared, ...streams]) {
    const rows = [...machine.rows.table(table)].filter(([key]) => key !== 'own' && key !== 'outbox-next')
    if (rows.length > 0) tables[table] = Object.fromEntries(rows)
  }
  const isAtServer = ({ id, revision }: StoredRecord) => headOf(machine, id)?.revision === revision
  const records = machine.rows
    .all()
    .filter(({ collectionName }) => collectionName !== 'audit')
    // Whose device sends it is the one thing that changes.
    .map((row) => (isAtServer(row) ? row : { ...row, device: '' }))
  return { records: records.toSorted((a, b) => (a.id < b.id ? -1 : 1)), tables }
}

/** The same, as it is to come back: what was sealed and never answered is as it was before it was sealed. */
function unsealedContentOf(chart: OpenChart): Content {
  const { records, tables } = contentOf(chart)
  const base = { ...tables['base'] }
  const parents = new Map<string, string>()
  for (const { hash, row, base: before } of outboxOf(chart.machine)) {
    const edit = records.find(({ parent }) => parent === idText(hash))
    if (edit === undefined) continue
    parents.set(edit.id, row.parent)
    delete base[edit.id]
    if (before !== '') base[edit.id] = before
  }
  const { base: _, ...others } = tables
  return {
    records: records.map((row) => ({ ...row, parent: parents.get(row.id) ?? row.parent })),
    tables: Object.keys(base).length === 0 ? others : { ...others, base },
  }
}

test('K11: all records, versions, proofs and files come back bit for bit on a new device, with no server', async () => {
  const { session, laptop } = await account(true)
  const [first] = await charts(session)
  const id = await add(first!, '500 mg')
  await add(first!, '850 mg', id)
  await addFile(first!, randomBytes(1_300_000))
  const second = await session.createChart({ name: 'Zoe' })
  const zoe = (await session.openChart(second.slot))!
  await add(zoe, '5 mg')
  await session.syncNow()
  await session.setSetting('language', 'zh')
  await until(session.sync$, ({ state }) => state === 'confirmed')
  await servers[0]!.close()
  servers.length = 0
  // Written with nobody to confirm it: an edit of a sealed version, and a file that no server has.
  const waiting = await add(first!, '20 mg')
  await sealBatch(first!.machine)
  await vi.waitFor(() => expect(first!.machine.rows.table(TABLE.outbox).size).toBeGreaterThan(0))
  await add(first!, '25 mg', waiting)
  await add(first!, '1 g', id)
  await addFile(first!, randomBytes(70_000))
  const before = (await charts(session)).map(unsealedContentOf)
  const files = await fileHashes(first!)
  const parentsOfEdits = outboxOf(first!.machine).filter((entry) => entry.id === waiting).length
  const devicesBefore = [session.account, session.device]

  const { bytes, counts } = await makeBackup(session)
  expect(counts).toMatchObject({ charts: 2, files: 2, elsewhere: 0, leftOut: [] })
  await session.lock()
  sessions.length = 0
  laptop.remove()
  expect(existsSync(laptop.folder)).toBe(false)

  const { session: restored, target } = await restore(bytes, { passphrase: BACKUP })
  const back = await charts(restored)
  const mine = back.at(-1)
  expect(
    back.flatMap(({ machine }) => [...machine.rows.table(TABLE.outbox), ...machine.rows.table(TABLE.deviceSequence)]),
  ).toEqual([])
  expect(parentsOfEdits).toBeGreaterThan(0)
  expect(back.map(contentOf)).toEqual(before)
  expect(await fileHashes(mine!)).toEqual(files)
  expect(restored.setting('language')).toBe('zh')
  expect([restored.account, restored.device]).toEqual([devicesBefore[0], expect.not.stringMatching(devicesBefore[1]!)])
  expect(restored.label).toBe('Home')
  // It is a device of its own that nobody has admitted: it writes here, and says so.
  expect(restored.isJoined).toBe(false)
  await add(mine!, '30 mg')
  await expect(restored.createChart({ name: 'Ann' })).rejects.toThrow('has not joined')
  await restored.lock()
  sessions.length = 0
  const [slot] = await target.accountManager.accounts()
  const again = await target.accountManager.unlock(slot!.slot, 'another one on this device')
  if (again.type !== 'unlocked') throw new Error(again.type)
  sessions.push(again.session)
  const reopened = (await charts(again.session)).at(-1)
  expect((await firstValueFrom(reopened!.list$('medications'))).length).toBe(3)
})

test('K11, K7, F3: the kit opens the file and lets the device in under numbers of its own; what waited goes out once', async () => {
  const { session, code } = await account(true)
  const [chart] = await charts(session)
  await add(chart!, '500 mg')
  await session.syncNow()
  await add(chart!, '1 g')
  const { bytes } = await makeBackup(session)
  // The server continues without the backup: it has what waited, and more.
  await session.syncNow()
  await add(chart!, '2 g')
  await session.syncNow()

  const { session: restored } = await restore(bytes, { code })
  expect(restored.isJoined).toBe(true)
  await restored.syncNow()
  await until(restored.sync$, ({ state }) => state === 'confirmed')
  const [mine] = await charts(restored)
  await until(mine!.list$('medications'), (records) => records.length === 3)
  await add(mine!, '3 g')
  await restored.syncNow()
  await session.syncNow()
  const all = await until(chart!.list$('medications'), (records) => records.length === 4)
  expect(all.filter(({ conflict }) => conflict)).toEqual([])
  expect(new Set(all.map(({ author }) => author.device)).size).toBe(2)
  expect(await firstValueFrom(chart!.quarantine$)).toEqual([])
  // A1: the log says that the chart went into a backup, and says it once.
  const lines = await firstValueFrom(chart!.audit$)
  expect(lines.filter(({ action }) => action === 'backed-up')).toHaveLength(1)
})

test('F3, K11: a copy of a device that continued as a new one is backed up, and restored by the kit, like any other', async () => {
  const { session, code, laptop } = await account(true)
  await add((await charts(session))[0]!, '500 mg')
  await session.syncNow()
  await session.lock()
  const copy = device('Copy')
  cpSync(laptop.folder, copy.folder, { recursive: true })
  const unlocked = async ({ accountManager }: NodeDevice) => {
    const opened = await accountManager.unlock(session.slot, PASSPHRASE)
    if (opened.type !== 'unlocked') throw new Error(opened.type)
    sessions.push(opened.session)
    return opened.session
  }
  const first = await unlocked(laptop)
  await add((await charts(first))[0]!, '1 g')
  await first.syncNow()
  await until(first.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  await first.lock()

  const second = await unlocked(copy)
  await add((await charts(second))[0]!, '2 g')
  await second.syncNow()
  await until(second.sync$, ({ state, renewed }) => state === 'confirmed' && renewed !== null)
  expect(second.device).not.toBe(first.device)
  const { bytes } = await makeBackup(second)
  await second.lock()
  sessions.length = 0
  const { session: restored } = await restore(bytes, { code })
  await restored.syncNow()
  await until(restored.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  const again = await unlocked(laptop)
  await again.syncNow()
  const all = await until((await charts(again))[0]!.list$('medications'), (records) => records.length === 3)
  expect(all.filter(({ conflict }) => conflict)).toEqual([])
})

test('K11: an account that never had a server is restored by its kit alone, and can be given one later', async () => {
  const { session, code, laptop } = await account(false)
  const [chart] = await charts(session)
  await add(chart!, '500 mg')
  const { bytes } = await makeBackup(session)
  await session.lock()
  sessions.length = 0
  laptop.remove()

  const { session: restored } = await restore(bytes, { code })
  expect(restored.isJoined).toBe(true)
  await restored.createChart({ name: 'Ann' })
  const server = await startServer()
  servers.push(server)
  await restored.connectServer(server.address)
  await restored.syncNow()
  expect((await until(restored.sync$, ({ state }) => state === 'problem')).problem?.key).toBe('join')
  expect(await restored.join('0123')).toEqual({ type: 'wrong-code' })
  expect(await restored.join(code)).toEqual({ type: 'done' })
  await until(restored.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
})

test('K11: a bad backup leaves nothing behind and touches no account that is there', async () => {
  const { session, code, laptop } = await account(false)
  const [chart] = await charts(session)
  await addFile(chart!, randomBytes(2_200_000))
  const { bytes } = await makeBackup(session)
  const before = readdirSync(laptop.folder).toSorted()
  const stop = new AbortController()
  const tries: [string, Uint8Array, AbortSignal | undefined][] = [
    ['incomplete', bytes.subarray(0, bytes.length - 1_100_000), undefined],
    ['damaged', bytes.map((byte, at) => (at === bytes.length - 900_000 ? byte ^ 1 : byte)), undefined],
    ['stopped', bytes, stop.signal],
  ]
  for (const [name, harmed, signal] of tries) {
    const opened = await openBackup(sourceOf(harmed), { code })
    if (opened.type !== 'opened') throw new Error(opened.type)
    if (signal) setTimeout(() => stop.abort(new Error('stopped')), 0)
    const input = { items: opened.items, label: null, passphrase: PASSPHRASE, code: null }
    const tried = laptop.accountManager.restoreBackup(signal ? { ...input, signal } : input)
    const error: unknown = await tried.then(
      () => null,
      (reason: unknown) => reason,
    )
    expect([name, error instanceof BackupFault ? error.fault : (error as Error).message]).toEqual([name, name])
    expect(readdirSync(laptop.folder).filter((file) => file.endsWith('.sqlite')).length).toBeLessThanOrEqual(
      before.length + 1,
    )
    expect(await laptop.accountManager.accounts()).toHaveLength(1)
  }
  const noItem = (async function* () {
    yield randomBytes(20)
  })()
  const input = { items: noItem, label: null, passphrase: PASSPHRASE, code: null }
  expect(await laptop.accountManager.restoreBackup(input)).toEqual({ type: 'content' })
  // Next to the account that is there, in stores of its own.
  const { session: twin } = await restore(bytes, { code }, laptop)
  expect(await laptop.accountManager.accounts()).toHaveLength(2)
  expect(twin.account).toBe(session.account)
  expect(await fileHashes((await charts(twin))[0]!)).toEqual(await fileHashes(chart!))
})

/** A backup of somebody who made its content up: `change` of each item, decoded. */
async function madeUp(
  session: Session,
  change: (item: Item) => Item,
): Promise<AsyncGenerator<Uint8Array, BackupSummary>> {
  const { items } = await session.backup()
  const changed: Uint8Array[] = []
  for await (const item of items) changed.push(encodeCbor(change(decodeCbor(item)!.value as Item)))
  return (async function* () {
    yield* changed
    return { items: changed.length, fileBytes: 0, fingerprint: new Uint8Array(32) }
  })()
}
type Item = { t: string; v: CborValue }

test('K11: a made-up backup whose chart does not hold takes no room from the other charts, however often it is tried', async () => {
  const { session } = await account(false)
  await session.createChart({ name: 'Second' })
  const [first] = await charts(session)
  await add(first!, '500 mg')
  let isFirst = true
  const items = await madeUp(session, (item) => {
    const rows = item.t === 'rows' && isFirst ? (item.v as [string, string, Uint8Array][]) : []
    const at = rows.findIndex(([table]) => table === TABLE.control)
    if (at < 0) return item
    isFirst = false
    // The control log of one chart begins with an entry of nobody.
    const entry = {
      ...(decodeCbor(decodeCbor(rows[at]![2])!.value as Uint8Array)!.value as object),
      signature: new Uint8Array(64),
    }
    return { ...item, v: rows.with(at, [rows[at]![0], rows[at]![1], encodeCbor(encodeCbor(entry as CborValue))]) }
  })
  const target = device('Tablet')
  const restored = await target.accountManager.restoreBackup({
    items,
    label: null,
    passphrase: 'another one on this device',
    code: null,
  })
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  sessions.push(restored.session)
  const summaries = await until(restored.session.charts$, (all) => all.length === 2)
  const outcomes = new Map<string, Set<string>>()
  for (let time = 0; time < 20; time++)
    for (const { name, slot } of summaries) {
      const outcome = await restored.session.openChart(slot).then(
        (chart) => (chart === null ? 'none' : 'open'),
        (error: Error) => error.message.slice(0, 36),
      )
      outcomes.set(name, (outcomes.get(name) ?? new Set()).add(outcome))
    }
  expect([...outcomes.values()].map((each) => [...each]).toSorted()).toEqual([
    ['open'],
    ['the stored control log does not hold'],
  ])
})
