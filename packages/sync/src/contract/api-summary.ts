/** A chart in the list of charts, and how its person sees it. */
import type { ChartProjection } from '@chartkeep/domain'
import type { RightWord } from './api-sharing.ts'

/** How this person sees a chart: theirs alone, the same on all their devices, and never part of what is shared. */
export interface ChartAppearance {
  /** What they call the chart; '' = as it was named when it came. Only own charts go by it. */
  name: string
  /** Who the person is to them, a word of the app: 'self', 'daughter' ...; '' = not said. */
  kin: string
  /** One or two letters; '' = from the name. */
  symbol: string
  /** A colour by its number; null = from the slot. */
  tone: number | null
  /** Who may open the chart if this person cannot: a sealed second kit that somebody keeps, or nobody; null = not answered. */
  opener: { how: 'kit' | 'nobody'; who: string } | null
}

export interface ChartSummary {
  /** Opaque, made on this device; part of URLs. */
  slot: string
  /** Opaque, the same on every device; goes into records of a practice (`urn:chartkeep:chart`), never into URLs. */
  id: string
  /** `practice`: what a practice keeps itself, for all its patients; in no list of people. */
  kind: 'person' | 'practice'
  look: ChartAppearance
  /** What a practice keeps at hand of a patient's chart; null before it was read once, and in every other account. */
  care: ChartProjection | null
  /** The person: what the owner wrote, or for a shared chart what the owner chose to show. */
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
   * C13: this device opened it in an emergency, and reads it until then by its own clock; null for every other chart. `clockAhead`: by how many
   * milliseconds that clock was certainly ahead of the server's, less than 0: behind; `until` makes up for it.
   */
  emergency: { until: number; clockAhead: number } | null
  /** C13: this person ended an opening of it here before its time; `told`: the server has it in the chart's audit log. Null once the copy is gone. */
  emergencyEnded: { told: boolean } | null
  /** C13: openings by others that this person has not seen yet ({@link EmergencyUse}); of own charts. */
  emergencyUses: number
  /** `ended`: a verified cut or a confirmed expiry; data are gone from this device. `locked`: past the end by this device's own clock. */
  state: 'open' | 'ended' | 'locked'
  /** Records that wait to be sent, or were not delivered because access ended. */
  undelivered: number
  /** Records and reports that were submitted after access had ended; the owner decides. */
  handed: number
  /** Saved here and not confirmed by the server, audit entries included; quarantined; with two versions. */
  waiting: number
  aside: number
  conflicts: number
  /** When a whole pass last found everything of this chart sent and read, in this session or before; milliseconds since 1970. */
  confirmedAt: number | null
}
