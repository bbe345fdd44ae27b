/**
 * One sync pass for one open chart: read and send, then the tasks of an owner's device, files and audit, then the state that the app shows.
 */
import { idText } from '@chartkeep/protocol'
import { syncAudit } from '../audit/audit-sync.ts'
import { syncBeacons } from '../audit/beacons.ts'
import type { OpenChart } from './chart.ts'
import { readDepartures } from '../consent/departures.ts'
import { readEmergencies } from '../emergency/emergency-uses.ts'
import { submitLate } from '../consent/submit-after-revocation.ts'
import { readLateArrivals } from '../files/quarantine-inbox.ts'
import type { HttpServer } from '../transport/http-server.ts'
import type { AccountRows } from '../ports/ports.ts'
import { reseedVault } from '../reseed/reseed.ts'
import { checkPinnedHeads } from '../replicate/pinned-heads.ts'
import { bringPrivateLists } from '../consent/private-lists.ts'
import { bringAccessLog } from '../consent/sharing.ts'
import { settleAccess } from './membership-maintenance.ts'
import { waitingCount } from '../push/vault-push.ts'
import { TABLE } from '../vault/vault-state.ts'
import { syncVault, type SyncOutcome } from '../replicate/vault-sync.ts'

/** S9: what a session knows of a server that lost data. */
export interface ReseedPort {
  /** True while the server may lack data of this chart. */
  isDue(vault: string): boolean
  progress(vault: string, progress: { done: number; all: number }): void
  /** `devices`: how many others the server waits for; null: the server has the whole chart. */
  ended(vault: string, devices: number | null): void
}

/** Call in the chart's own queue of network actions. */
export async function syncChart(
  chart: OpenChart,
  server: HttpServer,
  accountStore: AccountRows,
  reseed: ReseedPort,
): Promise<SyncOutcome> {
  const vault = idText(chart.machine.vault)
  if (!reseed.isDue(vault)) return syncWhole(chart, server, accountStore)
  const given = await reseedVault(chart.machine, server, (done, all) => reseed.progress(vault, { done, all }))
  if (given.type === 'offline') return given
  // S9: files are given back in parallel to the sync loop, also after a restart.
  if (given.type === 'open') await chart.oweFiles()
  reseed.ended(vault, given.type === 'open' ? null : given.type === 'waiting' ? given.devices : 0)
  const outcome = await syncWhole(chart, server, accountStore)
  if (given.type === 'error') return given
  const isOver = ['offline', 'ended', 'copied'].includes(outcome.type)
  const isFork = outcome.type === 'stopped' && outcome.fault === 'fork'
  return given.type === 'open' || isOver || isFork ? outcome : { type: 'error', error: 'refilling' }
}

async function syncWhole(chart: OpenChart, server: HttpServer, accountStore: AccountRows): Promise<SyncOutcome> {
  const { machine } = chart
  let outcome = await syncVault(machine, server, (done, all) => chart.progress(done, all))
  // A stopped stream prevents nobody from ending access and holds up no file.
  if (outcome.type !== 'offline' && outcome.type !== 'ended' && outcome.type !== 'copied') {
    await readEmergencies(machine, server, outcome.type === 'synced' || outcome.type === 'waiting')
    if (await settleAccess(machine, server)) outcome = await syncVault(machine, server)
    await readDepartures(machine, server)
    await readLateArrivals(machine, server)
    // C11: of an earlier grant, kept sealed since it ended.
    if (machine.rows.table(TABLE.undelivered).size > 0)
      await submitLate({ ...machine, device: machine.device.id }, server)
    const failed = await chart.sendFiles(server)
    if (outcome.type === 'synced' || outcome.type === 'waiting')
      outcome = failed ?? (waitingCount(machine) === 0 ? { type: 'synced' } : { type: 'waiting' })
    await bringAccessLog(machine, server)
    await bringPrivateLists(machine, server)
    const audited = await syncAudit(machine, server)
    // F1: a fault of the audit log is reported and stops nothing else. A worse outcome takes precedence.
    if (audited.type === 'stopped' && outcome.type !== 'stopped' && outcome.type !== 'error') outcome = audited
  }
  if (outcome.type === 'synced' || outcome.type === 'waiting' || outcome.type === 'stopped')
    await syncBeacons(machine, server)
  if (outcome.type !== 'offline') outcome = (await checkPinnedHeads(accountStore, machine)) ?? outcome
  await chart.afterSync(outcome)
  return outcome
}
