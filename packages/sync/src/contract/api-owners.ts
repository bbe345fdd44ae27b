/** The holders and managers of a chart (C2); a part of api.ts. */
import type { Observable } from 'rxjs'

export type OwnerRole = 'holder' | 'manager'

/** An account that owns the chart (C2), or did. */
export interface OwnerView {
  account: string
  name: string
  me: boolean
  role: OwnerRole
  /** When it became an owner, as the owner who added it claims; milliseconds since 1970. */
  since: number
  /** The owner who added it; null for the person who created the chart. */
  addedBy: { name: string; me: boolean } | null
  /** What this person may do about it now. */
  may: { remove: boolean; makeHolder: boolean; offer: boolean }
  /** A removal that waits for the network. */
  removing: boolean
  /** Null while the person owns the chart. A holder ends only by leaving or by a hand-over. */
  ended: { at: number; how: 'left' | 'removed' | 'handed-over' } | null
}

/** The holders and managers of a chart. */
export interface Owners {
  people: OwnerView[]
  /** This person's own role; null on a chart shared with them. */
  role: OwnerRole | null
  /** False for the last holder: another person must hold the chart first. */
  mayLeave: boolean
  /** A pending hand-over: this person offered their place (`given`), or another owner offered theirs to this person (`received`). */
  handOver: { way: 'given' | 'received'; account: string; name: string; since: number } | null
}

export type OwnerOutcome =
  | { type: 'done' }
  /** Kept as an intent: it takes effect when this device is online. */
  | { type: 'pending' }
  | { type: 'offline' }
  /** The number of changes that were not sent yet and would not reach the others. */
  | { type: 'waiting'; count: number }
  | { type: 'last-holder' }
  | { type: 'refused'; error: string }

export interface ChartOwners {
  state$: Observable<Owners>
  /**
   * The owner of this sharing code. `owner`: an account that owns the chart now, with the name in the code. `other`: any other account, or
   * a code that the account log contradicts. Asks no server.
   */
  whoseCode(text: string): { type: 'owner'; name: string } | { type: 'other' } | { type: 'bad-code' }
  /** Accounts that own the chart, or did; also known on a shared chart, where {@link Owners.people} is empty. */
  accounts$: Observable<ReadonlySet<string>>
  /** Makes a person an owner, or a manager a holder, with everything that is in the chart and will be. Needs the network. */
  add(input: {
    person: { account: string; name: string }
    role: OwnerRole
    shown: { name: string; birthDate: string }
  }): Promise<OwnerOutcome>
  /** Ends a manager's access; `pending` while there is no network. */
  remove(account: string): Promise<OwnerOutcome>
  /** Drops a removal that waits for the network. */
  keep(account: string): Promise<void>
  /** Gives up this person's own place; the chart then ends on this device. */
  leave(): Promise<OwnerOutcome>
  /** Offers this person's place as a holder to a manager; nothing changes until they take it. */
  offer(account: string): Promise<OwnerOutcome>
  /** Withdraws an offer, or declines one. */
  withdraw(account: string): Promise<OwnerOutcome>
  /** Accepts the offered place: this person holds the chart, and the giver's access ends. */
  takeOver(giver: string): Promise<OwnerOutcome>
}
