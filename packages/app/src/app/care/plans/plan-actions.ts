/**
 * A deed on a plan of the practice: the next version is saved, signed with the meaning `approve` by who is unlocked, and published. What was done by
 * then stays where a later step fails, and the plan says which step is missing: nothing is published that was not approved.
 */
import {
  changedPlan,
  checkResource,
  planAfter,
  type PlanAction,
  type PlanForm,
  type PlanRefusal,
  planRefusal,
  planState,
  stringifyJson,
  withReason,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, Practice, SaveOutcome } from '@chartkeep/sync'
import type { PublishProblem } from '../../practice/publish-words.ts'
import type { PracticePlan } from './use-practice-plans.ts'

export type PlanActionOutcome =
  | { type: 'done' }
  | { type: 'refused'; why: PlanRefusal }
  /** Somebody else changed the plan meanwhile. */
  | { type: 'changed' }
  | { type: 'problem'; problem: PublishProblem }

export async function doPlanAction(
  { practice, vault }: { practice: Practice; vault: Chart },
  plan: PracticePlan,
  action: Exclude<PlanAction, 'edit'>,
  { reason, chartSlot }: { reason: string; chartSlot: string },
): Promise<PlanActionOutcome> {
  const moment = { mayApprove: practice.may('approve-plan'), isApproved: plan.approval !== null }
  const after = planAfter(plan.plan, action, { ...moment, reason })
  if (after.type === 'refused') return after
  const resource = stringifyJson(after.plan)
  // What is approved as it stands is not saved again: another revision would be another version.
  const saved =
    resource === plan.record.resource
      ? { type: 'saved' as const, record: plan.record }
      : await vault.save({ collection: 'plans', resource, id: plan.record.id, base: plan.record.revision })
  if (saved.type === 'changed') return saved
  if (saved.type !== 'saved') return { type: 'problem', problem: saved.type }
  if (planState(plan.plan) === 'draft' && action === 'revoke') return { type: 'done' }
  const { id, revision } = saved.record
  const signed = await vault.sign({ record: id, revision, meaning: 'approve' })
  if (signed.type === 'changed') return signed
  if (signed.type !== 'signed') return { type: 'problem', problem: signed.type }
  return releasePlan(practice, saved.record, chartSlot)
}

/**
 * Saves what a form says over the version of the plan that its writer has read. Where that one stands no more nothing is written, so that a plan
 * that was approved, held or ended meanwhile stays what it is; what is over is not changed at all.
 */
export async function savePlan(
  vault: Chart,
  plan: Pick<PracticePlan, 'record' | 'plan' | 'approval'>,
  form: PlanForm,
  { mayApprove, reason }: { mayApprove: boolean; reason: string },
): Promise<SaveOutcome | { type: 'refused'; why: PlanRefusal } | { type: 'invalid' }> {
  const isApproved = plan.approval !== null
  const why = planRefusal(plan.plan, 'edit', { mayApprove, isApproved })
  if (why !== null) return { type: 'refused', why }
  const changed = withReason(changedPlan(plan.plan, form, isApproved), reason.trim())
  if (checkResource(changed).length > 0) return { type: 'invalid' }
  const { id, revision: base } = plan.record
  return vault.save({ collection: 'plans', resource: stringifyJson(changed), id, base })
}

/** Publishes the version of a plan that is approved, and no other: for one whose release did not work before. */
export async function releasePlan(
  practice: Practice,
  { id, revision }: Pick<ChartRecord, 'id' | 'revision'>,
  chartSlot: string,
): Promise<PlanActionOutcome> {
  const published = await practice.publish(id, chartSlot, revision)
  return published.type === 'published' ? { type: 'done' } : { type: 'problem', problem: published.type }
}
