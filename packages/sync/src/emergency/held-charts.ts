/**
 * Charts that this device may open in an emergency (C13): listed by the server, proved by their control logs, and stored as one row each in
 * the account store. Before an opening, a chart has no store and its lists are unknown. Also the openings that this device has made.
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

/** A listed vault, as far as its log was read. */
interface HeldRow {
  n: number
  h: Uint8Array
  /** The head as the server signed it; absent in rows of earlier versions. */
  signed?: SignedHead
  /** The server's list item when the log was last read. */
  listed: string
  grants: HeldGrant[]
}

/** An opening on this device. */
export interface OpeningRow {
  vault: string
  from: number
  until: number
  /** The reason, until the chart's audit log has it; null afterwards. */
  reason: string | null
  /**
   * How far this device's clock is certainly ahead of the server's (two-clocks.ts); negative if behind. Absent in rows of older versions.
   */
  clockAhead?: number
  /** Set if the person at this device ended it early. */
  ended?: EndedHere
}

export interface EndedHere {
  /** By this device's clock, milliseconds since 1970. */
  at: number
  /** `noted`: in the chart's audit log on this device. `told`: the server has it, and the copy is no longer needed. */
  told: 'not' | 'noted' | 'told'
  /**
   * The statement that stops the server from showing more, until the server has answered it; absent before it is signed, and afterwards.
   */
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
  /** The server refuses, or its log does not verify or contradicts an earlier answer (F1). */
  | { type: 'refused'; error: string }

export class HeldCharts {
  readonly #input: HeldInput

  constructor(input: HeldInput) {
    this.#input = input
  }

  /** Whether a listed grant is an emergency grant that is not open here: no chart is created for it. */
  isHeld({ vault, grant, held }: VaultList['vaults'][number]): boolean {
    if (held === true) return true
    const id = grant === null ? '' : idText(grant)
    return this.#row(idText(vault))?.grants.some((each) => each.id === id) === true && this.opening(id) === null
  }

  /** Every chart that any of these roles may open, with its vault. Null: a person's account. */
  all(roles: readonly Role[] | null): { vault: string; grant: HeldGrant }[] {
    const rows = [...this.#input.accountStore.table(ACCOUNT_TABLE.held)] as unknown as [string, HeldRow][]
    return rows.flatMap(([vault, { grants }]) =>
      grants.filter(({ role }) => isForRoles(role, roles)).map((grant) => ({ vault, grant })),
    )
  }

  opening(grant: string): OpeningRow | null {
    return (this.#input.accountStore.get(ACCOUNT_TABLE.opening, grant) as unknown as OpeningRow | undefined) ?? null
  }

  /** This device's openings in a vault, by grant. */
  openingsIn(vault: string): [grant: string, opening: OpeningRow][] {
    return this.#openings().filter(([, opening]) => opening.vault === vault)
  }

  /** {@link VaultDeps.openings} of a vault. */
  endsIn(vault: string): ReadonlyMap<string, number> {
    // If the person has ended it and the owners know, the lock does not wait for a clock.
    const endOf = ({ until, ended }: OpeningRow) => (ended?.told === 'told' ? AT_ONCE : until)
    return new Map(this.openingsIn(vault).map(([grant, opening]) => [grant, endOf(opening)]))
  }

  /** {@link VaultDeps.locks} of a vault. */
  locksIn(vault: string): ReadonlyMap<string, number> {
    return new Map(this.openingsIn(vault).map(([grant, opening]) => [grant, lockEndOf(opening)]))
  }

  /** `chart`: the row of a newly created chart, written in the same entry so that it is created only once. */
  keepOpening(grant: string, opening: OpeningRow, chart: () => SyncRow[] = () => []): Promise<void> {
    return this.#input.accountStore.commit(() => ({ rows: [openingRow(grant, opening), ...chart()] }))
  }

  /** Changes an opening's row as it is at the time of the write; null leaves it unchanged. */
  #change(grant: string, change: (opening: OpeningRow) => OpeningRow | null): Promise<void> {
    return this.#input.accountStore.commit(() => {
      const opening = this.opening(grant)
      const next = opening && change(opening)
      // The reason is removed from the disk once the chart's audit log has it.
      return next && { rows: [openingRow(grant, next)], erase: next.reason === null }
    })
  }

