/**
 * What a chart says in short, for paper: sections of one line per fact, in both languages, so that every kind of record shows. Nothing is made up: what
 * nobody asked, what nobody wrote and what is not shared are three answers. Lists that are private, and what was entered in error, never come here.
 */
import { describe, isJsonObject, parseJsonOrNull, patientForm } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { patientsOf } from '../words/chart-patient.ts'
import { isNoneList } from '../words/none-stated.ts'
import { newestFirst, recordsIn, type SummaryLine, type SummarySource } from '../words/summary-lines.ts'
import { kindOfRecord, type SectionName, SUMMARY_SECTIONS } from '../../record-kinds/index.ts'

/** Sections of a summary in the order in which a doctor reads them. */
export const SECTIONS = Object.keys(SUMMARY_SECTIONS) as SectionName[]

/** Why a section has no line. */
export type Nothing = 'nothing' | 'only-past' | 'no-right'

export interface SummarySection {
  name: SectionName
  lines: SummaryLine[]
  nothing: Nothing | null
  /** How many entries were left out because something in them that is not known here changes what they say. */
  unclear: number
}

/** One section; its lines in the order of the paper. */
export function sectionOf(name: SectionName, source: SummarySource): SummarySection {
  const { lists, lines: read } = SUMMARY_SECTIONS[name]
  if (!lists.some(source.mayRead)) return { name, lines: [], nothing: 'no-right', unclear: 0 }
  const unclear = unclearIn(name, source)
  const lines = read(source, unclear)
  return { name, lines, nothing: lines.length > 0 || unclear > 0 ? null : nothingOf(name, source), unclear }
}

/** The unclear entries of a section's own list; the person's description is never left out. */
function unclearIn(name: SectionName, { records }: SummarySource): number {
  const [list] = SUMMARY_SECTIONS[name].lists
  return records.filter(
    (record) =>
      record.status === 'unclear' && record.collection === list && name !== 'contacts' && sectionIn(record) === name,
  ).length
}

/** The section of a record: that of its kind where it has one, else the one that is called as its list. */
function sectionIn(record: ChartRecord): string {
  const kind = kindOfRecord(record)
  return kind !== null && Object.hasOwn(SUMMARY_SECTIONS, kind) ? kind : record.collection
}

function nothingOf(name: SectionName, source: SummarySource): Nothing {
  const isPast = recordsIn(source, SUMMARY_SECTIONS[name].lists[0] ?? '').some(
    (record) =>
      (record.status === 'past' || source.views.validity(record, source.now).state === 'ended') &&
      (name !== 'conditions' || record.type === 'Condition'),
  )
  return isPast && isNoneList(name) ? 'only-past' : 'nothing'
}

/** Who the paper is about, as lines for its head. */
export function identityOf(records: readonly ChartRecord[], name: string) {
  const forms = patientsOf(records).flatMap(({ resource }) => {
    const parsed = parseJsonOrNull(resource)
    return isJsonObject(parsed) ? [patientForm(parsed)] : []
  })
  const first = (read: (form: ReturnType<typeof patientForm>) => string) => forms.map(read).find(Boolean) ?? ''
  return {
    name: first((form) => form.name) || name,
    birthDate: first((form) => form.birthDate),
    gender: first((form) => form.gender),
    recordNumbers: [...new Set(forms.flatMap((form) => form.recordNumbers.map(({ value }) => value)))],
    bloodType: bloodTypeOf(records),
    savedAt: Math.max(0, ...patientsOf(records).map(({ savedAt }) => savedAt)),
  }
}

/** LOINC's "ABO and Rh group", and the ABO group alone, as results write them. */
const BLOOD_GROUPS = ['http://loinc.org|882-1', 'http://loinc.org|883-9']

function bloodTypeOf(records: readonly ChartRecord[]): string {
  const results = newestFirst(records.filter(({ type, status }) => type === 'Observation' && status === 'active'))
  for (const group of BLOOD_GROUPS) {
    const result = results.find(({ code }) => code === group)
    const text = result === undefined ? '' : (describe(parseJsonOrNull(result.resource)).value?.text ?? '')
    if (text !== '') return text
  }
  return ''
}
