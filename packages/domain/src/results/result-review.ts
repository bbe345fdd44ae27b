/**
 * The release of a result to its patient: a task of the practice next to the result. Whether the patient has it follows from place alone (the
 * copy in their chart); the task says what waits, for whom, and which version was released by whom.
 */
import {
  type CareMember,
  memberReference,
  recordReference,
  referencedMember,
  referencedVersion,
  referenceValue,
  versionReference,
} from '../elements/care-references.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import {
  asJson,
  careTaskOf,
  dueOf,
  newCareTask,
  parameter,
  parametersOf,
  withParameters,
} from '../practice/care-task.ts'
import { given, overlaid } from '../builders/elements-written.ts'

/** What is to be released. `person`: subject of the result. */
export interface ReviewedResult {
  id: string
  /** `Observation` or `DiagnosticReport`. */
  type: string
  person: JsonObject
}

/** The state of the release of a result. */
export interface ResultReview {
  result: string
  state: 'waiting' | 'released' | 'kept-back'
  /** Who is to review it; null for nobody. */
  reviewer: CareMember | null
  /** A FHIR date or instant; '' for none. */
  due: string
  /** The version that was released last, '' for none, with whoever did it and when. */
  revision: string
  releasedBy: string
  releasedAt: string
  /** Why it was kept back; '' for no reason given. */
  reason: string
}

const RELEASED = 'released'

/** A result that waits for its release, assigned to a reviewer or to nobody. */
export function newReview(
  result: ReviewedResult,
  { by, reviewer, at, due }: { by: CareMember; reviewer: CareMember | null; at: string; due: string },
): JsonObject {
  return newCareTask({
    code: 'release-result',
    status: 'requested',
    list: 'labs',
    focus: recordReference(result.id, result.type),
    person: result.person,
    requester: memberReference(by.id, by.name),
    owner: reviewer === null ? null : memberReference(reviewer.id, reviewer.name),
    at,
    due,
  })
}

/** The task with another reviewer and end; one that was settled waits again. */
export function reassigned(
  review: JsonObject,
  { reviewer, due }: { reviewer: CareMember | null; due: string },
): JsonObject {
  return overlaid(review, {
    status: 'requested',
    statusReason: undefined,
    owner: reviewer === null ? undefined : asJson(memberReference(reviewer.id, reviewer.name)),
    restriction: due === '' ? undefined : jsonObject({ period: jsonObject({ end: due }) }),
  })
}

/** The task once this version of the result was released. */
export function releasedReview(
  review: JsonObject,
  { revision, by, at }: { revision: string; by: CareMember; at: string },
): JsonObject {
  const id = referenceValue(review['focus'], 'record')
  const version = asJson(versionReference(id, revision, stringAt(review, 'focus', 'type')))
  return overlaid(review, {
    status: 'completed',
    statusReason: undefined,
    owner: asJson(memberReference(by.id, by.name)),
    executionPeriod: jsonObject({ end: at }),
    output: withParameters(review, 'output', RELEASED, [parameter(RELEASED, { valueReference: version })]),
  })
}

/** The task of a result that is not to be released (a wrong patient, a test that failed); null without a reason. */
export function keptBackReview(review: JsonObject, reason: string): JsonObject | null {
  const text = given(reason)
  if (text === undefined) return null
  return overlaid(review, { status: 'cancelled', statusReason: jsonObject({ text }) })
}

/** What the task says of a result; null for every other resource. */
export function reviewOf(task: unknown): ResultReview | null {
  if (careTaskOf(task) !== 'release-result') return null
  const status = stringAt(task, 'status')
  const [output] = parametersOf(task, 'output', RELEASED)
  const reviewer = referencedMember(objectAt(task, 'owner'))
  return {
    result: referenceValue(objectAt(task, 'focus'), 'record'),
    state: status === 'completed' ? 'released' : status === 'cancelled' ? 'kept-back' : 'waiting',
    reviewer,
    due: dueOf(task),
    revision: referencedVersion(output?.['valueReference'])?.revision ?? '',
    releasedBy: status === 'completed' ? (reviewer?.name ?? '') : '',
    releasedAt: stringAt(task, 'executionPeriod', 'end'),
    reason: stringAt(task, 'statusReason', 'text'),
  }
}
