/**
 * FHIR R5 (https://hl7.org/fhir/R5/) read as R4: elements that moved or changed their shape go to where R4 has them, and
 * what has no place in R4 stays in an extension of the record, so that no part of the source is lost. A resource whose
 * R5 shape is not in these tables is not read.
 *
 * Long because it is one table, a row for each R5 resource that is read, with the few functions that its rows share.
 */
import {
  isJsonObject,
  jsonObject,
  objectsAt,
  stringAt,
  stringsAt,
  typeOf,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import { Draft, type Concept, type ReadAsR4 } from './draft.ts'

/** Elements, with their primitive twins, that R5 has and R4 has not, or has in another shape. `*` stands for a choice of types. */
const ONLY_R5: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    AllergyIntolerance: 'participant',
    Appointment:
      'class reason cancellationDate virtualService replaces previousAppointment originatingAppointment account note recurrenceTemplate subject',
    AuditEvent: 'code severity occurred* authorization basedOn patient encounter',
    CarePlan: 'custodian',
    CareTeam: 'reason',
    Communication: 'reason',
    Composition: 'version useContext note url name',
    Condition: 'participant',
    DiagnosticReport: 'supportingInfo composition note',
    DocumentReference: 'attester modality bodySite event facilityType practiceSetting period version basedOn',
    Encounter:
      'actualPeriod admission plannedStartDate plannedEndDate subjectStatus careTeam virtualService reason dietPreference specialArrangement specialCourtesy',
    FamilyMemberHistory: 'participant reason procedure',
    Goal: 'acceptance continuous outcome source',
    Immunization: 'informationSource administeredProduct basedOn supportingInformation reason',
    Medication: 'doseForm marketingAuthorizationHolder totalVolume definition',
    MedicationAdministration: 'medication occurence* occurrence* encounter reason recorded isSubPotent subPotentReason',
    MedicationDispense: 'medication encounter recorded notPerformedReason fillNumber renderedDosageInstruction',
    MedicationRequest:
      'medication reason reported informationSource device statusChanged renderedDosageInstruction effectiveDosePeriod',
    MedicationStatement: 'medication reason encounter adherence renderedDosageInstruction relatedClinicalInformation',
    Observation: 'triggeredBy bodyStructure instantiatesCanonical instantiatesReference valueAttachment valueReference',
    Organization: 'qualification description',
    Practitioner: 'deceased*',
    PractitionerRole: 'contact characteristic communication availability display',
    Procedure: 'occurrence* reason recorded reported* focus',
    Provenance: 'authorization why basedOn patient encounter',
    ServiceRequest: 'reason asNeeded asNeededFor bodyStructure',
    Specimen: 'role feature',
    Task: 'reason requestedPerformer requestedPeriod doNotPerform',
  }).map(([type, names]) => [type, names.split(' ')]),
)

/** Older versions have an element of these names too; only its shape tells R5. */
const BY_SHAPE = new Set(['reason', 'outcome'])
/** Signs of nothing: older versions have these as they are here. */
const OLDER_TOO = new Set(['MedicationAdministration encounter', 'Observation valueAttachment'])

/** Whether the resource has an element or a shape that R5 has and R4 has not. */
export function showsR5(type: string, resource: JsonObject): boolean {
  const concepts = (...path: string[]) =>
    objectsAt(resource, ...path).some((value) => isJsonObject(value['concept']) || isJsonObject(value['reference']))
  const isHere = (name: string) => {
    if (OLDER_TOO.has(`${type} ${name}`)) return false
    if (BY_SHAPE.has(name)) return concepts(name) || concepts(name, 'value')
    if (!name.endsWith('*')) return Object.hasOwn(resource, name)
    const stem = name.slice(0, -1)
    return Object.keys(resource).some((key) => key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)))
  }
  if (ONLY_R5.get(type)?.some(isHere) === true) return true
  switch (type) {
    case 'AllergyIntolerance':
      return isJsonObject(resource['type']) || concepts('reaction', 'manifestation')
    case 'Encounter':
      return Array.isArray(resource['class']) || concepts('serviceType') || concepts('diagnosis', 'condition')
    case 'Condition':
      return concepts('evidence')
    case 'Immunization':
      return concepts('manufacturer') || objectsAt(resource, 'reaction', 'manifestation').length > 0
    case 'Procedure':
      return concepts('used') || concepts('complication') || Array.isArray(resource['category'])
    case 'MedicationStatement':
      return (
        ['recorded', 'draft'].includes(stringAt(resource, 'status')) || Array.isArray(resource['informationSource'])
      )
    case 'MedicationRequest':
      return resource['status'] === 'ended' || Array.isArray(resource['performer'])
    case 'MedicationAdministration':
      return concepts('performer', 'actor') || concepts('device') || Array.isArray(resource['category'])
    case 'Medication':
      return objectsAt(resource, 'ingredient', 'item').length > 0
    case 'DocumentReference':
      return (
        Array.isArray(resource['context']) ||
        objectsAt(resource, 'content', 'profile').length > 0 ||
        objectsAt(resource, 'relatesTo', 'code').length > 0
      )
    case 'CarePlan':
      return (
        concepts('addresses') ||
        objectsAt(resource, 'activity').some(
          (each) => 'plannedActivityReference' in each || 'performedActivity' in each,
        )
      )
    case 'Composition':
      return Array.isArray(resource['subject']) || objectsAt(resource, 'attester', 'mode').length > 0
    case 'ServiceRequest':
    case 'Task':
      return concepts(type === 'Task' ? 'statusReason' : 'code')
    case 'Appointment':
    case 'Schedule':
    case 'Slot':
      return concepts('serviceType') || isJsonObject(resource['priority'])
    case 'Practitioner':
      return objectsAt(resource, 'communication', 'language').length > 0
    case 'Organization':
      return Array.isArray(objectsAt(resource, 'contact')[0]?.['name'])
    default:
      return false
  }
}

