/** Between the form of a lab result and FHIR. */
import {
  type CodeChoice,
  type JsonObject,
  type ObservationForm,
  observationForm,
  RECORD_TYPES,
} from '@chartkeep/domain'
import { dateEntry } from '../../ui/fields/date-entry.ts'
import type { LabValues } from '../../record-forms/lab-form.tsx'
import { dateOf, numberOf, type Start, written } from './form-records.ts'
import { testCode } from '../words/test-codes.ts'
import { unitCodeOf } from '../measures/units.ts'

const OBSERVATION = RECORD_TYPES.Observation.form

/** `code` is that of a known test with the same words, so that the new result joins its trend; `unitCode` likewise. */
export function labResource(
  values: LabValues,
  start: Start,
  known: { code: CodeChoice | null; unit: string; unitCode: string } | null,
): JsonObject {
  const unit = values.unit.trim()
  return written(OBSERVATION, start, (before) => ({
    test: values.test.trim(),
    // A name of the shipped list brings its code where the unit fits it; what the chart already says of a test goes first.
    code:
      before?.test === values.test.trim()
        ? before.code
        : (known?.code ?? testCode(values.test, unitCodeOf(unit), unit)),
    valueKind: (values.valueKind || 'typed') as ObservationForm['valueKind'],
    value:
      values.valueKind === 'date'
        ? dateOf(values.value, before?.value)
        : numberOf(values.value, before?.value, 'value'),
    unit,
    unitCode: before?.unit === unit ? before.unitCode : known?.unit === unit ? known.unitCode : unitCodeOf(unit),
    rangeLow: numberOf(values.low, before?.rangeLow),
    rangeHigh: numberOf(values.high, before?.rangeHigh),
    interpretation: values.flag,
    // Not said by the person is not "final".
    status: (values.status || before?.status || 'unknown') as ObservationForm['status'],
    date: dateOf(values.collected, before?.date),
    performer: values.orderedBy.trim(),
    note: values.notes.trim(),
  }))
}

export function labValues(resource: JsonObject): LabValues {
  const form = observationForm(resource)
  return {
    test: form.test,
    valueKind: form.valueKind,
    value: form.valueKind === 'date' ? dateEntry(form.value) : form.value,
    unit: form.unit,
    low: form.rangeLow,
    high: form.rangeHigh,
    flag: form.interpretation,
    collected: dateEntry(form.date),
    status: form.status,
    orderedBy: form.performer,
    notes: form.note,
  }
}
