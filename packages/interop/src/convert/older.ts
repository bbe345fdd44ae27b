/**
 * FHIR DSTU2 (https://hl7.org/fhir/DSTU2/) and STU3 (https://hl7.org/fhir/STU3/) read as R4, for the types that people
 * hold. What R4 has no place for is kept in an extension of the record; a flag that says "not given", "not taken" or "not
 * done" becomes the status, and is kept as well. Other types are kept as they came.
 *
 * Long because it is one table, an entry for each type, with the few functions that its entries share. An element of
 * either version is read by its name and shape, for files mix both.
 */
import {
  isJsonObject,
  jsonObject,
  objectsAt,
  stringAt,
  typeOf,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import { Draft, type ReadAsR4 } from './draft.ts'

/** The resource as R4 has it; null where an element has a shape of none of these versions. The source is not changed. */
export function r4FromOlder(source: JsonObject, version: 'dstu2' | 'stu3'): ReadAsR4 | null {
  const type = typeOf(source)
  const draft = new Draft(withRenamedReferences(source))
  const convert = CONVERTERS.get(type)
  if (convert !== undefined) convert(draft, version)
  draft.contained((inner) => (CONVERTERS.has(typeOf(inner)) ? bare(inner, version) : inner))
  return draft.isStrange ? null : draft.done(version)
}

/** A contained resource carries no tag of its own. */
function bare(inner: JsonObject, version: 'dstu2' | 'stu3'): JsonObject | null {
  const read = r4FromOlder(inner, version)
  if (read === null) return null
  const meta = inner['meta']
  const { meta: _added, ...rest } = read.resource
  return jsonObject(meta === undefined ? rest : { ...rest, meta })
}

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['MedicationOrder', 'MedicationRequest'],
  ['DiagnosticOrder', 'ServiceRequest'],
  ['ProcedureRequest', 'ServiceRequest'],
  ['ReferralRequest', 'ServiceRequest'],
])
const RENAMED_REFERENCE =
  /(^|\/)(MedicationOrder|DiagnosticOrder|ProcedureRequest|ReferralRequest)\/(?=[^/]+(?:\/_history\/|$))/u

function withRenamedReferences(source: JsonObject): JsonObject {
  const walk = (value: JsonValue, key: string, depth: number): JsonValue => {
    if (typeof value === 'string')
      return key === 'reference'
        ? value.replace(
            RENAMED_REFERENCE,
            (_, before: string, type: string) => `${before}${RENAMED.get(type) ?? type}/`,
          )
        : value
    if (depth > 64) return value
    if (Array.isArray(value)) return value.map((item) => walk(item, key, depth + 1))
    if (!isJsonObject(value)) return value
    return jsonObject(
      Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name, depth + 1)])),
    )
  }
  return walk(source, '', 0) as JsonObject
}

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem'

/** A code as a concept of this system; it is kept as it was where `map` changes it. */
function toConcept(draft: Draft, name: string, system: string, map: Readonly<Record<string, string>> = {}): void {
  const code = draft.get(name)
  if (typeof code !== 'string') return
  draft.take(name)
  draft.take(`_${name}`)
  const mapped = Object.hasOwn(map, code) ? (map[code] ?? '') : code
  if (mapped !== code) draft.keep(name, code)
  if (mapped !== '')
    draft.set(name, jsonObject({ coding: [jsonObject({ system: `${TERMINOLOGY}/${system}`, code: mapped })] }))
}

function toList(draft: Draft, ...names: string[]): void {
  for (const name of names) {
    const value = draft.get(name)
    if (value === undefined || Array.isArray(value)) continue
    draft.take(name)
    draft.set(name, [value])
  }
}

/** One of several, as R4 has one only. */
function toOne(draft: Draft, from: string, to = from): void {
  const value = draft.take(from)
  if (value === undefined) return
  const [first, ...more] = Array.isArray(value) ? value : [value]
  if (draft.get(to) === undefined) draft.set(to, first)
  else draft.keep(from, first)
  draft.keep(from, more)
}

/** A text or an Annotation under an old name as a list of notes. */
function toNotes(draft: Draft, ...names: string[]): void {
  for (const name of names) {
    const value = draft.take(name)
    draft.take(`_${name}`)
    if (value === undefined) continue
    const notes = (Array.isArray(value) ? value : [value]).map((each) =>
      typeof each === 'string' ? jsonObject({ text: each }) : each,
    )
    const here = name === 'note' ? [] : listOf(draft.get('note'))
    draft.set('note', [...here, ...notes])
  }
}

