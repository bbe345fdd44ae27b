/** A plan as it is written: a draft, or a change that waits for its approval. The patient sees neither. */
import { checkResource, instantText, newPlan, type PlanRefusal, stringifyJson, withReason } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate, useParams } from 'react-router'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { PlanCard } from '../../app/care/plans/plan-card.tsx'
import { savePlan } from '../../app/care/plans/plan-actions.ts'
import { planStateMark } from '../../app/care/plans/plan-words.ts'
import { personOfChart } from '../../app/practice/patient-person.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { type PracticePlan, usePracticePlans } from '../../app/care/plans/use-practice-plans.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { DraftBanner } from '../../app/drafts/draft-banner.tsx'
import { NewerVersion } from '../../app/drafts/newer-version.tsx'
import { useDraft } from '../../app/drafts/use-draft.ts'
import { useFormBase } from '../../app/drafts/use-form-base.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { FormDraftContext } from '../../ui/forms/form-draft.ts'
import { EMPTY_PLAN_VALUES, PlanForm, type PlanValues } from '../../record-forms/plan-form.tsx'
import { PlanChanges } from '../../app/care/plans/plan-changes.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
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

type Problem = 'full' | 'no-right' | 'invalid' | 'failed' | PlanRefusal

function revisionOf({ record }: PracticePlan): string {
  return record.revision
}

function OneForm({ plan }: { plan: PracticePlan | null }) {
  const { t } = useTranslation()
  const { summary, person } = useChart()
  const { practice, vault, keep } = usePractice()
  const navigate = useNavigate()
  const [problem, setProblem] = useState<Problem | null>(null)
  const draft = useDraft(`${summary.slot}.plan.${plan?.record.id ?? ''}`, plan?.record.revision ?? null)
  // The version that the member began with: what arrives meanwhile must not slip under their hands.
  const base = useFormBase(plan, revisionOf, draft.round)
  const { before } = base
  // A signature may have come for this very version: then its change is the next one.
  const initial =
    plan !== null && base.begun !== null && revisionOf(plan) === revisionOf(base.begun) ? plan : base.begun
  const saveNew = async (values: PlanValues, reason: string) => {
    const made = newPlan(planFormOf(values, null), {
      person: personOfChart(summary),
      author: { id: practice.me.id, name: practice.me.name },
      at: instantText(Date.now()),
    })
    const resource = withReason(made, reason.trim())
    if (checkResource(resource).length > 0) return { type: 'invalid' as const }
    return vault.save({ collection: 'plans', resource: stringifyJson(resource) })
  }
  const save = async (values: PlanValues, reason: string) => {
    setProblem(null)
    const may = { mayApprove: practice.may('approve-plan'), reason }
    const saving =
      initial === null ? saveNew(values, reason) : savePlan(vault, initial, planFormOf(values, initial.form), may)
    const saved = await saving.catch(() => ({ type: 'failed' as const }))
    if (saved.type === 'changed') return base.refuse()
    if (saved.type === 'refused') return setProblem(saved.why)
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
            : problem === 'invalid'
              ? t('form.invalid')
              : problem === 'failed'
                ? t('plan.failed')
                : t(`plan.refused.${problem}`)}
        </Banner>
      )}
      {base.refusals > 0 ? null : (
        <DraftBanner draft={draft}>
          {initial === null ? null : <PlanCard form={initial.form} state={initial.state} validity={initial.validity} />}
        </DraftBanner>
      )}
      <NewerVersion
        refusals={base.refusals}
        record={before === null || initial === null ? null : initial.record}
        onDrop={draft.drop}
      >
        {before === null || initial === null ? null : (
          <>
            {before.state === initial.state ? null : (
              <p>{t('plan.stateNow', { state: planStateMark(initial.state, t).word })}</p>
            )}
            <PlanChanges before={before.form} after={initial.form} />
          </>
        )}
      </NewerVersion>
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
