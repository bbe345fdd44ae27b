/**
 * Made-up health records for measuring, in the schema of the store: eight collections over twelve years, with FHIR
 * resources of the plain kind. The same number always gives the same record.
 */
import type { StoredRecord } from '@chartkeep/store'

/** The collections that {@link benchRecord} draws from, equally often. */
export const collections = [
  'labs',
  'vitals',
  'medicines',
  'conditions',
  'vaccines',
  'allergies',
  'procedures',
  'visits',
] as const

const kinds = [
  { type: 'Observation', code: 'http://loinc.org|4548-4', title: 'Hemoglobin A1c', status: 'final' },
  { type: 'Observation', code: 'http://loinc.org|8480-6', title: 'Systolic blood pressure', status: 'final' },
  { type: 'MedicationStatement', code: 'http://rxnorm|860975', title: 'Metformin 500 mg', status: 'active' },
  { type: 'Condition', code: 'http://snomed.info/sct|44054006', title: 'Diabetes type 2', status: 'active' },
  { type: 'Immunization', code: 'http://hl7.org/cvx|140', title: 'Influenza, seasonal', status: 'completed' },
  { type: 'AllergyIntolerance', code: 'http://snomed.info/sct|91936005', title: 'Penicillin', status: 'active' },
  { type: 'Procedure', code: 'http://snomed.info/sct|73761001', title: 'Colonoscopy', status: 'completed' },
  { type: 'Encounter', code: 'http://snomed.info/sct|185349003', title: 'Check-up', status: 'finished' },
] as const

const DAYS = 12 * 365
const FIRST_DAY = Date.UTC(2014, 0, 1)

/** Record number `index`: about 700 bytes of JSON, its hashes and names of the real lengths. */
export function benchRecord(index: number): StoredRecord {
  const kind = index % collections.length
  const { type, code, title, status } = kinds[kind]!
  const random = mix(index)
  const date = new Date(FIRST_DAY + (random % DAYS) * 86_400_000).toISOString().slice(0, 10)
  const [system, value] = code.split('|')
  const stream = text22(kind)
  const doc = text22(index + 1_000_000)
  const resource = {
    resourceType: type,
    status,
    code: { coding: [{ system, code: value }] },
    effectiveDateTime: date,
    valueQuantity: { value: (random % 2000) / 10, unit: 'mmol/mol' },
  }
  return {
    id: `${stream}.${doc}`,
    stream,
    doc,
    collectionName: collections[kind]!,
    type,
    date,
    code,
    title,
    status,
    text: title.toLowerCase(),
    revision: text22(index + 2_000_000) + text22(index + 3_000_000).slice(1),
    parent: '',
    resource: JSON.stringify(resource),
    clock: `${FIRST_DAY + random}.0`,
    account: text22(7),
    device: text22(8),
    importHash: '',
    importSource: '',
  }
}

/** `count` records from number `first` on. */
export function benchRecords(first: number, count: number): StoredRecord[] {
  return Array.from({ length: count }, (_, offset) => benchRecord(first + offset))
}

/** A 32-bit mixing of a number (murmur3's finalizer): spreads dates and names, the same in each run. */
export function mix(value: number): number {
  let mixed = (value + 0x9e3779b9) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** 22 characters, as 16 random bytes in base64url have them. */
function text22(value: number): string {
  let text = ''
  for (let part = 0; text.length < 22; part += 1) text += mix(value * 7 + part).toString(36)
  return text.slice(0, 22)
}