/** A flag that says that it did not happen: the status says so then, unless the record is an error as a whole. */
function toNotDone(draft: Draft, flags: readonly string[], status: string): void {
  for (const flag of flags) {
    const value = draft.get(flag)
    if (value === undefined) continue
    draft.setAside(flag)
    if (value !== true || draft.get('status') === 'entered-in-error') continue
    draft.keep('status', draft.get('status'))
    draft.set('status', status)
  }
}

function toStatus(draft: Draft, map: Readonly<Record<string, string>>, missing = ''): void {
  const code = draft.get('status')
  if (code === undefined && missing !== '') return draft.set('status', missing)
  if (typeof code !== 'string' || !Object.hasOwn(map, code)) return
  draft.keep('status', code)
  draft.set('status', map[code])
}

/** `reasonCodeableConcept`, `reasonReference` and the like as R4's two lists. */
function toReasons(draft: Draft, stem = 'reason'): void {
  const [concept, reference] = [draft.get(`${stem}CodeableConcept`), draft.get(`${stem}Reference`)]
  if (concept !== undefined) {
    draft.take(`${stem}CodeableConcept`)
    draft.set('reasonCode', [...listOf(draft.get('reasonCode')), concept])
  }
  if (reference !== undefined) {
    draft.take(`${stem}Reference`)
    draft.set('reasonReference', [...listOf(draft.get('reasonReference')), ...listOf(reference)])
  }
}

/** A reference, or a list of them, as the actors of performers. */
function toPerformers(draft: Draft, from: string): void {
  const value = draft.take(from)
  if (value === undefined) return
  const performers = listOf(value).map((each) =>
    isJsonObject(each) && !('actor' in each) ? jsonObject({ actor: each }) : each,
  )
  draft.set('performer', [...listOf(draft.get('performer')), ...performers])
}

function toRequester(draft: Draft): void {
  const requester = draft.get('requester')
  if (!isJsonObject(requester) || !isJsonObject(requester['agent'])) return
  draft.take('requester')
  draft.set('requester', requester['agent'])
  draft.keep('requester.onBehalfOf', requester['onBehalfOf'])
}

const DOSE = ['doseRange', 'doseQuantity', 'rateRatio', 'rateRange', 'rateQuantity']

function toDosages(draft: Draft, name: string): void {
  draft.each(name, (dosage) => {
    const concept = dosage.take('additionalInstructions')
    if (concept !== undefined)
      dosage.set('additionalInstruction', [...listOf(dosage.get('additionalInstruction')), concept])
    toSite(dosage)
    dosage.rename('quantityQuantity', 'doseQuantity')
    dosage.rename('quantityRange', 'doseRange')
    if (dosage.get('quantity') !== undefined) dosage.rename('quantity', 'doseQuantity')
    const dose = DOSE.flatMap((each) => {
      const value = dosage.take(each)
      return value === undefined ? [] : [[each, value] as const]
    })
    if (dose.length > 0) dosage.set('doseAndRate', [jsonObject(Object.fromEntries(dose))])
  })
}

function toSite(dosage: Draft): void {
  dosage.rename('siteCodeableConcept', 'site')
  dosage.setAside('siteReference')
}

/** DSTU2 has a list of family names, R4 one text. */
function toNames(draft: Draft): void {
  draft.each('name', (name) => {
    const family = name.get('family')
    if (!Array.isArray(family)) return
    name.take('family')
    name.set('family', family.filter((part) => typeof part === 'string').join(' ') || undefined)
    name.setAside('_family')
  })
}

const CLINICAL = 'condition-clinical'
const OBSERVATION_CATEGORY = `${TERMINOLOGY}/observation-category`

type Convert = (draft: Draft, version: 'dstu2' | 'stu3') => void

