/** A report of a laboratory, or of an examination in words (https://hl7.org/fhir/R4/diagnosticreport.html). */
import type { Collection } from '../elements/collection-names.ts'
import { stringAt, stringsAt } from '../elements/elements.ts'
import { DiagnosticReport } from '../schemas/diagnostic-report.ts'
import { IPS, toTheDay, withTime } from '../record-type/ips.ts'
import { dated, EVENT, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

/**
 * Categories of a DiagnosticReport that say "laboratory": LAB and the laboratory sections of HL7 table 0074
 * (http://terminology.hl7.org/CodeSystem/v2-0074), and LOINC 26436-6 "Laboratory studies" as IPS writes it.
 */
const LABORATORY_REPORT = new Set(
  'LAB laboratory 26436-6 BG BLB CG CH CP GE HM IMM MB MCB MYC PAR SR TX URN VR'.split(' '),
)

export const diagnosticReportType = recordType({
  type: 'DiagnosticReport',
  list: { of: reportList, isBound: () => false },
  schema: { shape: DiagnosticReport, invariants: [] },
  title: titled(),
  code: [],
  date: dated('effectiveDateTime', 'effectivePeriod', 'issued'),
  status: EVENT,
  extent: null,
  value: null,
  detail: (resource) => stringAt(resource, 'conclusion'),
  search: [],
  disputed: ['result', 'conclusion', 'conclusionCode', 'presentedForm'],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: { sections: [IPS.results], completed: (record) => withTime(toTheDay(record, false), 'effective') },
  form: null,
})

/** LAB among the categories, or no category at all, is a laboratory report; categories of other kinds are notes. */
function reportList(resource: unknown): Collection {
  const categories = stringsAt(resource, 'category', 'coding', 'code')
  const worded = stringsAt(resource, 'category', 'text')
  if (categories.length === 0 && worded.length === 0) return 'labs'
  return categories.some((code) => LABORATORY_REPORT.has(code)) ? 'labs' : 'notes'
}
