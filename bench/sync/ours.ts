/** Ours: the shipped session over sealed SQLite, the shipped server process, every check on, every write flushed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectionOf, canonicalJson, importIdentity, parseJsonOrNull } from '@chartkeep/domain'
import { bytesToHex, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { Chart } from '@chartkeep/sync'
import { TABLE, type ImportItem } from '@chartkeep/sync/testing'
import { filter, firstValueFrom } from 'rxjs'
import { freePort, startServerProcess } from '../../test/support/server-process.ts'
import { fhirRecord } from '../support/fhir-records.ts'
import { bytesOnDisk, memoryOf } from '../support/process-figures.ts'
import type { Contestant, Outcome, Plan } from './contestant.ts'
import {
  confirmed,
  enterByKit,
  firstChart,
  machineOf,
  newDevice,
  newPatient,
  unlockFirst,
  type Device,
} from './device.ts'
import { measureFloor } from './floor.ts'
import { measurePhase, outcomeOf, profileFolder, rest } from './phase.ts'

const BATCH = 500
export const SOURCE = 'bench'

export function importItem(index: number): ImportItem {
  const text = fhirRecord(index)
  const resource = parseJsonOrNull(text)!
  const canonicalHash = bytesToHex(sha256(utf8ToBytes(canonicalJson(resource))))
  return { text, identity: importIdentity(resource), canonicalHash, collection: collectionOf(resource) }
}

/** Imports records `first` to `first + count - 1`; throws unless each of them is new. */
export async function importRecords(chart: Chart, first: number, count: number): Promise<void> {
  for (let at = first; at < first + count; at += BATCH) {
    const items = Array.from({ length: Math.min(BATCH, first + count - at) }, (_, offset) => importItem(at + offset))
    const { added } = await chart.importBatch(items, SOURCE)
    if (added !== items.length) throw new Error(`${items.length - added} records of the benchmark are not new`)
  }
}

/**
 * Times from a save on A until B's store says that it has written it, one after another. Taken when it says so, as of the control's collection:
 * in the next turn of the event loop A, which shares this thread, would have taken the answer to its push in.
 */
async function liveChanges(from: Chart, to: Chart, changes: number): Promise<number[]> {
  const writtenAt = new Map<string, number>()
  const writing = to.written$.subscribe((ids) => {
    const now = performance.now()
    for (const id of ids) writtenAt.set(id, now)
  })
  const times: number[] = []
  for (let turn = 0; turn < changes; turn += 1) {
    const resource = fhirRecord(turn).replace(/"id":"[^"]+",/, '')
    const collection = collectionOf(parseJsonOrNull(resource)!)
    const started = performance.now()
    const saved = await from.save({ collection, resource })
    if (saved.type !== 'saved') throw new Error(`a live change was not saved: ${saved.type}`)
    const { id } = saved.record
    if (!writtenAt.has(id)) await firstValueFrom(to.written$.pipe(filter((ids) => ids.includes(id))))
    times.push(writtenAt.get(id)! - started)
    await rest(30)
  }
  writing.unsubscribe()
  return times
}

/** Between two pushes that are sealed one after another; what is longer is a pause (a pass that meets no server). */
const PAUSE_MS = 500

/** Resolves when the device is at rest, with how long it sealed meanwhile (Y6): from one push that is in the outbox to the next, and once more for the first. */
async function sealedAtRest(chart: Chart, device: Device): Promise<number> {
  const outbox = machineOf(chart).rows.table(TABLE.outbox)
  const times: number[] = []
  let lying = outbox.size
  let isOver = false
  void device.until(() => {
    if (outbox.size > lying) times.push(performance.now())
    lying = outbox.size
    return isOver
  })
  await device.atRest()
  isOver = true
  const steps = times.slice(1).map((time, index) => time - times[index]!)
  const sealing = steps.filter((ms) => ms < PAUSE_MS)
  return sealing.length === 0 ? 0 : (sealing.reduce((sum, ms) => sum + ms, 0) / sealing.length) * times.length
}

/** Where profiles are asked for, the server writes its own there too. */
function serverOptions(): Record<string, string> {
  return profileFolder === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` }
}

async function run({ records, changes, alone = false }: Plan): Promise<Outcome> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-server-'))
  const devices = [newDevice('A'), newDevice('B', { alone })] as const
  const port = await freePort()
  let server = await startServerProcess(data, port, serverOptions())
  try {
    const a = await newPatient(devices[0])
    await a.session.connectServer(server.address)
    await confirmed(a.session)
    // The records are saved while the server is away; then it comes back.
    await server.stop()
    await importRecords(a.chart, 0, records)
    const sealedMs = await sealedAtRest(a.chart, devices[0])
    server = await startServerProcess(data, port, serverOptions())
    const idleBytes = memoryOf(server.pid).now
    const push = await measurePhase('push', server.pid, async () => {
      await a.session.syncNow()
      await confirmed(a.session)
    })
    await devices[0].atRest()
    const heads = machineOf(a.chart).rows.table(TABLE.head).size
    // Devices are not one process: what A holds in memory is no part of what B has to do.
    await a.session.lock()
    const second = await enterByKit(devices[1], a.code, server.address)
    const enteredAt = performance.now()
    let chart: Chart | null = null
    const pull = await measurePhase('first-sync', server.pid, async () => {
      chart = await firstChart(second)
      const { rows } = machineOf(chart)
      await devices[1].until(() => rows.table(TABLE.head).size >= heads)
    })
    await confirmed(second)
    const confirmedMs = performance.now() - enteredAt
    const there = machineOf(chart!)
      .rows.all()
      .filter(({ importSource }) => importSource === SOURCE).length
    if (there !== records) throw new Error(`the second device has ${there} of ${records} records`)
    const again = await unlockFirst(devices[0], a.session.slot)
    await confirmed(again.session)
    // Compaction takes longer the larger a store is, and is no part of a phase.
    await Promise.all(devices.map((device) => device.atRest()))
    let liveMs: number[] = []
    const live = await measurePhase('live', server.pid, async () => {
      liveMs = await liveChanges(again.chart, chart!, changes)
    })
    const peakBytes = memoryOf(server.pid).peak
    const floor = await measureFloor(machineOf(chart!))
    await again.session.lock()
    await second.lock()
    const diskBytes = bytesOnDisk(data)
    return {
      ...outcomeOf({ push, pull, live }, liveMs, { idleBytes, peakBytes, diskBytes }),
      sealedMs,
      confirmedMs,
      floor,
    }
  } finally {
    await server.stop()
    for (const device of devices) device.remove()
    rmSync(data, { recursive: true, force: true })
  }
}

export const ours: Contestant = { name: 'Chartkeep: sealed, verified, flushed', run }
