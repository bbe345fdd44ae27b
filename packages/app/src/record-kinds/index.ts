/** The kinds of records that people add and correct, and the sections of a summary: whatever the app shows by kind goes by these two lists. */
import { allergies } from './allergies.tsx'
import { appointments } from './appointments.tsx'
import { conditions } from './conditions.tsx'
import { contacts } from './contacts.tsx'
import { devices } from './devices.tsx'
import { documents } from './documents.tsx'
import { doses } from './doses.tsx'
import { family } from './family.tsx'
import { immunizations } from './immunizations.tsx'
import { labs } from './labs.tsx'
import { medications } from './medications.tsx'
import { procedures } from './procedures.tsx'
import { profile } from './profile.tsx'
import { related } from './related.tsx'
import { vitals } from './vitals.tsx'
import { plansSection } from './plans.ts'
import type { Corrected, RecordKind } from './record-kind.ts'

/** Every kind, what is asked for most first. */
export const RECORD_KINDS = {
  doses,
  allergies,
  medications,
  labs,
  vitals,
  immunizations,
  appointments,
  conditions,
  procedures,
  devices,
  family,
  contacts,
  profile,
  related,
  documents,
} satisfies Record<string, RecordKind>

/** Name of a kind. */
export type KindName = keyof typeof RECORD_KINDS

/** The sections of a summary in the order in which a doctor reads them. */
export const SUMMARY_SECTIONS = {
  allergies: allergies.section,
  medications: medications.section,
  conditions: conditions.section,
  labs: labs.section,
  vitals: vitals.section,
  immunizations: immunizations.section,
  procedures: procedures.section,
  devices: devices.section,
  contacts: contacts.section,
  plans: plansSection,
}

/** Name of a section. */
export type SectionName = keyof typeof SUMMARY_SECTIONS

const NAMES = Object.keys(RECORD_KINDS) as KindName[]

/** A kind by its name, whose parts are those of any kind. */
export function kindOf(name: KindName): RecordKind {
  return RECORD_KINDS[name]
}

/** Whether the text names a kind. */
export function isKind(text: string): text is KindName {
  return Object.hasOwn(RECORD_KINDS, text)
}

/** What (+) offers. */
export const OFFERED_KINDS: readonly KindName[] = NAMES.filter((name) => kindOf(name).isOffered)

/** The kinds that add to a list, its main one first. */
export function addedTo(collection: string): KindName[] {
  return OFFERED_KINDS.filter((name) => kindOf(name).list === collection).toSorted(
    (a, b) => Number(b === collection) - Number(a === collection),
  )
}

/** The kinds with a chip in a list. */
export function filteredIn(collection: string): KindName[] {
  return NAMES.filter((name) => kindOf(name).list === collection && kindOf(name).filter !== null)
}

/** The kind whose form corrects a record; null for records that are corrected where they came from. */
export function kindOfRecord(record: Corrected): KindName | null {
  return NAMES.find((name) => kindOf(name).corrects(record)) ?? null
}