/** The resource as R4 has it; null where its shape is not in the tables. The source is not changed. */
export function r4FromR5(source: JsonObject): ReadAsR4 | null {
  const type = typeOf(source)
  const convert = CONVERTERS.get(type)
  const draft = new Draft(source)
  if (convert === undefined) {
    // A type that R4 has no list for is kept whole; one that it has would be read by its R4 elements.
    if (ONLY_R5.has(type)) return null
  } else {
    convert(draft)
  }
  if (draft.isStrange) return null
  for (const name of ONLY_R5.get(type) ?? []) draft.setAside(name)
  draft.contained((inner) => (showsR5(typeOf(inner), inner) ? (r4FromR5(inner)?.resource ?? null) : inner))
  return draft.isStrange ? null : draft.done('r5')
}

/** A concept as the words of a reference, where R4 has only references. */
function asReference(
  { concept, reference }: { concept: Concept | null; reference: JsonObject | null },
  draft: Draft,
  path: string,
): JsonObject {
  if (reference !== null) {
    if (concept !== null) draft.keep(`${path}.concept`, concept)
    return reference
  }
  draft.keep(`${path}.concept`, concept ?? undefined)
  return jsonObject({
    display: stringAt(concept, 'text') || stringAt(concept, 'coding', 'display') || stringAt(concept, 'coding', 'code'),
  })
}

/** A reference as the words of a concept, where R4 has only concepts. */
function asConcept(
  { concept, reference }: { concept: Concept | null; reference: JsonObject | null },
  draft: Draft,
  path: string,
): JsonObject {
  if (concept !== null) {
    draft.keep(`${path}.reference`, reference ?? undefined)
    return concept
  }
  draft.keep(`${path}.reference`, reference ?? undefined)
  return jsonObject({ text: stringAt(reference, 'display') || stringAt(reference, 'reference') })
}

function asReferences(draft: Draft, name: string): void {
  const found = draft.codeable(name)
  draft.set(
    name,
    found.map((each) => asReference(each, draft, name)),
  )
}

function asConcepts(draft: Draft, name: string): void {
  const found = draft.codeable(name)
  draft.set(
    name,
    found.map((each) => asConcept(each, draft, name)),
  )
}

/** R5 has one flag and a list of reasons where R4 has one or the other. */
function dosages(draft: Draft, name: string): void {
  draft.each(name, (dosage) => {
    const reasons = dosage.take('asNeededFor')
    const [reason, ...more] = Array.isArray(reasons) ? reasons : []
    if (reason === undefined) return dosage.rename('asNeeded', 'asNeededBoolean')
    dosage.set('asNeededCodeableConcept', reason)
    dosage.keep('asNeededFor', more)
    dosage.setAside('asNeeded')
  })
  const text = draft.get('renderedDosageInstruction')
  if (typeof text === 'string' && draft.get(name) === undefined) {
    draft.take('renderedDosageInstruction')
    draft.set(name, [jsonObject({ text })])
  }
}

