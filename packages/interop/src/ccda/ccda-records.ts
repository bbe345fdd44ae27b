/**
 * C-CDA documents as records: the coded entries of each section as FHIR R4, after the tables of the HL7 guide C-CDA on FHIR
 * (https://hl7.org/fhir/us/ccda/). A negation is a negative, a nullFlavor is "not known", and a plan is never a fact. What
 * no record can hold is named, with the section that it is in.
 *
 * Long because it is one table of sections, with the reading of each kind of statement.
 */
import { JsonNumber, jsonObject, newNoneStated, type JsonObject, type JsonValue } from '@chartkeep/domain'
import type { SkipReason } from '../contract/door.ts'
import { elementsAt, textIn, type XmlElement } from '../xml/xml.ts'
import { fhirDate, nameOf } from './ccda-document.ts'
import { dosageOf } from './ccda-dosage.ts'
import { conceptOf, isUnknown, listOf, Narrative, quantityOf, systemOf } from './ccda-values.ts'

/** One coded statement of the document: the records that it gives, or why it gives none. */
export interface CcdaStatement {
  /** Title or code of its section. */
  section: string
  /** Position among the statements of the document, from 1. */
  place: number
  records: JsonObject[]
  skipped: SkipReason | null
  /** The statement's own text, for comparing imports. */
  origin: string
}

export interface CcdaRecords {
  patient: JsonObject | null
  statements: CcdaStatement[]
}

/** Reads the tree of a document. Never throws for a tree that `readXml` gave. */
export function ccdaRecords(root: XmlElement, patientId: (facts: string) => string): CcdaRecords {
  const patient = patientOf(root, patientId)
  const reader = new Sections(patient)
  for (const body of elementsAt(root, 'component', 'structuredBody')) reader.sectionsIn(body)
  const embedded = elementsAt(root, 'component', 'nonXMLBody', 'text')[0]
  if (embedded !== undefined)
    reader.embedded(embedded, textIn(elementsAt(root, 'title')[0]), fhirDate(elementsAt(root, 'effectiveTime')[0]))
  return { patient, statements: reader.statements }
}

const GENDERS: Readonly<Record<string, string>> = { M: 'male', F: 'female', UN: 'other' }

function patientOf(root: XmlElement, idOf: (facts: string) => string): JsonObject | null {
  const role = elementsAt(root, 'recordTarget', 'patientRole')[0]
  const person = role === undefined ? undefined : elementsAt(role, 'patient')[0]
  if (role === undefined || person === undefined) return null
  const names = elementsAt(person, 'name').flatMap((name) => {
    const parts = (part: string) =>
      elementsAt(name, part)
        .map(textIn)
        .filter((each) => each !== '')
    const family = parts('family').join(' ')
    const given = parts('given')
    const isHan = /^\p{Script=Han}+$/u.test(family)
    const text =
      given.length === 0 || family === ''
        ? nameOf(name)
        : isHan
          ? [family, ...given].join('')
          : [...given, family, ...parts('suffix')].join(' ')
    if (text === '') return []
    return [
      jsonObject({
        text,
        ...(family === '' ? {} : { family }),
        ...listed('given', given),
        ...listed('suffix', parts('suffix')),
      }),
    ]
  })
  const birthDate = fhirDate(elementsAt(person, 'birthTime')[0]).slice(0, 10)
  const gender = GENDERS[elementsAt(person, 'administrativeGenderCode')[0]?.attributes['code'] ?? '']
  const identifier = elementsAt(role, 'id').flatMap(identifierOf)
  const telecom = elementsAt(role, 'telecom').flatMap((each) => {
    const value = each.attributes['value'] ?? ''
    const system = value.startsWith('tel:') ? 'phone' : value.startsWith('mailto:') ? 'email' : ''
    return value === ''
      ? []
      : [jsonObject({ ...(system === '' ? {} : { system }), value: value.replace(/^(?:tel|mailto):/u, '') })]
  })
  const address = elementsAt(role, 'addr').flatMap((each) => {
    const part = (name: string) =>
      elementsAt(each, name)
        .map(textIn)
        .filter((text) => text !== '')
    const line = part('streetAddressLine')
    const rest = {
      city: part('city')[0],
      state: part('state')[0],
      postalCode: part('postalCode')[0],
      country: part('country')[0],
    }
    const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as JsonObject
    return line.length === 0 && Object.keys(known).length === 0
      ? []
      : [jsonObject({ ...listed('line', line), ...known })]
  })
  const died = fhirDate(elementsAt(person, 'deceasedTime')[0])
  const isDead = elementsAt(person, 'deceasedInd')[0]?.attributes['value'] === 'true'
  const facts = JSON.stringify([identifier, names, birthDate])
  return jsonObject({
    resourceType: 'Patient',
    id: idOf(facts),
    ...listed('identifier', identifier),
    ...listed('name', names),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === '' ? {} : { birthDate }),
    ...(died === '' ? (isDead ? { deceasedBoolean: true } : {}) : { deceasedDateTime: died }),
    ...listed('telecom', telecom),
    ...listed('address', address),
  })
}

function listed(name: string, values: JsonValue[]): JsonObject {
  return values.length === 0 ? {} : jsonObject({ [name]: values })
}