/** DSTU2 has one status for what R4 tells apart. */
const ALLERGY_STATUS: Readonly<Record<string, { clinical: string; verification: string }>> = {
  active: { clinical: 'active', verification: '' },
  unconfirmed: { clinical: 'active', verification: 'unconfirmed' },
  confirmed: { clinical: 'active', verification: 'confirmed' },
  inactive: { clinical: 'inactive', verification: '' },
  resolved: { clinical: 'resolved', verification: '' },
  refuted: { clinical: '', verification: 'refuted' },
  'entered-in-error': { clinical: '', verification: 'entered-in-error' },
}

function allergyIntolerance(draft: Draft): void {
  draft.rename('substance', 'code')
  const status = draft.get('status')
  if (typeof status === 'string') {
    draft.setAside('status')
    const read = Object.hasOwn(ALLERGY_STATUS, status) ? ALLERGY_STATUS[status] : undefined
    if (read !== undefined && read.clinical !== '') draft.set('clinicalStatus', read.clinical)
    if (read !== undefined && read.verification !== '') draft.set('verificationStatus', read.verification)
  }
  toConcept(draft, 'clinicalStatus', 'allergyintolerance-clinical')
  toConcept(draft, 'verificationStatus', 'allergyintolerance-verification')
  const criticality: Readonly<Record<string, string>> = { CRITL: 'low', CRITH: 'high', CRITU: 'unable-to-assess' }
  const code = draft.get('criticality')
  if (typeof code === 'string' && Object.hasOwn(criticality, code)) {
    draft.keep('criticality', code)
    draft.set('criticality', criticality[code])
  }
  if (draft.get('category') === 'other') draft.setAside('category')
  toList(draft, 'category', 'note')
  draft.rename('lastOccurence', 'lastOccurrence')
  draft.rename('reporter', 'asserter')
  draft.rename('onset', 'onsetDateTime')
  draft.rename('assertedDate', 'recordedDate')
  draft.rename('event', 'reaction')
  draft.each('reaction', (reaction) => {
    reaction.setAside('certainty')
    reaction.setAside('duration')
    toNotes(reaction, 'comment')
    toList(reaction, 'note')
  })
}

function condition(draft: Draft): void {
  draft.rename('patient', 'subject')
  draft.rename('context', 'encounter')
  draft.rename('dateRecorded', 'recordedDate')
  draft.rename('dateAsserted', 'recordedDate')
  draft.rename('assertedDate', 'recordedDate')
  toList(draft, 'category', 'stage')
  const hasEnded = draft.get('abatementBoolean')
  draft.setAside('abatementBoolean')
  if (hasEnded === true && draft.get('clinicalStatus') === undefined) draft.set('clinicalStatus', 'resolved')
  toConcept(draft, 'clinicalStatus', CLINICAL)
  toConcept(draft, 'verificationStatus', 'condition-ver-status', { unknown: '' })
  draft.each('evidence', (evidence) => toList(evidence, 'code', 'detail'))
  toNotes(draft, 'notes')
}

function immunization(draft: Draft): void {
  draft.rename('date', 'occurrenceDateTime')
  toNotDone(draft, ['wasNotGiven', 'notGiven'], 'not-done')
  const reported = draft.get('reported')
  if (typeof reported === 'boolean') {
    draft.setAside('reported')
    if (draft.get('primarySource') === undefined) draft.set('primarySource', !reported)
  }
  const explanation = draft.take('explanation')
  const reasons = objectsAt(explanation, 'reason')
  if (reasons.length > 0) draft.set('reasonCode', reasons)
  const [why, ...more] = objectsAt(explanation, 'reasonNotGiven')
  if (why !== undefined) draft.set('statusReason', why)
  draft.keep('explanation.reasonNotGiven', more)
  draft.rename('vaccinationProtocol', 'protocolApplied')
  draft.each('protocolApplied', (protocol) => {
    protocol.rename('doseSequence', 'doseNumberPositiveInt')
    protocol.rename('seriesDoses', 'seriesDosesPositiveInt')
    for (const name of ['description', 'doseStatus', 'doseStatusReason']) protocol.setAside(name)
    toList(protocol, 'targetDisease')
  })
  const performer = draft.get('performer')
  if (isJsonObject(performer)) toPerformers(draft, 'performer')
  draft.rename('practitioner', 'performer')
  draft.each('performer', (each) => each.rename('role', 'function'))
  const requester = draft.take('requester')
  if (requester !== undefined) {
    const ordering = jsonObject({ coding: [jsonObject({ system: `${TERMINOLOGY}/v2-0443`, code: 'OP' })] })
    draft.set('performer', [...listOf(draft.get('performer')), jsonObject({ function: ordering, actor: requester })])
  }
}

