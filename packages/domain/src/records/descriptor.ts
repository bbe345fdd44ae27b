/**
 * A descriptor says of any resource, known or not, what lists, search and detail pages need: collection, title, code,
 * clinical date with the precision it came with, status, value and search text. It never throws, whatever it is given.
 */
import { clinicalDate } from './clinical-date.ts'
import type { Collection } from '../elements/collection-names.ts'
import { collectionOf } from './collections.ts'
import { typeOf } from '../elements/elements.ts'
import { statusOf } from './record-status.ts'
import { codeOf, titleOf, type RecordCode } from './record-title.ts'
import { searchText } from '../search/search-text.ts'
import { shownLine } from '../elements/shown-text.ts'
import { partsOf } from '../types/index.ts'
import type { RecordStatus } from '../record-type/record-type.ts'
import type { ValueView } from '../values/values.ts'

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
  /** The one fact next to the title: the value, dose, criticality, lot. */
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
  const parts = partsOf(type)
  const value = parts.value === null ? undefined : parts.value(resource)
  return {
    collection: collectionOf(resource),
    ...listed,
    detail: shownLine(value?.text ?? parts.detail(resource)),
    ...(value === undefined ? {} : { value }),
  }
}

/** The part of {@link describe} that lists and search go by: all that is kept of each record next to its text. */
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
