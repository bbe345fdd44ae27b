/** The practice of a session (C12): its members and its own vault, as the member at this device has them. */
import { mayDoInPractice, type PracticeDeed, type PracticeRole } from '@chartkeep/domain'
import { map, type Observable } from 'rxjs'
import type { AccountDeed, Chart, DeviceView, Practice, PracticeMember, PublishOutcome } from './api.ts'
import type { OpenChart } from './chart.ts'
import type { PracticeRow } from './home.ts'
import { publish, publishedState } from './publish.ts'
import type { SessionCharts } from './session-charts.ts'

interface PracticeInput {
  row: PracticeRow
  name: string
  charts: SessionCharts
  devices$: Observable<DeviceView[]>
}

export class SessionPractice implements Practice {
  readonly name: string
  readonly slot: string
  readonly members$: Observable<PracticeMember[]>
  readonly #input: PracticeInput

  constructor(input: PracticeInput) {
    this.#input = input
    this.name = input.name
    this.slot = input.charts.row(input.row.vault)?.slot ?? ''
    this.members$ = input.devices$.pipe(map((devices) => [{ ...this.me, devices }]))
  }

  get me(): PracticeMember {
    return { ...this.#input.row.member, me: true, removed: false, devices: [] }
  }

  may(deed: PracticeDeed): boolean {
    return mayDoInPractice(this.me.roles, deed)
  }

  async open(): Promise<Chart> {
    const chart = await this.#input.charts.openVault(this.#input.row.vault)
    if (chart === null) throw new Error('the vault of the practice could not be opened')
    return chart
  }

  async publish(record: string, chartSlot: string): Promise<PublishOutcome> {
    const charts = await this.#publishing(chartSlot)
    if (charts === null) return { type: 'ended' }
    try {
      return await publish(charts.from, charts.to, record)
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

  /** The practice's vault and the chart, held; null where the chart is none of a person, or over. */
  async #publishing(chartSlot: string): Promise<{ from: OpenChart; to: OpenChart; release: () => void } | null> {
    const { charts, row } = this.#input
    if (charts.vaultOf(chartSlot) === row.vault) return null
    const from = await charts.openVault(row.vault)
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

  // A practice of one: that others come in is the next step of C12.
  addMember(): Promise<{ type: 'no-right' }> {
    return Promise.resolve({ type: 'no-right' })
  }

  setRoles(_member: string, _roles: readonly PracticeRole[]): Promise<AccountDeed> {
    return Promise.resolve({ type: 'refused', error: 'no-right' })
  }

  removeMember(_member: string): Promise<AccountDeed> {
    return Promise.resolve({ type: 'refused', error: 'no-right' })
  }
}
