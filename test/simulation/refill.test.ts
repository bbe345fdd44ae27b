/**
 * A server that loses its disk or goes back to an older copy, again and again, under random edits of three devices (S9, P6): whoever comes
 * first, and however often it happens, nothing that was saved is lost, every chain verifies, and nobody is shown two histories.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { beaconRows, reseedAccounts, reseedVault, syncBeacons, TABLE } from '@chartkeep/sync/testing'
import { checkStore, createServerCore, openSqliteStorage, type ServerCore } from '@chartkeep/sync-server/testing'
import { expect, test } from 'vitest'
import { createAttackWorld, save, shown, texts, type AttackWorld, type Device } from '../support/attack-world.ts'
import { coreRefill } from '../support/core-refill.ts'
import { seeded } from '../support/seeded.ts'
import { simRandom, type SimRandom } from '../support/sim-random.ts'
import { machineClock } from '../support/timers.ts'

const { seed: first, numRuns } = seeded(Number(process.env['CHARTKEEP_REFILLS'] ?? 4))

interface Lossy {
  world: AttackWorld
  devices: Device[]
  /** Null while the first server, whose file is the world's, is there. */
  core: ServerCore | null
  file: string
  files: number
  copies: string[]
  folder: string
}

/** The server again, over a new file or a copy, with the mark of a loss: what a restore or a start with a key alone leaves. */
async function reopen(lossy: Lossy, copy: string | null): Promise<void> {
  const { world, folder } = lossy
  await lossy.core?.close()
  const file = join(folder, `server-${lossy.files++}.sqlite`)
  if (copy !== null) copyTo(copy, file)
  const storage = openSqliteStorage(file)
  const db = new DatabaseSync(file)
  db.exec('DELETE FROM refill_reports; DELETE FROM refills')
  db.close()
  // Each loss is one of its own.
  world.time.now += 60_000
  const at = new Date(world.time.now).toISOString()
  await storage.write((tx) => tx.setMark('restored', JSON.stringify({ at, backup: null })))
  lossy.file = file
  lossy.core = createServerCore({
    storage,
    signingKey: world.key,
    clock: machineClock(() => world.time.now),
    timers: { after: () => () => {} },
    audience: 'http://localhost:8787',
    randomBytes,
  })
  world.replaceCore(lossy.core)
}

function copyTo(from: string, to: string): void {
  const db = new DatabaseSync(from, { readOnly: true })
  db.prepare('VACUUM INTO ?').run(to)
  db.close()
}

/** One pass as a session makes it: logs and chart given back, read and sent, then the beacon. */
async function pass(lossy: Lossy, device: Device): Promise<string> {
  const api = coreRefill(() => lossy.world.core, device.person.account, device.secrets)
  if (lossy.core !== null) {
    await reseedAccounts(device.book, device.person.account, api, device.machine.pageSizes)
    await reseedVault(device.machine, api)
  }
  const outcome = await device.sync()
  if (outcome.type === 'synced') await syncBeacons(device.machine, api)
  return 'error' in outcome ? outcome.error : 'fault' in outcome ? `${outcome.fault} ${outcome.what}` : outcome.type
}

/** What may be said while a chart is not whole: never that there are two histories. */
const isPatience = (said: string) =>
  ['synced', 'waiting', 'refilling', 'not-found'].includes(said) || said.startsWith('behind')

async function run(seed: number, counts: Record<string, number>): Promise<string[]> {
  const random: SimRandom = simRandom(`refill ${seed}`)
  const world = await createAttackWorld()
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-refill-sim-'))
  const devices = [world.laptop, world.phone, await world.addDevice('tablet')]
  const lossy: Lossy = { world, devices, core: null, file: '', files: 0, copies: [], folder }
  const faults: string[] = []
  const saved: string[] = []
  const count = (name: string) => void (counts[name] = (counts[name] ?? 0) + 1)
  try {
    // Each has said how far it is, and each knows it of the others: those are the devices that a server waits for.
    for (let round = 0; round < 3; round++) {
      for (const device of devices) {
        await pass(lossy, device)
        await save(device, 'medications', `start ${round} ${device.name}`)
        saved.push(`start ${round} ${device.name}`)
        await pass(lossy, device)
      }
    }
    for (const { machine, name } of devices) if (beaconRows(machine).length < 2) faults.push(`${name} knows too few`)
    await reopen(lossy, null)
    for (let step = 0; step < 40; step++) {
      const device = random.pick(devices)
      const roll = random.int(100)
      if (roll < 40) {
        const text = `${step} ${device.name}`
        await save(device, random.pick(['medications', 'allergies']), text)
        saved.push(text)
        count('save')
      } else if (roll < 85) {
        const said = await pass(lossy, device)
        count(said)
        if (!isPatience(said)) faults.push(`step ${step}: ${device.name} ${said}`)
      } else if (roll < 90) {
        const copy = join(folder, `copy-${lossy.copies.length}.sqlite`)
        copyTo(lossy.file, copy)
        lossy.copies.push(copy)
        count('copy')
      } else if (roll < 95) {
        await reopen(lossy, null)
        count('lose')
      } else if (lossy.copies.length > 0) {
        await reopen(lossy, random.pick(lossy.copies))
        count('restore')
      }
    }
    for (let round = 0; round < 4; round++) for (const device of devices) await pass(lossy, device)
    for (const device of devices) {
      const said = await pass(lossy, device)
      if (said !== 'synced') faults.push(`at rest: ${device.name} ${said}`)
      const there = [...shown(device, 'medications'), ...shown(device, 'allergies')]
      const wanted = saved.filter(
        (text) =>
          !there.some((each) => texts('medications', text).includes(each) || texts('allergies', text).includes(each)),
      )
      if (wanted.length > 0) faults.push(`lost on ${device.name}: ${wanted.join(', ')}`)
      if (device.machine.rows.table(TABLE.quarantine).size > 0) faults.push(`put aside on ${device.name}`)
      const heads = [...device.machine.streams.values()].map(
        ({ stream, n, h }) => `${idText(stream)} ${n} ${idText(h)}`,
      )
      if (heads.toSorted().join() !== headsOf(devices[0]!)) faults.push(`${device.name} stands elsewhere`)
    }
    await lossy.core!.close()
    const core = lossy.core
    lossy.core = null
    if (core !== null) for (const fault of (await checkStore(lossy.file)).faults) faults.push(fault)
  } finally {
    await lossy.core?.close()
    await world.close()
    rmSync(folder, { recursive: true })
  }
  return faults
}

function headsOf({ machine }: Device): string {
  return [...machine.streams.values()]
    .map(({ stream, n, h }) => `${idText(stream)} ${n} ${idText(h)}`)
    .toSorted()
    .join()
}

test('S9, P6, P4: a server that loses its disk or goes back to a copy again and again is refilled, whoever comes first', async () => {
  const counts: Record<string, number> = {}
  const found: string[] = []
  for (let seed = first; seed < first + numRuns && found.length < 5; seed++) {
    const faults = await run(seed, counts)
    if (faults.length > 0) found.push(`CHARTKEEP_SEED=${seed}: ${faults.join('; ')}`)
  }
  console.log(JSON.stringify(counts))
  expect(found).toEqual([])
  for (const fate of ['lose', 'refilling']) expect(counts[fate] ?? 0, fate).toBeGreaterThan(0)
})
