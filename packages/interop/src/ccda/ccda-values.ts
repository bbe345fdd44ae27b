/** Codes, quantities and narrative of C-CDA as data types of FHIR R4 (https://hl7.org/fhir/us/ccda/). */
import { JsonNumber, jsonObject, plainSystem, type JsonObject } from '@chartkeep/domain'
import { elementsAt, textIn, type XmlElement } from '../xml/xml.ts'

const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['2.16.840.1.113883.6.69', 'http://hl7.org/fhir/sid/ndc'],
  ['2.16.840.1.113883.6.59', 'http://hl7.org/fhir/sid/cvx'],
  ['2.16.840.1.113883.6.103', 'http://hl7.org/fhir/sid/icd-9-cm'],
  ['2.16.840.1.113883.6.3', 'http://hl7.org/fhir/sid/icd-10'],
  ['2.16.840.1.113883.6.12', 'http://www.ama-assn.org/go/cpt'],
  ['2.16.840.1.113883.4.9', 'http://fdasis.nlm.nih.gov'],
  ['2.16.840.1.113883.3.26.1.1', 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl'],
  ['2.16.840.1.113883.5.4', 'http://terminology.hl7.org/CodeSystem/v3-ActCode'],
  ['2.16.840.1.113883.5.83', 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'],
  ['2.16.840.1.113883.5.111', 'http://terminology.hl7.org/CodeSystem/v3-RoleCode'],
  ['2.16.840.1.113883.5.8', 'http://terminology.hl7.org/CodeSystem/v3-ActReason'],
])

/** The system of an OID as FHIR names it; one that FHIR does not name stays `urn:oid:`. */
export function systemOf(oid: string): string {
  return SYSTEMS.get(oid) ?? plainSystem(`urn:oid:${oid}`)
}

/** A list of the value; an empty one where there is none. */
export function listOf<Value>(value: Value | null | undefined): Value[] {
  return value === null || value === undefined ? [] : [value]
}

/** The text of a section, to which entries refer by id. */
export class Narrative {
  readonly #byId = new Map<string, XmlElement>()

  constructor(text: XmlElement | undefined) {
    const queue = text === undefined ? [] : [text]
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const id = next.attributes['ID'] ?? next.attributes['id']
      if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, next)
      for (const child of next.children) if (typeof child !== 'string') queue.push(child)
    }
  }

  /** The element's own words, else those that its `reference` leads to; '' for none. */
  textOf(element: XmlElement | undefined): string {
    if (element === undefined) return ''
    const own = textIn(element)
    if (own !== '') return own
    const reference = elementsAt(element, 'reference')[0]?.attributes['value'] ?? ''
    return reference.startsWith('#') ? textIn(this.#byId.get(reference.slice(1))) : ''
  }
}

/** A code with its translations and its words; null where it says none of them. */
export function conceptOf(element: XmlElement | undefined, narrative: Narrative): JsonObject | null {
  if (element === undefined) return null
  const coding = [element, ...elementsAt(element, 'translation')].flatMap(({ attributes }) => {
    const { code, codeSystem, displayName } = attributes
    if (code === undefined || code === '' || attributes['nullFlavor'] !== undefined) return []
    return [
      jsonObject({
        ...(codeSystem === undefined ? {} : { system: systemOf(codeSystem) }),
        code,
        ...(displayName === undefined || displayName === '' ? {} : { display: displayName }),
      }),
    ]
  })
  const words = narrative.textOf(elementsAt(element, 'originalText')[0]) || (element.attributes['displayName'] ?? '')
  if (coding.length === 0 && words === '') return null
  return jsonObject({
    ...(coding.length === 0 ? {} : { coding }),
    ...(words === '' ? {} : { text: words.slice(0, 1000) }),
  })
}

/** Whether the statement as a whole says that nothing is known. */
export function isUnknown(of: XmlElement): boolean {
  return of.attributes['nullFlavor'] !== undefined
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/u

/** A physical quantity with its digits and its unit as written; null without a number. */
export function quantityOf(element: XmlElement | undefined): JsonObject | null {
  const value = element?.attributes['value']?.trim() ?? ''
  if (!NUMBER.test(value)) return null
  const unit = element?.attributes['unit'] ?? ''
  const isUcum = unit !== '' && unit !== '1' && /^[\w%[\]{}./*^'()+-]+$/u.test(unit)
  return jsonObject({
    value: new JsonNumber(value.replace(/^\+/u, '').replace(/^(-?)0+(?=\d)/u, '$1')),
    ...(unit === '' || unit === '1' ? {} : { unit }),
    ...(isUcum ? { system: 'http://unitsofmeasure.org', code: unit } : {}),
  })
}
