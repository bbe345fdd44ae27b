/** New epochs for a chart that is shared with twenty people, by the shipped session: the same action in a small chart and in a large one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accountHead } from '@chartkeep/protocol/account'
import type { Chart, GrantView } from '@chartkeep/sync'
import { writeSharingCode } from '@chartkeep/sync/testing'
import { filter, firstValueFrom, timeout } from 'rxjs'
import { createAccount } from '../../test/support/author.ts'
import { connectDevice } from '../../test/support/http-device.ts'
import { freePort, startServerProcess } from '../../test/support/server-process.ts'
import { cpuSecondsOf } from '../support/process-figures.ts'
import { confirmed, newDevice, newPatient } from '../sync/device.ts'
import { importRecords } from '../sync/ours.ts'

const GRANTEES = 20
const DAY_MS = 86_400_000
const COLLECTIONS = ['labs', 'vitals', 'medications', 'conditions', 'encounters', 'immunizations', 'allergies', 'notes']

export interface RotationFigures {
  records: number
  /** One cut, which renews all streams that the one cut off could read, wrapped again to everybody left. */
  cutMs: number[]
  /** Processor milliseconds of one cut: of the device and of the server. */
  deviceCpuMs: number[]
  serverCpuMs: number[]
}

function grantsOf(chart: Chart, live: number): Promise<GrantView[]> {
  return firstValueFrom(
    chart.grants$.pipe(
      filter((grants) => grants.filter(({ state }) => state === 'active').length === live),
      timeout(60_000),
    ),
  )
}

export async function measureRotation(records: number, cuts: number): Promise<RotationFigures> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-rotation-'))
  const device = newDevice('A')
  const server = await startServerProcess(data, await freePort())
  try {
    const { session, chart } = await newPatient(device)
    await importRecords(chart, 0, records)
    await session.connectServer(server.address)
    await confirmed(session)
    for (let turn = 0; turn < GRANTEES + cuts; turn += 1) {
      const { account } = await connectDevice(server.address, await createAccount())
      const code = await session.readSharingCode(
        writeSharingCode(account.id, `Dr. ${turn}`, accountHead(account.state)),
      )
      if ('type' in code) throw new Error(`a sharing code is not taken: ${code.type}`)
      const shared = await chart.share({
        grantee: code,
        scopes: COLLECTIONS.map((collection) => ({ collection, rights: ['read', 'append'] })),
        until: Date.now() + 30 * DAY_MS,
        purpose: 'bench',
        shown: { name: 'Bench', birthDate: '1980-01-01' },
      })
      if (shared.type !== 'in-force') throw new Error(`the chart was not shared: ${shared.type}`)
    }
    await session.syncNow()
    const figures: RotationFigures = { records, cutMs: [], deviceCpuMs: [], serverCpuMs: [] }
    for (let turn = 0; turn < cuts; turn += 1) {
      const active = (await grantsOf(chart, GRANTEES + cuts - turn)).filter(({ state }) => state === 'active')
      await new Promise((resolve) => setTimeout(resolve, 3000))
      const [serverCpu, own, started] = [cpuSecondsOf(server.pid), process.cpuUsage(), performance.now()]
      const revoked = await chart.revoke(active[0]!.id)
      if (revoked.type !== 'in-force') throw new Error(`access was not ended: ${revoked.type}`)
      figures.cutMs.push(performance.now() - started)
      const { user, system } = process.cpuUsage(own)
      figures.deviceCpuMs.push((user + system) / 1000)
      figures.serverCpuMs.push((cpuSecondsOf(server.pid) - serverCpu) * 1000)
    }
    await session.lock()
    return figures
  } finally {
    await server.stop()
    device.remove()
    rmSync(data, { recursive: true, force: true })
  }
}
