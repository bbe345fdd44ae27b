/**
 * On an owner's device: who opened a chart in an emergency (C13). Every pass reads the requests that the server accepted, verifies, opens
 * and keeps them. A request that does not verify is kept and reported too (F1). That a person has seen a use is recorded in the owners'
 * audit log, from which each device reads it once.
 */
import { auditEntry, isJsonObject, parseJsonOrNull } from '@chartkeep/domain'
import { decodeAs, idText, LATE_MS } from '@chartkeep/protocol'
import {
  emergencyRequestHash,
  EmergencyRequestBody,
  holdsEmergencyReceipt,
  namesItsSigner,
  readEmergencyRequest,
  type EmergencyPage,
  type EmergencyReceipt,
  type EmergencyRequest,
} from '@chartkeep/protocol/emergency'
import type { EmergencyUse } from '../contract/api.ts'
import { openReason } from '../vault/emergency-box.ts'
import { endsInLog } from './emergency-ends.ts'
import type { People } from '../vault/people.ts'
import type { ServerApi } from '../ports/ports.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import { exclusive, rowValue, TABLE, timeOf, type VaultMachine } from '../vault/vault-state.ts'

/** A request as received, and this device's verdict. */
interface UseRow {
  request: EmergencyRequest
  receipt: EmergencyReceipt
  /** '' if everything verifies; otherwise the check that failed. */
  fault: string
  grant: string
  account: string
  device: string
  member: string | null
  reason: string | null
  /** This person has seen it, on one of their devices. */
  seen?: boolean
  /**
   * When its device ended it early, within the opening and no later than it was read; null: nobody can end it any more. Absent while
   * somebody can.
   */
  ended?: number | null
}

/** The most kept requests that do not verify: an honest server accepts none, and a dishonest one could invent any number. */
const MAX_FAULTY = 100

/** Rows of meta: how far requests were read, and the control-log position after which no more can come. */
const CURSOR = 'emergency-cursor'
const ALL_READ = 'emergency-all-read'

function rowsOf(machine: VaultMachine): [id: string, row: UseRow][] {
  return [...machine.rows.table(TABLE.emergency)] as unknown as [string, UseRow][]
}

/**
 * Reads the requests since the last pass, judges failed ones again (a log may have been behind), and records what this person has seen and
 * which openings ended early. `isRead`: everything that the server has of the chart was read.
 */
export async function readEmergencies(machine: VaultMachine, server: ServerApi, isRead: boolean): Promise<void> {
  if (machine.control === null || !isVaultOwner(machine)) return
  await judgeAgain(machine, server)
  if (mayBeMore(machine)) await readNew(machine, server)
  await takeSeen(machine)
  await takeEnds(machine, isRead)
}

async function judgeAgain(machine: VaultMachine, server: ServerApi): Promise<void> {
  for (const [id, { request, receipt, fault }] of rowsOf(machine)) {
    if (fault === '') continue
    const judged = await judge(machine, server, request, receipt)
    if (judged === 'offline') return
    if (judged.fault !== fault) await keep(machine, id, (row) => ({ ...judged, seen: row?.seen ?? false }))
  }
}

/**
 * Whether requests may still come: while an emergency grant is in force, and until all requests before its cut were read. The server
 * accepts none for a cut grant.
 */
function mayBeMore({ control, rows }: VaultMachine): boolean {
  const allRead = Number(rows.get(TABLE.meta, ALL_READ) ?? 0)
  return [...control!.grants.values()].some(
    ({ emergency, cut }) => emergency !== null && (cut === null || cut.at > allRead),
  )
}

async function readNew(machine: VaultMachine, server: ServerApi): Promise<void> {
  const { control } = machine
  for (let after = Number(machine.rows.get(TABLE.meta, CURSOR) ?? 0); ;) {
    const answer = await server.emergencies(machine.vault, after)
    if (answer.type !== 'ok') return
    const { items, last } = answer.value
    // The server was restored from a backup or lost its disk: its requests are read again; known ones stay.
    if (last < after) {
      after = 0
      continue
    }
    for (const item of items) {
      if (item.place <= after || !(await take(machine, server, item))) return
      after = item.place
    }
    if (Number(machine.rows.get(TABLE.meta, CURSOR) ?? 0) !== after) await keepMeta(machine, CURSOR, after)
    if (items.length > 0) continue
    const stands = [...control!.grants.values()].some(({ emergency, cut }) => emergency !== null && cut === null)
    if (!stands) await keepMeta(machine, ALL_READ, control!.n)
    return
  }
}

