/** The practice of a session (C12): its members and its own vault, as the member at this device sees them. */
import { mayDoInPractice, type PracticeAction, type PracticeRole } from '@chartkeep/domain'
import { map, type Observable } from 'rxjs'
import { MAX_NAME, textId } from '@chartkeep/protocol'
import { rolesAt } from '@chartkeep/protocol/account'
import type {
  AccountActionOutcome,
  Chart,
  DeviceAddition,
  DeviceView,
  PairingRefusal,
  Practice,
  PracticeMember,
  PublishOutcome,
} from '../contract/api.ts'
import type { OpenChart } from '../chart/chart.ts'
import { TooManyChartsError } from '../chart/open-charts.ts'
import { memberViews } from '../account/current-member.ts'
import { publish, publishedState, settleCopies } from '../chart/publish.ts'
import type { SessionAccount } from './session-account.ts'
import type { SessionCharts } from './session-charts.ts'

interface PracticeInput {
  account: SessionAccount
  charts: SessionCharts
  /** Emits when the account log has changed. */
  devices$: Observable<DeviceView[]>
}

/** For a device whose member can no longer be read. */
const NOBODY: PracticeMember = { id: '', name: '', roles: [], me: true, removed: true, devices: [] }

export class SessionPractice implements Practice {
  readonly members$: Observable<PracticeMember[]>
  readonly #input: PracticeInput
  /** The last known slot: a locked session has no rows. */
  #slot = ''

  constructor(input: PracticeInput) {
    this.#input = input
    this.members$ = input.devices$.pipe(map((devices) => this.#members(devices)))
  }

  get name(): string {
    return this.#input.account.name
  }

  get slot(): string {
    const vault = this.#vault
    this.#slot = (vault === null ? null : this.#input.charts.row(vault)?.slot) ?? this.#slot
    return this.#slot
  }

  get me(): PracticeMember {
    return this.#members(this.#input.account.devices()).find(({ me }) => me) ?? NOBODY
  }

  get #vault(): string | null {
    return this.#input.account.practiceVault
  }

  #members(devices: readonly DeviceView[]): PracticeMember[] {
    const { account } = this.#input
    return memberViews(account.state, account.device.id, account.boxKeys(), devices)
  }

  may(action: PracticeAction): boolean {
    const { state, device } = this.#input.account
    return mayDoInPractice(rolesAt(state, device.id, state.n) ?? [], action)
  }

  async open(): Promise<Chart> {
    const vault = this.#vault
    const chart = vault === null ? null : await this.#input.charts.openVault(vault)
    if (chart === null) throw new Error('the vault of the practice could not be opened')
    return chart
  }

  async publish(record: string, chartSlot: string, revision?: string): Promise<PublishOutcome> {
    const charts = await this.#publishing(chartSlot)
    if (charts === null) return { type: 'ended' }
    try {
      return await publish(charts.from, charts.to, record, revision)
    } finally {
      charts.release()
    }
  }

  async published(record: string, chartSlot: string): Promise<'no' | 'older' | 'same'> {
    const charts = await this.#publishing(chartSlot)
    if (charts === null) return 'no'
    const state = publishedState(charts.from, charts.to, record)
    charts.release()
    return state
  }

  /** After a chart's pass: copies that members published separately are not shown to the patient as a conflict. */
  async settleCopies(vault: string): Promise<void> {
    const { charts } = this.#input
    const slot = charts.row(vault)?.slot
    if (slot === undefined || (charts.countsOf(vault)?.conflicts ?? 0) === 0) return
    const held = await this.#publishing(slot).catch((error: unknown) => {
      if (error instanceof TooManyChartsError) return null
      throw error
    })
    if (held === null) return
    try {
      await settleCopies(held.from, held.to)
    } finally {
      held.release()
    }
  }

  /** The practice's vault and the chart, held open; null if the chart is no person's, or has ended. */
  async #publishing(chartSlot: string): Promise<{ from: OpenChart; to: OpenChart; release: () => void } | null> {
    const { charts } = this.#input
    const vault = this.#vault
    if (vault === null || charts.vaultOf(chartSlot) === vault) return null
    const from = await charts.openVault(vault)
    const releaseFrom = from?.hold()
    const to = await charts.openSlot(chartSlot)
    const releaseTo = to?.hold()
    const release = () => {
      releaseFrom?.()
      releaseTo?.()
    }
    if (from !== null && to !== null) return { from, to, release }
    release()
    return null
  }

  async addMember(
    code: string,
    { name, roles }: { name: string; roles: readonly PracticeRole[] },
  ): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal | { type: 'no-right' }> {
    if (!this.may('administer-members') || roles.length === 0) return { type: 'no-right' }
    const { account } = this.#input
    return account.addDevice(code, { id: account.randomId(), name: name.trim().slice(0, MAX_NAME), roles })
  }

  async setRoles(...[member, roles, from]: Parameters<Practice['setRoles']>): Promise<AccountActionOutcome> {
    const known = this.#members([]).find(({ id, removed }) => id === member && !removed)
    if (known === undefined || roles.length === 0) return { type: 'refused', error: 'not-found' }
    if (!this.may('administer-members')) return { type: 'refused', error: 'no-right' }
    return this.#input.account.changeMember({ id: textId(member)!, name: known.name, roles }, from)
  }

  async removeMember(member: string): Promise<AccountActionOutcome> {
    if (!this.may('administer-members')) return { type: 'refused', error: 'no-right' }
    return this.#input.account.removeMember(member)
  }
}
