/** Medicines. */
import { IconPill } from '@tabler/icons-react'
import { DAYS_OF_WEEK, type JsonObject, type MedicationForm, medicationForm, RECORD_TYPES } from '@chartkeep/domain'
import { codeOf, dateOf, type FormWork, numberOf, type Start, written } from '../app/entry/form-records.ts'
import { useMedicineLooks } from '../app/chart/medicine-looks.ts'
import { detailWords } from '../app/words/record-view.ts'
import { byName, lineOfRecord, otherWords, currentRecordsIn, type Words } from '../app/words/summary-lines.ts'
import { dateEntry } from '../ui/fields/date-entry.ts'
import {
  EMPTY_MEDICATION,
  MedicationForm as MedicationFields,
  type MedicationValues,
  timesOf,
} from '../record-forms/medication-form.tsx'
import { correctsType, recordKind, titlesOf } from './record-kind.ts'

export const medications = recordKind({
  icon: IconPill,
  words: { add: (t) => t('add.medications'), thing: (t) => t('thing.medications') },
  list: 'medications',
  corrects: correctsType('MedicationStatement'),
  isOffered: true,
  filter: null,
  section: {
    title: (t) => t('collection.medications'),
    lists: ['medications'],
    lines: (source, unclear) =>
      currentRecordsIn(source, 'medications', unclear)
        .filter((record) => record.type !== 'MedicationAdministration')
        .map((record) => lineOfRecord(record, source, medicineWords(source.isBrief ?? false)))
        .toSorted(byName),
    ips: 'medications',
    isPrintedAtFirst: true,
  },
  Form: MedicationsEntry,
})

/** A medicine with the chart's warnings for its name; the record under correction does not count as another medicine. */
function MedicationsEntry({ common, initial, id, others, start, save }: FormWork) {
  const looks = useMedicineLooks()
  return (
    <MedicationFields
      {...common}
      suggestions={titlesOf(others, 'MedicationStatement', 'MedicationRequest')}
      looksOf={(name) => looks.ofName(name, id)}
      initial={initial ? medicationValues(initial) : EMPTY_MEDICATION}
      onSave={(values, reason) => save(medicationResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.MedicationStatement.form

export function medicationResource(values: MedicationValues, start: Start): JsonObject {
  return written(RECORD, start, (before) => ({
    name: values.name.trim(),
    code: codeOf(before, ({ name }) => name === values.name.trim()),
    dose: numberOf(values.dose, before?.dose, 'dose'),
    frequency: values.frequency.trim(),
    times: timesOf(values.times) ?? [],
    days: DAYS_OF_WEEK.filter((day) => values.days.includes(day)),
    everyDays: everyDaysOf(numberOf(values.everyDays, before?.everyDays)),
    asNeeded: values.asNeeded,
    route: values.route.trim(),
    status: values.status as MedicationForm['status'],
    start: dateOf(values.start, before?.start),
    end: dateOf(values.end, before?.end),
    reason: values.reason.trim(),
    supplyUntil: dateOf(values.supplyUntil, before?.supplyUntil),
    note: values.notes.trim(),
  }))
}

/** Every day is no number of days. */
function everyDaysOf(days: string): string {
  return days === '1' ? '' : days
}

export function medicationValues(resource: JsonObject): MedicationValues {
  const form = medicationForm(resource)
  return {
    name: form.name,
    dose: form.dose,
    frequency: form.frequency,
    times: form.times.join(', '),
    days: [...form.days],
    everyDays: form.everyDays,
    asNeeded: form.asNeeded,
    route: form.route,
    status: form.status,
    start: dateEntry(form.start),
    end: dateEntry(form.end),
    reason: form.reason,
    supplyUntil: dateEntry(form.supplyUntil),
    notes: form.note,
  }
}

function medicineWords(isBrief: boolean): Words {
  return (resource, descriptor, t) => [
    detailWords(resource, descriptor, t) || (isBrief ? '' : t('summary.noDose')),
    ...otherWords(resource, descriptor, t),
  ]
}