function first(name: string, values: JsonValue[]): JsonObject {
  return values[0] === undefined ? {} : jsonObject({ [name]: values[0] })
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu

/** A root alone names a thing only where it is a uuid: vendors write one constant root everywhere. */
function identifierOf(id: XmlElement): JsonObject[] {
  const { root = '', extension = '' } = id.attributes
  if (id.attributes['nullFlavor'] !== undefined || root === '') return []
  if (extension !== '')
    return [
      jsonObject({ system: UUID.test(root) ? `urn:uuid:${root.toLowerCase()}` : systemOf(root), value: extension }),
    ]
  return UUID.test(root) ? [jsonObject({ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${root.toLowerCase()}` })] : []
}

type Kind =
  | 'allergies'
  | 'medicines'
  | 'problems'
  | 'vaccines'
  | 'results'
  | 'vitals'
  | 'procedures'
  | 'encounters'
  | 'social'
  | 'survey'
  | 'plan'
  | 'goals'
  | 'family'

/** LOINC codes of sections, and the templates of those whose code is missing. */
const SECTIONS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['48765-2', 'allergies'],
  ['10160-0', 'medicines'],
  ['10183-2', 'medicines'],
  ['29549-3', 'medicines'],
  ['42346-7', 'medicines'],
  ['11450-4', 'problems'],
  ['11348-0', 'problems'],
  ['11535-2', 'problems'],
  ['10219-4', 'problems'],
  ['10218-6', 'problems'],
  ['46241-6', 'problems'],
  ['29308-4', 'problems'],
  ['11369-6', 'vaccines'],
  ['30954-2', 'results'],
  ['8716-3', 'vitals'],
  ['47519-4', 'procedures'],
  ['46240-8', 'encounters'],
  ['29762-2', 'social'],
  ['47420-5', 'survey'],
  ['10190-7', 'survey'],
  ['18776-5', 'plan'],
  ['61146-7', 'goals'],
  ['10157-6', 'family'],
  ['2.16.840.1.113883.10.20.22.2.6', 'allergies'],
  ['2.16.840.1.113883.10.20.22.2.6.1', 'allergies'],
  ['2.16.840.1.113883.10.20.22.2.1', 'medicines'],
  ['2.16.840.1.113883.10.20.22.2.1.1', 'medicines'],
  ['2.16.840.1.113883.10.20.22.2.5', 'problems'],
  ['2.16.840.1.113883.10.20.22.2.5.1', 'problems'],
  ['2.16.840.1.113883.10.20.22.2.2', 'vaccines'],
  ['2.16.840.1.113883.10.20.22.2.2.1', 'vaccines'],
  ['2.16.840.1.113883.10.20.22.2.3', 'results'],
  ['2.16.840.1.113883.10.20.22.2.3.1', 'results'],
  ['2.16.840.1.113883.10.20.22.2.4', 'vitals'],
  ['2.16.840.1.113883.10.20.22.2.4.1', 'vitals'],
  ['2.16.840.1.113883.10.20.22.2.7', 'procedures'],
  ['2.16.840.1.113883.10.20.22.2.7.1', 'procedures'],
  ['2.16.840.1.113883.10.20.22.2.22', 'encounters'],
  ['2.16.840.1.113883.10.20.22.2.22.1', 'encounters'],
  ['2.16.840.1.113883.10.20.22.2.17', 'social'],
  ['2.16.840.1.113883.10.20.22.2.10', 'plan'],
  ['2.16.840.1.113883.10.20.22.2.15', 'family'],
])

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const PLANNED = new Set(['INT', 'PRMS', 'RQO', 'PRP', 'GOL', 'ARQ', 'APT'])

class Sections {
  readonly statements: CcdaStatement[] = []
  readonly #patient: JsonObject | null
  #narrative = new Narrative(undefined)
  #section = ''

  constructor(patient: JsonObject | null) {
    this.#patient = patient
  }

  sectionsIn(parent: XmlElement): void {
    for (const section of elementsAt(parent, 'component', 'section')) {
      const code = elementsAt(section, 'code')[0]?.attributes['code'] ?? ''
      const templates = elementsAt(section, 'templateId').map((each) => each.attributes['root'] ?? '')
      const kind = SECTIONS.get(code) ?? templates.map((each) => SECTIONS.get(each)).find((each) => each !== undefined)
      const text = elementsAt(section, 'text')[0]
      this.#section =
        textIn(elementsAt(section, 'title')[0]) || elementsAt(section, 'code')[0]?.attributes['displayName'] || code
      this.#narrative = new Narrative(text)
      const entries = elementsAt(section, 'entry')
      for (const entry of entries) this.#entry(entry, kind)
      if (entries.length === 0 && textIn(text) !== '')
        this.#skip(section, section.attributes['nullFlavor'] === undefined ? 'only-as-text' : 'no-content')
      this.sectionsIn(section)
    }
  }

  embedded(text: XmlElement, title: string, date: string): void {
    const data = text.children
      .filter((child) => typeof child === 'string')
      .join('')
      .replaceAll(/\s+/gu, '')
    if (text.attributes['representation'] !== 'B64' || data === '') return this.#skip(text, 'only-as-text')
    this.#take(text, [
      this.#record('DocumentReference', text, {
        status: 'current',
        description: title || 'Document',
        ...dated('date', date),
        content: [
          jsonObject({
            attachment: jsonObject({
              contentType: text.attributes['mediaType'] ?? 'application/octet-stream',
              data,
              title: title || 'Document',
            }),
          }),
        ],
      }),
    ])
  }

  #skip(of: XmlElement, reason: SkipReason): void {
    this.#add(of, [], reason)
  }

  #take(of: XmlElement, records: (JsonObject | null)[]): void {
    const made = records.filter((record) => record !== null)
    this.#add(of, made, made.length === 0 ? 'no-content' : null)
  }

  #add(of: XmlElement, records: JsonObject[], skipped: SkipReason | null): void {
    const place = this.statements.length + 1
    this.statements.push({ section: this.#section, place, records, skipped, origin: JSON.stringify(of) })
  }

  /** A record with its person and the numbers that the statement carries. */
  #record(type: string, of: XmlElement, elements: { [key: string]: JsonValue | undefined }): JsonObject {
    const patient = this.#patient
    const reference = patient === null ? null : jsonObject({ reference: `Patient/${String(patient['id'])}` })
    const element = PATIENT_ELEMENT.has(type) ? 'patient' : 'subject'
    const known = Object.fromEntries(Object.entries(elements).filter(([, value]) => value !== undefined)) as JsonObject
    return jsonObject({
      resourceType: type,
      ...listed('identifier', elementsAt(of, 'id').flatMap(identifierOf)),
      ...(reference === null ? {} : { [element]: reference }),
      ...known,
      ...listed('note', WITHOUT_NOTE.has(type) ? [] : this.#comments(of)),
    })
  }

  /** What its Comment activities say, with their authors. */
  #comments(of: XmlElement): JsonObject[] {
    return elementsAt(of, 'entryRelationship', 'act').flatMap((act) => {
      if (elementsAt(act, 'code')[0]?.attributes['code'] !== COMMENT) return []
      const text = this.#words(act)
      if (text === '') return []
      const author = elementsAt(act, 'author', 'assignedAuthor', 'assignedPerson', 'name').map(nameOf).find(Boolean)
      return [jsonObject({ ...(author ? { authorString: author } : {}), ...dated('time', authored(act)), text })]
    })
  }

  /** The indications: observations that say why. */
  #reasons(of: XmlElement): JsonObject[] {
    return elementsAt(of, 'entryRelationship').flatMap((relation) =>
      relation.attributes['typeCode'] === 'RSON'
        ? elementsAt(relation, 'observation').flatMap((each) => listOf(this.#concept(elementsAt(each, 'value')[0])))
        : [],
    )
  }

  /** The first person, else organization, that carried the act out, by name. */
  #performer(of: XmlElement): JsonObject | null {
    const entities = elementsAt(of, 'performer', 'assignedEntity')
    const person = entities
      .flatMap((each) => elementsAt(each, 'assignedPerson', 'name'))
      .map(nameOf)
      .find(Boolean)
    const place = entities.flatMap((each) => elementsAt(each, 'representedOrganization', 'name')).map(textIn)
    const display = person ?? place.find((each) => each !== '')
    return display === undefined ? null : jsonObject({ display })
  }

  #concepts(of: XmlElement, name: string): JsonObject[] {
    return elementsAt(of, name).flatMap((each) => listOf(this.#concept(each)))
  }

  #concept(element: XmlElement | undefined): JsonObject | null {
    return conceptOf(element, this.#narrative)
  }

  #words(of: XmlElement): string {
    return this.#narrative.textOf(elementsAt(of, 'text')[0])
  }

  #entry(entry: XmlElement, kind: Kind | undefined): void {
    const of = entry.children.find((child): child is XmlElement => typeof child !== 'string' && ENTRY.has(child.name))
    if (of === undefined) return
    switch (kind) {
      case 'allergies':
      case 'problems': {
        const inner = of.name === 'act' ? statementsIn(of) : [of]
        if (inner.length === 0) return this.#skip(of, 'no-content')
        if (of.name === 'act' && inner.length > 1)
          for (const each of elementsAt(of, 'entryRelationship', 'observation'))
            if (isAbout(each)) this.#skip(each, 'no-place')
        for (const each of inner) {
          if (each.name !== 'observation') this.#skip(each, 'no-place')
          else
            this.#take(each, [
              kind === 'allergies' ? this.#allergy(each, of) : this.#problem(each, of, 'problem-list-item'),
            ])
        }
        return
      }
      case 'medicines':
        return of.name === 'substanceAdministration' ? this.#take(of, [this.#medicine(of)]) : this.#skip(of, 'no-place')
      case 'vaccines':
        return of.name === 'substanceAdministration' ? this.#take(of, [this.#vaccine(of)]) : this.#skip(of, 'no-place')
      case 'results':
      case 'vitals':
        return this.#measured(of, kind === 'results' ? 'laboratory' : 'vital-signs')
      case 'social':
      case 'survey': {
        const each = of.name === 'organizer' ? elementsAt(of, 'component', 'observation') : [of]
        for (const one of each) {
          if (one.name !== 'observation') this.#skip(one, 'no-place')
          else this.#take(one, [this.#observation(one, kind === 'social' ? 'social-history' : 'survey', '')])
        }
        return
      }
      case 'procedures':
        return this.#take(of, [PLANNED.has(mood(of)) ? this.#order(of) : this.#procedure(of)])
      case 'encounters':
        return of.name === 'encounter' ? this.#encounter(of) : this.#skip(of, 'no-place')
      case 'plan':
        if (of.name === 'substanceAdministration') return this.#take(of, [this.#medicine(of)])
        return of.name === 'organizer' || of.name === 'supply'
          ? this.#skip(of, 'no-place')
          : this.#take(of, [this.#order(of)])
      case 'goals':
        return of.name === 'observation' ? this.#take(of, [this.#goal(of)]) : this.#skip(of, 'no-place')
      case 'family':
        return of.name === 'organizer' ? this.#relative(of) : this.#skip(of, 'no-place')
      case undefined:
        return this.#skip(of, 'no-place')
    }
  }

  #noneStated(type: 'AllergyIntolerance' | 'MedicationStatement' | 'Condition', of: XmlElement): JsonObject {
    return newNoneStated(
      type,
      'none-known',
      `Patient/${String(this.#patient?.['id'] ?? 'unknown')}`,
      authored(of) || start(of),
    )
  }

  #allergy(of: XmlElement, act: XmlElement): JsonObject | null {
    const value = elementsAt(of, 'value')[0]
    const type = value?.attributes['code'] ?? ''
    const agent = elementsAt(of, 'participant', 'participantRole', 'playingEntity')[0]
    const named = agent === undefined ? null : (this.#concept(elementsAt(agent, 'code')[0]) ?? nameConcept(agent))
    const code = named ?? (type !== '' && !GENERAL_ALLERGY.has(type) ? this.#concept(value) : null)
    const isNot = isNegated(of)
    if (isNot && code === null) return this.#noneStated('AllergyIntolerance', of)
    const known = code ?? (isUnknown(of) ? null : nameText(this.#words(of)))
    if (known === null) return null
    const clinical = isNot ? null : clinicalOf(of, act)
    const reactions = elementsAt(of, 'entryRelationship').flatMap((relation) => {
      if (relation.attributes['typeCode'] !== 'MFST') return []
      return elementsAt(relation, 'observation').flatMap((reaction) => {
        const manifestation = this.#concept(elementsAt(reaction, 'value')[0]) ?? nameText(this.#words(reaction))
        if (manifestation === null) return []
        const severity = severityOf(reaction) ?? severityOf(of, act)
        return [jsonObject({ manifestation: [manifestation], ...(severity === undefined ? {} : { severity }) })]
      })
    })
    // A severity of the allergy that is worse than every reaction's, or has no reaction, stays as a reaction of its own.
    // FHIR wants a manifestation there, and this one says that none was given.
    const severity = isNot ? undefined : severityOf(of, act)
    const grade = (word: JsonValue | undefined) => GRADES.indexOf(String(word))
    if (severity !== undefined && reactions.every((each) => grade(each['severity']) < grade(severity)))
      reactions.push(jsonObject({ manifestation: [coded(`${HL7}/data-absent-reason`, 'unknown')], severity }))
    const criticality = qualifiersOf(of, act).flatMap(
      (each) => CRITICALITY[elementsAt(each, 'value')[0]?.attributes['code'] ?? ''] ?? [],
    )[0]
    return this.#record('AllergyIntolerance', of, {
      ...(clinical === null ? {} : { clinicalStatus: coded(`${HL7}/allergyintolerance-clinical`, clinical) }),
      verificationStatus: coded(`${HL7}/allergyintolerance-verification`, isNot ? 'refuted' : 'confirmed'),
      type: INTOLERANCE.has(type) ? 'intolerance' : type === '' || type === '420134006' ? undefined : 'allergy',
      category: categoryOf(type),
      criticality,
      code: known,
      ...dated('onsetDateTime', start(of)),
      ...dated('recordedDate', authored(of) || authored(act)),
      ...listed('reaction', reactions),
    })
  }

  #problem(of: XmlElement, act: XmlElement, category: string): JsonObject | null {
    const value = elementsAt(of, 'value')[0]
    const isNot = isNegated(of)
    if (isNot && ['55607006', ''].includes(value?.attributes['code'] ?? '')) return this.#noneStated('Condition', of)
    const code = this.#concept(value) ?? (isUnknown(of) ? null : nameText(this.#words(of)))
    if (code === null) return null
    const clinical = isNot ? null : clinicalOf(of, act)
    return this.#record('Condition', of, {
      ...(clinical === null ? {} : { clinicalStatus: coded(`${HL7}/condition-clinical`, clinical) }),
      verificationStatus: coded(`${HL7}/condition-ver-status`, isNot ? 'refuted' : 'confirmed'),
      category: [coded(`${HL7}/condition-category`, category)],
      severity: this.#concept(severityValue(of, act)) ?? undefined,
      code,
      ...listed('bodySite', this.#concepts(of, 'targetSiteCode')),
      ...(start(of) === '' ? onsetAge(of) : { onsetDateTime: start(of) }),
      ...dated('abatementDateTime', end(of)),
      ...dated('recordedDate', authored(of) || authored(act)),
    })
  }

  #medicine(of: XmlElement): JsonObject | null {
    const material = elementsAt(of, 'consumable', 'manufacturedProduct', 'manufacturedMaterial')[0]
    const code =
      material === undefined ? null : (this.#concept(elementsAt(material, 'code')[0]) ?? nameConcept(material))
    const isNot = isNegated(of)
    if (code === null && isNot) return this.#noneStated('MedicationStatement', of)
    const known = code ?? (isUnknown(of) ? null : nameText(this.#words(of)))
    if (known === null) return null
    const status = elementsAt(of, 'statusCode')[0]?.attributes['code'] ?? ''
    const dosage = dosageOf(of, this.#narrative)
    const time = elementsAt(of, 'effectiveTime').find(
      (each) => !/^(?:PIVL|EIVL)/u.test(each.attributes['xsi:type'] ?? ''),
    )
    if (PLANNED.has(mood(of)))
      return this.#record('MedicationRequest', of, {
        status: MEDICINE_STATUS[status]?.[1] ?? 'unknown',
        intent: 'plan',
        ...(isNot ? { doNotPerform: true } : {}),
        medicationCodeableConcept: known,
        ...dated('authoredOn', authored(of)),
        ...listed('reasonCode', this.#reasons(of)),
        ...(dosage === null ? {} : { dosageInstruction: [dosage] }),
      })
    const period = periodOf(time)
    return this.#record('MedicationStatement', of, {
      status: isNot ? 'not-taken' : (MEDICINE_STATUS[status]?.[0] ?? 'unknown'),
      medicationCodeableConcept: known,
      ...period,
      ...dated('dateAsserted', authored(of)),
      ...listed('reasonCode', this.#reasons(of)),
      ...(dosage === null ? {} : { dosage: [dosage] }),
    })
  }

  #vaccine(of: XmlElement): JsonObject | null {
    if (PLANNED.has(mood(of))) return this.#order(of)
    const material = elementsAt(of, 'consumable', 'manufacturedProduct', 'manufacturedMaterial')[0]
    const code =
      material === undefined ? null : (this.#concept(elementsAt(material, 'code')[0]) ?? nameConcept(material))
    const known = code ?? (isUnknown(of) ? null : nameText(this.#words(of)))
    if (known === null) return null
    const status = elementsAt(of, 'statusCode')[0]?.attributes['code'] ?? ''
    const isNot = isNegated(of)
    const why = isNot
      ? elementsAt(of, 'entryRelationship')
          .filter((relation) => relation.attributes['typeCode'] === 'RSON')
          .flatMap((relation) => elementsAt(relation, 'observation'))
          .map((each) => this.#concept(elementsAt(each, 'value')[0]) ?? this.#concept(elementsAt(each, 'code')[0]))[0]
      : undefined
    const lot = material === undefined ? '' : textIn(elementsAt(material, 'lotNumberText')[0])
    const maker = textIn(elementsAt(of, 'consumable', 'manufacturedProduct', 'manufacturerOrganization', 'name')[0])
    const dose = elementsAt(of, 'repeatNumber')[0]?.attributes['value'] ?? ''
    const quantity = quantityOf(elementsAt(of, 'doseQuantity')[0])
    const route = this.#concept(elementsAt(of, 'routeCode')[0])
    const performer = this.#performer(of)
    return this.#record('Immunization', of, {
      status: isNot
        ? 'not-done'
        : status === 'nullified'
          ? 'entered-in-error'
          : ['aborted', 'cancelled'].includes(status)
            ? 'not-done'
            : 'completed',
      ...(why === undefined || why === null ? {} : { statusReason: why }),
      vaccineCode: known,
      ...dated('occurrenceDateTime', start(of)),
      ...(lot === '' ? {} : { lotNumber: lot }),
      ...(maker === '' ? {} : { manufacturer: jsonObject({ display: maker }) }),
      ...(route === null ? {} : { route }),
      ...(quantity === null ? {} : { doseQuantity: quantity }),
      ...(performer === null ? {} : { performer: [jsonObject({ actor: performer })] }),
      ...(/^[1-9]\d?$/u.test(dose)
        ? { protocolApplied: [jsonObject({ doseNumberPositiveInt: new JsonNumber(dose) })] }
        : {}),
    })
  }

  #measured(of: XmlElement, category: string): void {
    if (of.name === 'observation') return this.#take(of, [this.#observation(of, category, '')])
    if (of.name !== 'organizer') return this.#skip(of, 'no-place')
    const inner = elementsAt(of, 'component', 'observation')
    const time = start(of)
    const byCode = new Map(inner.map((each) => [elementsAt(each, 'code')[0]?.attributes['code'] ?? '', each]))
    const [high, low] = [byCode.get('8480-6'), byCode.get('8462-4')]
    const made = new Map(inner.map((each) => [each, this.#observation(each, category, time)]))
    const [systolic, diastolic] = [high === undefined ? null : made.get(high), low === undefined ? null : made.get(low)]
    const isPair =
      category === 'vital-signs' &&
      systolic !== null &&
      systolic !== undefined &&
      diastolic !== null &&
      diastolic !== undefined
    const results: JsonObject[] = []
    for (const each of inner) {
      const record = made.get(each) ?? null
      if (isPair && each === low) {
        this.#skip(each, 'part-of-another')
        continue
      }
      const one = isPair && each === high ? pressure(systolic, diastolic) : record
      this.#take(each, [one])
      if (one !== null) results.push(one)
    }
    for (const other of elementsAt(of, 'component').flatMap((each) => [
      ...elementsAt(each, 'organizer'),
      ...elementsAt(each, 'procedure'),
    ]))
      if (other.name === 'organizer') this.#measured(other, category)
      else this.#skip(other, 'part-of-another')
    const code = this.#concept(elementsAt(of, 'code')[0])
    if (category !== 'laboratory' || code === null || inner.length === 0) return
    this.#take(of, [
      this.#record('DiagnosticReport', of, {
        status: RESULT_STATUS[elementsAt(of, 'statusCode')[0]?.attributes['code'] ?? ''] ?? 'unknown',
        category: [coded(`${HL7}/v2-0074`, 'LAB')],
        code,
        ...dated('effectiveDateTime', time || start(inner[0]!)),
        result: results.map((each) =>
          jsonObject({ display: String((each['code'] as JsonObject | undefined)?.['text'] ?? '') || 'Result' }),
        ),
      }),
    ])
  }

  #observation(of: XmlElement, category: string, time: string): JsonObject | null {
    const code = this.#concept(elementsAt(of, 'code')[0]) ?? nameText(this.#words(of))
    const value = elementsAt(of, 'value')[0]
    // A negated finding has no form here that could not be read as the finding.
    if (isNegated(of)) return null
    if (code === null) return null
    const status = elementsAt(of, 'statusCode')[0]?.attributes['code'] ?? ''
    const interpretation = this.#concepts(of, 'interpretationCode')
    const performer = this.#performer(of)
    const ranges = elementsAt(of, 'referenceRange', 'observationRange').flatMap((range) => {
      const span = elementsAt(range, 'value')[0]
      const low = quantityOf(span && elementsAt(span, 'low')[0])
      const high = quantityOf(span && elementsAt(span, 'high')[0])
      const text = this.#narrative.textOf(elementsAt(range, 'text')[0]) || (span === undefined ? '' : textIn(span))
      const all = {
        ...(low === null ? {} : { low }),
        ...(high === null ? {} : { high }),
        ...(text === '' ? {} : { text }),
      }
      return Object.keys(all).length === 0 ? [] : [jsonObject(all)]
    })
    return this.#record('Observation', of, {
      status: RESULT_STATUS[status] ?? 'unknown',
      category: [coded(`${HL7}/observation-category`, category)],
      code,
      ...periodOf(elementsAt(of, 'effectiveTime')[0], 'effective', time),
      ...this.#value(value, of),
      ...listed('interpretation', interpretation),
      ...first('bodySite', this.#concepts(of, 'targetSiteCode')),
      ...first('method', this.#concepts(of, 'methodCode')),
      ...(performer === null ? {} : { performer: [performer] }),
      ...listed('referenceRange', ranges),
    })
  }

  #value(value: XmlElement | undefined, of: XmlElement): JsonObject {
    const absent = (flavour: string) =>
      jsonObject({ dataAbsentReason: coded(`${HL7}/data-absent-reason`, ABSENT[flavour] ?? 'unknown') })
    if (value === undefined) return of.attributes['nullFlavor'] === undefined ? {} : absent(of.attributes['nullFlavor'])
    const type = value.attributes['xsi:type'] ?? ''
    const text = this.#narrative.textOf(value)
    if (/^(?:CD|CE|CV|CO|CS)$/u.test(type)) {
      const concept = this.#concept(value)
      return concept === null
        ? absent(value.attributes['nullFlavor'] ?? 'UNK')
        : jsonObject({ valueCodeableConcept: concept })
    }
    if (type.startsWith('IVL')) {
      const [low, high] = ['low', 'high'].map((side) => quantityOf(elementsAt(value, side)[0]))
      const isOpen = (side: string) => elementsAt(value, side)[0]?.attributes['inclusive'] === 'false'
      if (low && high) return jsonObject({ valueRange: jsonObject({ low, high }) })
      if (low) return jsonObject({ valueQuantity: jsonObject({ ...low, comparator: isOpen('low') ? '>' : '>=' }) })
      if (high) return jsonObject({ valueQuantity: jsonObject({ ...high, comparator: isOpen('high') ? '<' : '<=' }) })
    }
    if (type === 'RTO' || type.startsWith('RTO_')) {
      const [numerator, denominator] = ['numerator', 'denominator'].map((part) =>
        quantityOf(elementsAt(value, part)[0]),
      )
      if (numerator && denominator) return jsonObject({ valueRatio: jsonObject({ numerator, denominator }) })
    }
    if (type === 'BL' && value.attributes['value'] !== undefined)
      return jsonObject({ valueBoolean: value.attributes['value'] === 'true' })
    if (type === 'TS' || type === 'DT') {
      const date = fhirDate(value)
      if (date !== '') return jsonObject({ valueDateTime: date })
    }
    const quantity = quantityOf(value)
    if (quantity !== null) return jsonObject({ valueQuantity: quantity })
    if (text !== '') return jsonObject({ valueString: text })
    const written = value.attributes['value'] ?? ''
    return written !== '' ? jsonObject({ valueString: written }) : absent(value.attributes['nullFlavor'] ?? 'UNK')
  }

  #procedure(of: XmlElement): JsonObject | null {
    const code = this.#concept(elementsAt(of, 'code')[0]) ?? (isUnknown(of) ? null : nameText(this.#words(of)))
    if (code === null) return null
    const status = elementsAt(of, 'statusCode')[0]?.attributes['code'] ?? ''
    const performer = this.#performer(of)
    return this.#record('Procedure', of, {
      status: isNegated(of) ? 'not-done' : (PROCEDURE_STATUS[status] ?? 'unknown'),
      code,
      ...periodOf(elementsAt(of, 'effectiveTime')[0], 'performed'),
      ...listed('bodySite', this.#concepts(of, 'targetSiteCode')),
      ...listed('reasonCode', this.#reasons(of)),
      ...(performer === null ? {} : { performer: [jsonObject({ actor: performer })] }),
    })
  }

  /** What is planned or ordered. It is never shown as done. */
  #order(of: XmlElement): JsonObject | null {
    const material = elementsAt(of, 'consumable', 'manufacturedProduct', 'manufacturedMaterial', 'code')[0]
    const code = this.#concept(material) ?? this.#concept(elementsAt(of, 'code')[0]) ?? nameText(this.#words(of))
    if (code === null) return null
    const status = elementsAt(of, 'statusCode')[0]?.attributes['code'] ?? ''
    return this.#record('ServiceRequest', of, {
      status:
        status === 'completed' ? 'completed' : status === 'aborted' || status === 'cancelled' ? 'revoked' : 'active',
      intent: mood(of) === 'RQO' ? 'order' : mood(of) === 'PRP' ? 'proposal' : 'plan',
      ...(isNegated(of) ? { doNotPerform: true } : {}),
      code,
      ...periodOf(elementsAt(of, 'effectiveTime')[0], 'occurrence'),
      ...dated('authoredOn', authored(of)),
      ...listed('reasonCode', this.#reasons(of)),
    })
  }

  #goal(of: XmlElement): JsonObject | null {
    const description = nameText(this.#words(of)) ?? this.#concept(elementsAt(of, 'code')[0])
    if (description === null) return null
    return this.#record('Goal', of, {
      lifecycleStatus: 'active',
      description,
      ...dated('startDate', start(of).slice(0, 10)),
    })
  }

  #encounter(of: XmlElement): void {
    const type = this.#concept(elementsAt(of, 'code')[0])
    const classes = elementsAt(of, 'code', 'translation').filter(
      (each) => each.attributes['codeSystem'] === '2.16.840.1.113883.5.4',
    )
    const kind = classes[0]?.attributes['code']
    const performer = this.#performer(of)
    const place = elementsAt(of, 'participant')
      .filter((each) => each.attributes['typeCode'] === 'LOC')
      .flatMap((each) => elementsAt(each, 'participantRole', 'playingEntity', 'name'))
      .map(textIn)
      .find((name) => name !== '')
    this.#take(of, [
      this.#record('Encounter', of, {
        status: PLANNED.has(mood(of)) ? 'planned' : 'finished',
        class: kind === undefined ? coding(`${HL7}/v3-NullFlavor`, 'UNK') : coding(`${HL7}/v3-ActCode`, kind),
        ...(type === null ? {} : { type: [type] }),
        ...listed('reasonCode', this.#reasons(of)),
        ...(performer === null ? {} : { participant: [jsonObject({ individual: performer })] }),
        ...(place === undefined ? {} : { location: [jsonObject({ location: jsonObject({ display: place }) })] }),
        ...periodOnly(elementsAt(of, 'effectiveTime')[0]),
      }),
    ])
    const diagnoses = elementsAt(of, 'entryRelationship').flatMap((each) => [
      ...elementsAt(each, 'act').flatMap((act) =>
        elementsAt(act, 'entryRelationship', 'observation').map((one) => [one, act] as const),
      ),
      ...elementsAt(each, 'observation')
        .filter((one) => elementsAt(one, 'value')[0] !== undefined && !isAbout(one))
        .map((one) => [one, of] as const),
    ])
    for (const [one, act] of diagnoses)
      if (!isAbout(one)) this.#take(one, [this.#problem(one, act, 'encounter-diagnosis')])
  }

  /** A relative with what they had. A finding that is negated is no finding of theirs, and is listed. */
  #relative(of: XmlElement): void {
    const related = elementsAt(of, 'subject', 'relatedSubject')[0]
    const relationship = related === undefined ? null : this.#concept(elementsAt(related, 'code')[0])
    if (related === undefined || relationship === null) return this.#skip(of, 'no-content')
    const person = elementsAt(related, 'subject')[0]
    const gender = GENDERS[(person && elementsAt(person, 'administrativeGenderCode')[0]?.attributes['code']) ?? '']
    const born = fhirDate(person && elementsAt(person, 'birthTime')[0]).slice(0, 10)
    const died = fhirDate(person && elementsAt(person, 'deceasedTime')[0])
    const isDead = (person && elementsAt(person, 'deceasedInd')[0]?.attributes['value']) === 'true'
    const findings = elementsAt(of, 'component', 'observation')
    const condition = findings.flatMap((each) => {
      const code = this.#concept(elementsAt(each, 'value')[0])
      return code === null || isNegated(each) ? [] : [jsonObject({ code, ...onsetAge(each) })]
    })
    this.#take(of, [
      this.#record('FamilyMemberHistory', of, {
        status: 'completed',
        relationship,
        ...(gender === undefined ? {} : { sex: coded('http://hl7.org/fhir/administrative-gender', gender) }),
        ...dated('bornDate', born),
        ...(died === '' ? (isDead ? { deceasedBoolean: true } : {}) : { deceasedDate: died.slice(0, 10) }),
        ...listed('condition', condition),
      }),
    ])
    for (const each of findings) if (isNegated(each)) this.#skip(each, 'no-place')
  }
}

