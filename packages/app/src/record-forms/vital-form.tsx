/** Add or correct a vital sign: which one, the value, its unit where there is more than one, and when. Nothing is chosen in advance. */
import { VITAL_SIGNS } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import type { FieldError } from '../ui/fields/error-summary.tsx'
import { Row } from '../ui/forms/form-shell.tsx'
import { readTyped } from '../ui/fields/number-note.tsx'
import { dateErrors, type FormProps, numberErrors, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given; `sign` is a key of VITAL_SIGNS or `other`, `unit` a UCUM code, or words for another sign. */
export interface VitalValues {
  sign: string
  test: string
  value: string
  unit: string
  systolic: string
  diastolic: string
  date: string
  performer: string
  notes: string
}

/** Nothing is preselected. */
export const EMPTY_VITAL: VitalValues = {
  sign: '',
  test: '',
  value: '',
  unit: '',
  systolic: '',
  diastolic: '',
  date: '',
  performer: '',
  notes: '',
}

/** See {@link FormProps}; `suggestions` are names of other signs that the chart holds. */
export function VitalForm(form: FormProps<VitalValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('sign', t('vital.which'), values.sign, t),
        ...(values.sign === '' ? [] : valueErrors(values, form.initial, t)),
        ...requiredError('date', t('vital.date'), values.date, t),
        ...dateErrors('date', values.date, t),
      ]}
      more={({ text, lines }) => (
        <>
          {text('performer', t('vital.performer'))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, name, one, text, date }) => {
        const units = VITAL_SIGNS.find(({ key }) => key === values.sign)?.units ?? []
        return (
          <>
            {one('sign', t('vital.which'), [
              ...VITAL_SIGNS.map(({ key }) => ({ value: key, label: t(`vital.${key}`) })),
              { value: 'other', label: t('vital.other') },
            ])}
            {values.sign === 'blood-pressure' ? (
              <Row>
                {text('systolic', t('vital.systolic'), { inputMode: 'numeric', reads: 'number' })}
                {text('diastolic', t('vital.diastolic'), { inputMode: 'numeric', reads: 'number' })}
              </Row>
            ) : values.sign === 'other' ? (
              <>
                {name('test', t('vital.test'))}
                <Row>
                  {text('value', t('lab.value'), { reads: 'value' })}
                  {text('unit', t('lab.unit'))}
                </Row>
              </>
            ) : values.sign !== '' ? (
              <>
                {text(
                  'value',
                  units.length === 1 ? t('vital.valueIn', { unit: units[0]?.unit ?? '' }) : t('lab.value'),
                  {
                    inputMode: 'decimal',
                    reads: 'number',
                  },
                )}
                {units.length > 1
                  ? one(
                      'unit',
                      t('lab.unit'),
                      units.map(({ unit, unitCode }) => ({ value: unitCode, label: unit })),
                    )
                  : null}
              </>
            ) : null}
            {date('date', t('vital.date'), { withNow: true })}
          </>
        )
      }}
    </RecordForm>
  )
}

function valueErrors(values: VitalValues, initial: VitalValues, t: TFunction): FieldError[] {
  const number = (field: 'value' | 'systolic' | 'diastolic', label: string) =>
    values[field].trim() === ''
      ? requiredError(field, label, '', t)
      : readTyped(values[field], 'number').type === 'words'
        ? [{ field, message: t('vital.noNumber') }]
        : numberErrors(field, label, { value: values[field], before: initial[field] }, t)
  if (values.sign === 'blood-pressure')
    return [...number('systolic', t('vital.systolic')), ...number('diastolic', t('vital.diastolic'))]
  if (values.sign === 'other')
    return [
      ...requiredError('test', t('vital.test'), values.test, t),
      ...requiredError('value', t('lab.value'), values.value, t),
      ...numberErrors('value', t('lab.value'), { value: values.value, before: initial.value, kind: 'value' }, t),
    ]
  const units = VITAL_SIGNS.find(({ key }) => key === values.sign)?.units ?? []
  return [
    ...number('value', t('lab.value')),
    ...(units.length > 1 && !units.some(({ unitCode }) => unitCode === values.unit)
      ? requiredError('unit', t('lab.unit'), '', t)
      : []),
  ]
}