function keepMeta(machine: VaultMachine, key: string, value: number): Promise<void> {
  return exclusive(machine, () => machine.rows.commit({ sync: [{ table: TABLE.meta, key, value }] }))
}

/** Searches the audit log only while some use is not known to be seen. */
async function takeSeen(machine: VaultMachine): Promise<void> {
  const unseen = rowsOf(machine).filter(([, { seen }]) => seen !== true)
  if (unseen.length === 0) return
  const named = seenInLog(machine)
  for (const [id, row] of unseen)
    if (named.has(useName(id))) await keep(machine, id, (now) => ({ ...(now ?? row), seen: true }))
}

/**
 * Searches the audit log while some opening may still turn out to have ended early: a device that was offline may report it through an
 * ordinary share later.
 */
async function takeEnds(machine: VaultMachine, isRead: boolean): Promise<void> {
  const open = rowsOf(machine).filter(([, row]) => row.ended === undefined && isCounted(row))
  if (open.length === 0) return
  const endInLog = endsInLog(machine)
  for (const [id, row] of open) {
    const { from, until } = row.receipt
    const end = endInLog({ ...row, from })
    const cut = machine.control!.grants.get(row.grant)?.cut ?? null
    const keepEnded = (ended: number | null) => keep(machine, id, (now) => ({ ...(now ?? row), ended }))
    // If that device's clock was ahead, the end is no later than the report.
    if (end !== null) await keepEnded(Math.max(from, Math.min(end, until, timeOf(machine))))
    else if (cut !== null && cut.time + LATE_MS < machine.clocks.due && isRead) await keepEnded(null)
  }
}

/** Records here that this person has seen a use; an entry in the audit log tells their other devices. */
export function keepSeen(machine: VaultMachine, id: string): Promise<void> {
  return keep(machine, id, (row) => row && { ...row, seen: true })
}

/** False if it must be asked for again. */
async function take(
  machine: VaultMachine,
  server: ServerApi,
  { request, receipt }: EmergencyPage['items'][number],
): Promise<boolean> {
  // A request that the server lost and accepted again has another time and counts as another use.
  const id = `${idText(emergencyRequestHash(request.body))}.${receipt.from}`
  if (machine.rows.get(TABLE.emergency, id) !== undefined) return true
  const named = decodeAs(EmergencyRequestBody, request.body)?.control.n ?? 0
  // This device has not read the log that far; the next pass has.
  if (named > machine.control!.n) return false
  const judged = await judge(machine, server, request, receipt)
  if (judged === 'offline') return false
  const isTooMuch = judged.fault !== '' && rowsOf(machine).filter(([, { fault }]) => fault !== '').length >= MAX_FAULTY
  if (!isTooMuch) await keep(machine, id, () => judged)
  return true
}

/**
 * Changes a use. `change` gets the row as it is at the time of the write, because a pass and a person may write at the same time; null
 * keeps nothing.
 */
function keep(machine: VaultMachine, id: string, change: (row: UseRow | null) => UseRow | null): Promise<void> {
  return exclusive(machine, async () => {
    const row = change((machine.rows.get(TABLE.emergency, id) as unknown as UseRow | undefined) ?? null)
    if (row !== null) await machine.rows.commit({ sync: [{ table: TABLE.emergency, key: id, value: rowValue(row) }] })
  })
}