/** Who recorded it and who says so, from the functions of R5's participants. */
function participants(draft: Draft): void {
  const value = draft.take('participant')
  for (const each of Array.isArray(value) ? value : []) {
    const code = stringsAt(each, 'function', 'coding', 'code')
    const actor = objectsAt(each, 'actor')[0]
    const name = code.some((one) => ['author', 'enterer', 'transcriber'].includes(one)) ? 'recorder' : 'asserter'
    const isKnown =
      name === 'recorder' || code.some((one) => ['informant', 'attester', 'verifier', 'performer'].includes(one))
    if (isKnown && actor !== undefined && draft.get(name) === undefined) {
      draft.set(name, actor)
      draft.keep('participant.function', objectsAt(each, 'function')[0])
    } else draft.keep('participant', each)
  }
}

function status(draft: Draft, statuses: Readonly<Record<string, string>>): void {
  const code = draft.get('status')
  const mapped = typeof code === 'string' && Object.hasOwn(statuses, code) ? statuses[code] : undefined
  if (mapped === undefined || code === undefined) return
  draft.take('status')
  draft.set('status', mapped)
  draft.keep('status', code)
}

/** R5 tells whether the statement was recorded, and next to it whether the medicine is taken; R4 has one status for both. */
function statementStatus(draft: Draft): void {
  const code = stringAt(draft.get('adherence'), 'code', 'coding', 'code')
  const adherence = ['not-taking', 'taking', 'on-hold', 'stopped'].find((each) => code.startsWith(each)) ?? ''
  const taken: Record<string, string> = {
    'not-taking': 'not-taken',
    taking: 'active',
    'on-hold': 'on-hold',
    stopped: 'stopped',
  }
  status(draft, { recorded: taken[adherence] ?? 'unknown', draft: 'unknown' })
}

function medicine(draft: Draft): void {
  draft.choice('medication', 'medication')
  draft.split('reason', 'reasonCode', 'reasonReference')
}

