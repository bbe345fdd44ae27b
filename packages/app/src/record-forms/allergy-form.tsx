/**
 * Add or correct an allergy: substance, what happened, and, asked once in the person's words, how bad the worst time was. The answer fills
 * the severity of the reaction, and the risk next time if the record does not give one already; that field is under "More".
 */
import { SEVERITIES } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { ChooseMany, ChooseOne } from '../ui/fields/choices.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given; `reactions` are keys under `reaction.` or words of the person's own. */
export interface AllergyValues {
  substance: string
  category: string
  reactions: string[]
  severity: string
  criticality: string
  onset: string
  status: string
  notes: string
}

/** Nothing clinical is preselected. */
export const EMPTY_ALLERGY: AllergyValues = {
  substance: '',
  category: '',
  reactions: [],
  severity: '',
  criticality: '',
  onset: '',
  status: '',
  notes: '',
}

const REACTIONS = ['rash', 'swelling', 'breathing', 'vomiting', 'itching', 'anaphylaxis', 'other'] as const

const CATEGORIES = ['food', 'medication', 'environment', 'biologic'] as const
const STATUSES = ['active', 'inactive', 'resolved'] as const
const WORST = { mild: 'allergy.worstMild', moderate: 'allergy.worstModerate', severe: 'allergy.worstSevere' } as const
const RISKS = ['low', 'high', 'unable-to-assess'] as const

/** What the worst time says of the next: a bad one says too little, a life-threatening one enough. */
const RISK_AFTER: Readonly<Record<string, string>> = { mild: 'low', moderate: 'unable-to-assess', severe: 'high' }

/** The answer to "the worst time", with the risk next time where none is given or where the answer before had filled it. Pure. */
export function withWorst(
  { severity: before, criticality }: Pick<AllergyValues, 'severity' | 'criticality'>,
  severity: string,
): Pick<AllergyValues, 'severity' | 'criticality'> {
  const isOurs = criticality === '' || criticality === RISK_AFTER[before]
  return { severity, criticality: isOurs ? (RISK_AFTER[severity] ?? '') : criticality }
}

/** A risk that was recorded is never changed, and never kept against the answer, without a word. */
function riskWords(values: AllergyValues, initial: AllergyValues, t: TFunction) {
  const word = (risk: string) => t(`allergy.${risk as (typeof RISKS)[number]}`)
  const { severity, criticality } = values
  if (severity === initial.severity || initial.criticality === '') return null
  if (criticality !== initial.criticality && criticality !== '')
    return <p>{t('allergy.criticalityFollows', { was: word(initial.criticality), risk: word(criticality) })}</p>
  return criticality === RISK_AFTER[severity] ? null : (
    <p>{t('allergy.criticalityKept', { risk: word(initial.criticality) })}</p>
  )
}

/** See {@link FormProps}; `suggestions` are substances. */
export function AllergyForm(form: FormProps<AllergyValues>) {
  const { t } = useTranslation()
  const choices = (keys: readonly (typeof CATEGORIES | typeof STATUSES | typeof RISKS)[number][]) =>
    keys.map((value) => ({ value, label: t(`allergy.${value}`) }))
  const known: readonly string[] = REACTIONS
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('substance', t('allergy.substanceLabel'), values.substance, t),
        ...dateErrors('onset', values.onset, t),
      ]}
      more={({ one, date, lines }) => (
        <>
          {one('criticality', t('allergy.criticality'), choices(RISKS))}
          {one('category', t('allergy.category'), choices(CATEGORIES))}
          {date('onset', t('allergy.onset'))}
          {one('status', t('allergy.status'), choices(STATUSES))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, set, name }) => (
        <>
          {name('substance', t('allergy.substance', { name: form.person.name }))}
          <ChooseMany
            id="reactions"
            legend={t('allergy.what')}
            values={values.reactions}
            onChange={(reactions) => set({ reactions })}
            choices={[
              ...REACTIONS.map((value) => ({ value, label: t(`reaction.${value}`) })),
              ...values.reactions
                .filter((reaction) => !known.includes(reaction))
                .map((value) => ({ value, label: value })),
            ]}
          />
          <ChooseOne
            id="severity"
            legend={t('allergy.worst')}
            value={values.severity}
            onChange={(severity) => set(withWorst(values, severity))}
            choices={SEVERITIES.toReversed().map((value) => ({ value, label: t(WORST[value]) }))}
          />
          {riskWords(values, form.initial, t)}
        </>
      )}
    </RecordForm>
  )
}
