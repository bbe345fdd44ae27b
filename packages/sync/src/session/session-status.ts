/** The sync status of a session, as the app shows it: after each pass, and as soon as something is written. */
import { BehaviorSubject } from 'rxjs'
import type { ClocksApart, SyncStatus } from '../contract/api.ts'
import { CONFIRMED, ACCOUNT_TABLE, type ConfirmedRow, type FormerRow } from '../account/account-store.ts'
import type { Clock, AccountRows } from '../ports/ports.ts'
import type { ServerLink } from './server-link.ts'
import type { ServerLosses } from './server-loss.ts'
import type { ChartCounts } from './session-charts.ts'
import { awaitsAdmission, problemOf } from '../replicate/sync-problem.ts'
import { rowValue } from '../vault/vault-state.ts'
import type { SyncOutcome } from '../replicate/vault-sync.ts'

interface StatusInput {
  clock: Clock
  accountStore: AccountRows
  link: ServerLink
  losses: ServerLosses
  /** The sums over all charts. */
  counts: () => ChartCounts
  former: () => FormerRow | null
  clocks: () => ClocksApart | null
}

/** The fields that change without a pass. */
type Counted = Pick<
  SyncStatus,
  'waiting' | 'quarantined' | 'conflicts' | 'server' | 'confirmedAt' | 'loss' | 'renewed' | 'clocks'
>

export class SessionStatus {
  readonly sync$ = new BehaviorSubject<SyncStatus>({
    state: 'offline',
    waiting: 0,
    confirmedAt: null,
    problem: null,
    quarantined: 0,
    conflicts: 0,
    server: null,
    loss: null,
    renewed: null,
    clocks: null,
  })
  readonly #input: StatusInput
  /** Whether a whole pass of this session has found everything sent and read. */
  #wasInStep = false
  /** From this session or an earlier one. */
  #confirmed: ConfirmedRow | null

  constructor(input: StatusInput) {
    this.#input = input
    this.#confirmed =
      (input.accountStore.get(ACCOUNT_TABLE.self, CONFIRMED) as unknown as ConfirmedRow | undefined) ?? null
    this.#set({ confirmedAt: this.#confirmedAt() })
  }

  #set(change: Partial<SyncStatus>): void {
    this.sync$.next({ ...this.sync$.value, ...change })
  }

  #counted(): Counted {
    const { counts, former, losses, link, clocks } = this.#input
    const { waiting, aside: quarantined, conflicts } = counts()
    const known = former()
    const renewed = known === null || known.isRead ? null : { at: known.at }
    return {
      waiting,
      quarantined,
      conflicts,
      loss: losses.shown,
      server: link.shown,
      confirmedAt: this.#confirmedAt(),
      renewed,
      clocks: clocks(),
    }
  }

  /** The last confirmation of the current server; null for none. */
  #confirmedAt(): number | null {
    const confirmed = this.#confirmed
    return confirmed !== null && confirmed.server === this.#input.link.shown?.address ? confirmed.at : null
  }

  /** Whether a write is sent at once: the server answers, and no stream is stopped. */
  isInStep(): boolean {
    const { state } = this.sync$.value
    return this.#input.link.server !== null && this.#wasInStep && (state === 'confirmed' || state === 'waiting')
  }

  /** Whether there is a server, and it did not answer. */
  isAway(): boolean {
    return this.#input.link.server !== null && this.sync$.value.state === 'offline'
  }

  /** Whether the next pass may come later, because only a person or time can change the outcome. */
  get mayWait(): boolean {
    const status = this.sync$.value
    return (
      awaitsAdmission(status) ||
      ['refilling', 'server-full', 'join', 'devices-full'].includes(status.problem?.key ?? '')
    )
  }

  get hasProblem(): boolean {
    return this.sync$.value.state === 'problem'
  }

  begins(): void {
    this.#set({ state: 'syncing' })
  }

  /** A whole pass has ended. Resolves once the confirmation is stored, or could not be. */
  async ended(outcome: SyncOutcome): Promise<void> {
    const { clock, accountStore, link } = this.#input
    const server = link.shown
    const isConfirmed = outcome.type === 'synced' && this.#counted().waiting === 0 && server !== null
    if (isConfirmed) this.#confirmed = { at: clock.now(), server: server.address }
    const counted = this.#counted()
    if (isConfirmed) {
      this.#wasInStep = true
      this.#set({ ...counted, state: 'confirmed', problem: null })
      // A full disk is reported by the next save.
      const confirmed = { table: ACCOUNT_TABLE.self, key: CONFIRMED, value: rowValue(this.#confirmed) }
      await accountStore.commit([confirmed, ...link.clocks.rowsToKeep()]).catch(() => {})
      return
    }
    if (outcome.type === 'offline') this.#set({ ...counted, state: 'offline', problem: null })
    else if (outcome.type === 'error' || outcome.type === 'stopped' || outcome.type === 'copied') {
      this.#set({ ...counted, state: 'problem', problem: problemOf(outcome) })
    } else this.#set({ ...counted, state: 'waiting', problem: null })
    const time = link.clocks.rowsToKeep()
    if (time.length > 0) await accountStore.commit(time).catch(() => {})
  }

  /** A brief pass succeeded. */
  endedBriefly(): void {
    const counted = this.#counted()
    this.#set({ ...counted, state: counted.waiting === 0 ? 'confirmed' : 'waiting' })
  }

  /** Something was written or read: only the counts have changed. */
  recount(): void {
    const counted = this.#counted()
    const { state } = this.sync$.value
    const isBehind = counted.waiting > 0 && state === 'confirmed'
    this.#set({ ...counted, state: this.#input.link.server === null ? 'no-server' : isBehind ? 'waiting' : state })
  }
}
