/**
 * An action on a plan of the practice: the next version is saved, signed by the current member with the meaning `approve`, and published.
 * If a later step fails, the earlier ones remain, and the plan shows which step is missing: nothing is published without approval.
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
  /** Another member changed the plan meanwhile. */
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
  // A plan that is approved unchanged is not saved again, because another revision would be another version.
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
 * Saves a form over the version of the plan that its writer has read. If that version is no longer current, nothing is written, so that a
 * plan that was approved, held or ended meanwhile is not changed; an ended plan is never changed.
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