function medicationRequest(draft: Draft): void {
  if (draft.get('intent') === undefined) draft.set('intent', 'order')
  draft.set('resourceType', 'MedicationRequest')
  draft.rename('patient', 'subject')
  draft.rename('context', 'encounter')
  draft.rename('dateWritten', 'authoredOn')
  draft.rename('prescriber', 'requester')
  toRequester(draft)
  toReasons(draft)
  draft.rename('reasonEnded', 'statusReason')
  draft.setAside('dateEnded')
  draft.setAside('definition')
  toNotes(draft, 'note')
  toList(draft, 'category')
  toDosages(draft, 'dosageInstruction')
  draft.each('dispenseRequest', (request) => {
    request.setAside('medicationCodeableConcept')
    request.setAside('medicationReference')
  })
  draft.each('substitution', (substitution) => {
    substitution.rename('type', 'allowedCodeableConcept')
    substitution.rename('allowed', 'allowedBoolean')
  })
  toStatus(draft, {}, 'unknown')
}

function medicationStatement(draft: Draft): void {
  draft.rename('patient', 'subject')
  toNotDone(draft, ['wasNotTaken'], 'not-taken')
  const taken = draft.get('taken')
  if (typeof taken === 'string') {
    draft.setAside('taken')
    const status = taken === 'n' ? 'not-taken' : taken === 'unk' || taken === 'na' ? 'unknown' : ''
    if (status !== '' && draft.get('status') !== 'entered-in-error') {
      draft.keep('status', draft.get('status'))
      draft.set('status', status)
    }
  }
  draft.rename('reasonNotTaken', 'statusReason')
  toReasons(draft, 'reasonForUse')
  toNotes(draft, 'note')
  draft.rename('supportingInformation', 'derivedFrom')
  toDosages(draft, 'dosage')
}

function medicationAdministration(draft: Draft): void {
  draft.rename('patient', 'subject')
  draft.rename('encounter', 'context')
  draft.rename('prescription', 'request')
  if (draft.get('practitioner') !== undefined) toPerformers(draft, 'practitioner')
  toNotDone(draft, ['wasNotGiven', 'notGiven'], 'not-done')
  draft.rename('reasonNotGiven', 'statusReason')
  draft.rename('reasonGiven', 'reasonCode')
  draft.rename('effectiveTimeDateTime', 'effectiveDateTime')
  draft.rename('effectiveTimePeriod', 'effectivePeriod')
  draft.setAside('definition')
  draft.each('performer', (performer) => performer.setAside('onBehalfOf'))
  toNotes(draft, 'note')
  draft.each('dosage', (dosage) => {
    toSite(dosage)
    dosage.rename('quantity', 'dose')
    dosage.setAside('rateRange')
  })
}

function medicationDispense(draft: Draft): void {
  draft.rename('patient', 'subject')
  if (draft.get('dispenser') !== undefined) toPerformers(draft, 'dispenser')
  toNotDone(draft, ['notDone'], 'declined')
  draft.rename('notDoneReasonCodeableConcept', 'statusReasonCodeableConcept')
  draft.rename('notDoneReasonReference', 'statusReasonReference')
  draft.each('performer', (performer) => performer.setAside('onBehalfOf'))
  toNotes(draft, 'note')
  toDosages(draft, 'dosageInstruction')
}

function observation(draft: Draft): void {
  draft.rename('context', 'encounter')
  toNotes(draft, 'comments', 'comment')
  toList(draft, 'category', 'interpretation')
  const categories = objectsAt(draft.get('category'))
  if (categories.some((category) => objectsAt(category, 'coding').some(isOldCategory))) {
    draft.keep('category', categories)
    draft.set('category', categories.map(todaysCategory))
  }
  const related = draft.take('related')
  for (const each of objectsAt(related)) {
    const name = { 'has-member': 'hasMember', 'derived-from': 'derivedFrom' }[stringAt(each, 'type')]
    const target = each['target']
    if (name === undefined || target === undefined) draft.keep('related', each)
    else draft.set(name, [...listOf(draft.get(name)), target])
  }
  const ranges = (holder: Draft) => {
    holder.each('referenceRange', (range) => {
      range.rename('meaning', 'type')
    })
  }
  ranges(draft)
  draft.each('component', (component) => {
    ranges(component)
    toList(component, 'interpretation')
  })
}

