/**
 * A device with one large file, as a process of its own that a test gives little memory and kills: the shipping account manager over files on a disk
 * and http. `add` seals a file, saves its record and uploads; started again it continues. `get` enters by the recovery code and reads the file
 * piece by piece into a file. What happens is told in lines of JSON on stdout.
 *
 * usage: node [--expose-gc] file-device.ts add|get SERVER FOLDER FILE [CODE]
 */
import { closeSync, openAsBlob, openSync, writeSync } from 'node:fs'
import { EMPTY_DOCUMENT, newDocument, stringifyJson } from '@chartkeep/domain'
import { createBackupLock, openBackup, sealBackup } from '@chartkeep/interop/backup'
import type { Chart, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { createNodeDevice } from '../../support/node-device.ts'

type Mode = 'add' | 'get' | 'backup' | 'restore'
const [mode, server, folder, file, code] = process.argv.slice(2) as [Mode, string, string, string, string?]
const PASSPHRASE = 'correct horse battery staple'
const COLLECTION = 'documents-private'
const gc = (globalThis as { gc?: () => void }).gc

const peak = { live: 0, start: 0 }
const say = (event: string, facts: object = {}) => process.stdout.write(`${JSON.stringify({ event, ...facts })}\n`)

const MEASURE_EVERY = 8
let asked = 0

/** What is alive, not what the collector has not come to yet; asked now and then, for a full collection takes a while. */
function measure(): void {
  if (asked++ % MEASURE_EVERY !== 0) return
  gc?.()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  peak.live = Math.max(peak.live, arrayBuffers + heapUsed)
}

const device = createNodeDevice('file', folder)

async function enter(): Promise<{ session: Session; chart: Chart }> {
  const [known] = await device.accountManager.accounts()
  let session: Session
  if (known === undefined && mode === 'restore') {
    session = await restoreFrom(file, code!)
  } else if (known !== undefined) {
    const unlocked = await device.accountManager.unlock(known.slot, PASSPHRASE)
    if (unlocked.type !== 'unlocked') throw new Error(unlocked.type)
    session = unlocked.session
  } else if (code === undefined) {
    const made = await device.accountManager.create({ label: 'a', name: 'Mei', passphrase: PASSPHRASE, server })
    session = made.session
    say('account', { code: made.recoveryCode })
  } else {
    const restored = await device.accountManager.restore({ code, label: 'b', passphrase: PASSPHRASE, server })
    if (restored.type !== 'unlocked') throw new Error(restored.type)
    session = restored.session
  }
  for (;;) {
    const [summary] = await firstValueFrom(session.charts$)
    const chart = summary === undefined ? null : await session.openChart(summary.slot)
    if (chart !== null) return { session, chart }
    await session.syncNow()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function documents(chart: Chart): Promise<string[]> {
  return (await firstValueFrom(chart.list$(COLLECTION))).map(({ resource }) => resource)
}

async function add(session: Session, chart: Chart): Promise<void> {
  chart.transfers$.subscribe(([first]) => {
    if (first === undefined) return
    measure()
    say('sending', { doneBytes: first.doneBytes })
  })
  if ((await documents(chart)).length === 0) {
    let lastTold = 0
    const onProgress = (doneBytes: number) => {
      measure()
      if (doneBytes - lastTold < 4 * 1024 * 1024) return
      lastTold = doneBytes
      say('sealing', { doneBytes })
    }
    const content = await openAsBlob(file)
    const ref = await chart.addFile(
      { name: 'film.dcm', contentType: 'application/dicom', content, collection: COLLECTION },
      { onProgress },
    )
    if (ref.type !== 'file') throw new Error(ref.type)
    const files = [
      { title: ref.name, contentType: ref.contentType, sizeBytes: ref.size, url: ref.url, sha256: ref.sha256 },
    ]
    const resource = stringifyJson(newDocument({ ...EMPTY_DOCUMENT, title: 'film', files }, 'Patient/self'))
    const saved = await chart.save({ collection: COLLECTION, resource })
    say('saved', { type: saved.type, blob: ref.blob })
  }
  const [resource] = await documents(chart)
  for (;;) {
    await session.syncNow()
    const state = await chart.fileState(resource!, 0)
    if (state !== null && !state.isWaiting) break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  // The record that names the file has to be there as well.
  for (;;) {
    const status = await firstValueFrom(session.sync$)
    if (status.state === 'confirmed') return
    await session.syncNow()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function backup(session: Session): Promise<void> {
  const lock = await createBackupLock(PASSPHRASE)
  const { kit, planned, items } = await session.backup()
  const out = openSync(file, 'w')
  for await (const piece of sealBackup({ lock, kit, planned, items })) {
    writeSync(out, piece)
    measure()
  }
  closeSync(out)
}

async function restoreFrom(backupFile: string, kitCode: string): Promise<Session> {
  const opened = await openBackup(await openAsBlob(backupFile), { code: kitCode })
  if (opened.type !== 'opened') throw new Error(opened.type)
  async function* measured(items: AsyncGenerator<Uint8Array, unknown>): AsyncGenerator<Uint8Array> {
    let count = 0
    for await (const item of items) {
      measure()
      if (++count % 8 === 0) say('restoring', { items: count })
      yield item
    }
  }
  const restored = await device.accountManager.restoreBackup({
    items: measured(opened.items),
    label: null,
    passphrase: PASSPHRASE,
    code: kitCode,
  })
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  return restored.session
}

async function get(session: Session, chart: Chart, to = file): Promise<void> {
  let resource: string | undefined
  while (resource === undefined) {
    if (mode === 'get') await session.syncNow()
    ;[resource] = await documents(chart)
  }
  const out = openSync(to, 'w')
  let pieces = 0
  for (;;) {
    const before = await chart.fileState(resource, 0)
    say('reading', { doneBytes: before?.doneBytes ?? 0 })
    let at = 0
    const problem = await chart.streamFile(resource, 0, (piece) => {
      writeSync(out, piece, 0, piece.length, at)
      at += piece.length
      measure()
      if (++pieces % 4 === 0) say('read', { doneBytes: at })
    })
    if (problem === null) break
    say('problem', problem)
    if (problem.type === 'damaged') break
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  closeSync(out)
}

const work = {
  add,
  get,
  backup,
  restore: (session: Session, chart: Chart) => get(session, chart, `${file}.out`),
}[mode]
// What restoring takes is taken while the session is made; elsewhere what an unlocked chart holds is not counted.
const { session, chart } = await enter()
if (mode !== 'restore') {
  peak.live = 0
  measure()
  peak.start = peak.live
  peak.live = 0
}
const began = performance.now()
await work(session, chart)
say('done', {
  ms: Math.round(performance.now() - began),
  liveMb: Math.round((peak.live - peak.start) / 1024 / 1024),
  maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
})
await session.lock()
process.exit(0)
