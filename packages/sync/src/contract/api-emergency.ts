/**
 * Emergency access (C13), "break the glass": a person allows it beforehand, to a role of a practice or to a person; a member opens it with
 * a reason, for a limited time; the chart's person is told at once. Nothing opens without the server, which holds the keys back until then.
 */
import type { EmergencyRole } from '@chartkeep/domain'
import type { Observable } from 'rxjs'
import type { Grantee, ShareOutcome } from './api-sharing.ts'

/** What a person allows: reading only, with all history. */
export interface EmergencyInput {
  grantee: Grantee
  /** One role of a practice. Without it, each role that may do `emergency-access` gets a grant. */
  role?: EmergencyRole
  collections: string[]
  /** How long one opening lasts, milliseconds, from 1 hour to 72. */
  durationMs: number
  /** Until when it can be opened, milliseconds since 1970. */
  until: number
  purpose: string
  /** What the group sees before an opening. */
  shown: { name: string; birthDate: string }
}

/** One emergency grant, as the person who allowed it sees it. */
export interface EmergencyGrantView {
  id: string
  account: string
  /** Name of the practice or the person. */
  name: string
  /** Null for a person. */
  role: EmergencyRole | null
  collections: string[]
  durationMs: number
  from: number
  until: number
  purpose: string
  /**
   * `pending`: an intent kept while offline. `held`: nobody has opened it. `open`: somebody reads. `used`: every opening has ended, and this device
   * changes the keys as soon as it is online. It can be allowed again then. `stopping`: a stop kept while offline. `revoked`: stopped by an owner.
   * `expired`: it was used or ran out.
   */
  state: 'pending' | 'held' | 'open' | 'used' | 'stopping' | 'revoked' | 'expired'
  since: number
  endedAt: number | null
}

/** One opening, as the owners see it. It stays listed, whatever happens to the grant. */
export interface EmergencyUse {
  /** Opaque, the same on every device. */
  id: string
  /** {@link EmergencyGrantView.id}; the chart's ordinary `revoke` stops this grant. */
  grant: string
  account: string
  /** The owner's name for the practice or the person. */
  group: string
  /** The member of a practice, verified against its account log. Null for a person, or if it does not verify. */
  member: string | null
  /** Opaque; equals `AuditLine.author.device` of the same device. */
  device: string
  /** By the server's signed receipt. */
  at: number
  until: number
  /** Null if this device could not open it. */
  reason: string | null
  /** `left`: the device ended it early; `until` says when. `stopped`: by an owner. */
  state: 'open' | 'ended' | 'left' | 'stopped'
  /** False: a signature, a device, a role or a name does not verify. It is shown all the same (F1). */
  verified: boolean
  /** This person has seen it, on any of their devices. */
  seen: boolean
}

/** The owner's side, for one chart. Everything is empty on a shared chart. */
export interface ChartEmergency {
  /** `pending` while there is no network. Errors of `refused`: those of `Chart.share`, and `duration` outside 1 to 72 hours. */
  allow(input: EmergencyInput): Promise<ShareOutcome>
  /**
   * Newest first, ended ones included. Ordinary lists of shares leave them out. Stop one by `Chart.revoke`; drop an intent by
   * `Chart.dropIntent`.
   */
  grants$: Observable<EmergencyGrantView[]>
  /** Newest first. */
  uses$: Observable<EmergencyUse[]>
  /** The person has seen it: it is no longer announced on any of their devices. Other owners confirm for themselves. */
  markSeen(id: string): Promise<void>
}

/** A chart that the unlocked account may open in an emergency. */
export interface HeldChart {
  /** Opaque, for {@link SessionEmergency.open}; made for this session, so it may be part of an address. */
  id: string
  name: string
  birthDate: string
  /** How long an opening lasts. */
  durationMs: number
  /** Until when it can be opened. */
  until: number
  /** `ended`: this device has opened it and the time has passed; another opening is possible until the owner's next device is online. */
  state: 'held' | 'open' | 'ended'
  /** When this device's opening ends or ended, by its own clock; null if there is none. */
  openUntil: number | null
  /** This person ended it early on this device, and the owners have not been told yet. */
  isUntold: boolean
  /**
   * It has ended only by this device's clock, which by the server's last answer is ahead; once the clock is right, the chart opens again.
   */
  isClockAhead: boolean
  /** Slot of the opened chart in the list of charts; null until it is read, and after its end. */
  slot: string | null
}

export type EmergencyOpening =
  /** The chart is in the list of charts until then, and opens like any shared chart. */
  | { type: 'opened'; slot: string; until: number }
  /**
   * Nothing opens without the server, which holds the keys. If only its answer was lost, a second attempt with the same reason is the same
   * request: nothing is opened twice.
   */
  | { type: 'offline' }
  /**
   * `reason`: shorter than `MIN_EMERGENCY_REASON` without surrounding spaces, or longer than `MAX_EMERGENCY_REASON`. `over`: stopped, used
   * or expired. `no-role`: the current member may not. `quota`: opened too often, by this device within a day or by all together. `unread`:
   * the opening is recorded and the person was told, but the chart has not arrived; it comes with the next sync. `refused`: `error` has the
   * server's reason.
   */
  | { type: 'refused'; why: 'reason' | 'over' | 'no-role' | 'quota' | 'unread' | 'refused'; error?: string }

/** The group's side, for one account on this device. */
export interface SessionEmergency {
  /**
   * Each chart once, in no order. Of several grants: an open one first, then an unopened one, and of those the grant with the most lists.
   * In a practice, only grants to the member's roles. Known offline, opened online.
   */
  held$: Observable<HeldChart[]>
  /** Opens the chart for this device alone: the owners are told at once, with the reason, which only they can read. */
  open(id: string, reason: string): Promise<EmergencyOpening>
  /**
   * Ends this device's emergency openings of the chart early. The chart is locked when it resolves, with or without a network, and stays
   * locked; the next sync tells the owners and then removes the copy. Does nothing for an unknown slot.
   */
  end(slot: string): Promise<void>
}
