/**
 * A descriptor says of any resource, known or not, what lists, search and detail pages need: collection, title, code,
 * clinical date with the precision it came with, status, value and search text. It never throws, whatever it is given.
 */
import { clinicalDate } from './clinical-date.ts'
import { collectionOf, type Collection } from './collections.ts'
import { dosagesOf } from './dosage.ts'
import { conceptText, hasCode, objectAt, objectsAt, stringAt, typeOf } from './elements.ts'
import { statusOf, type RecordStatus } from './record-status.ts'
import { codeOf, titleOf, type RecordCode } from './record-title.ts'
import { searchText } from './search-text.ts'
import { shownLine } from './shown-text.ts'
import { quantityText } from './quantity.ts'
import { valueView, type ValueView } from './values.ts'

/** What every list, search and detail page runs on. Texts are '' when the resource does not say. */
export interface Descriptor {
  collection: Collection
  /** The resource type as written, '' when it has none. */
  type: string
  /** What it is in the source's words: the substance, the test, the vaccine. '' when it says nothing. */
  title: string
  code: RecordCode | null
  /** When it was true of the person, as written (`1997`, `1997-03`); '' for none. */
  date: string
  /** End of the period, as written. */
  dateEnd: string
  status: RecordStatus
  /** The status code as written, e.g. `preliminary`. */
  statusCode: string
  /** The one fact beside the title: the value, dose, criticality, lot. */
  detail: string
  value?: ValueView
  /** Everything that search should find, in lower case, white space collapsed; at most 12,000 characters. */
  text: string
}

const TITLE_LIMIT = 300

/** Describes a resource of any type; see {@link Descriptor}. Garbage gets an empty descriptor of collection `other`. */
export function describe(resource: unknown): Descriptor {
  const listed = describeForLists(resource)
  const { type } = listed
  const value = type === 'Observation' ? valueView(resource) : undefined
  return {
    collection: collectionOf(resource),
    ...listed,
    detail: shownLine(value?.text ?? detailOf(type, resource)),
    ...(value === undefined ? {} : { value }),
  }
}

/** The part of {@link describe} that lists and search go by: all that is kept of each record beside its text. */
export function describeForLists(resource: unknown): Omit<Descriptor, 'collection' | 'detail' | 'value'> {
  const type = typeOf(resource)
  const title = shownLine(titleOf(type, resource)).slice(0, TITLE_LIMIT)
  const { start, end } = clinicalDate(type, resource)
  return {
    type,
    title,
    code: codeOf(type, resource),
    date: start,
    dateEnd: end,
    ...statusOf(type, resource),
    text: searchText(title, resource),
  }
}

function detailOf(type: string, resource: unknown): string {
  switch (type) {
    case 'MedicationStatement':
    case 'MedicationRequest':
      return doseText(resource)
    case 'MedicationAdministration':
      return stringAt(resource, 'dosage', 'text') || quantityText(objectAt(resource, 'dosage', 'dose'))
    case 'AllergyIntolerance':
      return objectsAt(resource, 'reaction', 'manifestation')
        .filter((concept) => !hasCode(concept, [], 'unknown'))
        .map((concept) => conceptText([concept]))
        .join(', ')
    case 'Immunization':
      return stringAt(resource, 'lotNumber')
    case 'DiagnosticReport':
      return stringAt(resource, 'conclusion')
    case 'DocumentReference':
      return stringAt(resource, 'content', 'attachment', 'contentType')
    case 'Encounter':
      return conceptText(resource, 'reasonCode') || stringAt(resource, 'serviceProvider', 'display')
    case 'Claim':
    case 'ExplanationOfBenefit':
      return quantityText(objectAt(resource, 'total', 'amount') ?? objectAt(resource, 'total'))
    case 'Patient':
      return stringAt(resource, 'gender')
    case 'FamilyMemberHistory':
      return conceptText(resource, 'relationship')
    default:
      return ''
  }
}

/** Each dosage as written; one that is only structured by quantity and timing in the code's own words. */
function doseText(resource: unknown): string {
  return dosagesOf(resource)
    .map(({ text, dose, timing, times, route }) => {
      const span = times?.periodMax ? `${times.period}-${times.periodMax}` : times?.period
      const every = times === null ? '' : `${times.frequency}/${span === '1' ? '' : span}${times.unit}`
      return text || [dose, timing || every, route].filter((part) => part !== '').join(' ')
    })
    .filter((text) => text !== '')
    .join('; ')
}
