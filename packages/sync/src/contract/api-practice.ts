/** A practice as one of its members sees it (C12): its members, what they may do, and its own vault. */
import type { PracticeAction, PracticeRole } from '@chartkeep/domain'
import type { Observable } from 'rxjs'
import type { AccountActionOutcome, DeviceAddition, DeviceView, PairingRefusal } from './api-account.ts'
import type { Chart } from './api-chart.ts'

export interface PracticeMember {
  /** Opaque and stable; goes into records (`urn:chartkeep:member`). */
  id: string
  name: string
  roles: readonly PracticeRole[]
  /** The current member of this device. */
  me: boolean
  removed: boolean
  devices: DeviceView[]
}

/**
 * `published`: in the patient's chart on this device, sent with the next sync. `no-right`: the patient did not allow it, or not to this member.
 * `ended`: the chart is no longer shared. `newer`: another version is current, here or published by another device; sync and read it first. `files`:
 * a file of the record was sealed for the practice alone. `unknown`: no such record.
 */
export type PublishOutcome =
  | { type: 'published' }
  | { type: 'no-right' }
  | { type: 'ended' }
  | { type: 'newer' }
  | { type: 'files' }
  | { type: 'full' }
  | { type: 'unknown' }

export interface Practice {
  name: string
  /** The practice's own vault in the list of charts. */
  slot: string
  me: PracticeMember
  /** Every member, including those who have left. */
  members$: Observable<PracticeMember[]>
  /** Whether the current member may do it, by the table of packages/domain (practice-roles.ts). */
  may(action: PracticeAction): boolean
  /** Opens the practice's own vault; hold it as any chart. */
  open(): Promise<Chart>
  /**
   * Publishes a record of the practice's vault into a patient's chart: same `doc`, same revision, same text, with its signatures and
   * addenda (N5). Repeat it after a later version, signature or addendum; existing copies stay. `revision`: the version that the member has
   * read; if another version is current, nothing is published. Without it, the current version is published.
   */
  publish(record: string, chartSlot: string, revision?: string): Promise<PublishOutcome>
  /** Whether that chart has the record, with everything that belongs to it. */
  published(record: string, chartSlot: string): Promise<'no' | 'older' | 'same'>
  /** Enrols the device that shows `code` as the first device of a new member (K8). Only for administrators. */
  addMember(
    code: string,
    member: { name: string; roles: readonly PracticeRole[] },
  ): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal | { type: 'no-right' }>
  /** Refused with `changed` if the member's roles are no longer `from`, the roles that the administrator saw. */
  setRoles(member: string, roles: readonly PracticeRole[], from: readonly PracticeRole[]): Promise<AccountActionOutcome>
  /** Cuts the member's devices at once; they cannot open anything written later. */
  removeMember(member: string): Promise<AccountActionOutcome>
}
