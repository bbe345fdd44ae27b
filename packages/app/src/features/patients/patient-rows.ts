/** A practice's patients as rows of a list, and by what they are found: name, record number, birth date as people write it. */
import type { TFunction } from 'i18next'
import { addressOf } from '../../app/place/addresses.ts'
import type { PatientRecord } from '../../app/practice/patient-records.ts'
import { birthDateOf, isIdentified, nameOf } from '../../app/practice/chart-name.ts'
import { chartLabels } from '../../app/people/person-labels.ts'
import type { Patient } from '../../app/practice/patients.ts'
import { personSearchText } from '../../app/practice/person-search.ts'
import { allergyMarks } from '../../app/practice/allergy-marks.ts'
import { formatDate, formatDay, formatMoment } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { ListFilter, ListRow } from '../../ui/lists/list-rows.ts'

/** Access that ends within this is told. */
const SOON_MS = 7 * 86_400_000

interface Words {
  t: TFunction
  language: Language
  now: Date
}

/** A row with what its filters ask. */
export interface PatientRow extends ListRow {
  endsSoon: boolean
  isOver: boolean
  /** The practice has records of them, and this device no chart. */
  isElsewhere: boolean
  /** Id of the member who looks after them; '' for nobody. */
  assigned: string
}

/** Charts whose person is known; the others are in no list. */
export function patientRows(
  charts: readonly Patient[],
  records: ReadonlyMap<string, PatientRecord>,
  words: Words,
): PatientRow[] {
  const labels = chartLabels(charts, records, words.t, words.language)
  return charts
    .filter(isIdentified)
    .map((chart) => rowOf(chart, { record: records.get(chart.id), label: labels.get(chart.id) ?? '' }, words))
}

function rowOf(
  chart: Patient,
  { record, label }: { record: PatientRecord | undefined; label: string },
  { t, language, now }: Words,
): PatientRow {
  const { care, until } = chart
  const isOver = chart.state !== 'open'
  const birthDate = birthDateOf(chart, record)
  const numbers = [...new Set([record?.number ?? '', ...(care?.numbers ?? [])])].filter((number) => number !== '')
  const name = (isOver && record?.name) || nameOf(chart)
  const isEmergency = !isOver && chart.emergency !== null
  const endsSoon = !isOver && until !== null && until - now.getTime() < SOON_MS
  const last = care?.lastActivity ?? chart.lastAt ?? 0
  return {
    id: chart.slot,
    href: addressOf('chart', chart.slot),
    title: label,
    type: 'Patient',
    value: [birthDate === '' ? '' : formatDate(birthDate, language), numbers[0] ?? ''].filter(Boolean).join(' · '),
    range: '',
    // What must not be overlooked stands under the name; the others are over the chart itself.
    state: isOver
      ? { status: 'neutral', word: t(chart.file === 'unknown' ? 'patients.notHere' : 'shared.over') }
      : allergyMarks(care, t)[0],
    date:
      care === null && !isOver
        ? t('patients.notRead')
        : last === 0
          ? t('patients.never')
          : formatDay(new Date(last), language),
    dateKey: last === 0 ? '' : String(last).padStart(16, '0'),
    by: until !== null ? formatMoment(new Date(until), language, now) : isOver ? '' : t('patients.noEnd'),
    marks: isEmergency
      ? [{ status: 'danger', word: t('emerg.title') }]
      : endsSoon
        ? [{ status: 'attention', word: t('patients.endingSoon') }]
        : [],
    rank: isOver ? 1 : 0,
    search: personSearchText(name, numbers, birthDate, language),
    endsSoon,
    isOver,
    isElsewhere: chart.file === 'unknown',
    assigned: record?.assigned?.id ?? '',
  }
}

/** The chips over the list. `me`: who is unlocked. */
export function patientFilters(me: string, t: TFunction): ListFilter[] {
  const of = (test: (row: PatientRow) => boolean) => (row: ListRow) => test(row as PatientRow)
  return [
    { id: 'active', label: t('patients.active'), test: of(({ isOver }) => !isOver) },
    { id: 'ending', label: t('patients.endingSoon'), test: of(({ endsSoon }) => endsSoon) },
    { id: 'mine', label: t('patients.mine'), test: of(({ assigned }) => assigned === me) },
    { id: 'over', label: t('patients.ended'), test: of(({ isOver, isElsewhere }) => isOver && !isElsewhere) },
    // Whose chart is shared with other roles alone is nobody's patient here until they are looked for.
    { id: 'elsewhere', label: t('patients.notHere'), test: of(({ isElsewhere }) => isElsewhere), hides: true },
  ]
}
