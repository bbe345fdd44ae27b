/**
 * Beacons (F2): after a sync this device publishes how far it has verified a chart, and compares other devices' beacons with its own
 * chains. It makes at most one request, and none while its own heads have not moved. Other devices' beacons are kept; a contradiction is
 * shown and stops the stream until both agree or the other device is no longer an owner's.
 */
import { sign } from '@chartkeep/crypto'
import { decodeAs, encodeMessage, idText, textId } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  beaconMessage,
  BeaconBody,
  beaconRoot,
  orderedLeaves,
  readBeacon,
  type Beacon,
} from '@chartkeep/protocol/audit'
import { controlHead, deviceCut, hasControlHead, isOwner, wasRestarted } from '@chartkeep/protocol/control'
import type { SyncRow } from '@chartkeep/store'
import type { BeaconApi } from '../ports/reseed-api.ts'
import { readableStreams } from '../vault/readable-streams.ts'
import { keepEvidence } from '../vault/stream-stop.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import { rowValue, TABLE, type StopRow, type VaultMachine } from '../vault/vault-state.ts'

/** The newest verified beacon of another device. */
export interface BeaconRow {
  beacon: Beacon
  /** When this device read it, by the server's time; the beacon may be ahead of what this device has read. */
  read: number
}

const OWN = 'own'

interface OwnRow {
  counter: number
  /** The content of the last posted beacon: nothing is posted while it is unchanged. */
  said: Uint8Array
}

/** Posts this device's beacon if its heads have moved, and stores those of the others. A failure at the server is ignored. */
export async function syncBeacons(machine: VaultMachine, server: BeaconApi): Promise<void> {
  const account = machine.accounts.lookup(machine.account)
  if (machine.control === null || account === null) return
  const leaves = orderedLeaves(
    readableStreams(machine).flatMap((id) => {
      const state = machine.streams.get(id)
      return state === undefined ? [] : [{ stream: textId(id)!, n: state.n, h: state.h }]
    }),
  )
  if (leaves.length === 0) return
  const root = beaconRoot(leaves)
  const said = encodeMessage({ root, size: leaves.length, control: controlHead(machine.control) })
  const own = machine.rows.get(TABLE.beacon, OWN) as unknown as OwnRow | undefined
  if (own !== undefined && idText(own.said) === idText(said)) return
  const counter = (own?.counter ?? 0) + 1
  const body = encodeMessage({
    v: 1,
    vault: machine.vault,
    account: machine.account,
    device: machine.device.id,
    accountLog: accountHead(account),
    control: controlHead(machine.control),
    counter,
    time: Math.max(0, Math.floor(machine.clock.now())),
    size: leaves.length,
    root,
  } satisfies BeaconBody)
  const signature = await sign(machine.device.signing, beaconMessage(body))
  const answer = await server.postBeacon(machine.vault, { body, signature, leaves, places: null })
  if (answer.type !== 'ok') return
  const sync: SyncRow[] = [{ table: TABLE.beacon, key: OWN, value: rowValue({ counter, said } satisfies OwnRow) }]
  for (const beacon of answer.value.beacons) sync.push(...(await rowsOf(machine, beacon)))
  await machine.rows.commit({ sync, durability: 'relaxed' })
  await compareBeacons(machine)
}

/** The row of a beacon that verifies and is newer than the stored one; no row for anything else. */
async function rowsOf(machine: VaultMachine, beacon: Beacon): Promise<SyncRow[]> {
  const named = decodeAs(BeaconBody, beacon.body)
  const account = named === null ? null : machine.accounts.lookup(named.account)
  const body = account === null ? 'account' : await readBeacon(beacon, machine.vault, account)
  if (typeof body === 'string' || idText(body.device) === idText(machine.device.id)) return []
  const known = beaconRows(machine).find(({ device }) => idText(device) === idText(body.device))
  if (known !== undefined && known.counter >= body.counter) return []
  const row: BeaconRow = { beacon, read: machine.clocks.server }
  return [{ table: TABLE.beacon, key: idText(body.device), value: rowValue(row) }]
}

/** The last beacon of each other device. Devices that were cut are left out. */
export function beaconRows(machine: VaultMachine): (BeaconBody & BeaconRow)[] {
  return [...machine.rows.table(TABLE.beacon)].flatMap(([key, value]) => {
    const row = value as unknown as BeaconRow
    const body = key === OWN ? null : decodeAs(BeaconBody, row.beacon.body)
    const isCut = body === null || (machine.control !== null && deviceCut(machine.control, body) !== null)
    const device = body === null ? undefined : machine.accounts.lookup(body.account)?.devices.get(idText(body.device))
    return body === null || isCut || device?.removedAt !== null ? [] : [{ ...body, ...row }]
  })
}

/**
 * F2: finds a beacon with a different hash for the same position. The beacon of an owner's device stops the stream; a grantee's is kept as
 * evidence.
 */
export async function compareBeacons(machine: VaultMachine): Promise<void> {
  const { control } = machine
  if (control === null) return
  for (const { account, beacon, control: said } of beaconRows(machine)) {
    const counts = isOwner(control, account) || idText(account) === idText(machine.account)
    for (const { stream, n, h } of beacon.leaves) {
      const id = idText(stream)
      const known = machine.streams.get(id)?.hashes[n]
      if (known === undefined || idText(known) === idText(h) || wasRestarted(control, said.n, id, n)) continue
      const row: StopRow = { fault: 'fork', what: 'beacon', evidence: encodeMessage({ beacon, n, h: known }) }
      if (counts) machine.held.set(id, row)
      await keepEvidence(machine, id, row)
    }
    // C8: a grantee sees less of the control log than its head covers; all owners see the same log.
    const comparable = isVaultOwner(machine) && isOwner(control, account) && said.n > 0 && said.n <= control.n
    if (comparable && !hasControlHead(control, said))
      await keepEvidence(machine, 'control', { fault: 'fork', what: 'beacon', evidence: encodeMessage({ beacon }) })
  }
}

export interface DeviceFreshness {
  account: string
  device: string
  /** When that device last published a beacon, by its own clock; milliseconds since 1970. */
  saidAt: number
  /** How many entries of the chart it had not seen then. */
  behind: number
}

/** F2: how far each other device had read when it last published a beacon. */
export function freshnessOf(machine: VaultMachine): DeviceFreshness[] {
  return beaconRows(machine).map(({ account, device, time, beacon }) => ({
    account: idText(account),
    device: idText(device),
    saidAt: time,
    behind: beacon.leaves.reduce((sum, { stream, n }) => {
      const here = machine.streams.get(idText(stream))?.n ?? 0
      return sum + Math.max(0, here - n)
    }, 0),
  }))
}