const ENTRY = new Set([
  'act',
  'observation',
  'organizer',
  'procedure',
  'encounter',
  'substanceAdministration',
  'supply',
  'observationMedia',
  'regionOfInterest',
])
/** LOINC, "Annotation comment". */
const COMMENT = '48767-8'
/** LOINC and SNOMED CT, "Age at onset". */
const ONSET_AGE = new Set(['445518008', '30525-0'])
/** Types of FHIR R4 that have no note. */
const WITHOUT_NOTE = new Set(['DiagnosticReport', 'DocumentReference', 'Encounter'])
const PATIENT_ELEMENT = new Set(['AllergyIntolerance', 'Immunization', 'FamilyMemberHistory'])

/** "Allergy to substance" and the like: the kind of an allergy, and no name of a substance. */
const GENERAL_ALLERGY = new Set(
  '419199007 416098002 418038007 420134006 418471000 419511003 414285001 59037007 235719002 232347008 426232007 281647001 106190000 ASSERTION'.split(
    ' ',
  ),
)
const INTOLERANCE = new Set('59037007 235719002'.split(' '))
const CRITICALITY: Readonly<Record<string, string>> = { CRITL: 'low', CRITH: 'high', CRITU: 'unable-to-assess' }
const GRADES = ['mild', 'moderate', 'severe']
/** SNOMED CT, as HL7 maps them: a grade between two is the worse of them. */
const SEVERITY: Readonly<Record<string, string>> = {
  '255604002': 'mild',
  '371923003': 'moderate',
  '6736007': 'moderate',
  '371924009': 'severe',
  '24484000': 'severe',
  '442452003': 'severe',
  '399166001': 'severe',
}
/** As a statement, and as a request. */
const MEDICINE_STATUS: Readonly<Record<string, readonly [string, string]>> = {
  active: ['active', 'active'],
  new: ['intended', 'draft'],
  completed: ['completed', 'completed'],
  aborted: ['stopped', 'stopped'],
  cancelled: ['stopped', 'cancelled'],
  suspended: ['on-hold', 'on-hold'],
  held: ['on-hold', 'on-hold'],
  nullified: ['entered-in-error', 'entered-in-error'],
}
const RESULT_STATUS: Readonly<Record<string, string>> = {
  completed: 'final',
  active: 'preliminary',
  aborted: 'cancelled',
  cancelled: 'cancelled',
  held: 'registered',
  suspended: 'registered',
  nullified: 'entered-in-error',
}
const PROCEDURE_STATUS: Readonly<Record<string, string>> = {
  completed: 'completed',
  active: 'in-progress',
  aborted: 'stopped',
  cancelled: 'not-done',
  held: 'on-hold',
  suspended: 'on-hold',
  nullified: 'entered-in-error',
}
const ABSENT: Readonly<Record<string, string>> = {
  UNK: 'unknown',
  NI: 'unknown',
  ASKU: 'asked-unknown',
  NASK: 'not-asked',
  NAV: 'temp-unknown',
  NA: 'not-applicable',
  MSK: 'masked',
  OTH: 'unsupported',
  NINF: 'negative-infinity',
  PINF: 'positive-infinity',
}
const CLINICAL: Readonly<Record<string, string>> = {
  '55561003': 'active',
  '73425007': 'inactive',
  '413322009': 'resolved',
  '277022003': 'remission',
  '246455001': 'recurrence',
}

