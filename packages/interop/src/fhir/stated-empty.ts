/**
 * What a summary says of an empty section: that none is known, or that nobody asked (FHIR R4 Composition.section.emptyReason, as
 * the International Patient Summary has it, and as our own summaries are written). A chart keeps that as a record of its own; other reasons, and
 * other sections, say nothing about the person.
 */
import {
  collectionOf,
  contentIdentity,
  newNoneStated,
  type NoneAnswer,
  type NoneType,
  objectsAt,
  stringAt,
  stringifyJson,
  stringsAt,
} from '@chartkeep/domain'
import { canonicalHashOf } from './fhir-document.ts'
import type { FhirItem } from '../contract/fhir-items.ts'

/** LOINC codes of the sections. */
const TYPES: ReadonlyMap<string, NoneType> = new Map([
  ['48765-2', 'AllergyIntolerance'],
  ['10160-0', 'MedicationStatement'],
  ['11450-4', 'Condition'],
])
const ANSWERS: ReadonlyMap<string, NoneAnswer> = new Map([
  ['nilknown', 'none-known'],
  ['notasked', 'not-asked'],
])

/** The items of one file, and behind them what its summaries state. The same file gives the same, however often it is read. */
export function withStatedEmpty(items: readonly FhirItem[]): FhirItem[] {
  const stated = new Map<string, FhirItem>()
  let index = items.reduce((last, item) => Math.max(last, item.index), -1)
  for (const summary of items) {
    if (summary.resourceType !== 'Composition' || summary.patientReference === '') continue
    for (const section of objectsAt(summary.resource, 'section')) {
      const statement = statementOf(section, summary)
      if (statement !== null && !stated.has(statement.identity))
        stated.set(statement.identity, { ...statement, index: ++index })
    }
  }
  return [...items, ...stated.values()]
}

function statementOf(section: object, { resource: summary, patientReference, file }: FhirItem): FhirItem | null {
  if (objectsAt(section, 'entry').length > 0) return null
  const type = first(TYPES, stringsAt(section, 'code', 'coding', 'code'))
  const answer = first(ANSWERS, stringsAt(section, 'emptyReason', 'coding', 'code'))
  if (type === undefined || answer === undefined) return null
  const resource = newNoneStated(type, answer, patientReference, stringAt(summary, 'date'))
  const canonicalHash = canonicalHashOf(resource)
  return {
    index: -1,
    file,
    text: stringifyJson(resource),
    resource,
    resourceType: type,
    fullUrl: '',
    identity: contentIdentity(resource, canonicalHash),
    canonicalHash,
    former: { identities: [], canonicalHash },
    collection: collectionOf(resource),
    patientReference,
    readAs: null,
  }
}

function first<Known>(known: ReadonlyMap<string, Known>, codes: readonly string[]): Known | undefined {
  return codes.map((code) => known.get(code)).find((found) => found !== undefined)
}
