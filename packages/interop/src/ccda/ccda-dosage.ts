/** How a medicine of a C-CDA document is taken, as a Dosage of FHIR R4 (https://hl7.org/fhir/us/ccda/CF-medications.html). */
import { JsonNumber, jsonObject, type JsonObject, type JsonValue } from '@chartkeep/domain'
import { elementsAt, type XmlElement } from '../xml/xml.ts'
import { conceptOf, listOf, quantityOf, type Narrative } from './ccda-values.ts'

const TIME_UNITS = new Set(['s', 'min', 'h', 'd', 'wk', 'mo', 'a'])
/** Events of HL7's TimingEvent that FHIR's EventTiming has under the same code. */
const EVENTS = new Set('HS WAKE C CM CD CV AC ACM ACD ACV PC PCM PCD PCV'.split(' '))
/** Events that no offset may go with (FHIR R4, tim-9). */
const MEALS = new Set('C CM CD CV'.split(' '))
/** LOINC, "Medication free text sig". */
const FREE_TEXT_SIG = '76662-6'

/** The dosage of a medication activity; null where it has none. */
export function dosageOf(of: XmlElement, narrative: Narrative): JsonObject | null {
  const acts = elementsAt(of, 'entryRelationship').flatMap((each) => [
    ...elementsAt(each, 'act'),
    ...elementsAt(each, 'substanceAdministration'),
  ])
  const wordsOf = (each: XmlElement) => narrative.textOf(elementsAt(each, 'text')[0])
  const text = acts.filter(isSig).map(wordsOf).find(Boolean) ?? ''
  const instructions = acts.filter(isInstruction).map(wordsOf).find(Boolean) ?? ''
  const repeat = repeatOf(of)
  const dosage = {
    ...(text === '' ? {} : { text }),
    ...(instructions === '' ? {} : { patientInstruction: instructions }),
    ...(repeat === null ? {} : { timing: jsonObject({ repeat }) }),
    ...asNeededOf(of, narrative),
    ...concepts('site', elementsAt(of, 'approachSiteCode')[0], narrative),
    ...concepts('route', elementsAt(of, 'routeCode')[0], narrative),
    ...doseOf(of, narrative),
    ...mostOf(of),
  }
  return Object.keys(dosage).length === 0 ? null : jsonObject(dosage)
}

function isSig(act: XmlElement): boolean {
  return elementsAt(act, 'code')[0]?.attributes['code'] === FREE_TEXT_SIG
}

/** The Instruction activity, by its template or its place: acts with a code of their own (comments, indications) say something else. */
function isInstruction(act: XmlElement): boolean {
  if (act.name !== 'act' || isSig(act)) return false
  const code = elementsAt(act, 'code')[0]?.attributes['code'] ?? ''
  const templates = elementsAt(act, 'templateId').map((each) => each.attributes['root'])
  return templates.includes('2.16.840.1.113883.10.20.22.4.20') || code === '311401005' || code === '171044003'
}

function concepts(name: string, element: XmlElement | undefined, narrative: Narrative): JsonObject {
  const concept = conceptOf(element, narrative)
  return concept === null ? {} : jsonObject({ [name]: concept })
}

/** Frequencies (PIVL) and events (EIVL), wherever a set of times (SXPR) nests them. */
function repeatOf(of: XmlElement): JsonObject | null {
  const times = elementsAt(of, 'effectiveTime').flatMap((each) => [each, ...elementsAt(each, 'comp')])
  const every = times.flatMap((each) => elementsAt(each, 'period')).map(periodOf)
  const period = every.find((each) => each !== null) ?? null
  const when = times.flatMap((each) => elementsAt(each, 'event')).map((each) => each.attributes['code'] ?? '')
  const known = [...new Set(when.filter((code) => EVENTS.has(code)))]
  const offset = times
    .flatMap((each) => elementsAt(each, 'offset'))
    .flatMap((each) => listOf(quantityOf(elementsAt(each, 'low')[0] ?? each)))
    .find((quantity) => quantity['unit'] === 'min' && /^[1-9]\d*$/u.test(String(quantity['value'])))
  if (period === null && known.length === 0) return null
  return jsonObject({
    ...period,
    ...(known.length === 0 ? {} : { when: known }),
    ...(offset === undefined || known.length === 0 || known.some((code) => MEALS.has(code))
      ? {}
      : { offset: offset['value'] as JsonValue }),
  })
}

/** "Every 6 hours", "every 4 to 6 hours"; null in a unit that FHIR does not count time in. */
function periodOf(period: XmlElement): JsonObject | null {
  const [low, high] = [elementsAt(period, 'low')[0] ?? period, elementsAt(period, 'high')[0]].map(quantityOf)
  const unit = String(low?.['unit'] ?? high?.['unit'] ?? '')
  const least = low?.['value'] ?? high?.['value']
  if (least === undefined || !TIME_UNITS.has(unit)) return null
  const most = low?.['value'] === undefined || high?.['unit'] !== unit ? undefined : high['value']
  return jsonObject({
    frequency: new JsonNumber('1'),
    period: least,
    ...(most === undefined ? {} : { periodMax: most }),
    periodUnit: unit,
  })
}

/** A precondition is "as needed", also where it does not say for what. */
function asNeededOf(of: XmlElement, narrative: Narrative): JsonObject {
  const criteria = elementsAt(of, 'precondition', 'criterion')
  if (criteria.length === 0) return {}
  const reasons = criteria.map((each) => {
    const words = narrative.textOf(elementsAt(each, 'text')[0])
    return conceptOf(elementsAt(each, 'value')[0], narrative) ?? (words === '' ? null : jsonObject({ text: words }))
  })
  const reason = reasons.find((each) => each !== null)
  return jsonObject(reason === undefined ? { asNeededBoolean: true } : { asNeededCodeableConcept: reason! })
}

/** The dose in its own unit, else in the unit in which the product is administered ("tablet"). */
function doseOf(of: XmlElement, narrative: Narrative): JsonObject {
  const unit = conceptOf(elementsAt(of, 'administrationUnitCode')[0], narrative)
  const words = typeof unit?.['text'] === 'string' ? unit['text'] : ''
  const counted = (quantity: JsonObject | null) =>
    quantity === null || quantity['unit'] !== undefined || words === ''
      ? quantity
      : jsonObject({ ...quantity, unit: words })
  const rated = {
    ...amount('dose', elementsAt(of, 'doseQuantity')[0], counted),
    ...amount('rate', elementsAt(of, 'rateQuantity')[0], (quantity) => quantity),
  }
  return Object.keys(rated).length === 0 ? {} : jsonObject({ doseAndRate: [jsonObject(rated)] })
}

function amount(
  name: string,
  element: XmlElement | undefined,
  counted: (quantity: JsonObject | null) => JsonObject | null,
): JsonObject {
  if (element === undefined) return {}
  const whole = counted(quantityOf(element))
  if (whole !== null) return jsonObject({ [`${name}Quantity`]: whole })
  const [low, high] = ['low', 'high'].map((side) => counted(quantityOf(elementsAt(element, side)[0])))
  if (!low && !high) return {}
  return jsonObject({ [`${name}Range`]: jsonObject({ ...(low ? { low } : {}), ...(high ? { high } : {}) }) })
}

function mostOf(of: XmlElement): JsonObject {
  const most = elementsAt(of, 'maxDoseQuantity')[0]
  const [numerator, denominator] = ['numerator', 'denominator'].map((part) =>
    quantityOf(most && elementsAt(most, part)[0]),
  )
  return numerator && denominator ? jsonObject({ maxDosePerPeriod: jsonObject({ numerator, denominator }) }) : {}
}
