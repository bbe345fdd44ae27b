/** Add or correct an allergy: substance, what happened, how bad it was, and, kept apart from it, the risk next time. */
import { Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChooseMany, ChooseOne } from '../choices.tsx'
import { DateField } from '../date-field.tsx'
import { FormShell } from '../form-shell.tsx'
import { Typeahead } from '../typeahead.tsx'
import { useFormValues } from './form-draft.ts'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'

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

/** See {@link FormProps}; `suggestions` are substances. */
export function AllergyForm({ person, initial, suggestions, isCorrection = false, onSave }: FormProps<AllergyValues>) {
  const { t } = useTranslation()
  const { values, setValues, reason, setReason } = useFormValues(initial)
  const set = (change: Partial<AllergyValues>) => setValues((before) => ({ ...before, ...change }))
  const known: readonly string[] = REACTIONS
  const ownWords = values.reactions.filter((reaction) => !known.includes(reaction))
  return (
    <FormShell
      person={person}
      isCorrection={isCorrection}
      reason={reason}
      onReason={setReason}
      validate={() => [
        ...requiredError('substance', t('allergy.substanceLabel'), values.substance, t),
        ...dateErrors('onset', values.onset, t),
      ]}
      onSave={() => onSave(values, reason)}
      isMoreOpen={isCorrection}
      more={
        <>
          <ChooseOne
            id="category"
            legend={t('allergy.category')}
            value={values.category}
            onChange={(category) => set({ category })}
            choices={(['food', 'medication', 'environment', 'biologic'] as const).map((value) => ({
              value,
              label: t(`allergy.${value}`),
            }))}
          />
          <DateField id="onset" label={t('allergy.onset')} value={values.onset} onChange={(onset) => set({ onset })} />
          <ChooseOne
            id="status"
            legend={t('allergy.status')}
            value={values.status}
            onChange={(status) => set({ status })}
            choices={(['active', 'inactive', 'resolved'] as const).map((value) => ({
              value,
              label: t(`allergy.${value}`),
            }))}
          />
          <Textarea
            id="notes"
            label={t('form.notes')}
            autosize
            minRows={2}
            value={values.notes}
            onChange={(event) => set({ notes: event.currentTarget.value })}
            autoComplete="off"
          />
        </>
      }
    >
      {(errorOf) => (
        <>
          <Typeahead
            id="substance"
            label={t('allergy.substance', { name: person.name })}
            value={values.substance}
            onChange={(substance) => set({ substance })}
            suggestions={suggestions}
            error={errorOf('substance')}
          />
          <ChooseMany
            id="reactions"
            legend={t('allergy.what')}
            values={values.reactions}
            onChange={(reactions) => set({ reactions })}
            choices={[
              ...REACTIONS.map((value) => ({ value, label: t(`reaction.${value}`) })),
              ...ownWords.map((value) => ({ value, label: value })),
            ]}
          />
          <ChooseOne
            id="severity"
            legend={t('allergy.severity')}
            value={values.severity}
            onChange={(severity) => set({ severity })}
            choices={(['mild', 'moderate', 'severe'] as const).map((value) => ({
              value,
              label: t(`allergy.${value}`),
            }))}
          />
          <ChooseOne
            id="criticality"
            legend={t('allergy.criticality')}
            value={values.criticality}
            onChange={(criticality) => set({ criticality })}
            choices={(['low', 'high', 'unable-to-assess'] as const).map((value) => ({
              value,
              label: t(`allergy.${value}`),
            }))}
          />
        </>
      )}
    </FormShell>
  )
}
