/**
 * Charts that this device may open in an emergency (C13): found in the server's list of vaults, proved by their control logs, and kept in home as a
 * row each. No store is made for them, and none of their lists is known here, before one is opened. Beside them: what this device has opened.
 */
import { AT_ONCE } from '../consent/expired-grant-lock.ts'
import { idText, textId } from '@chartkeep/protocol'
import type { Role } from '@chartkeep/protocol/account'
import { controlHead, hasControlHead, isForRoles, readControlLog, type ControlState } from '@chartkeep/protocol/control'
import type { EmergencyEnd } from '@chartkeep/protocol/emergency'
import type { VaultList } from '@chartkeep/protocol/messages'
import { verifyHead, type SignedHead } from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import type { AccountBook } from '../account/account-book.ts'
import type { BoxKeys } from '../account/account-keys.ts'
import { neededByControl } from '../pull/control-pull.ts'
import { openEmergencyLabel } from '../vault/emergency-box.ts'
import { keepInAccountStore } from '../account/evidence.ts'
import { ACCOUNT_TABLE } from '../account/account-store.ts'
import { vaultRowOf } from '../replicate/account-sync.ts'
import { learnAccounts } from '../vault/needed-logs.ts'
import { LATER, type AccountRows, type ServerApi } from '../ports/ports.ts'
import { runningBack } from '../account/two-clocks.ts'
import { rowValue } from '../vault/vault-state.ts'

export interface HeldGrant {
  id: string
  role: Role | null
  name: string
  birthDate: string
  durationMs: number
  /** How many lists it gives; absent in rows of older versions. */
  lists?: number
  notBefore: number
  notAfter: number
}

/** A vault of the list, as far as its log was read. */
interface HeldRow {
  n: number
  h: Uint8Array
  /** The head as the server had signed it; absent in rows of before. */
  signed?: SignedHead
  /** What the server's list said of it at the last reading. */
  listed: string
  grants: HeldGrant[]
}

/** What this device has opened. */
export interface OpeningRow {
  vault: string
  from: number
  until: number
  /** Why, until it stands in the chart's audit log; null afterwards. */
  reason: string | null
  /** By how much this device's clock is certainly ahead of the server's (two-clocks.ts), less than 0: behind. Absent in rows of older versions. */
  clockAhead?: number
  /** The person at this device ended it before its time; absent while nobody did. */
  ended?: EndedHere
}

export interface EndedHere {
  /** By this device's clock, milliseconds since 1970. */
  at: number
  /** `noted`: it stands in the chart's audit log here. `told`: the server has it there, and nothing keeps the copy any more. */
  told: 'not' | 'noted' | 'told'
  /** What tells the server to show nothing more, until it has answered; absent before it is told, and after. */
  end?: EmergencyEnd
}

interface HeldInput {
  accountStore: AccountRows
  accounts: AccountBook
  account: Uint8Array
  boxKeys: () => BoxKeys
  serverKey: () => Uint8Array | null
}

export type HeldLog =
  | { type: 'log'; state: ControlState; head: SignedHead }
  | { type: 'offline' }
  /** The server refuses it, or what it shows does not hold, or is not what it showed before (F1). */
  | { type: 'refused'; error: string }

export class HeldCharts {
  readonly #input: HeldInput

  constructor(input: HeldInput) {
    this.#input = input
  }

  /** Whether a grant of the server's list is for emergencies, and not open here: no chart is made for it. */
  isHeld({ vault, grant, held }: VaultList['vaults'][number]): boolean {
    if (held === true) return true
    const id = grant === null ? '' : idText(grant)
    return this.#row(idText(vault))?.grants.some((each) => each.id === id) === true && this.opening(id) === null
  }

