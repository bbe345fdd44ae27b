/** A practice as one of its members has it at their device (C12): who belongs to it, what they may do, and its own vault. */
import type { PracticeDeed, PracticeRole } from '@chartkeep/domain'
import type { Observable } from 'rxjs'
import type { AccountDeed, DeviceAddition, DeviceView, PairingRefusal } from './api-account.ts'
import type { Chart } from './api-chart.ts'

export interface PracticeMember {
  /** Opaque and stable; goes into records (`urn:chartkeep:member`). */
  id: string
  name: string
  roles: readonly PracticeRole[]
  /** Who is unlocked here. */
  me: boolean
  removed: boolean
  devices: DeviceView[]
}

export interface Practice {
  name: string
  /** The practice's own vault in the list of charts. */
  slot: string
  me: PracticeMember
  /** Every member, those who left too. */
  members$: Observable<PracticeMember[]>
  /** Whether who is unlocked here may do it, by the table of packages/domain (practice-roles.ts). */
  may(deed: PracticeDeed): boolean
  /** Opens the practice's own vault; hold it as any chart. */
  open(): Promise<Chart>
  /** Lets the device that shows `code` in, as the first one of a new member (K8). Only administrators. */
  addMember(
    code: string,
    member: { name: string; roles: readonly PracticeRole[] },
  ): Promise<{ type: 'pairing'; addition: DeviceAddition } | PairingRefusal | { type: 'no-right' }>
  setRoles(member: string, roles: readonly PracticeRole[]): Promise<AccountDeed>
  /** The member's devices are stopped at once, and what is written from then on they cannot open. */
  removeMember(member: string): Promise<AccountDeed>
}
