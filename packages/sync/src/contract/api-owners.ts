/** What the app is offered about who holds and who manages a chart (C2); a part of api.ts. */
import type { Observable } from 'rxjs'

export type OwnerRole = 'holder' | 'manager'

/** Somebody who owns the chart (C2), or did. */
export interface OwnerView {
  account: string
  name: string
  me: boolean
  role: OwnerRole
  /** When it became one, as its adder claims; milliseconds since 1970. */
  since: number
  /** Who added it; null for the person who began the chart. */
  addedBy: { name: string; me: boolean } | null
  /** What this person may do about it now. */
  may: { remove: boolean; makeHolder: boolean; offer: boolean }
  /** A removal that waits for the network. */
  removing: boolean
  /** Null while the person owns the chart. A holder ends only by leaving or by a hand-over. */
  ended: { at: number; how: 'left' | 'removed' | 'handed-over' } | null
}

/** Who holds and who manages a chart. */
export interface Owners {
  people: OwnerView[]
  /** This person's own place; null on a chart that is shared with them. */
  role: OwnerRole | null
  /** False for the last holder: another person must hold the chart first. */
  mayLeave: boolean
  /** A hand-over that waits: this person offered their place (`given`), or somebody offered theirs to this person (`received`). */
  handOver: { way: 'given' | 'received'; account: string; name: string; since: number } | null
}

export type OwnerOutcome =
  | { type: 'done' }
  /** Kept as an intent: it comes into force when this device is online. */
  | { type: 'pending' }
  | { type: 'offline' }
  /** So many changes were not sent yet: they would not reach the others. */
  | { type: 'waiting'; count: number }
  | { type: 'last-holder' }
  | { type: 'refused'; error: string }

export interface ChartOwners {
  state$: Observable<Owners>
  /**
   * Whose sharing code this is. `owner`: of somebody who owns the chart now, with the name that the code says. `other`: of nobody who does, or one
   * that their account log contradicts. Asks no server.
   */
  whoseCode(text: string): { type: 'owner'; name: string } | { type: 'other' } | { type: 'bad-code' }
  /** Accounts that own the chart or did; known on a chart that is shared as well, where {@link Owners.people} is empty. */
  accounts$: Observable<ReadonlySet<string>>
  /** Makes a person an owner, or a manager a holder: with everything that is in the chart and will be. Needs the network. */
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
  /** Takes an offer back, or turns one down. */
  withdraw(account: string): Promise<OwnerOutcome>
  /** Takes the offered place: this person holds the chart, and the giver's access ends. */
  takeOver(giver: string): Promise<OwnerOutcome>
}