  /** Every chart that can be opened by one of these roles, with its vault. Null: a person's. */
  all(roles: readonly Role[] | null): { vault: string; grant: HeldGrant }[] {
    const rows = [...this.#input.accountStore.table(ACCOUNT_TABLE.held)] as unknown as [string, HeldRow][]
    return rows.flatMap(([vault, { grants }]) =>
      grants.filter(({ role }) => isForRoles(role, roles)).map((grant) => ({ vault, grant })),
    )
  }

  opening(grant: string): OpeningRow | null {
    return (this.#input.accountStore.get(ACCOUNT_TABLE.opening, grant) as unknown as OpeningRow | undefined) ?? null
  }

  /** What this device opened in a vault, by grant. */
  openingsIn(vault: string): [grant: string, opening: OpeningRow][] {
    return this.#openings().filter(([, opening]) => opening.vault === vault)
  }

  /** {@link VaultDeps.openings} of a vault. */
  endsIn(vault: string): ReadonlyMap<string, number> {
    // What its person has ended, and the owners know of, waits for no clock.
    const endOf = ({ until, ended }: OpeningRow) => (ended?.told === 'told' ? AT_ONCE : until)
    return new Map(this.openingsIn(vault).map(([grant, opening]) => [grant, endOf(opening)]))
  }

  /** {@link VaultDeps.locks} of a vault. */
  locksIn(vault: string): ReadonlyMap<string, number> {
    return new Map(this.openingsIn(vault).map(([grant, opening]) => [grant, lockEndOf(opening)]))
  }

  /** `chart`: the row of a chart that is new here, in the same entry, so that nobody makes another one. */
  keepOpening(grant: string, opening: OpeningRow, chart: () => SyncRow[] = () => []): Promise<void> {
    return this.#input.accountStore.commit(() => ({ rows: [openingRow(grant, opening), ...chart()] }))
  }

  /** Changes what an opening is when its turn to be written comes; null leaves it as it is. */
  #change(grant: string, change: (opening: OpeningRow) => OpeningRow | null): Promise<void> {
    return this.#input.accountStore.commit(() => {
      const opening = this.opening(grant)
      const next = opening && change(opening)
      // The reason leaves the disk once the chart's audit log has it.
      return next && { rows: [openingRow(grant, next)], erase: next.reason === null }
    })
  }

  /** A1: the opening stands in the chart's audit log. Whether it has ended, or was made again, meanwhile is not said by that. */
  noted(grant: string, from: number): Promise<void> {
    return this.#change(grant, (opening) => (opening.from === from ? { ...opening, reason: null } : null))
  }

  /**
   * A time that the server signed before `now` by this device's clock: an opening that was given more time for a clock that was ahead keeps none of
   * it once that clock is right. True where an end has moved.
   */
  async setClock(vault: string, signed: number, now: number): Promise<boolean> {
    // A server's clock that is ahead takes nothing but what was given.
    const most = Math.max(0, now - signed)
    const wrong = this.openingsIn(vault).filter(([, { clockAhead = 0 }]) => clockAhead > most)
    const limit = (ahead: number | undefined) => (ahead === undefined ? {} : { clockAhead: Math.min(ahead, most) })
    for (const [grant] of wrong) await this.#change(grant, (opening) => ({ ...opening, ...limit(opening.clockAhead) }))
    return wrong.length > 0
  }

  /** Locks what this device opened, in one entry with the row of its chart: from then on it stays locked, told or not. */
  async end(grants: readonly string[], at: number, chart: () => SyncRow[]): Promise<void> {
    await this.#input.accountStore.commit(() => {
      const rows = grants.flatMap((grant): SyncRow[] => {
        const opening = this.opening(grant)
        return opening === null ? [] : [openingRow(grant, { ...opening, ended: { at, told: 'not' } })]
      })
      return { rows: [...rows, ...chart()] }
    })
  }

  /** The end of an opening is noted; or, at a time of the server's clock, told: then it is over by that clock too, and `end` tells the server so. */
  endTold(grant: string, from: number, told: 'noted' | number, end?: EmergencyEnd): Promise<void> {
    return this.#change(grant, (opening) => {
      const { ended, until } = opening
      if (opening.from !== from || ended === undefined) return null
      if (told === 'noted') return { ...opening, ended: { ...ended, told } }
      const over = Math.max(from, Math.min(until, ended.at, told))
      const done = { ...ended, told: 'told', ...(end !== undefined && { end }) } satisfies EndedHere
      return { ...opening, until: over, ended: done }
    })
  }

  /** Tells the server of each end that it has not answered for. What it says changes nothing here: the copy goes by this device's own word. */
  async tellServer(server: ServerApi): Promise<void> {
    for (const [grant, { vault, ended }] of this.#openings()) {
      if (ended?.end === undefined) continue
      const answer = await server.endEmergency(textId(vault)!, ended.end)
      if (answer.type === 'offline') return
      if (answer.type === 'error' && LATER.includes(answer.error)) continue
      await this.#change(grant, (opening) => {
        // Opened again meanwhile: that row tells of no end.
        if (opening.ended?.end === undefined) return null
        const { end: _, ...told } = opening.ended
        return { ...opening, ended: told }
      })
    }
  }

  #openings(): [grant: string, opening: OpeningRow][] {
    return [...this.#input.accountStore.table(ACCOUNT_TABLE.opening)] as unknown as [string, OpeningRow][]
  }

  /** Follows the server's list: reads what is new or has moved, forgets what is named no longer. False when the server could not be reached. */
  async follow(list: VaultList['vaults'], server: ServerApi): Promise<boolean> {
    const { accountStore } = this.#input
    const listed = new Map<string, { grants: Set<string>; said: string; isHeld: boolean }>()
    for (const { vault, grant, moved, held = false } of list) {
      if (grant === null) continue
      const known = listed.get(idText(vault)) ?? { grants: new Set<string>(), said: '', isHeld: false }
      known.grants.add(idText(grant))
      known.said += `${idText(grant)} ${moved} ${held}\n`
      known.isHeld ||= held
      listed.set(idText(vault), known)
    }
    for (const each of list) {
      const vault = idText(each.vault)
      const now = listed.get(vault)
      const row = this.#row(vault)
      listed.delete(vault)
      if (now === undefined || (!now.isHeld && row === null)) continue
      if (row?.listed === now.said) continue
      const read = await this.read(each.vault, server)
      if (read.type === 'offline') return false
      if (read.type === 'log') await this.#keep(vault, read, now.said, now.grants)
    }
    const named = new Set(list.map(({ vault }) => idText(vault)))
    await accountStore.commit(() => {
      const gone = [...accountStore.table(ACCOUNT_TABLE.held).keys()].filter((vault) => !named.has(vault))
      // Of a copy that stands the opening says by what it is read and when it ends: a list takes nothing away (C10).
      const over = this.#openings().filter(
        ([, { vault }]) => !named.has(vault) && vaultRowOf(accountStore, vault)?.ended !== false,
      )
      const rows: SyncRow[] = [
        ...gone.map((key) => ({ table: ACCOUNT_TABLE.held, key, value: null })),
        ...over.map(([key]) => ({ table: ACCOUNT_TABLE.opening, key, value: null })),
      ]
      return rows.length === 0 ? null : { rows, erase: true }
    })
    return true
  }

  /** The control log as the server shows it now, from its first entry on, proved. */
  async read(vault: Uint8Array, server: ServerApi): Promise<HeldLog> {
    const { accounts, serverKey } = this.#input
    const key = serverKey()
    if (key === null) return { type: 'offline' }
    for (let state: ControlState | null = null; ;) {
      const answer = await server.control(vault, state?.n ?? 0)
      if (answer.type !== 'ok') return answer.type === 'offline' ? answer : { type: 'refused', error: answer.error }
      const { entries, head } = answer.value
      const isServers = head.kind === 'control' && idText(head.id) === idText(vault) && (await verifyHead(head, key))
      if (!isServers) return { type: 'refused', error: 'wrong-answer' }
      if ((await learnAccounts({ accounts, serverKey }, server, neededByControl(entries))) !== null)
        return { type: 'offline' }
      const next: Awaited<ReturnType<typeof readControlLog>> = await readControlLog(entries, accounts.lookup, state)
      if (next === null || 'type' in next) return { type: 'refused', error: 'refused' }
      if (idText(next.vault) !== idText(vault)) return { type: 'refused', error: 'refused' }
      state = next
      if (state.n < head.n && entries.length > 0) continue
      const row = this.#row(idText(vault))
      const isSame = state.n === head.n && hasControlHead(state, head) && (row === null || hasControlHead(state, row))
      if (isSame) {
        const earlier = await runningBack(head, [row?.signed ?? null], key)
        const evidence = { heads: [earlier, head] }
        if (earlier !== null)
          await keepInAccountStore(this.#input.accountStore, `held.${idText(vault)}`, {
            fault: 'time',
            what: 'control-head',
            evidence,
            serverKey: key,
          })
        return { type: 'log', state, head }
      }
      // F1: what the server signs now, beside what it had signed before.
      const heads = [row?.signed ?? null, head].filter((each) => each !== null)
      const evidence = { heads, entry: entries.at(-1) ?? null }
      // Of an earlier head the chain is not known here any more: what is certain is that it is an older one.
      const isOlder = row !== null && head.n < row.n
      const fault = state.n < head.n ? 'withheld' : isOlder ? 'behind' : 'fork'
      const kept = { fault, what: 'control-head', evidence, serverKey: key } as const
      await keepInAccountStore(this.#input.accountStore, `held.${idText(vault)}`, kept)
      return { type: 'refused', error: 'fork' }
    }
  }

  async #keep(
    vault: string,
    { state, head }: Extract<HeldLog, { type: 'log' }>,
    listed: string,
    named: ReadonlySet<string>,
  ): Promise<void> {
    const { accountStore, account, boxKeys } = this.#input
    const grants = [...state.grants.values()].flatMap((grant): HeldGrant[] => {
      const { id, emergency, cut, role, notBefore, notAfter } = grant
      if (emergency === null || cut !== null || grant.account === null || !named.has(idText(id))) return []
      if (idText(grant.account) !== idText(account)) return []
      const label = openEmergencyLabel(state.vault, grant, boxKeys())
      const { name = '', birthDate = '' } = label ?? {}
      const lists = grant.streams.size
      return [{ id: idText(id), role, name, birthDate, durationMs: emergency.duration, lists, notBefore, notAfter }]
    })
    const row = { ...controlHead(state), signed: head, listed, grants } satisfies HeldRow
    await accountStore.commit(() => {
      // What was stopped is over before its time.
      const stopped = this.openingsIn(vault).filter(
        ([grant, { from, until }]) => until > from && state.grants.get(grant)?.cut != null,
      )
      return {
        rows: [
          { table: ACCOUNT_TABLE.held, key: vault, value: rowValue(row) },
          ...stopped.map(([key, opening]) => openingRow(key, { ...opening, until: opening.from })),
        ],
      }
    })
  }

  #row(vault: string): HeldRow | null {
    return (this.#input.accountStore.get(ACCOUNT_TABLE.held, vault) as unknown as HeldRow | undefined) ?? null
  }
}

/** When this device locks what it opened, by its own clock. */
export function lockEndOf({ until, ended, clockAhead = 0 }: OpeningRow): number {
  return ended === undefined ? until + clockAhead : AT_ONCE
}

function openingRow(grant: string, opening: OpeningRow): SyncRow {
  return { table: ACCOUNT_TABLE.opening, key: grant, value: rowValue(opening) }
}
