/** Write or change a treatment plan: what it is for, goals, steps with when, and what else to know. */
import type { PlanStep } from '@chartkeep/domain'
import { NativeSelect } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'
import { TextRows } from '../ui/forms/text-rows.tsx'

/** Rows of texts, as forms hold them. */
export interface PlanValues {
  title: string
  summary: string
  start: string
  end: string
  goals: { goal: string }[]
  steps: { what: string; when: string; state: string }[]
  details: string
}

export const EMPTY_PLAN_VALUES: PlanValues = {
  title: '',
  summary: '',
  start: '',
  end: '',
  goals: [],
  steps: [],
  details: '',
}

const STATES: readonly PlanStep['state'][] = ['not-started', 'in-progress', 'completed', 'stopped']

/** See {@link FormProps}. */
export function PlanForm(form: FormProps<PlanValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('title', t('plan.form.title'), values.title, t),
        ...dateErrors('start', values.start, t),
        ...dateErrors('end', values.end, t),
      ]}
    >
      {({ values, set, errorOf, text, date, lines }) => (
        <>
          {text('title', t('plan.form.title'), { description: t('plan.form.titleHint') })}
          {lines('summary', t('plan.form.summary'))}
          <TextRows
            id="goals"
            legend={t('plan.form.goals')}
            rows={values.goals}
            columns={[{ name: 'goal', label: t('plan.form.goal') }]}
            addLabel={t('plan.form.addGoal')}
            errorOf={errorOf}
            onChange={(goals) => set({ goals })}
          />
          <TextRows
            id="steps"
            legend={t('plan.form.steps')}
            rows={values.steps}
            columns={[
              { name: 'what', label: t('plan.form.what') },
              { name: 'when', label: t('plan.form.when') },
            ]}
            addLabel={t('plan.form.addStep')}
            errorOf={errorOf}
            onChange={(steps) => set({ steps })}
          />
          {form.isCorrection
            ? values.steps.map((step, index) => (
                // Steps have no name of their own; their place is what tells them apart.
                <NativeSelect
                  // oxlint-disable-next-line react/no-array-index-key
                  key={index}
                  label={t('plan.form.stepState', { n: index + 1 })}
                  value={step.state || 'not-started'}
                  data={STATES.map((value) => ({ value, label: t(`plan.step.${value}`) }))}
                  onChange={(event) => {
                    const state = event.currentTarget.value
                    set({ steps: values.steps.map((one, place) => (place === index ? { ...one, state } : one)) })
                  }}
                />
              ))
            : null}
          <Row>
            {date('start', t('plan.form.start'), { withToday: true })}
            {date('end', t('plan.form.end'))}
          </Row>
          {lines('details', t('plan.form.details'))}
        </>
      )}
    </RecordForm>
  )
}
