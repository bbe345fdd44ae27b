/**
 * The states of a treatment plan and the actions that lead from one to the next. What leaves the practice is approved first: every action after the
 * draft makes a version that a provider signs. A refusal says why; nothing is changed then.
 */
import { nextVersion, planForm } from './care-plan.ts'
import { withReason } from '../records/change-reason.ts'
import { stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { overlaid } from '../builders/elements-written.ts'
import { validityOf } from '../records/validity.ts'
import type { Reader } from '../dates/zoned-time.ts'

/** States that we write. `unknown`: a plan of another system, or one that was entered in error: nothing is done to it. */
export type PlanState = 'draft' | 'active' | 'on-hold' | 'completed' | 'revoked' | 'unknown'

export const PLAN_ACTIONS = ['edit', 'approve', 'hold', 'resume', 'complete', 'revoke'] as const
export type PlanAction = (typeof PLAN_ACTIONS)[number]

/**
 * Why a action is not done. `final`: nothing follows a completed or revoked plan. `state`: not from where it is. `no-right`: only who may approve
 * plans. `reason`: it needs one. `incomplete`: a plan without title, or with neither goal nor step. `changed`: a version waits for its approval, which comes first.
 */
export type PlanRefusal = 'final' | 'state' | 'no-right' | 'reason' | 'incomplete' | 'changed'

/** What a action depends on besides the plan. */
export interface PlanMoment {
  /** Whether who does it may approve plans (action `approve-plan` of the table of roles). */
  mayApprove: boolean
  /** Whether this very version has been approved. */
  isApproved: boolean
}

const FROM: Readonly<Record<PlanAction, readonly PlanState[]>> = {
  edit: ['draft', 'active', 'on-hold'],
  approve: ['draft', 'active', 'on-hold'],
  hold: ['active'],
  resume: ['on-hold'],
  complete: ['active', 'on-hold'],
  revoke: ['draft', 'active', 'on-hold'],
}

/** Actions for which the patient is told why. */
const NEEDS_REASON: ReadonlySet<PlanAction> = new Set<PlanAction>(['hold', 'revoke'])

const LEADS_TO: Readonly<Record<Exclude<PlanAction, 'edit' | 'approve'>, PlanState>> = {
  hold: 'on-hold',
  resume: 'active',
  complete: 'completed',
  revoke: 'revoked',
}

/** The state of a plan. */
export function planState(plan: unknown): PlanState {
  const status = stringAt(plan, 'status')
  return status === 'draft' ||
    status === 'active' ||
    status === 'on-hold' ||
    status === 'completed' ||
    status === 'revoked'
    ? status
    : 'unknown'
}

/** Why the action may not be done to this plan; null where it may. */
export function planRefusal(plan: JsonObject, action: PlanAction, moment: PlanMoment): PlanRefusal | null {
  const state = planState(plan)
  if (state === 'completed' || state === 'revoked') return 'final'
  if (!FROM[action].includes(state)) return 'state'
  // A draft that nobody has seen may be thrown away by whoever may write it.
  const isUnseenDraft = state === 'draft' && action === 'revoke'
  if (action === 'edit' || isUnseenDraft) return null
  if (!moment.mayApprove) return 'no-right'
  if (action === 'approve') return moment.isApproved ? 'state' : isWhole(plan) ? null : 'incomplete'
  return moment.isApproved ? null : 'changed'
}

/** Actions that are open for this plan, in the order in which they are shown. */
export function planActions(plan: JsonObject, moment: PlanMoment): PlanAction[] {
  return PLAN_ACTIONS.filter((action) => planRefusal(plan, action, moment) === null)
}

/**
 * The plan after a action other than editing, to be saved and then signed with the meaning `approve` (but for a draft that is thrown away).
 * Approving changes an active plan in nothing: its changed version is signed as it is.
 */
export function planAfter(
  plan: JsonObject,
  action: Exclude<PlanAction, 'edit'>,
  { reason, ...moment }: PlanMoment & { reason: string },
): { type: 'plan'; plan: JsonObject } | { type: 'refused'; why: PlanRefusal } {
  const why = planRefusal(plan, action, moment)
  if (why !== null) return { type: 'refused', why }
  if (NEEDS_REASON.has(action) && planState(plan) !== 'draft' && reason.trim() === '')
    return { type: 'refused', why: 'reason' }
  if (action === 'approve') {
    const isDraft = planState(plan) === 'draft'
    return { type: 'plan', plan: isDraft ? overlaid(plan, { status: 'active' }) : plan }
  }
  const next = overlaid(plan, { status: LEADS_TO[action] })
  return { type: 'plan', plan: withReason(moment.isApproved ? nextVersion(next) : next, reason.trim()) }
}

/** Whether a person is asked to confirm that they read it: not for what is over as it was planned, by its state or by its end. */
export function asksAcknowledgement(plan: unknown, reader: Reader): boolean {
  const state = planState(plan)
  return state === 'revoked' || (['active', 'on-hold'].includes(state) && validityOf(plan, reader).state !== 'ended')
}

function isWhole(plan: JsonObject): boolean {
  const { title, goals, steps } = planForm(plan)
  return title !== '' && (goals.length > 0 || steps.length > 0)
}