function mood(of: XmlElement): string {
  return of.attributes['moodCode'] ?? 'EVN'
}

function isNegated(of: XmlElement): boolean {
  return of.attributes['negationInd'] === 'true'
}

/** An observation about another one: its status, severity, criticality. */
function isAbout(of: XmlElement): boolean {
  return ['33999-4', 'SEV', '82606-5', '11323-3', '445518008'].includes(
    elementsAt(of, 'code')[0]?.attributes['code'] ?? '',
  )
}

/** The statements of a concern, without the observations that only qualify a statement. */
function statementsIn(act: XmlElement): XmlElement[] {
  return elementsAt(act, 'entryRelationship', 'observation').filter((each) => !isAbout(each))
}

/**
 * The status, severity and criticality of a statement. Some vendors hang them on the concern instead of the statement:
 * they count where the concern has a single statement, the statement's own first.
 */
function qualifiersOf(of: XmlElement, act: XmlElement): XmlElement[] {
  const own = elementsAt(of, 'entryRelationship', 'observation')
  if (act === of || statementsIn(act).length !== 1) return own
  return [...own, ...elementsAt(act, 'entryRelationship', 'observation').filter(isAbout)]
}

/** By the observation of the status, the end, and what the concern as a whole says. */
function clinicalOf(of: XmlElement, act: XmlElement): string {
  const told = qualifiersOf(of, act)
    .filter((each) => elementsAt(each, 'code')[0]?.attributes['code'] === '33999-4')
    .flatMap((each) => CLINICAL[elementsAt(each, 'value')[0]?.attributes['code'] ?? ''] ?? [])[0]
  if (told !== undefined) return told
  if (end(of) !== '') return 'resolved'
  const status = act === of ? '' : (elementsAt(act, 'statusCode')[0]?.attributes['code'] ?? '')
  return status === 'completed' ? 'resolved' : status === 'suspended' || status === 'aborted' ? 'inactive' : 'active'
}

