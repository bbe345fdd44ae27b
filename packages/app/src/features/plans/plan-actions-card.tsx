/** What may be done with a plan now: change it, approve it, hold, resume, complete, revoke. A refusal says why. */
import { Button, Stack, TextInput } from '@mantine/core'
import { mayInPractice, type PlanAction, planActions, type PlanRefusal, planRefusal } from '@chartkeep/domain'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { doPlanAction, type PlanActionOutcome, releasePlan } from '../../app/care/plans/plan-actions.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { publishProblem } from '../../app/practice/publish-words.ts'
import type { PracticePlan } from '../../app/care/plans/use-practice-plans.ts'
import { Card } from '../../ui/display/card.tsx'
import { Problem } from '../../ui/display/status-mark.tsx'
import styles from '../../app/practice/care.module.css'

/** Deeds that say why, in the order of their buttons. */
const OTHERS = ['hold', 'resume', 'complete', 'revoke'] as const satisfies readonly PlanAction[]

/** For who may only read plans, who approves them. */
export function PlanActions({ plan }: { plan: PracticePlan }) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { practice, vault, keep } = usePractice()
  const [asking, setAsking] = useState<(typeof OTHERS)[number] | null>(null)
  const [reason, setReason] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const moment = { mayApprove: practice.may('approve-plan'), isApproved: plan.approval !== null }
  const open = planActions(plan.plan, moment)
  const name = useChartLabel()(summary)
  if (!mayInPractice(practice.me.roles, 'plans', 'amend'))
    return (
      <Card title={t('plan.deedsTitle')}>
        <MayNot what="approve-plan" />
      </Card>
    )
  const settle = async (work: Promise<PlanActionOutcome>) => {
    setBusy(true)
    setProblem('')
    const outcome = await work.catch((): null => null)
    setBusy(false)
    if (outcome === null) return setProblem(t('plan.failed'))
    switch (outcome.type) {
      case 'refused':
        return setProblem(t(`plan.refused.${outcome.why}`))
      case 'changed':
        return setProblem(t('plan.refused.state'))
      case 'problem':
        return setProblem(publishProblem(outcome.problem, t))
      case 'done':
        setAsking(null)
        setReason('')
    }
  }
  const run = (action: Exclude<PlanAction, 'edit'>) =>
    void settle(doPlanAction({ practice, vault }, plan, action, { reason, chartSlot: summary.slot }))
  const isBehind =
    summary.file === undefined && plan.approval !== null && plan.published?.revision !== plan.record.revision
  const labelOf = (action: (typeof OTHERS)[number]) =>
    action === 'revoke' && plan.state === 'draft' ? t('plan.deed.discard') : t(`plan.deed.${action}`)
  return (
    <Card title={t('plan.deedsTitle')}>
      <Stack gap="md">
        <Problem text={problem} status="danger" />
        <ApprovalWords plan={plan} refusal={planRefusal(plan.plan, 'approve', moment)} me={practice.me.name} />
        <div className={styles.actions}>
          {open.includes('approve') ? (
            <Button loading={isBusy} onClick={() => run('approve')}>
              {t('plan.deed.approve', { name: practice.me.name })}
            </Button>
          ) : null}
          {isBehind ? (
            <Button loading={isBusy} onClick={() => void settle(releasePlan(practice, plan.record, summary.slot))}>
              {t('plan.release', { name })}
            </Button>
          ) : null}
          {open.includes('edit') ? (
            <Button
              component="a"
              variant="default"
              href={addressOf(
                'plans',
                summary.slot,
                keep.slots.slotOf({ type: 'form', collection: 'plans', id: plan.record.id, kind: 'plans' }),
              )}
            >
              {t('plan.deed.edit')}
            </Button>
          ) : null}
          {OTHERS.filter((action) => open.includes(action)).map((action) => (
            <Button key={action} variant="subtle" onClick={() => setAsking(asking === action ? null : action)}>
              {labelOf(action)}
            </Button>
          ))}
        </div>
        {asking === null ? null : (
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault()
              run(asking)
            }}
          >
            <Stack gap="md">
              <TextInput
                label={t('plan.deedReason')}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
                autoComplete="off"
              />
              <Button type="submit" loading={isBusy}>
                {t('plan.deedNow', { action: labelOf(asking) })}
              </Button>
            </Stack>
          </form>
        )}
      </Stack>
    </Card>
  )
}

/** What approving means, or why it cannot be done. */
function ApprovalWords({ plan, refusal, me }: { plan: PracticePlan; refusal: PlanRefusal | null; me: string }) {
  const { t } = useTranslation()
  if (refusal === null) return <p>{t('plan.approveText', { n: plan.version, name: me })}</p>
  if (plan.approval !== null || refusal === 'state') return null
  return <p>{t(`plan.refused.${refusal}`)}</p>
}
