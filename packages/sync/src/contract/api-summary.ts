/** A chart in the list of charts, and how its person sees it. */
import type { ChartProjection } from '@chartkeep/domain'
import type { RightWord } from './api-sharing.ts'

/** How this person sees a chart: only theirs, the same on all their devices, and never shared. */
export interface ChartAppearance {
  /** The person's name for the chart; '' = its original name. Only for own charts. */
  name: string
  /** Who the chart's person is to them, a word of the app: 'self', 'daughter' ...; '' = not given. */
  kin: string
  /** One or two letters; '' = from the name. */
  symbol: string
  /** A colour by number; null = from the slot. */
  tone: number | null
  /** Who may open the chart if this person cannot: a trusted person with a sealed second kit, or nobody; null = not answered. */
  opener: { how: 'kit' | 'nobody'; who: string } | null
}

export interface ChartSummary {
  /** Opaque, made on this device; part of URLs. */
  slot: string
  /** Opaque, the same on every device; goes into records of a practice (`urn:chartkeep:chart`), never into URLs. */
  id: string
  /** `practice`: the practice's own vault, for all its patients; in no list of people. */
  kind: 'person' | 'practice'
  look: ChartAppearance
  /** A practice's projection of a patient's chart; null before its first reading, and in every other account. */
  care: ChartProjection | null
  /** The chart's name: what the owner wrote, or for a shared chart what the owner chose to show. */
  name: string
  birthDate: string
  relation: 'own' | 'shared'
  /** Shared charts: false until this person has confirmed whose chart it is. */
  confirmed: boolean
  /** Collections that this account can read, with rights; all of them for an own chart. */
  collections: { collection: string; rights: RightWord[] }[]
  /** Milliseconds since 1970; null = no end (own). */
  until: number | null
  /**
   * C13: this device opened it in an emergency and reads it until then by its own clock; null for every other chart. `clockAhead`: how many
   * milliseconds that clock was certainly ahead of the server's, negative if behind; `until` is corrected for it.
   */
  emergency: { until: number; clockAhead: number } | null
  /**
   * C13: this person ended the chart's opening early on this device; `told`: the chart's audit log at the server has it. Null once the copy
   * is gone.
   */
  emergencyEnded: { told: boolean } | null
  /** C13: openings by others that this person has not seen yet ({@link EmergencyUse}); of own charts. */
  emergencyUses: number
  /** `ended`: a verified cut or a confirmed expiry; data are gone from this device. `locked`: past the end by this device's own clock. */
  state: 'open' | 'ended' | 'locked'
  /** Records that wait to be sent, or were not delivered because access ended. */
  undelivered: number
  /** Late records and reports of a grantee; the owner decides. */
  handed: number
  /** Saved here and not confirmed by the server, audit entries included; quarantined; with two versions. */
  waiting: number
  aside: number
  conflicts: number
  /** When a full sync pass last found everything of this chart sent and read, in this session or before; milliseconds since 1970. */
  confirmedAt: number | null
}
