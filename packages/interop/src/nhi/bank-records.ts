/**
 * Rows of 健康存摺 as FHIR records. What the file does not say is not made up: results have a unit only where their value or
 * range writes one. Fields and sections that nobody described are named as not taken; the file itself has them.
 *
 * Long because each section of the file has fields of its own.
 */
import {
  EMPTY_OBSERVATION,
  jsonObject,
  newObservation,
  plainSigns,
  readValue,
  stringifyJson,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { coded, dayOf, diagnosis, drug, isDrug, number, order, quantity, rangeOf } from './bank-elements.ts'
import type { BankFile, BankRow } from './bank-file.ts'

export interface BankRecord {
  resource: JsonObject
  fullUrl: string
  /** What it was made of: the same in each export. */
  origin: string
  place: number
}

export interface BankRecords {
  records: BankRecord[]
  skipped: { what: string; reason: 'no-content' | 'no-place'; place: number }[]
  refused: { place: number }[]
  /** Rows of all sections: taken, skipped and refused together. */
  found: number
}

const PERSON = 'urn:chartkeep:person:1'
const SUBJECT = { reference: PERSON }
const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const TWD = 'TWD'

/** All records of the file. */
export function bankRecords({ maskedNumber, sections }: BankFile): BankRecords {
  const all: BankRecords = { records: [], skipped: [], refused: [], found: 0 }
  const person = jsonObject({
    resourceType: 'Patient',
    identifier:
      maskedNumber === ''
        ? undefined
        : [jsonObject({ system: 'https://www.nhi.gov.tw/national-id', value: maskedNumber })],
  })
  all.records.push({ resource: person, fullUrl: PERSON, origin: `person ${maskedNumber}`, place: 0 })
  const seen = new Map<string, number>()
  for (const [name, rows] of sections) {
    // What the person agreed to when they asked for the file.
    if (name === 'r0') continue
    for (const row of rows) new Section(all, name, seen).take(row)
  }
  return all
}

type VisitFields = {
  card: number
  diagnosis: number
  treatment: number
  pay: number
  more: [from: number, to: number]
  done: [from: number, to: number]
}

const VISITS: Readonly<Record<string, VisitFields & { title: string }>> = {
  r1: { title: '西醫門診', card: 7, diagnosis: 8, treatment: 10, pay: 12, more: [14, 23], done: [24, 27] },
  r3: { title: '牙醫門診', card: 6, diagnosis: 7, treatment: 9, pay: 11, more: [13, 22], done: [23, 26] },
  r9: { title: '中醫門診', card: 6, diagnosis: 7, treatment: 9, pay: 11, more: [13, 22], done: [23, 26] },
}

/** Fields of adult preventive care, with codes where the field is one test for certain. */
const PREVENTIVE: readonly [
  field: number,
  test: string,
  unit: string,
  ucum: string,
  loinc: string,
  isVital: boolean,
][] = [
  [6, '身高', 'cm', 'cm', '8302-2', true],
  [7, '體重', 'kg', 'kg', '29463-7', true],
  [8, '身體質量指數（BMI）', 'kg/m2', 'kg/m2', '39156-5', true],
  // The description does not say whether it is inches or centimetres.
  [9, '腰圍', '', '', '', true],
  [14, '總膽固醇', 'mg/dL', 'mg/dL', '', false],
  [15, '三酸甘油酯', 'mg/dL', 'mg/dL', '', false],
  [16, '高密度脂蛋白膽固醇', 'mg/dL', 'mg/dL', '', false],
  [17, '低密度脂蛋白膽固醇', 'mg/dL', 'mg/dL', '', false],
  [20, '飯前血糖', 'mg/dL', 'mg/dL', '', false],
  [23, '尿素氮', '', '', '', false],
  [24, '肌酸酐', '', '', '', false],
  [25, '腎絲球過濾率', '', '', '', false],
  [28, '尿蛋白', '', '', '', false],
  [31, 'AST（GOT）', 'IU/L', '[iU]/L', '', false],
  [32, 'ALT（GPT）', 'IU/L', '[iU]/L', '', false],
  [35, 'B 型肝炎表面抗原', '', '', '', false],
  [39, 'C 型肝炎抗體', '', '', '', false],
]

/** Fields of a stage of diabetes care. */
const DIABETES: readonly [field: number, test: string, unit: string][] = [
  [7, '糖化血色素', '%'],
  [8, '低密度脂蛋白膽固醇', ''],
  [9, '血糖', ''],
  [10, '肌酸酐', ''],
  [11, '腎絲球過濾率', ''],
  [12, '三酸甘油酯', ''],
  [13, '尿微量白蛋白', ''],
]

const PROGRAMMES: Readonly<Record<string, string>> = {
  r12: '糖尿病照護方案',
  r13: '初期慢性腎臟病照護方案',
  r14: 'B、C 型肝炎個案追蹤方案',
}

/** How many fields the description names, by section; a field above it is not known. */
const FIELDS: Readonly<Record<string, number>> = {
  r1: 27,
  r1_1: 4,
  r2: 91,
  r2_1: 6,
  r3: 26,
  r3_1: 6,
  r4: 12,
  r5: 3,
  r6: 5,
  r7: 12,
  r8: 10,
  r9: 26,
  r9_1: 4,
  r10: 45,
  r11: 2,
  r11_1: 4,
  r12: 3,
  r12_1: 13,
  r13: 3,
  r13_1: 20,
  r14: 3,
  r14_1: 20,
}

class Section {
  readonly #all: BankRecords
  readonly #name: string
  readonly #seen: Map<string, number>

  constructor(all: BankRecords, name: string, seen: Map<string, number>) {
    this.#all = all
    this.#name = name
    this.#seen = seen
  }

  take(row: BankRow): void {
    const { found, records } = { found: this.#all.found, records: this.#all.records.length }
    this.#all.found = found + 1
    this.#unknownFields(row, this.#name)
    if ([...row.fields.values()].every((text) => text === '') && row.rows.size === 0)
      return this.#skip('no-content', row)
    switch (this.#name) {
      case 'r1':
      case 'r3':
      case 'r9':
        this.#visit(row, VISITS[this.#name]!)
        break
      case 'r2':
        this.#stay(row)
        break
      case 'r4':
        this.#allergy(row)
        break
      case 'r5':
        this.#consent(row)
        break
      case 'r6':
        this.#vaccine(row)
        break
      case 'r7':
        this.#result(row)
        break
      case 'r8':
        this.#report(row)
        break
      case 'r10':
        this.#preventive(row)
        break
      case 'r11':
        this.#screening(row)
        break
      case 'r12':
      case 'r13':
      case 'r14':
        this.#programme(row, PROGRAMMES[this.#name]!)
        break
      default:
        return this.#skip('no-place', row)
    }
    // A row of which nothing was made and nothing was said.
    if (this.#all.records.length === records && !this.#all.skipped.some(({ place }) => place === row.place))
      this.#all.refused.push({ place: row.place })
  }

  /** Adds a record. The same text twice in a file is told apart by its count. */
  #add(row: BankRow, resource: JsonObject, fullUrl = '', extra = ''): void {
    const own = `${this.#name} ${resource['resourceType'] as string} ${extra} ${stringifyJson(resource)}`
    const times = (this.#seen.get(own) ?? 0) + 1
    this.#seen.set(own, times)
    this.#all.records.push({ resource, fullUrl, origin: times === 1 ? own : `${own} ${times}`, place: row.place })
  }

  #skip(reason: 'no-content' | 'no-place', row: BankRow, what = this.#name): void {
    this.#all.skipped.push({ what, reason, place: row.place })
  }

  /** Counted as statements of their own, so that a report can name them. */
  #unknownFields(row: BankRow, name: string): void {
    for (const [field, text] of row.fields) {
      if (field <= (FIELDS[name] ?? Infinity) || text === '') continue
      this.#all.found += 1
      this.#skip('no-place', row, `${name}.${field}`)
    }
  }

  #visit(row: BankRow, fields: VisitFields & { title: string }): void {
    const day = dayOf(fieldOf(row, 5)) || (this.#name === 'r1' ? dayOf(fieldOf(row, 6)) : '')
    const pairs = [fields.diagnosis, ...steps(fields.more)]
    const url = this.#encounter(row, {
      code: 'AMB',
      title: fields.title,
      period: { start: day, end: day },
      pay: fields.pay,
      card: fields.card,
      diagnosis: fields.diagnosis,
    })
    for (const at of pairs) this.#condition(row, at, day, url)
    for (const at of [fields.treatment, ...steps(fields.done)])
      this.#procedure(row, at, { performedDateTime: day }, url)
    for (const [name, orders] of row.rows) {
      for (const each of orders) {
        this.#all.found += 1
        this.#unknownFields(each, name)
        const [code, title] = [fieldOf(each, 1), fieldOf(each, 2)]
        if (code === '' && title === '') this.#skip('no-content', each)
        else if (isDrug(code, this.#name))
          this.#medicine(each, {
            code,
            title,
            amount: fieldOf(each, 3),
            days: fieldOf(each, 4),
            day,
            place: fieldOf(row, 4),
            url,
          })
        else {
          const tooth =
            this.#name === 'r3' ? [fieldOf(each, 4), fieldOf(each, 5)].filter((part) => part !== '').join(' ') : ''
          this.#order(each, { code, title, amount: fieldOf(each, 3), day, url, site: tooth })
        }
      }
    }
  }

  #stay(row: BankRow): void {
    const period = { start: dayOf(fieldOf(row, 5)), end: dayOf(fieldOf(row, 6)) }
    const url = this.#encounter(row, { code: 'IMP', title: '住院', period, pay: 14, card: 9, diagnosis: 10 })
    for (const at of [10, ...steps([16, 53])]) this.#condition(row, at, period.start, url)
    const performed = periodOf(period)
    for (const at of [12, ...steps([54, 91])])
      this.#procedure(row, at, performed === undefined ? {} : { performedPeriod: performed }, url)
    for (const [name, orders] of row.rows) {
      for (const each of orders) {
        this.#all.found += 1
        this.#unknownFields(each, name)
        const [from, to, code, title, amount] = [2, 3, 4, 5, 6].map((at) => fieldOf(each, at)) as [
          string,
          string,
          string,
          string,
          string,
        ]
        const day = dayOf(from)
        if (code === '' && title === '') this.#skip('no-content', each)
        else if (isDrug(code, this.#name))
          this.#medicine(each, { code, title, amount, days: '', day, until: dayOf(to), place: fieldOf(row, 4), url })
        else this.#order(each, { code, title, amount, day, url, site: '' })
      }
    }
  }

  #encounter(
    row: BankRow,
    of: {
      code: string
      title: string
      period: { start: string; end: string }
      pay: number
      card: number
      diagnosis: number
    },
  ): string {
    const [place, name] = [fieldOf(row, 3), fieldOf(row, 4)]
    const payments = [
      ['nhi-own-payment', fieldOf(row, of.pay)],
      ['nhi-points', fieldOf(row, of.pay + 1)],
    ].flatMap(([kind, amount]): JsonObject[] => {
      const value = number(amount!)
      if (value === null) return []
      const url = `urn:chartkeep:extension:${kind}`
      return [
        kind === 'nhi-points'
          ? jsonObject({ url, valueDecimal: value })
          : jsonObject({ url, valueMoney: jsonObject({ value, currency: TWD }) }),
      ]
    })
    const resource = jsonObject({
      resourceType: 'Encounter',
      extension: payments.length === 0 ? undefined : payments,
      status: 'finished',
      class: { system: ACT, code: of.code },
      type: [{ text: of.title }],
      subject: SUBJECT,
      period: periodOf(of.period),
      serviceProvider: organization(place, name),
    })
    const card = fieldOf(row, of.card)
    const key = [this.#name, of.period.start, of.period.end, place, card, fieldOf(row, of.diagnosis)].join(':')
    // Two visits on one day can say the same of themselves.
    const times = (this.#seen.get(key) ?? 0) + 1
    this.#seen.set(key, times)
    const url = `urn:chartkeep:visit:${key}:${times}`
    this.#add(row, resource, url, card)
    return url
  }

  #condition(row: BankRow, at: number, day: string, encounter: string): void {
    const [code, name] = [fieldOf(row, at), fieldOf(row, at + 1)]
    if (name === '' && code === '') return
    this.#add(
      row,
      jsonObject({
        resourceType: 'Condition',
        category: [coded('http://terminology.hl7.org/CodeSystem/condition-category', 'encounter-diagnosis')],
        code: diagnosis(code, name),
        subject: SUBJECT,
        encounter: { reference: encounter },
        recordedDate: day === '' ? undefined : day,
      }),
      '',
      String(at),
    )
  }

  #procedure(row: BankRow, at: number, performed: JsonObject, encounter: string): void {
    const [code, name] = [fieldOf(row, at), fieldOf(row, at + 1)]
    if (name === '' && code === '') return
    this.#add(
      row,
      jsonObject({
        resourceType: 'Procedure',
        status: 'completed',
        code: order(code, name),
        subject: SUBJECT,
        encounter: { reference: encounter },
        ...(performed['performedDateTime'] === '' ? {} : performed),
      }),
      '',
      String(at),
    )
  }

  #medicine(
    row: BankRow,
    of: {
      code: string
      title: string
      amount: string
      days: string
      day: string
      until?: string
      place: string
      url: string
    },
  ): void {
    const days = number(of.days) === null || Number(of.days) === 0 ? undefined : quantity(of.days, '天', 'd')
    const validityPeriod = of.until === undefined ? undefined : periodOf({ start: of.day, end: of.until })
    const amount = quantity(of.amount, '', '')
    const dispense = jsonObject({ validityPeriod, quantity: amount, expectedSupplyDuration: days })
    this.#add(
      row,
      jsonObject({
        resourceType: 'MedicationRequest',
        status: 'completed',
        intent: 'order',
        medicationCodeableConcept: drug(of.code, of.title),
        subject: SUBJECT,
        encounter: { reference: of.url },
        authoredOn: of.day === '' ? undefined : of.day,
        requester: of.place === '' ? undefined : { display: of.place },
        dispenseRequest: Object.keys(dispense).length === 0 ? undefined : dispense,
      }),
    )
  }

  #order(
    row: BankRow,
    of: { code: string; title: string; amount: string; day: string; url: string; site: string },
  ): void {
    this.#add(
      row,
      jsonObject({
        resourceType: 'ServiceRequest',
        status: 'completed',
        intent: 'order',
        code: order(of.code, of.title),
        quantityQuantity: quantity(of.amount, '', ''),
        subject: SUBJECT,
        encounter: { reference: of.url },
        occurrenceDateTime: of.day === '' ? undefined : of.day,
        bodySite: of.site === '' ? undefined : [{ text: of.site }],
      }),
    )
  }

  #allergy(row: BankRow): void {
    const [day, name] = [dayOf(fieldOf(row, 1)), fieldOf(row, 2)]
    if (name === '') return this.#skip('no-content', row)
    const severity = { 輕: 'mild', 中: 'moderate', 重: 'severe' }[fieldOf(row, 9).slice(0, 1)]
    const symptoms = fieldOf(row, 10)
      .split(/[；;、]/u)
      .map((each) => each.trim())
      .filter((each) => each !== '')
    const notes = [fieldOf(row, 11), fieldOf(row, 12)].filter((each) => each !== '')
    const physician = fieldOf(row, 3)
    this.#add(
      row,
      jsonObject({
        resourceType: 'AllergyIntolerance',
        clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', 'active'),
        category: ['medication'],
        code: { text: name },
        patient: SUBJECT,
        recordedDate: day === '' ? undefined : day,
        recorder: physician === '' && fieldOf(row, 5) === '' ? undefined : { display: physician || fieldOf(row, 5) },
        note: notes.length === 0 ? undefined : notes.map((each) => ({ text: each })),
        reaction:
          symptoms.length === 0
            ? undefined
            : [jsonObject({ manifestation: symptoms.map((each) => ({ text: each })), severity })],
      }),
    )
  }

  #consent(row: BankRow): void {
    const [day, code, words] = [dayOf(fieldOf(row, 1)), fieldOf(row, 2), fieldOf(row, 3)]
    if (words === '' && code === '') return this.#skip('no-content', row)
    this.#add(
      row,
      jsonObject({
        resourceType: 'Consent',
        status: 'active',
        scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'adr'),
        category: [{ text: words || code }],
        patient: SUBJECT,
        dateTime: day === '' ? undefined : day,
        policyRule: { text: '器捐或安寧緩和醫療意願' },
      }),
    )
  }

  #vaccine(row: BankRow): void {
    const [day, name, place] = [dayOf(fieldOf(row, 1)), fieldOf(row, 3), fieldOf(row, 5)]
    if (name === '') return this.#skip('no-content', row)
    this.#add(
      row,
      jsonObject({
        resourceType: 'Immunization',
        status: 'completed',
        vaccineCode: { text: name },
        patient: SUBJECT,
        ...(day === '' ? { occurrenceString: fieldOf(row, 1) || '日期不明' } : { occurrenceDateTime: day }),
        performer: place === '' ? undefined : [{ actor: { display: place } }],
      }),
    )
  }

  #result(row: BankRow): void {
    const [place, visit, tested, code, name, item, value, range] = [4, 5, 6, 8, 9, 10, 11, 12].map((at) =>
      fieldOf(row, at),
    ) as [string, string, string, string, string, string, string, string]
    if (value === '') return this.#skip('no-content', row)
    this.#observation(row, {
      test: item || name,
      value,
      range,
      day: dayOf(tested) || dayOf(visit),
      place,
      code: { code, name },
    })
  }

  #report(row: BankRow): void {
    const [place, visit, tested, code, name, report] = [4, 5, 6, 8, 9, 10].map((at) => fieldOf(row, at)) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    if (report === '') return this.#skip('no-content', row)
    const day = dayOf(tested) || dayOf(visit)
    this.#add(
      row,
      jsonObject({
        resourceType: 'DiagnosticReport',
        status: 'final',
        category: [coded('http://terminology.hl7.org/CodeSystem/v2-0074', code.startsWith('25') ? 'PAT' : 'RAD')],
        code: order(code, name),
        subject: SUBJECT,
        effectiveDateTime: day === '' ? undefined : day,
        performer: place === '' ? undefined : [{ display: place }],
        presentedForm: [{ contentType: 'text/plain; charset=utf-8', data: base64Of(report), title: name }],
      }),
    )
  }

  #preventive(row: BankRow): void {
    const [day, place] = [dayOf(fieldOf(row, 5)), fieldOf(row, 2)]
    for (const [field, test, unit, ucum, loinc, isVital] of PREVENTIVE) {
      const value = fieldOf(row, field)
      if (value !== '') this.#observation(row, { test, value, range: '', day, place, unit, ucum, loinc, isVital })
    }
    this.#pressure(row, fieldOf(row, 10), fieldOf(row, 11), day, place)
  }

  #screening(row: BankRow): void {
    const [kind, test] = [fieldOf(row, 1), fieldOf(row, 2)]
    for (const [name, results] of row.rows) {
      for (const each of results) {
        this.#all.found += 1
        this.#unknownFields(each, name)
        const [day, place, result, advice] = [1, 2, 3, 4].map((at) => fieldOf(each, at)) as [
          string,
          string,
          string,
          string,
        ]
        if (result === '') this.#skip('no-content', each)
        else
          this.#observation(each, {
            test: [kind, test].filter((part) => part !== '').join('：'),
            value: result,
            range: '',
            day: dayOf(day),
            place,
            note: advice,
            isExam: true,
          })
      }
    }
    // The row itself only names what its results are of.
    if (row.rows.size === 0) this.#skip('no-content', row)
    else this.#all.found -= 1
  }

  #programme(row: BankRow, title: string): void {
    const [from, place, to] = [dayOf(fieldOf(row, 1)), fieldOf(row, 2), dayOf(fieldOf(row, 3))]
    this.#add(
      row,
      jsonObject({
        resourceType: 'CarePlan',
        status: to === '' ? 'active' : 'completed',
        intent: 'plan',
        title,
        subject: SUBJECT,
        period: periodOf({ start: from, end: to }),
        author: place === '' ? undefined : { display: place },
      }),
    )
    for (const [name, stages] of row.rows) {
      for (const each of stages) {
        this.#all.found += 1
        this.#unknownFields(each, name)
        if (name !== 'r12_1') this.#skip('no-place', each, name)
        else {
          const before = this.#all.records.length
          const day = dayOf(fieldOf(each, 2))
          for (const [field, test, unit] of DIABETES) {
            const value = fieldOf(each, field)
            if (value !== '')
              this.#observation(each, { test, value, range: '', day, place, unit, note: fieldOf(each, 1) })
          }
          this.#pressure(each, fieldOf(each, 5), fieldOf(each, 6), day, place)
          if (this.#all.records.length === before) this.#skip('no-content', each, name)
        }
      }
    }
  }

  #observation(
    row: BankRow,
    of: {
      test: string
      value: string
      range: string
      day: string
      place: string
      code?: { code: string; name: string }
      unit?: string
      ucum?: string
      loinc?: string
      isVital?: boolean
      isExam?: boolean
      note?: string
    },
  ): void {
    const range = rangeOf(of.range)
    const plain = plainSigns(of.value).trim()
    const [, digits = '', told = ''] = /^([<>]?=?\s*\d[\d.,]*)\s*([a-zµμ%/][^\s]{0,19})$/iu.exec(plain) ?? []
    const isNumber = ['number', 'range', 'ratio'].includes(readValue(digits || plain).type)
    const unit = told || of.unit || range.unit
    const resource = newObservation(
      {
        ...EMPTY_OBSERVATION,
        kind: of.isVital === true ? 'vital-signs' : 'laboratory',
        test: of.test,
        code: of.loinc ? { system: 'http://loinc.org', code: of.loinc, display: '' } : null,
        value: isNumber ? digits || plain : of.value,
        unit: isNumber ? unit : '',
        unitCode: isNumber && of.ucum !== undefined && told === '' ? of.ucum : '',
        rangeLow: range.low,
        rangeHigh: range.high,
        rangeText: of.range,
        date: of.day,
        performer: of.place,
        note: of.note ?? '',
      },
      PERSON,
    )
    resource['subject'] = SUBJECT
    if (of.code !== undefined && of.code.code !== '')
      resource['code'] = { ...(order(of.code.code, of.code.name) as object), text: of.test } as JsonValue
    if (of.isExam === true)
      resource['category'] = [coded('http://terminology.hl7.org/CodeSystem/observation-category', 'exam')]
    this.#add(row, resource, '', of.test)
  }

  #pressure(row: BankRow, systolic: string, diastolic: string, day: string, place: string): void {
    if (number(systolic) === null && number(diastolic) === null) return
    const resource = newObservation(
      {
        ...EMPTY_OBSERVATION,
        kind: 'vital-signs',
        test: '血壓',
        code: { system: 'http://loinc.org', code: '85354-9', display: 'Blood pressure' },
        systolic,
        diastolic,
        date: day,
        performer: place,
      },
      PERSON,
    )
    resource['subject'] = SUBJECT
    this.#add(row, resource, '', '血壓')
  }
}

function fieldOf(row: BankRow, field: number): string {
  return row.fields.get(field) ?? ''
}

/** First fields of the pairs from a field to another. */
function steps([from, to]: [from: number, to: number]): number[] {
  return Array.from({ length: (to - from + 1) / 2 }, (_, at) => from + 2 * at)
}

function periodOf({ start, end }: { start: string; end: string }): JsonObject | undefined {
  if (start === '' && end === '') return undefined
  return jsonObject({ start: start === '' ? undefined : start, end: end === '' ? undefined : end })
}

function organization(code: string, name: string): JsonObject | undefined {
  if (code === '' && name === '') return undefined
  return jsonObject({
    identifier:
      code === '' ? undefined : jsonObject({ system: 'http://www.nhi.gov.tw/medical-institution', value: code }),
    display: name === '' ? undefined : name,
  })
}

/** UTF-8 of the text, in base64. */
function base64Of(report: string): string {
  return btoa(Array.from(utf8ToBytes(report), (byte) => String.fromCharCode(byte)).join(''))
}
