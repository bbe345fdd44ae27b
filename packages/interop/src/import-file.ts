/**
 * Reading a file for an import: everything that is decided from the file alone, before anything is written. The app and
 * the command `npm run convert` both call it; what only a chart knows (its records, its store) comes later.
 */
import { type FhirItem, type Notice, type Refusal } from './fhir-items.ts'
import { readFhir } from './fhir-reader.ts'
import type { FhirSource } from './byte-source.ts'
import { withContained } from './contained.ts'
import { withMedicineNames } from './medicine-names.ts'
import { findPatients, type FoundPatient, type People } from './people.ts'
import { withStatedEmpty } from './stated-empty.ts'

/** A file that was read to its end: the resources that an import can write, the people in it, and what was refused. */
export interface ImportRead {
  items: FhirItem[]
  people: People
  refusals: Refusal[]
  /** Why the file as a whole gave nothing; null where it was read. */
  fileRefusal: Refusal | null
  /** What the file says of itself: that it is cut off, what the server told. */
  notices: Notice[]
}

/** What {@link readForImport} may be told besides its source. */
export interface ImportReadOptions {
  signal?: AbortSignal
  /** Bytes as stored; `total` is null where the source does not know its size. */
  onProgress?: (bytes: number, total: number | null) => void
}

/**
 * Reads the whole file; null when `signal` stopped it. Nothing is thrown for bad input: that is a refusal.
 * @param name - only its ending is looked at (`.ndjson`)
 */
export async function readForImport(
  source: FhirSource,
  name: string,
  { signal, onProgress }: ImportReadOptions = {},
): Promise<ImportRead | null> {
  const items: FhirItem[] = []
  const refusals: Refusal[] = []
  const notices: Notice[] = []
  let fileRefusal: Refusal | null = null
  for await (const event of readFhir(source, name, signal === undefined ? {} : { signal })) {
    switch (event.type) {
      case 'resource':
        items.push(event.item)
        break
      case 'refused':
        if (event.scope === 'file') fileRefusal = event
        else refusals.push(event)
        break
      case 'notice':
        notices.push(event.notice)
        break
      case 'progress':
        onProgress?.(event.bytesRead, event.totalBytes)
        break
      case 'done':
        if (event.outcome === 'cancelled') return null
    }
  }
  const all = withStatedEmpty(withContained(withMedicineNames(items)))
  return { items: all, people: findPatients(all), refusals, fileRefusal, notices }
}

/** The resources that an import for `patient` writes: theirs and those that belong to everybody; all of them for null. */
export function itemsFor(
  { items, people }: Pick<ImportRead, 'items' | 'people'>,
  patient: FoundPatient | null,
): FhirItem[] {
  if (patient === null) return items
  return items.filter((item) => {
    const belonging = people.belongsTo(item, patient)
    return belonging === 'yes' || belonging === 'common'
  })
}
