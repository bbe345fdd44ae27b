/**
 * Emergency access (C13), "break the glass": a person allows it beforehand, to a role of a practice or to a person; somebody there opens it with
 * a reason, for a limited time; the person is told at once. Nothing opens without the server, for it holds the keys back until then.
 */
import type { EmergencyRole } from '@chartkeep/domain'
import type { Observable } from 'rxjs'
import type { Grantee, ShareOutcome } from './api-sharing.ts'

/** What a person allows. Reading alone, and all history. */
export interface EmergencyInput {
  grantee: Grantee
  /** One role of a practice. Without it, each role that may do `emergency-access` gets a grant. */
  role?: EmergencyRole
  collections: string[]
  /** How long one opening lasts, milliseconds, from 1 hour to 72. */
  durationMs: number
  /** Until when it can be opened at all, milliseconds since 1970. */
  until: number
  purpose: string
  /** What the group sees beforehand, before anybody opens anything. */
  shown: { name: string; birthDate: string }
}

/** One grant for emergencies, as the person sees it who allowed it. */
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

/** One opening, as the owners see it. It stays, whatever becomes of the grant. */
export interface EmergencyUse {
  /** Opaque, the same on every device. */
  id: string
  /** {@link EmergencyGrantView.id}; to stop it is the chart's ordinary `revoke` of this grant. */
  grant: string
  account: string
  /** The practice's or the person's, as the owner knows it. */
  group: string
  /** Who it was, of a practice; verified against its account log. Null for a person, and where it does not verify. */
  member: string | null
  /** Opaque: what `AuditLine.author.device` says of the same device. */
  device: string
  /** By the server's signed receipt. */
  at: number
  until: number
  /** Null where it could not be opened on this device. */
  reason: string | null
  /** `left`: the device that had opened it says that it ended early; `until` says when. `stopped`: by an owner. */
  state: 'open' | 'ended' | 'left' | 'stopped'
  /** False: a signature, a device, a role or a name does not hold. It is shown all the same (F1). */
  verified: boolean
  /** This person has seen it, on any of their devices. */
  seen: boolean
}

/** The owner's side, of one chart. Everything of it is empty on a chart that others share. */
export interface ChartEmergency {
  /** `pending` while there is no network. Errors of `refused`: as of `Chart.share`, and `duration` for one outside 1 to 72 hours. */
  allow(input: EmergencyInput): Promise<ShareOutcome>
  /** Newest first, those that are over too. Ordinary lists of shares leave them out. Stop: `Chart.revoke`; an intent: `Chart.dropWish`. */
  grants$: Observable<EmergencyGrantView[]>
  /** Newest first. */
  uses$: Observable<EmergencyUse[]>
  /** The person has seen it: it is announced to them no longer, on none of their devices. Other owners see it themselves. */
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
  /** `ended`: this device has opened it and the time has ended; another opening is possible until the owner's next device is online. */
  state: 'held' | 'open' | 'ended'
  /** When this device's opening ends, or ended, by its own clock; null where it has none. */
  openUntil: number | null
  /** This person ended it here before its time, and the owners are not told yet. */
  isUntold: boolean
  /** It is over by this device's clock alone: by the server's last word that clock is ahead, and with it set right the chart opens again. */
  isClockAhead: boolean
  /** Slot of the opened chart in the list of charts; null until it is read, and after its end. */
  slot: string | null
}

export type EmergencyOpening =
  /** The chart is in the list of charts until then, and opens like any shared chart. */
  | { type: 'opened'; slot: string; until: number }
  /**
   * Nothing can be opened without the server: it holds the keys. Where only its answer was lost, the same words at a second try are the same
   * request: nothing is opened twice.
   */
  | { type: 'offline' }
  /**
   * `reason`: shorter than `MIN_EMERGENCY_REASON` without the spaces around it, or longer than `MAX_EMERGENCY_REASON`. `over`: stopped,
   * used or run out. `no-role`: who is unlocked here may not. `quota`: opened too often, by this device within a day or by all together. `unread`: it is
   * recorded and the person was told, but the chart has not come yet; it comes with the next sync. `refused`: `error` says what the server said.
   */
  | { type: 'refused'; why: 'reason' | 'over' | 'no-role' | 'quota' | 'unread' | 'refused'; error?: string }

/** The group's side, of one account on this device. */
export interface SessionEmergency {
  /**
   * Each chart once, in no order: of several grants what is open, then what was not opened yet, and of those the one that gives most. Of a practice
   * only what a role of the member is granted. Known offline, opened online.
   */
  held$: Observable<HeldChart[]>
  /** Opens it for this device alone: the owners are told at once, with the reason, which nobody else can read. */
  open(id: string, reason: string): Promise<EmergencyOpening>
  /**
   * Ends before its time what this device has open of the chart by emergencies. Locked when it resolves, with a network or without, and it stays so;
   * the owners are told with the next sync, and then the copy goes. Nothing for a slot that is none.
   */
  end(slot: string): Promise<void>
}