function isOldCategory(coding: JsonObject): boolean {
  return stringAt(coding, 'system') === 'http://hl7.org/fhir/observation-category'
}

function todaysCategory(category: JsonObject): JsonObject {
  const coding = objectsAt(category, 'coding').map((each) =>
    isOldCategory(each) ? jsonObject({ ...each, system: OBSERVATION_CATEGORY }) : each,
  )
  return jsonObject({ ...category, coding })
}

function diagnosticReport(draft: Draft): void {
  draft.rename('context', 'encounter')
  draft.rename('request', 'basedOn')
  draft.rename('codedDiagnosis', 'conclusionCode')
  draft.rename('image', 'media')
  toList(draft, 'category', 'performer', 'basedOn')
  const performers = objectsAt(draft.get('performer'))
  if (performers.some((performer) => isJsonObject(performer['actor']))) {
    draft.take('performer')
    draft.keep('performer', performers)
    draft.set(
      'performer',
      performers.flatMap((performer) => objectsAt(performer, 'actor')),
    )
  }
}

function procedure(draft: Draft): void {
  draft.rename('context', 'encounter')
  toStatus(draft, { aborted: 'stopped', suspended: 'on-hold' })
  toNotDone(draft, ['notPerformed', 'notDone'], 'not-done')
  toOne(draft, 'reasonNotPerformed', 'statusReason')
  draft.rename('notDoneReason', 'statusReason')
  toReasons(draft)
  draft.rename('request', 'basedOn')
  toList(draft, 'basedOn')
  toNotes(draft, 'notes')
  draft.rename('used', 'usedReference')
  draft.setAside('definition')
  draft.each('performer', (performer) => performer.rename('role', 'function'))
}

const CLASSES: Readonly<Record<string, string>> = {
  inpatient: 'IMP',
  outpatient: 'AMB',
  ambulatory: 'AMB',
  emergency: 'EMER',
  home: 'HH',
  field: 'FLD',
  daytime: 'SS',
  virtual: 'VR',
}

function encounter(draft: Draft): void {
  draft.rename('patient', 'subject')
  const kind = draft.get('class')
  if (typeof kind === 'string') {
    draft.setAside('class')
    const code = Object.hasOwn(CLASSES, kind) ? CLASSES[kind] : undefined
    draft.set(
      'class',
      jsonObject(code === undefined ? { display: kind } : { system: `${TERMINOLOGY}/v3-ActCode`, code }),
    )
  }
  const reasons = draft.get('reason')
  if (reasons !== undefined) {
    toList(draft, 'reason')
    draft.rename('reason', 'reasonCode')
  }
  draft.rename('indication', 'reasonReference')
  draft.setAside('incomingReferral')
  draft.each('diagnosis', (diagnosis) => diagnosis.rename('role', 'use'))
  draft.each('hospitalization', (stay) => {
    stay.setAside('dischargeDiagnosis')
    stay.setAside('admittingDiagnosis')
  })
}

function documentReference(draft: Draft, version: 'dstu2' | 'stu3'): void {
  for (const name of version === 'dstu2' ? ['created', 'indexed'] : ['indexed', 'created']) draft.rename(name, 'date')
  for (const name of ['created', 'indexed']) draft.setAside(name)
  const docStatus = draft.get('docStatus')
  if (isJsonObject(docStatus)) {
    draft.setAside('docStatus')
    draft.set('docStatus', stringAt(docStatus, 'coding', 'code') || undefined)
  }
  if (draft.get('class') !== undefined) {
    toList(draft, 'class')
    draft.rename('class', 'category')
  }
  draft.each('content', (content) => content.first('format'))
  draft.each('context', (context) => {
    toList(context, 'encounter')
    context.each('related', (related) => {
      const reference = related.get('ref')
      if (!isJsonObject(reference)) return
      related.take('ref')
      for (const [key, value] of Object.entries(reference)) related.set(key, value)
    })
  })
}

const PLAN_STATUS = { proposed: 'draft', suspended: 'on-hold', cancelled: 'revoked' }