  /** A1: records that the chart's audit log has the opening, whether it has ended or was renewed meanwhile. */
  noted(grant: string, from: number): Promise<void> {
    return this.#change(grant, (opening) => (opening.from === from ? { ...opening, reason: null } : null))
  }

  /**
   * Applies a time that the server signed before `now` by this device's clock: an opening that was extended because the clock was ahead
   * loses the extension once the clock is right. True if an end has moved.
   */
  async setClock(vault: string, signed: number, now: number): Promise<boolean> {
    // If the server's clock is ahead, only the extension is lost.
    const most = Math.max(0, now - signed)
    const wrong = this.openingsIn(vault).filter(([, { clockAhead = 0 }]) => clockAhead > most)
    const limit = (ahead: number | undefined) => (ahead === undefined ? {} : { clockAhead: Math.min(ahead, most) })
    for (const [grant] of wrong) await this.#change(grant, (opening) => ({ ...opening, ...limit(opening.clockAhead) }))
    return wrong.length > 0
  }

  /**
   * Locks this device's openings, in one entry with the row of their chart: from then on they stay locked, whether or not the owners have
   * been told.
   */
  async end(grants: readonly string[], at: number, chart: () => SyncRow[]): Promise<void> {
    await this.#input.accountStore.commit(() => {
      const rows = grants.flatMap((grant): SyncRow[] => {
        const opening = this.opening(grant)
        return opening === null ? [] : [openingRow(grant, { ...opening, ended: { at, told: 'not' } })]
      })
      return { rows: [...rows, ...chart()] }
    })
  }

  /**
   * Records that the end of an opening is in the audit log here, or at the server at this time of its clock. In the second case it has
   * ended by that clock too, and `end` tells the server.
   */
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

  /**
   * Sends each unanswered end to the server. The answer changes nothing here, because the copy is removed by this device's own decision.
   */
  async tellServer(server: ServerApi): Promise<void> {
    for (const [grant, { vault, ended }] of this.#openings()) {
      if (ended?.end === undefined) continue
      const answer = await server.endEmergency(textId(vault)!, ended.end)
      if (answer.type === 'offline') return
      if (answer.type === 'error' && LATER.includes(answer.error)) continue
      await this.#change(grant, (opening) => {
        // It was opened again meanwhile; the new row has no end.
        if (opening.ended?.end === undefined) return null
        const { end: _, ...told } = opening.ended
        return { ...opening, ended: told }
      })
    }
  }

  #openings(): [grant: string, opening: OpeningRow][] {
    return [...this.#input.accountStore.table(ACCOUNT_TABLE.opening)] as unknown as [string, OpeningRow][]
  }

  /** Follows the server's list: reads new and changed items, forgets those no longer listed. False if the server could not be reached. */
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
      // While a copy exists, its opening determines how it is read and when it ends: the list takes nothing away (C10).
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

  /** The control log as the server shows it now, verified from its first entry. */
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
      // F1: evidence consists of the head that the server signs now and the head that it signed before.
      const heads = [row?.signed ?? null, head].filter((each) => each !== null)
      const evidence = { heads, entry: entries.at(-1) ?? null }
      // The chain of the earlier head is no longer stored here; that the new head is older is certain.
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
      // A stopped opening ends early.
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

/** When this device locks its opening, by its own clock. */
export function lockEndOf({ until, ended, clockAhead = 0 }: OpeningRow): number {
  return ended === undefined ? until + clockAhead : AT_ONCE
}

function openingRow(grant: string, opening: OpeningRow): SyncRow {
  return { table: ACCOUNT_TABLE.opening, key: grant, value: rowValue(opening) }
}
