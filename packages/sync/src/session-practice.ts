/** The practice of a session (C12): its members and its own vault, as the member at this device has them. */
import { mayDoInPractice, type PracticeDeed, type PracticeRole } from '@chartkeep/domain'
import { map, type Observable } from 'rxjs'
import type { AccountDeed, Chart, DeviceView, Practice, PracticeMember } from './api.ts'
import type { PracticeRow } from './home.ts'
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
