/** Vaccines. */
import { IconVaccine } from '@tabler/icons-react'
import { immunizationForm, type JsonObject, RECORD_TYPES } from '@chartkeep/domain'
import { dateOf, type FormWork, numberOf, type Start, written } from '../app/entry/form-records.ts'
import { lineOfRecord, onceEach, recordsIn, type SummaryLine, type SummarySource } from '../app/words/summary-lines.ts'
import { vaccineCode, vaccineNames } from '../app/words/vaccine-codes.ts'
import { currentLanguage } from '../i18n/index.ts'
import { dateEntry } from '../ui/fields/date-entry.ts'
import {
  EMPTY_IMMUNIZATION,
  ImmunizationForm as ImmunizationFields,
  type ImmunizationValues,
} from '../record-forms/immunization-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const immunizations = recordKind({
  icon: IconVaccine,
  words: { add: (t) => t('add.immunizations'), thing: (t) => t('thing.immunizations') },
  list: 'immunizations',
  corrects: correctsType('Immunization'),
  isOffered: true,
  filter: null,
  section: {
    title: (t) => t('collection.immunizations'),
    lists: ['immunizations'],
    lines: vaccines,
    ips: 'immunizations',
    isPrintedAtFirst: true,
  },
  Form: ImmunizationsEntry,
})

function ImmunizationsEntry({ common, initial, start, save }: FormWork) {
  return (
    <ImmunizationFields
      {...common}
      suggestions={[...new Set([...common.suggestions, ...vaccineNames(currentLanguage())])]}
      initial={initial ? immunizationValues(initial) : EMPTY_IMMUNIZATION}
      onSave={(values, reason) => save(immunizationResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Immunization.form

export function immunizationResource(values: ImmunizationValues, start: Start): JsonObject {
  return written(RECORD, start, (before) => ({
    vaccine: values.vaccine.trim(),
    code: before?.vaccine === values.vaccine.trim() ? before.code : vaccineCode(values.vaccine),
    // Not chosen means given, as a vaccine that is written down nearly always was; the record says so in words.
    status: values.status === 'not-done' ? ('not-done' as const) : ('completed' as const),
    statusReason: values.status === 'not-done' ? values.statusReason.trim() : '',
    date: dateOf(values.given, before?.date),
    doseNumber: numberOf(values.doseNumber, before?.doseNumber),
    lotNumber: values.lot.trim(),
    performer: values.performer.trim(),
    site: values.site.trim(),
    nextDue: dateOf(values.nextDue, before?.nextDue),
    note: values.notes.trim(),
  }))
}

export function immunizationValues(resource: JsonObject): ImmunizationValues {
  const form = immunizationForm(resource)
  return {
    vaccine: form.vaccine,
    status: form.status,
    statusReason: form.statusReason,
    given: dateEntry(form.date),
    doseNumber: form.doseNumber,
    lot: form.lotNumber,
    performer: form.performer,
    site: form.site,
    nextDue: dateEntry(form.nextDue),
    notes: form.note,
  }
}

function vaccines(source: SummarySource): SummaryLine[] {
  const all = recordsIn(source, 'immunizations').filter(({ type }) => type === 'Immunization')
  const given = onceEach(all.filter(({ status }) => status !== 'not-done')).map(({ newest, count }) =>
    lineOfRecord(newest, source, () => [], count),
  )
  const refused = onceEach(all.filter(({ status }) => status === 'not-done')).map(({ newest }) =>
    lineOfRecord(newest, source, (_, __, t) => [t('state.notDone')]),
  )
  return [...given, ...refused]
}
