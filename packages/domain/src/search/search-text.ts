/**
 * What search looks through: words, tags of ours, codes, values and dates of a resource, without URLs, ids and file bytes. Hostile
 * texts cost time in proportion to their length.
 */
import { datePrecision } from '../dates/dates.ts'
import { numberTextAt, stringAt, stringsAt, typeOf } from '../elements/elements.ts'
import { isJsonObject } from '../elements/json.ts'
import { quantityText } from '../values/quantity.ts'
import { withoutMarks } from '../elements/shown-text.ts'
import { tagsOf } from '../elements/tags.ts'
import { partsOf } from '../types/index.ts'

const TEXT_LIMIT = 12_000
/** A whole note is found, not only its beginning. */
const STRING_LIMIT = 8000

const CODED_KEYS = new Set([
  'code',
  'display',
  'text',
  'title',
  'description',
  'name',
  'family',
  'given',
  'value',
  'valueString',
  'conclusion',
  'comment',
  'lotNumber',
  'reference',
  'unit',
])
const SKIPPED_KEYS = new Set([
  'resourceType',
  'id',
  'meta',
  'data',
  'div',
  'hash',
  'url',
  'system',
  'implicitRules',
  'fullUrl',
  'extension',
  'modifierExtension',
  'reference',
])

/** The search text of a resource: {@link searchStrings} in lower case, at most 12,000 characters. Never throws. */
export function searchText(title: string, resource: unknown): string {
  return searchStrings(title, resource).join(' ').toLowerCase().slice(0, TEXT_LIMIT)
}

/** Each text of a resource that search looks in, once, as it was written; the narrative only where nothing else is. */
export function searchStrings(title: string, resource: unknown): string[] {
  const texts = new Map<string, string>()
  let length = 0
  const add = (text: string) => {
    const tidied = tidy(text).slice(0, STRING_LIMIT)
    const key = tidied.toLowerCase()
    if (tidied === '' || texts.has(key) || length > TEXT_LIMIT) return
    texts.set(key, tidied)
    length += tidied.length + 1
  }
  add(title)
  for (const tag of tagsOf(resource)) add(tag)
  for (const path of partsOf(typeOf(resource)).search) for (const text of stringsAt(resource, ...path)) add(text)
  collect(resource, '', 0, add)
  if (texts.size < 3) add(plainText(stringAt(resource, 'text', 'div')))
  return [...texts.values()]
}

function collect(value: unknown, key: string, depth: number, add: (text: string) => void): void {
  if (depth > 12) return
  if (typeof value === 'string') {
    if (CODED_KEYS.has(key) || key.startsWith('value') || datePrecision(value) !== null) add(value)
    return
  }
  if (Array.isArray(value)) {
    for (const item of value) collect(item, key, depth + 1, add)
    return
  }
  if (!isJsonObject(value)) return
  if (Object.hasOwn(value, 'value') && numberTextAt(value, 'value') !== '') add(quantityText(value))
  for (const name of Object.keys(value)) if (!SKIPPED_KEYS.has(name)) collect(value[name], name, depth + 1, add)
}

/** Text of a narrative without its tags; the first 20,000 characters of it. */
export function plainText(html: string): string {
  return tidy(
    html
      .slice(0, 20_000)
      .replace(/<[^<>]*>/g, ' ')
      .replace(/&(?:nbsp|#160);/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  )
}

/** The text with white space collapsed, and without characters that have no shape: search finds a word with and without them. */
export function tidy(text: string): string {
  const bare = withoutMarks(text)
  return UNTIDY.test(bare) ? bare.replace(/\s+/g, ' ').trim() : bare
}

/** White space at an end, twice, or other than a space: most texts have none. */
const UNTIDY = /^ | $| {2}|[^\S ]/
