/** Add or correct a lab result: the value is kept as it is typed (`1.10`, `<5`, `1:80`, words), unit and range as on the report. */
import { ABSENT_REASONS, type Finding, FINDINGS, wholeNumber } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../ui/fields/choices.tsx'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, numberErrors, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given; `flag` is a code of HL7 v3 ObservationInterpretation. */
export interface LabValues {
  test: string
  /** A kind of the domain's ObservationForm; `value` is what that kind holds. */
  valueKind: string
  value: string
  unit: string
  low: string
  high: string
  flag: string
  collected: string
  status: string
  orderedBy: string
  notes: string
}

/** Nothing clinical is preselected. */
export const EMPTY_LAB: LabValues = {
  test: '',
  valueKind: 'typed',
  value: '',
  unit: '',
  low: '',
  high: '',
  flag: '',
  collected: '',
  status: '',
  orderedBy: '',
  notes: '',
}

const FLAGS = ['N', 'H', 'L', 'HH', 'LL', 'A'] as const
const KINDS = ['typed', 'finding', 'integer', 'date', 'absent'] as const

/** See {@link FormProps}; `suggestions` are names of tests. `unitOf` knows the unit that a test came in before; `units` are prints of units. */
export function LabForm({
  unitOf,
  units = [],
  ...form
}: FormProps<LabValues> & { unitOf?: (test: string) => string; units?: readonly string[] }) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('test', t('lab.test'), values.test, t),
        ...requiredError('value', t('lab.value'), values.value, t),
        ...(values.valueKind === 'typed'
          ? numberErrors('value', t('lab.value'), { value: values.value, before: form.initial.value, kind: 'value' }, t)
          : []),
        ...(values.valueKind === 'integer' &&
        values.value.trim() !== '' &&
        wholeNumber(values.value.trim().replace(/^[-−－]/u, '')) === null
          ? [{ field: 'value', message: t('lab.noWhole') }]
          : []),
        ...(values.valueKind === 'date' ? dateErrors('value', values.value, t) : []),
        ...requiredError('collected', t('lab.collected'), values.collected, t),
        ...dateErrors('collected', values.collected, t),
        ...numberErrors('low', t('lab.low'), { value: values.low, before: form.initial.low }, t),
        ...numberErrors('high', t('lab.high'), { value: values.high, before: form.initial.high }, t),
      ]}
      more={({ text, one, lines }) => (
        <>
          {one(
            'flag',
            t('lab.flag'),
            FLAGS.map((value) => ({ value, label: t(`lab.flag${value}`) })),
          )}
          {one('status', t('lab.status'), [
            { value: 'preliminary', label: t('state.preliminary') },
            { value: 'final', label: t('state.final') },
            { value: 'corrected', label: t('state.corrected') },
          ])}
          {text('orderedBy', t('lab.lab'))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, set, name, one, text, date }) => (
        <>
          {name('test', t('lab.test'), { onPick: (test) => set({ unit: values.unit || unitOf?.(test) || '' }) })}
          <ChooseOne
            id="valueKind"
            legend={t('lab.kind')}
            isOptional={false}
            value={values.valueKind}
            onChange={(valueKind) => set({ valueKind, value: '' })}
            choices={[
              ...KINDS.map((value) => ({ value, label: t(`lab.kinds.${value}`) })),
              // A kind that only other systems write can be kept, not chosen.
              ...(values.valueKind === 'other' ? [{ value: 'other', label: t('lab.kinds.other') }] : []),
            ]}
          />
          {values.valueKind === 'finding'
            ? one(
                'value',
                t('lab.finding'),
                (Object.keys(FINDINGS) as Finding[]).map((value) => ({ value, label: t(`finding.${value}`) })),
              )
            : values.valueKind === 'absent'
              ? one(
                  'value',
                  t('lab.absent'),
                  ABSENT_REASONS.map((value) => ({ value, label: t(`absent.${value}`) })),
                )
              : values.valueKind === 'date'
                ? date('value', t('lab.value'), { withTime: true })
                : values.valueKind === 'integer'
                  ? text('value', t('lab.value'), { inputMode: 'numeric', reads: 'number' })
                  : null}
          {values.valueKind === 'typed' || values.valueKind === 'other' ? (
            <>
              <Row>
                {text('value', t('lab.value'), { description: t('lab.valueHint'), reads: 'value' })}
                {name('unit', t('lab.unit'), { description: t('lab.unitHint'), suggestions: units })}
              </Row>
              <Row>
                {text('low', t('lab.low'), { inputMode: 'decimal', reads: 'number' })}
                {text('high', t('lab.high'), { inputMode: 'decimal', reads: 'number' })}
              </Row>
            </>
          ) : null}
          {date('collected', t('lab.collected'), { withToday: true })}
        </>
      )}
    </RecordForm>
  )
}
