/**
 * The facts of any record as label and text, in reading order. Elements without a label, and nested elements, are under "Original data";
 * nothing is hidden from the person.
 */
import {
  conceptText,
  fieldOf,
  isJsonObject,
  JsonNumber,
  jsonObject,
  type JsonObject,
  type JsonValue,
  noteTypeOf,
  numberTextAt,
  objectsAt,
  personName,
  quantityText,
  relativeOf,
  stringAt,
  stringsAt,
} from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatDate } from '../../i18n/dates.ts'
import { dosageWords } from './dosage-words.ts'
import { en } from '../../i18n/en/index.ts'
import type { Language } from '../../i18n/index.ts'

/** A label and its text. */
export interface FactText {
  key: string
  label: string
  value: string
}

const LABELLED = en.element
type Labelled = keyof typeof LABELLED
const ORDER = Object.keys(LABELLED)

/** Extensions of ours that people read are those that have a word. */
const OURS = 'urn:chartkeep:extension:'

function ourExtension(url: string): keyof typeof en.extension | null {
  const name = url.startsWith(OURS) ? url.slice(OURS.length) : ''
  return Object.hasOwn(en.extension, name) ? (name as keyof typeof en.extension) : null
}

function extensionFacts(resource: JsonValue, t: TFunction, language: Language): FactText[] {
  return objectsAt(resource, 'extension').flatMap((extension) => {
    const url = stringAt(extension, 'url')
    const value = Object.entries(extension).find(([key]) => key.startsWith('value'))?.[1]
    const name = ourExtension(url)
    return name !== null && value !== undefined
      ? [{ key: url, label: t(`extension.${name}`), value: elementText(value, t, language) }]
      : []
  })
}

/** Every labelled element with a text; `leaveOut` names those that the page shows elsewhere. */
export function factsOf(
  resource: JsonValue,
  t: TFunction,
  language: Language,
  leaveOut: readonly string[] = [],
): FactText[] {
  if (!isJsonObject(resource)) return []
  const facts = Object.entries(resource)
    .flatMap(([element, value]) => {
      const key = fieldOf(element).replace('[x]', '')
      if (element.startsWith('_') || !isLabelled(key) || leaveOut.includes(key)) return []
      const text = codeWord(elementText(value, t, language), t)
      return text === '' ? [] : [{ key, label: t(`element.${key}`), value: text }]
    })
    .sort((a, b) => ORDER.indexOf(a.key) - ORDER.indexOf(b.key))
  return [...facts, ...extensionFacts(resource, t, language)]
}

/** The word for a code of FHIR's fixed lists (`entered-in-error`, `female`); other text comes back as it is. */
export function codeWord(text: string, t: TFunction): string {
  const code = text.toLowerCase()
  return isCode(code) ? t(`fhir.${code}`) : text
}

function isCode(code: string): code is keyof typeof en.fhir {
  return Object.hasOwn(en.fhir, code)
}

/** The label of a field as merge rules name it (`value[x]`, `dosage`); its own name where we have none. */
export function fieldLabel(field: string, t: TFunction): string {
  const key = field.replace('[x]', '')
  if (key === 'value') return t('field.value')
  if (key === 'extension') return t('field.more')
  return isLabelled(key) ? t(`element.${key}`) : key
}

/** Text of all elements that belong to a field (`value[x]` → `valueQuantity`). '' when the resource has none. */
export function fieldText(resource: JsonValue, field: string, t: TFunction, language: Language): string {
  if (!isJsonObject(resource)) return ''
  if (field === 'extension') {
    return extensionFacts(resource, t, language)
      .map(({ label, value }) => t('field.pair', { label, value }))
      .join('; ')
  }
  return Object.entries(resource)
    .filter(([element]) => !element.startsWith('_') && fieldOf(element) === field)
    .map(([, value]) => codeWord(elementText(value, t, language), t))
    .filter(Boolean)
    .join('; ')
}

function isLabelled(key: string): key is Labelled {
  return Object.hasOwn(LABELLED, key)
}

