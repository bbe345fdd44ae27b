/** The passes of the devices of the simulation of publishing: each of its vaults as the app makes them, and what comes after a chart (N5). */
import { idText } from '@chartkeep/protocol'
import {
  decisionCount,
  purgeRevokedVault,
  submitLate,
  submitBeforePurge,
  readLateArrivals,
  refreshKeys,
  settleAccess,
  settleCopies,
  type SyncOutcome,
  syncVault,
  TABLE,
  type VaultMachine,
  waitingCount,
} from '@chartkeep/sync/testing'
import type { Device } from './attack-world.ts'
import { count } from './sim-apart.ts'
import type { PublishRun, Seat } from './sim-publish-world.ts'

/** Longer than a device waits before it reads the same account's log again. */
const PASS_MS = 6 * 60_000

/** One pass of each of its vaults, as the app makes it (session-pass.ts). */
export async function pass(run: PublishRun, device: Device): Promise<SyncOutcome> {
  run.world.time.now += PASS_MS
  const seat = run.seats.find((each) => each.device === device)
  const before = device.book.lookup(device.person.account)!.n
  await device.book.refresh(device.person.account, device.server, run.world.key.publicKey)
  if (seat === undefined) return passOf(run, device, device.machine)
  const { vault, chart } = seat
  if (device.book.lookup(device.person.account)!.n > before)
    for (const { machine } of [vault, chart]) refreshKeys(machine)
  const sides = run.random.chance(0.5) ? [vault, chart] : [chart, vault]
  const outcomes: SyncOutcome[] = []
  for (const side of sides) {
    const outcome = await passOf(run, device, side.machine)
    outcomes.push(outcome)
    if (side === chart && outcome.type === 'synced' && run.mistakes.unsettled !== true) await settle(run, seat)
  }
  seat.isInStep = outcomes.every(({ type }) => type === 'synced')
  return outcomes.find(({ type }) => type !== 'synced') ?? { type: 'synced' }
}

async function settle(run: PublishRun, { device, vault, chart }: Seat): Promise<void> {
  if (decisionCount(chart.machine) === 0 || vault.machine.control === null) return
  const waiting = waitingCount(chart.machine)
  await settleCopies(vault, chart)
  if (waitingCount(chart.machine) <= waiting) return
  count(run, 'settled')
  run.trace.push(`${run.steps} ${device.name} settles`)
}

/** As sync-chart.ts; whose access has ended submits and removes its copy (chart-index-entry.ts). */
async function passOf(run: PublishRun, device: Device, machine: VaultMachine): Promise<SyncOutcome> {
  const { server } = device
  const which = idText(machine.vault) === idText(run.vault) ? 'vault' : 'chart'
  let outcome = await syncVault(machine, server)
  if (outcome.type === 'ended') {
    if (machine.rows.all().length > 0 || machine.keys.streams.size > 0) {
      await submitBeforePurge(machine, server)
      await purgeRevokedVault(machine)
      count(run, 'end')
    }
  } else if (outcome.type !== 'offline' && outcome.type !== 'copied') {
    if (await settleAccess(machine, server)) outcome = await syncVault(machine, server)
    await readLateArrivals(machine, server)
  }
  if (machine.rows.table(TABLE.undelivered).size > 0) {
    await submitLate({ ...machine, device: machine.device.id }, server)
    count(run, 'hand in')
  }
  count(run, `${which} ${outcome.type}`)
  run.trace.push(`${run.steps} ${device.name} syncs its ${which}: ${JSON.stringify(outcome)}`)
  return outcome
}