/** The age at which it began, where an observation next to it says so. */
function onsetAge(of: XmlElement): JsonObject {
  const age = elementsAt(of, 'entryRelationship', 'observation')
    .filter((each) => ONSET_AGE.has(elementsAt(each, 'code')[0]?.attributes['code'] ?? ''))
    .flatMap((each) => listOf(quantityOf(elementsAt(each, 'value')[0])))[0]
  return age === undefined ? {} : jsonObject({ onsetAge: age })
}

/** The severity that an observation of C-CDA has, as a value of C-CDA, or undefined where it has none. */
function severityValue(of: XmlElement, act: XmlElement): XmlElement | undefined {
  return qualifiersOf(of, act)
    .filter((each) => elementsAt(each, 'code')[0]?.attributes['code'] === 'SEV')
    .map((each) => elementsAt(each, 'value')[0])
    .find((value) => value?.attributes['code'] !== undefined)
}

function severityOf(of: XmlElement, act = of): string | undefined {
  return SEVERITY[severityValue(of, act)?.attributes['code'] ?? '']
}

function categoryOf(type: string): JsonValue | undefined {
  if (['414285001', '418471000', '235719002'].includes(type)) return ['food']
  if (['416098002', '419511003', '59037007'].includes(type)) return ['medication']
  return ['232347008', '426232007'].includes(type) ? ['environment'] : undefined
}