/** Any FHIR element as one line; '' where it holds only references without a name. */
function elementText(value: JsonValue, t: TFunction, language: Language): string {
  if (Array.isArray(value)) {
    return [...new Set(value.map((item) => elementText(item, t, language)))].filter(Boolean).join('; ')
  }
  if (value === null) return ''
  if (value instanceof JsonNumber) return value.text
  if (typeof value === 'boolean') return value ? t('answer.yes') : t('answer.no')
  if (typeof value === 'string')
    return /^\d{4}(?:-\d{2}){0,2}(?:T|$)/u.test(value) ? formatDate(value, language) : value
  return objectText(value, t, language)
}

function objectText(value: JsonObject, t: TFunction, language: Language): string {
  const inner = (key: string): string => (value[key] === undefined ? '' : elementText(value[key], t, language))
  const relative = relativeOf({ relationship: value } as unknown as JsonObject)
  if (relative !== '') return t(`relative.${relative}`)
  const noteType = 'coding' in value ? noteTypeOf({ type: value }) : null
  if (noteType !== null) return t(`note.type.${noteType}`)
  if ('coding' in value) return conceptText(value)
  if ('system' in value && 'code' in value && !('value' in value))
    return stringAt(value, 'display') || stringAt(value, 'code')
  if ('manifestation' in value) {
    return [codeWord(inner('manifestation'), t), severityWord(stringAt(value, 'severity'), t), inner('onset')]
      .filter(Boolean)
      .join(', ')
  }
  if ('start' in value || ('end' in value && !('value' in value))) return [inner('start'), inner('end')].join(' – ')
  if ('low' in value || 'high' in value) {
    const range = [quantityText(value['low']), quantityText(value['high'])]
    return stringAt(value, 'text') || range.filter(Boolean).join(' – ')
  }
  if ('numerator' in value)
    return `${numberTextAt(value, 'numerator', 'value')}:${numberTextAt(value, 'denominator', 'value')}`
  if (value['value'] instanceof JsonNumber) return quantityText(value)
  if ('family' in value || 'given' in value) return personName({ name: [value] } as unknown as JsonObject)
  if ('line' in value || 'postalCode' in value) {
    const parts = [
      ...stringsAt(value, 'line'),
      stringAt(value, 'city'),
      stringAt(value, 'state'),
      stringAt(value, 'postalCode'),
      stringAt(value, 'country'),
    ]
    return stringAt(value, 'text') || parts.filter(Boolean).join(', ')
  }
  if ('doseAndRate' in value || 'timing' in value || 'asNeededBoolean' in value)
    return dosageWords(jsonObject({ dosage: [value] }), t)
  if ('doseNumberPositiveInt' in value || 'doseNumberString' in value) {
    return inner('doseNumberPositiveInt') || inner('doseNumberString')
  }
  if ('onsetAge' in value) {
    return t('family.atAge', { what: inner('code'), age: numberTextAt(value, 'onsetAge', 'value') })
  }
  if ('relationship' in value || ('telecom' in value && 'name' in value))
    return ['name', 'relationship', 'telecom'].map(inner).filter(Boolean).join(', ')
  if ('actor' in value) return inner('actor')
  if ('attachment' in value)
    return stringAt(value, 'attachment', 'title') || stringAt(value, 'attachment', 'contentType')
  if ('contentType' in value || 'url' in value) return stringAt(value, 'title') || stringAt(value, 'contentType')
  const firstText = ['text', 'display', 'value', 'description', 'contentString', 'carrierHRF', 'deviceIdentifier']
    .map(inner)
    .find(Boolean)
  if (firstText) return firstText
  return [
    'concept',
    'code',
    'actor',
    'individual',
    'type',
    'detail',
    'role',
    'language',
    'name',
    'reference',
    'condition',
  ]
    .filter((key) => isJsonObject(value[key]) || Array.isArray(value[key]))
    .map(inner)
    .filter(Boolean)
    .join(', ')
}

function severityWord(severity: string, t: TFunction): string {
  return severity === 'mild' || severity === 'moderate' || severity === 'severe' ? t(`allergy.${severity}`) : severity
}