const CONVERTERS: ReadonlyMap<string, (draft: Draft) => void> = new Map<string, (draft: Draft) => void>([
  [
    'AllergyIntolerance',
    (draft) => {
      const type = draft.get('type')
      if (isJsonObject(type)) {
        draft.take('type')
        const code = stringsAt(type, 'coding', 'code').find((each) => each === 'allergy' || each === 'intolerance')
        draft.set('type', code)
        draft.keep('type', type)
      }
      participants(draft)
      draft.each('reaction', (reaction) => asConcepts(reaction, 'manifestation'))
    },
  ],
  [
    'Condition',
    (draft) => {
      participants(draft)
      draft.each('evidence', (evidence) => {
        evidence.split('concept', 'code', 'detail')
        if (isJsonObject(evidence.get('reference'))) evidence.set('detail', [evidence.take('reference')!])
      })
    },
  ],
  [
    'Immunization',
    (draft) => {
      const [source] = draft.codeable('informationSource')
      if (source !== undefined) draft.set('reportOrigin', asConcept(source, draft, 'informationSource'))
      draft.split('reason', 'reasonCode', 'reasonReference')
      const [maker] = draft.codeable('manufacturer')
      if (maker !== undefined) draft.set('manufacturer', asReference(maker, draft, 'manufacturer'))
      draft.each('protocolApplied', (protocol) => {
        protocol.rename('doseNumber', 'doseNumberString')
        protocol.rename('seriesDoses', 'seriesDosesString')
      })
      draft.each('reaction', (reaction) => {
        const [what] = reaction.codeable('manifestation')
        if (what !== undefined) reaction.set('detail', asReference(what, reaction, 'manifestation'))
      })
      draft.each('programEligibility', (program) => {
        const stands = program.get('programStatus')
        if (!isJsonObject(stands)) return
        program.take('programStatus')
        for (const [key, value] of Object.entries(stands)) program.set(key, value)
        program.setAside('program')
      })
    },
  ],
  [
    'MedicationStatement',
    (draft) => {
      medicine(draft)
      draft.rename('encounter', 'context')
      draft.first('informationSource')
      statementStatus(draft)
      const why = objectsAt(draft.get('adherence'), 'reason')
      if (why.length > 0) draft.set('statusReason', why)
      dosages(draft, 'dosage')
    },
  ],
  [
    'MedicationRequest',
    (draft) => {
      medicine(draft)
      status(draft, { ended: 'completed' })
      if (typeof draft.get('reported') === 'boolean') draft.rename('reported', 'reportedBoolean')
      draft.first('performer')
      dosages(draft, 'dosageInstruction')
    },
  ],
  [
    'MedicationAdministration',
    (draft) => {
      medicine(draft)
      for (const spelling of ['occurence', 'occurrence'])
        for (const choice of ['DateTime', 'Period']) draft.rename(`${spelling}${choice}`, `effective${choice}`)
      draft.rename('encounter', 'context')
      draft.first('category')
      draft.each('performer', (performer) => {
        const [actor] = performer.codeable('actor')
        if (actor !== undefined) performer.set('actor', asReference(actor, performer, 'actor'))
      })
      asReferences(draft, 'device')
    },
  ],
  [
    'MedicationDispense',
    (draft) => {
      medicine(draft)
      draft.rename('encounter', 'context')
      draft.choice('notPerformedReason', 'statusReason')
      draft.first('category')
      dosages(draft, 'dosageInstruction')
    },
  ],
  [
    'Medication',
    (draft) => {
      draft.rename('doseForm', 'form')
      draft.rename('marketingAuthorizationHolder', 'manufacturer')
      draft.each('ingredient', (ingredient) => {
        ingredient.choice('item', 'item')
        ingredient.rename('strengthRatio', 'strength')
        ingredient.setAside('strengthCodeableConcept')
        ingredient.setAside('strengthQuantity')
      })
    },
  ],
  ['Observation', () => {}],
  ['DiagnosticReport', () => {}],
  [
    'Procedure',
    (draft) => {
      for (const choice of ['DateTime', 'Period', 'String', 'Age', 'Range'])
        draft.rename(`occurrence${choice}`, `performed${choice}`)
      draft.split('reason', 'reasonCode', 'reasonReference')
      draft.first('category')
      if (draft.get('used') !== undefined) draft.split('used', 'usedCode', 'usedReference')
      const complications = draft.codeable('complication')
      draft.set(
        'complication',
        complications.flatMap(({ concept }) => concept ?? []),
      )
      draft.set(
        'complicationDetail',
        complications.flatMap(({ reference }) => reference ?? []),
      )
      draft.each('performer', (performer) => performer.setAside('period'))
    },
  ],
  [
    'Encounter',
    (draft) => {
      const classes = draft.get('class')
      if (Array.isArray(classes)) {
        draft.take('class')
        const coding = objectsAt(classes[0], 'coding')[0]
        draft.set('class', coding ?? jsonObject({ display: stringAt(classes[0], 'text') }))
        draft.keep('class', classes)
      }
      draft.rename('actualPeriod', 'period')
      status(draft, { completed: 'finished', discharged: 'finished', discontinued: 'cancelled', 'on-hold': 'onleave' })
      const reasons = draft.get('reason')
      for (const reason of objectsAt(reasons)) {
        draft.take('reason')
        draft.keep('reason.use', objectsAt(reason, 'use'))
        for (const { concept, reference } of draft.codeableIn(reason['value'] ?? [])) {
          if (concept !== null) draft.set('reasonCode', [...listOf(draft.get('reasonCode')), concept])
          if (reference !== null) draft.set('reasonReference', [...listOf(draft.get('reasonReference')), reference])
        }
      }
      draft.each('participant', (participant) => participant.rename('actor', 'individual'))
      draft.each('diagnosis', (diagnosis) => {
        const [first, ...more] = diagnosis.codeable('condition')
        if (first !== undefined) diagnosis.set('condition', asReference(first, diagnosis, 'condition'))
        for (const each of more) diagnosis.keep('condition', each.reference ?? each.concept ?? undefined)
        diagnosis.first('use')
      })
      const [service, ...more] = draft.codeable('serviceType')
      if (service !== undefined) draft.set('serviceType', asConcept(service, draft, 'serviceType'))
      for (const each of more) draft.keep('serviceType', each.concept ?? each.reference ?? undefined)
      draft.rename('admission', 'hospitalization')
      draft.each('location', (location) => location.rename('form', 'physicalType'))
    },
  ],
  [
    'DocumentReference',
    (draft) => {
      const place = draft.get('context')
      const context: { [key: string]: JsonValue | undefined } = isJsonObject(place) ? { ...place } : {}
      if (Array.isArray(place)) {
        draft.take('context')
        const visits = objectsAt(place).filter((each) => /(?:^|\/)Encounter\//.test(stringAt(each, 'reference')))
        context['encounter'] = visits.length > 0 ? visits : undefined
        draft.keep(
          'context',
          objectsAt(place).filter((each) => !visits.includes(each)),
        )
      }
      for (const name of ['period', 'facilityType', 'practiceSetting']) context[name] ??= draft.take(name)
      const events = draft.codeable('event').map((each) => asConcept(each, draft, 'event'))
      if (events.length > 0) context['event'] ??= events
      if (Object.values(context).some((each) => each !== undefined)) draft.set('context', jsonObject(context))
      const attester = objectsAt(draft.get('attester')).find((each) => isJsonObject(each['party']))
      if (attester !== undefined) draft.set('authenticator', attester['party'])
      draft.each('content', (content) => {
        const profiles = objectsAt(content.get('profile'))
        const coded = profiles.find((each) => isJsonObject(each['valueCoding']))
        if (profiles.length === 0) return
        content.take('profile')
        if (coded !== undefined) content.set('format', coded['valueCoding'])
        content.keep(
          'profile',
          profiles.filter((each) => each !== coded),
        )
      })
      draft.each('relatesTo', (relation) => {
        const code = relation.get('code')
        if (!isJsonObject(code)) return
        relation.take('code')
        relation.set('code', stringAt(code, 'coding', 'code') || undefined)
        relation.keep('code', code)
      })
    },
  ],
  [
    'CarePlan',
    (draft) => {
      asReferences(draft, 'addresses')
      draft.rename('custodian', 'author')
      draft.each('activity', (activity) => {
        activity.rename('plannedActivityReference', 'reference')
        activity.split('performedActivity', 'outcomeCodeableConcept', 'outcomeReference')
      })
    },
  ],
  [
    'Goal',
    (draft) => {
      draft.split('outcome', 'outcomeCode', 'outcomeReference')
      draft.rename('source', 'expressedBy')
    },
  ],
  ['FamilyMemberHistory', (draft) => draft.split('reason', 'reasonCode', 'reasonReference')],
  [
    'CareTeam',
    (draft) => {
      draft.split('reason', 'reasonCode', 'reasonReference')
      draft.each('participant', (participant) => {
        const role = participant.get('role')
        if (isJsonObject(role)) participant.set('role', [role])
        participant.rename('coveragePeriod', 'period')
        participant.setAside('coverageTiming')
      })
    },
  ],
  [
    'Communication',
    (draft) => {
      draft.split('reason', 'reasonCode', 'reasonReference')
      draft.each('payload', (payload) => {
        const concept = payload.take('contentCodeableConcept')
        if (concept === undefined) return
        payload.set('contentString', stringAt(concept, 'text') || stringAt(concept, 'coding', 'display'))
        payload.keep('contentCodeableConcept', concept)
      })
    },
  ],
  [
    'Appointment',
    (draft) => {
      draft.split('reason', 'reasonCode', 'reasonReference')
      asConcepts(draft, 'serviceType')
      if (isJsonObject(draft.get('priority'))) draft.setAside('priority')
    },
  ],
  ['Schedule', (draft) => asConcepts(draft, 'serviceType')],
  [
    'Slot',
    (draft) => {
      asConcepts(draft, 'serviceType')
      draft.first('appointmentType')
    },
  ],
  [
    'Task',
    (draft) => {
      draft.split('reason', 'reasonCode', 'reasonReference', false)
      const [why] = draft.codeable('statusReason')
      if (why !== undefined) draft.set('statusReason', asConcept(why, draft, 'statusReason'))
    },
  ],
  [
    'ServiceRequest',
    (draft) => {
      const [what] = draft.codeable('code')
      if (what !== undefined) draft.set('code', asConcept(what, draft, 'code'))
      draft.split('reason', 'reasonCode', 'reasonReference')
      asReferences(draft, 'supportingInfo')
      draft.rename('asNeeded', 'asNeededBoolean')
    },
  ],
  [
    'Composition',
    (draft) => {
      draft.first('subject')
      draft.first('identifier')
      draft.each('attester', (attester) => {
        const mode = attester.get('mode')
        if (!isJsonObject(mode)) return
        attester.take('mode')
        attester.set('mode', stringAt(mode, 'coding', 'code') || undefined)
        attester.keep('mode', mode)
      })
    },
  ],
  [
    'Provenance',
    (draft) => {
      const grounds = draft.codeable('authorization').map((each) => asConcept(each, draft, 'authorization'))
      if (grounds.length > 0) draft.set('reason', grounds)
    },
  ],
  ['Specimen', () => {}],
  [
    'Practitioner',
    (draft) => {
      const spoken = objectsAt(draft.get('communication'))
      if (spoken.some((each) => isJsonObject(each['language']))) {
        draft.take('communication')
        draft.set(
          'communication',
          spoken.flatMap((each) => objectsAt(each, 'language')),
        )
        draft.keep('communication', spoken)
      }
    },
  ],
  ['PractitionerRole', () => {}],
  [
    'Organization',
    (draft) => {
      draft.each('contact', (contact) => contact.first('name'))
    },
  ],
])

function listOf(value: JsonValue | undefined): JsonValue[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
