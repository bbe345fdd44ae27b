/** Which forms there are, the list that each one writes to, and which of them shows a record. */
import { collectionOfStreamName } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'

/** Each form with the collection that it writes to. */
export const FORM_KINDS = {
  doses: 'medications',
  allergies: 'allergies',
  medications: 'medications',
  labs: 'labs',
  vitals: 'vitals',
  immunizations: 'immunizations',
  appointments: 'appointments',
  conditions: 'conditions',
  procedures: 'conditions',
  family: 'conditions',
  contacts: 'profile',
  profile: 'profile',
  related: 'profile',
  documents: 'documents',
} as const
/** Name of a form. */
export type FormKind = keyof typeof FORM_KINDS

/** What (+) offers, what is asked for most first; a document begins with its file, a person with their chart, a carer with the file that named them. */
export const ADDED_KINDS = (Object.keys(FORM_KINDS) as FormKind[]).filter(
  (kind) => kind !== 'profile' && kind !== 'documents' && kind !== 'related',
)

/** Whether the text names a form. */
export function isFormKind(text: string): text is FormKind {
  return Object.hasOwn(FORM_KINDS, text)
}

/** The forms that add to a list, its main one first. */
export function addedTo(collection: string): FormKind[] {
  return ADDED_KINDS.filter((kind) => FORM_KINDS[kind] === collection).toSorted(
    (a, b) => Number(b === collection) - Number(a === collection),
  )
}

const BY_TYPE: Readonly<Record<string, FormKind>> = {
  AllergyIntolerance: 'allergies',
  MedicationStatement: 'medications',
  MedicationAdministration: 'doses',
  Immunization: 'immunizations',
  Condition: 'conditions',
  Procedure: 'procedures',
  FamilyMemberHistory: 'family',
  Appointment: 'appointments',
  DocumentReference: 'documents',
  Patient: 'profile',
  RelatedPerson: 'related',
}

/** The form that corrects a record; null for records that are corrected where they came from. */
export function formKindOf({ type, collection }: Pick<ChartRecord, 'type' | 'collection'>): FormKind | null {
  if (type === 'Observation') {
    const list = collectionOfStreamName(collection)
    return list === 'labs' || list === 'vitals' ? list : null
  }
  return Object.hasOwn(BY_TYPE, type) ? (BY_TYPE[type] ?? null) : null
}