function carePlan(draft: Draft): void {
  if (draft.get('intent') === undefined) draft.set('intent', 'plan')
  draft.rename('context', 'encounter')
  toStatus(draft, PLAN_STATUS)
  const authors = draft.get('author')
  if (Array.isArray(authors)) {
    draft.take('author')
    draft.set('author', authors[0])
    draft.set('contributor', authors.slice(1))
  }
  for (const name of ['definition', 'participant', 'relatedPlan', 'modified']) draft.setAside(name)
  toList(draft, 'note')
  draft.each('activity', (activity) => {
    activity.rename('actionResulting', 'outcomeReference')
    activity.each('detail', (detail) => {
      detail.rename('prohibited', 'doNotPerform')
      detail.setAside('category')
      detail.setAside('definition')
      const why = detail.get('statusReason')
      if (typeof why === 'string') {
        detail.take('statusReason')
        detail.set('statusReason', jsonObject({ text: why }))
      }
    })
  })
}

const GOAL_STATES: Readonly<Record<string, readonly [string, string]>> = {
  'in-progress': ['active', 'in-progress'],
  'on-target': ['active', 'improving'],
  'ahead-of-target': ['active', 'improving'],
  'behind-target': ['active', 'worsening'],
  sustaining: ['active', 'sustaining'],
  achieved: ['completed', 'achieved'],
}

function goal(draft: Draft): void {
  const text = draft.get('description')
  if (typeof text === 'string') {
    draft.take('description')
    draft.set('description', jsonObject({ text }))
  }
  const status = draft.get('status')
  if (typeof status === 'string') {
    draft.setAside('status')
    const [lifecycle, achievement] = (Object.hasOwn(GOAL_STATES, status) ? GOAL_STATES[status] : undefined) ?? [status]
    draft.set('lifecycleStatus', lifecycle)
    if (achievement !== undefined)
      draft.set(
        'achievementStatus',
        jsonObject({ coding: [jsonObject({ system: `${TERMINOLOGY}/goal-achievement`, code: achievement })] }),
      )
  }
  const why = draft.get('statusReason')
  if (isJsonObject(why)) {
    draft.setAside('statusReason')
    draft.set('statusReason', stringAt(why, 'text') || stringAt(why, 'coding', 'display') || undefined)
  }
  draft.rename('author', 'expressedBy')
  toList(draft, 'target')
  for (const [from, to] of [
    ['targetDate', 'dueDate'],
    ['targetQuantity', 'dueDuration'],
  ] as const) {
    const due = draft.take(from)
    if (due !== undefined) draft.set('target', [...listOf(draft.get('target')), jsonObject({ [to]: due })])
  }
  draft.setAside('outcome')
}

function familyMemberHistory(draft: Draft): void {
  toNotDone(draft, ['notDone'], 'health-unknown')
  draft.rename('notDoneReason', 'dataAbsentReason')
  draft.setAside('definition')
  const sex = draft.get('gender')
  if (typeof sex === 'string') {
    draft.take('gender')
    draft.set(
      'sex',
      jsonObject({ coding: [jsonObject({ system: 'http://hl7.org/fhir/administrative-gender', code: sex })] }),
    )
  }
  toList(draft, 'note')
  draft.each('condition', (each) => toList(each, 'note'))
}

const REQUEST_STATUS = {
  proposed: 'draft',
  requested: 'active',
  received: 'active',
  accepted: 'active',
  'in-progress': 'active',
  review: 'active',
  suspended: 'on-hold',
  rejected: 'revoked',
  aborted: 'revoked',
  cancelled: 'revoked',
  failed: 'revoked',
}

function serviceRequest(draft: Draft): void {
  draft.set('resourceType', 'ServiceRequest')
  if (draft.get('intent') === undefined) draft.set('intent', 'order')
  draft.rename('patient', 'subject')
  draft.rename('context', 'encounter')
  draft.rename('orderer', 'requester')
  toRequester(draft)
  toReasons(draft)
  toNotes(draft, 'notes')
  toStatus(draft, REQUEST_STATUS, 'unknown')
  for (const choice of ['DateTime', 'Period', 'Timing']) draft.rename(`scheduled${choice}`, `occurrence${choice}`)
  draft.rename('requestedOn', 'authoredOn')
  draft.rename('orderedOn', 'authoredOn')
  draft.setAside('definition')
  const performer = draft.get('performer')
  if (isJsonObject(performer)) toList(draft, 'performer')
  draft.rename('recipient', 'performer')
  const priority = draft.get('priority')
  if (isJsonObject(priority)) draft.setAside('priority')
  const items = objectsAt(draft.get('item'))
  if (items.length > 0) {
    draft.setAside('item')
    if (draft.get('code') === undefined) draft.set('code', objectsAt(items[0], 'code')[0])
  }
  const type = draft.get('type')
  if (isJsonObject(type) && draft.get('code') === undefined) draft.rename('type', 'code')
  toList(draft, 'bodySite')
}

