/** A practice's device in a folder, with many patients' charts that their owners made, filled and shared as the app does it. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COLLECTIONS } from '@chartkeep/domain'
import type { Grantee } from '@chartkeep/sync'
import { filter, firstValueFrom, timeout } from 'rxjs'
import { freePort, startServerProcess } from '../../test/support/server-process.ts'
import { importRecords } from '../sync/ours.ts'
import { confirmed, newDevice, PASSPHRASE } from '../sync/device.ts'

/** Charts of one account: an owner's pass looks into all of its own. */
const PER_ACCOUNT = 10
const HOUR = 3_600_000

/** What the measuring process is told. */
export interface Given {
  folder: string
  slot: string
  charts: number
}

interface Beside {
  ours: number
  floor: number
}

/** Milliseconds of processor time, bytes. */
export interface Figures {
  unlock: Beside
  pass: Beside
  lookPass: number
  open: Beside
  find: Beside
  search: Beside
  searched: number
  openedByPass: number
  openedByLook: number
  digestBytes: number
  memory: { before: number; list: number; open: number; searched: number; texts: number }
}

export async function preparePractice(charts: number, records: number, print: (text: string) => void) {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-practice-'))
  const server = await startServerProcess(data, await freePort())
  const desk = newDevice('Desk')
  const { session: practice } = await desk.accountManager.createPractice({
    label: 'Practice',
    name: 'Bench Clinic',
    memberName: 'Lin Wei',
    roles: ['physician'],
    passphrase: PASSPHRASE,
    server: server.address,
  })
  await practice.syncNow()
  await confirmed(practice)
  const code = (await practice.sharingCode()).code
  await practice.lock()
  const started = process.cpuUsage()
  for (let first = 0; first < charts; first += PER_ACCOUNT) {
    await makePatients(first, Math.min(PER_ACCOUNT, charts - first), records, code, server.address)
    print(`${Math.min(first + PER_ACCOUNT, charts)} of ${charts} charts are made`)
  }
  const made = process.cpuUsage(started)
  const unlocked = await desk.accountManager.unlock(practice.slot, PASSPHRASE)
  if (unlocked.type !== 'unlocked') throw new Error(`the practice does not open: ${unlocked.type}`)
  const { session } = unlocked
  const before = process.cpuUsage()
  await session.syncNow()
  const read = session.charts$.pipe(
    filter((all) => all.filter(({ care }) => (care?.lastActivity ?? 0) > 0).length === charts),
    timeout(HOUR),
  )
  for (const { slot, confirmed: isConfirmed } of await firstValueFrom(read))
    if (!isConfirmed) await session.confirmChart(slot)
  await confirmed(session)
  const took = process.cpuUsage(before)
  await session.lock()
  const seconds = ({ user, system }: NodeJS.CpuUsage) => Math.round((user + system) / 1e6)
  return {
    given: { folder: desk.folder, slot: practice.slot, charts } satisfies Given,
    server,
    folders: [data, desk.folder],
    note: `Making and sending the charts took ${seconds(made)} s of processor time, their first sync to the practice ${seconds(took)} s.`,
  }
}

async function makePatients(
  first: number,
  count: number,
  records: number,
  code: string,
  address: string,
): Promise<void> {
  const device = newDevice('Home')
  const { session } = await device.accountManager.create({
    label: 'Family',
    name: nameOf(first),
    passphrase: PASSPHRASE,
    server: address,
  })
  try {
    for (let at = 1; at < count; at++)
      await session.createChart({ name: nameOf(first + at), birthDate: birthOf(first + at) })
    await session.syncNow()
    await confirmed(session)
    const grantee = (await session.readSharingCode(code)) as Grantee | { type: string }
    if ('type' in grantee) throw new Error(`the code of the practice is not read: ${grantee.type}`)
    const own = await firstValueFrom(session.charts$)
    for (const [at, { slot }] of own.entries()) {
      const chart = await session.openChart(slot)
      if (chart === null) throw new Error('a chart does not open')
      await importRecords(chart, (first + at) * records, records)
      const shared = await chart.share({
        grantee,
        scopes: COLLECTIONS.filter((name) => name !== 'audit').map((collection) => ({ collection, rights: ['read'] })),
        until: Date.now() + 30 * 24 * HOUR,
        purpose: '',
        shown: { name: nameOf(first + at), birthDate: birthOf(first + at) },
      })
      if (shared.type !== 'in-force') throw new Error(`a chart was not shared: ${JSON.stringify(shared)}`)
    }
    await session.syncNow()
    await confirmed(session)
  } finally {
    await session.lock()
    device.remove()
  }
}

const FAMILY = ['Chen', 'Wang', 'Lin', 'Huang', 'Wu', 'Smith', 'Garcia', 'Okafor', 'Silva', 'Novak']
const GIVEN = ['Mei', 'An', 'Bo', 'Yi', 'Jun', 'Ada', 'Rosa', 'Ngozi', 'Ines', 'Petr', 'Hui']

export function nameOf(at: number): string {
  return `${FAMILY[at % FAMILY.length]} ${GIVEN[at % GIVEN.length]} ${at}`
}

function birthOf(at: number): string {
  return `${1930 + (at % 90)}-${String(1 + (at % 12)).padStart(2, '0')}-${String(1 + (at % 28)).padStart(2, '0')}`
}
