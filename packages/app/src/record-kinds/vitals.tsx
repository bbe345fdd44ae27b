/** Vital signs. */
import { IconHeartbeat } from '@tabler/icons-react'
import {
  type JsonObject,
  type ObservationForm,
  observationForm,
  RECORD_TYPES,
  type VitalSign,
  VITAL_SIGNS,
} from '@chartkeep/domain'
import { codeOf, dateOf, type FormWork, numberOf, type Start, written } from '../app/entry/form-records.ts'
import { newestOfEach, recordsIn } from '../app/words/summary-lines.ts'
import { dateEntry } from '../ui/fields/date-entry.ts'
import { EMPTY_VITAL, VitalForm, type VitalValues } from '../record-forms/vital-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const vitals = recordKind({
  icon: IconHeartbeat,
  words: { add: (t) => t('add.vitals'), thing: (t) => t('thing.vitals') },
  list: 'vitals',
  corrects: correctsType('Observation', 'vitals'),
  isOffered: true,
  filter: null,
  section: {
    title: (t) => t('collection.vitals'),
    lists: ['vitals'],
    lines: (source) => newestOfEach(recordsIn(source, 'vitals'), source),
    ips: 'vitals',
    isPrintedAtFirst: false,
  },
  Form: VitalsEntry,
})

function VitalsEntry({ common, initial, start, save }: FormWork) {
  return (
    <VitalForm
      {...common}
      initial={initial ? vitalValues(initial) : EMPTY_VITAL}
      onSave={(values, reason) => save(vitalResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Observation.form

/** The sign that a code means: its own, one of its units', or one that other systems use for the same. */
function signOf(code: string): VitalSign | undefined {
  return VITAL_SIGNS.find(
    (sign) =>
      sign.code.code === code ||
      sign.alike.includes(code) ||
      sign.units.some((unit) => unit.code !== undefined && unit.code.code === code),
  )
}

export function vitalResource(values: VitalValues, start: Start): JsonObject {
  const sign = VITAL_SIGNS.find(({ key }) => key === values.sign)
  return written(RECORD, start, (before): Partial<ObservationForm> => {
    const isPressure = sign?.key === 'blood-pressure'
    const code = values.unit.trim()
    const unit = sign?.units.find(({ unitCode }) => sign.units.length === 1 || unitCode === code)
    const isSameSign = before !== null && sign !== undefined && signOf(before.code?.code ?? '')?.key === sign.key
    const isSameUnit = before !== null && before.unitCode === unit?.unitCode
    // The same sign in the same unit keeps the code and the words that it came with.
    const isKept = isSameSign && (isSameUnit || unit?.code === undefined)
    const test = values.test.trim()
    const what = isKept
      ? { test: before.test, code: before.code }
      : sign === undefined
        ? { test, code: codeOf(before, (old) => old.test === test) }
        : { test: sign.code.display, code: unit?.code ?? sign.code }
    return {
      kind: 'vital-signs',
      ...what,
      value: isPressure ? '' : numberOf(values.value, before?.value, 'value'),
      unit: isPressure
        ? (before?.unit ?? '')
        : sign === undefined
          ? code
          : isSameUnit
            ? before.unit
            : (unit?.unit ?? ''),
      unitCode: isPressure
        ? (before?.unitCode ?? '')
        : sign === undefined
          ? before?.unit === code
            ? before.unitCode
            : ''
          : (unit?.unitCode ?? ''),
      systolic: isPressure ? numberOf(values.systolic, before?.systolic) : '',
      diastolic: isPressure ? numberOf(values.diastolic, before?.diastolic) : '',
      date: dateOf(values.date, before?.date),
      performer: values.performer.trim(),
      note: values.notes.trim(),
    }
  })
}

export function vitalValues(resource: JsonObject): VitalValues {
  const form = observationForm(resource)
  const sign = signOf(form.code?.code ?? '')
  // A unit that the form does not offer for this sign (a Fahrenheit by another name) is shown in words.
  const isOffered =
    sign !== undefined &&
    (sign.key === 'blood-pressure' || sign.units.some(({ unitCode }) => unitCode === form.unitCode))
  return {
    ...EMPTY_VITAL,
    sign: isOffered ? sign.key : 'other',
    test: form.test,
    value: form.value,
    unit: isOffered ? form.unitCode : form.unit,
    systolic: form.systolic,
    diastolic: form.diastolic,
    date: dateEntry(form.date),
    performer: form.performer,
    notes: form.note,
  }
}