function device(draft: Draft): void {
  const udi = draft.get('udi')
  if (typeof udi === 'string') {
    draft.take('udi')
    draft.set('udiCarrier', [jsonObject({ carrierHRF: udi })])
  } else if (isJsonObject(udi)) {
    draft.take('udi')
    const { name, ...carrier } = udi
    draft.set('udiCarrier', [jsonObject(carrier)])
    if (name !== undefined) draft.set('deviceName', [jsonObject({ name, type: 'udi-label-name' })])
  }
  draft.rename('model', 'modelNumber')
  const version = draft.get('version')
  if (typeof version === 'string') {
    draft.take('version')
    draft.set('version', [jsonObject({ value: version })])
  }
  toStatus(draft, { available: 'active', 'not-available': 'inactive' })
}

function appointment(draft: Draft): void {
  const type = draft.get('type')
  if (isJsonObject(type)) draft.rename('type', 'serviceType')
  toList(draft, 'serviceType')
  if (draft.get('reason') !== undefined) {
    toList(draft, 'reason')
    draft.rename('reason', 'reasonCode')
  }
  draft.rename('indication', 'reasonReference')
}

function communication(draft: Draft): void {
  draft.rename('context', 'encounter')
  toNotDone(draft, ['notDone'], 'not-done')
  draft.rename('notDoneReason', 'statusReason')
  toStatus(draft, { suspended: 'on-hold' })
  draft.rename('reason', 'reasonCode')
  draft.setAside('definition')
  toList(draft, 'category')
}

const CONVERTERS: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  [
    'Patient',
    (draft) => {
      draft.rename('careProvider', 'generalPractitioner')
      draft.setAside('animal')
      toNames(draft)
      draft.each('contact', toNames)
      draft.each('link', (link) => {
        if (link.get('type') !== 'replace') return
        link.keep('type', 'replace')
        link.set('type', 'replaced-by')
      })
    },
  ],
  ['AllergyIntolerance', allergyIntolerance],
  ['Condition', condition],
  ['Immunization', immunization],
  ['MedicationOrder', medicationRequest],
  ['MedicationRequest', medicationRequest],
  ['MedicationStatement', medicationStatement],
  ['MedicationAdministration', medicationAdministration],
  ['MedicationDispense', medicationDispense],
  [
    'Medication',
    (draft) => {
      const product = draft.get('product')
      if (isJsonObject(product)) {
        draft.setAside('product')
        draft.set('form', product['form'])
      }
    },
  ],
  ['Observation', observation],
  ['DiagnosticReport', diagnosticReport],
  ['Procedure', procedure],
  ['Encounter', encounter],
  ['DocumentReference', documentReference],
  ['CarePlan', carePlan],
  ['Goal', goal],
  ['FamilyMemberHistory', familyMemberHistory],
  ['DiagnosticOrder', serviceRequest],
  ['ProcedureRequest', serviceRequest],
  ['ReferralRequest', serviceRequest],
  ['Device', device],
  ['Appointment', appointment],
  ['Communication', communication],
  [
    'Practitioner',
    (draft) => {
      toList(draft, 'name')
      toNames(draft)
      draft.setAside('practitionerRole')
      draft.setAside('role')
    },
  ],
  ['Organization', (draft) => toList(draft, 'type')],
  ['Location', (draft) => toList(draft, 'type')],
  [
    'RelatedPerson',
    (draft) => {
      toList(draft, 'name', 'relationship')
      toNames(draft)
    },
  ],
  ['HealthcareService', (draft) => toList(draft, 'type')],
  ['Slot', (draft) => toList(draft, 'serviceType')],
])

function listOf(value: JsonValue | undefined): JsonValue[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
