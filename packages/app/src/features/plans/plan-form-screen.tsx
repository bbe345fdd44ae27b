/** A plan as it is written: a draft, or a change that waits for its approval. The patient sees neither. */
import { changedPlan, checkResource, instantText, newPlan, stringifyJson, withReason } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { addressOf, pathOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { personOfChart } from '../../app/care/patient-person.ts'
import { usePractice } from '../../app/care/practice-context.tsx'
import { type PracticePlan, usePracticePlans } from '../../app/care/use-practice-plans.ts'
import { Delayed } from '../../app/delayed.tsx'
import { OtherDevice } from '../../app/other-device.tsx'
import { Screen } from '../../app/screen.tsx'
import { useDraft } from '../../app/session/use-draft.ts'
import { ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { EMPTY_PLAN_VALUES, PlanForm, type PlanValues } from '../../ui/forms/plan-form.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { planFormOf, planValues } from './plan-values.ts'

/** `#/plans/<chart>/new`, and the change behind a slot. */
export function PlanFormScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { keep } = usePractice()
  const plans = usePracticePlans()
  const target = keep.slots.targetOf(slot)
  const id = target?.type === 'form' ? target.id : null
  if (slot !== 'new' && target?.type !== 'form') return <OtherDevice />
  if (plans === undefined) return <Delayed />
  const plan = plans.find(({ record }) => record.id === id)
  return (
    <Screen word="plans" focusKey={slot ?? ''}>
      {id !== null && plan === undefined ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OneForm key={slot} plan={plan ?? null} />
      )}
    </Screen>
  )
}

function OneForm({ plan }: { plan: PracticePlan | null }) {
  const { t } = useTranslation()
  const { summary, person } = useChart()
  const { practice, vault, keep } = usePractice()
  const navigate = useNavigate()
  const [problem, setProblem] = useState<'full' | 'no-right' | 'invalid' | 'failed' | null>(null)
  // The version that the member began with: what arrives meanwhile must not slip under their hands.
  const [initial] = useState(plan)
  const draft = useDraft(`${summary.slot}.plan.${plan?.record.id ?? ''}`, plan?.record.revision ?? null)
  const resourceOf = (values: PlanValues) => {
    const form = planFormOf(values, initial?.form ?? null)
    if (initial !== null) return changedPlan(initial.plan, form, initial.approval !== null)
    return newPlan(form, {
      person: personOfChart(summary),
      author: { id: practice.me.id, name: practice.me.name },
      at: instantText(Date.now()),
    })
  }
  const save = async (values: PlanValues, reason: string) => {
    setProblem(null)
    const resource = withReason(resourceOf(values), reason.trim())
    if (checkResource(resource).length > 0) return setProblem('invalid')
    const input = { collection: 'plans', resource: stringifyJson(resource) }
    const saved = await vault
      .save(initial === null ? input : { ...input, id: initial.record.id })
      .catch(() => ({ type: 'failed' as const }))
    if (saved.type !== 'saved') return setProblem(saved.type)
    await draft.done().catch(() => {})
    const shown = keep.slots.slotOf({ type: 'record', id: saved.record.id })
    void navigate(pathOf('plans', summary.slot, shown), { replace: true })
  }
  const isDraft = initial === null || initial.state === 'draft'
  return (
    <>
      <p>
        <a className="ck-alone" href={addressOf('plans', summary.slot)}>
          {t('deed.backTo', { place: t('plan.listTitle') })}
        </a>
      </p>
      <ScreenHead title={initial === null ? t('plan.new') : t('plan.deed.edit')}>{initial?.form.title}</ScreenHead>
      <Banner status="private">{isDraft ? t('plan.draftsOnly') : t('plan.waitsApproval')}</Banner>
      {problem === null ? null : (
        <Banner status="danger" urgent>
          {problem === 'full'
            ? t('store.full')
            : problem === 'no-right'
              ? t('plan.refused.no-right')
              : problem === 'invalid'
                ? t('form.invalid')
                : t('plan.failed')}
        </Banner>
      )}
      <FormDraftContext key={draft.round} value={draft.form}>
        <PlanForm
          person={person}
          suggestions={[]}
          isCorrection={initial !== null}
          saveLabel={t('deed.saveInPractice', { name: person.name })}
          initial={initial === null ? EMPTY_PLAN_VALUES : planValues(initial.form)}
          onSave={save}
        />
      </FormDraftContext>
    </>
  )
}