async function judge(
  machine: VaultMachine,
  server: ServerApi,
  request: EmergencyRequest,
  receipt: EmergencyReceipt,
): Promise<UseRow | 'offline'> {
  const unread = { request, receipt, grant: '', account: '', device: '', member: null, reason: null }
  const body = decodeAs(EmergencyRequestBody, request.body)
  if (body === null) return { ...unread, fault: 'malformed' }
  const said = { ...unread, grant: idText(body.grant), account: idText(body.account), device: idText(body.device) }
  const serverKey = machine.serverKey()
  // Only accounts of this vault: otherwise a server could name strangers and make the device ask for each.
  const grant = machine.control!.grants.get(said.grant)
  if (serverKey === null || grant?.account == null || idText(grant.account) !== said.account)
    return { ...said, fault: 'unknown-grant' }
  if ((machine.accounts.lookup(body.account)?.n ?? 0) < body.accountLog.n) {
    const refreshed = await machine.accounts.refresh(body.account, server, serverKey)
    if (refreshed.type === 'offline') return 'offline'
  }
  const account = machine.accounts.lookup(body.account)
  if (account === null) return { ...said, fault: 'account' }
  const read = await readEmergencyRequest(request, machine.control!, account)
  // A reason that opens is shown, even if other checks fail.
  const reason = openReason(machine.keys, body)
  const isNamed = reason !== null && namesItsSigner(reason, body, account)
  const told = { ...said, reason: reason?.text ?? null, member: isNamed ? (reason.signer?.name ?? null) : null }
  if (typeof read === 'string') return { ...told, fault: read }
  if (!(await holdsEmergencyReceipt(receipt, read, serverKey))) return { ...told, fault: 'receipt' }
  if (reason === null) return { ...told, fault: 'reason' }
  return { ...told, fault: isNamed ? '' : 'name' }
}

/** Whether the use counts: the server and a device of the grantee signed it, even if a name or a reason does not verify. */
function isCounted({ fault }: UseRow): boolean {
  return ['', 'reason', 'name'].includes(fault)
}

/** The end of an opening: its set end, or the earlier end that its device recorded. */
function endOf({ receipt, ended }: UseRow): number {
  return ended == null ? receipt.until : ended
}

/** The ends of a grant's openings that count. */
export function endsOf(machine: VaultMachine, grant: string): number[] {
  return rowsOf(machine).flatMap(([, row]) => (row.grant === grant && isCounted(row) ? [endOf(row)] : []))
}

/** C4: emergency grants that were opened and whose every opening ended by `due`, the moment that both clocks have passed. */
export function spentGrants(machine: VaultMachine, due: number): Uint8Array[] {
  return [...(machine.control?.grants.values() ?? [])].flatMap(({ id, cut, emergency }) => {
    const ends = cut === null && emergency !== null ? endsOf(machine, idText(id)) : []
    return ends.length > 0 && Math.max(...ends) <= due ? [id] : []
  })
}

/** The name of a use in an audit event. */
export function useName(id: string): string {
  return `emergency:${id}`
}

/** Names of the uses that this person has seen, on any of their devices. */
function seenInLog(machine: VaultMachine): Set<string> {
  const seen = new Set<string>()
  const own = idText(machine.account)
  for (const row of machine.rows.all()) {
    if (row.collectionName !== 'audit' || row.account !== own || !row.resource.includes('"emergency-seen"')) continue
    const event = parseJsonOrNull(row.resource)
    const { action, records } = auditEntry(isJsonObject(event) ? event : {})
    if (action === 'emergency-seen') for (const name of records) seen.add(name)
  }
  return seen
}

/** Newest first. */
export function emergencyUses(machine: VaultMachine, people: People): EmergencyUse[] {
  const now = machine.clocks.shown
  const uses = rowsOf(machine).map(([id, row]): EmergencyUse => {
    const { grant, account, device, member, reason, fault, receipt, seen = false } = row
    const cut = machine.control?.grants.get(grant)?.cut ?? null
    const end = endOf(row)
    const isStopped = cut !== null && cut.reason !== 'expired' && cut.time < end
    const over = row.ended == null ? 'ended' : 'left'
    return {
      id,
      grant,
      account,
      group: people.author(account, device).name,
      member,
      device,
      at: receipt.from,
      until: isStopped ? Math.max(receipt.from, cut.time) : end,
      reason,
      state: isStopped ? 'stopped' : cut !== null || end <= now ? over : 'open',
      verified: fault === '',
      seen,
    }
  })
  return uses.toSorted((a, b) => b.at - a.at)
}

/** How many uses this person has not seen yet. */
export function unseenUses(machine: VaultMachine): number {
  return isVaultOwner(machine) ? rowsOf(machine).filter(([, { seen }]) => seen !== true).length : 0
}