function start(of: XmlElement): string {
  return (
    elementsAt(of, 'effectiveTime')
      .map(fhirDate)
      .find((date) => date !== '') ?? ''
  )
}

function end(of: XmlElement): string {
  return fhirDate(elementsAt(of, 'effectiveTime', 'high')[0])
}

function authored(of: XmlElement): string {
  return fhirDate(elementsAt(of, 'author', 'time')[0])
}

function dated(name: string, date: string): JsonObject {
  return date === '' ? {} : jsonObject({ [name]: date })
}

/** A time as `<stem>DateTime` or `<stem>Period`; `otherwise` where it says none. */
function periodOf(time: XmlElement | undefined, stem = 'effective', otherwise = ''): JsonObject {
  const [low, high] = ['low', 'high'].map((side) => (time === undefined ? '' : fhirDate(elementsAt(time, side)[0])))
  if (low !== '' || high !== '')
    return jsonObject({ [`${stem}Period`]: jsonObject({ ...dated('start', low ?? ''), ...dated('end', high ?? '') }) })
  return dated(`${stem}DateTime`, fhirDate(time) || otherwise)
}

function periodOnly(time: XmlElement | undefined): JsonObject {
  const read = periodOf(time)
  if (read['effectivePeriod'] !== undefined) return jsonObject({ period: read['effectivePeriod'] })
  const date = read['effectiveDateTime']
  return date === undefined ? {} : jsonObject({ period: jsonObject({ start: date }) })
}

function coding(system: string, code: string): JsonObject {
  return jsonObject({ system, code })
}

function coded(system: string, code: string): JsonObject {
  return jsonObject({ coding: [coding(system, code)] })
}

function nameText(text: string): JsonObject | null {
  return text === '' ? null : jsonObject({ text: text.slice(0, 500) })
}

function nameConcept(of: XmlElement): JsonObject | null {
  return nameText(textIn(elementsAt(of, 'name')[0]))
}

/** Both pressures of one measurement as one record. */
function pressure(systolic: JsonObject, diastolic: JsonObject): JsonObject {
  const part = (of: JsonObject) => {
    const kept = ['code', 'valueQuantity', 'dataAbsentReason', 'interpretation', 'referenceRange', 'valueString']
    return jsonObject(Object.fromEntries(kept.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]]))))
  }
  const {
    valueQuantity: _quantity,
    dataAbsentReason: _absent,
    interpretation: _interpretation,
    referenceRange: _range,
    valueString: _string,
    ...rest
  } = systolic
  return jsonObject({
    ...rest,
    code: jsonObject({ coding: [jsonObject({ system: 'http://loinc.org', code: '85354-9' })], text: 'Blood pressure' }),
    component: [part(systolic), part(diastolic)],
  })
}
