/** Add or correct an allergy: substance, what happened, how bad it was, and, kept apart from it, the risk next time. */
import { useTranslation } from 'react-i18next'
import { ChooseMany } from '../choices.tsx'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'
import { RecordForm } from './record-form.tsx'

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
const SEVERITIES = ['mild', 'moderate', 'severe'] as const
const RISKS = ['low', 'high', 'unable-to-assess'] as const

/** See {@link FormProps}; `suggestions` are substances. */
export function AllergyForm(form: FormProps<AllergyValues>) {
  const { t } = useTranslation()
  const choices = (keys: readonly (typeof CATEGORIES | typeof STATUSES | typeof SEVERITIES | typeof RISKS)[number][]) =>
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
          {one('category', t('allergy.category'), choices(CATEGORIES))}
          {date('onset', t('allergy.onset'))}
          {one('status', t('allergy.status'), choices(STATUSES))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, set, name, one }) => (
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
          {one('severity', t('allergy.severity'), choices(SEVERITIES))}
          {one('criticality', t('allergy.criticality'), choices(RISKS))}
        </>
      )}
    </RecordForm>
  )
}
