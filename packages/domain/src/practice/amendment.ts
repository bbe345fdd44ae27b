/**
 * The patient's right to have a record corrected: the request is the patient's record and points to the version that they read; the answer is the
 * practice's record and points to the request. Neither changes the other, and both stay.
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
import type { Collection } from '../elements/collection-names.ts'
import { compareDates } from '../dates/dates.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { asJson, careTaskOf, newCareTask, parameter, parametersOf } from './care-task.ts'
import { given, overlaid } from '../builders/elements-written.ts'

/** The record that a request is about, in the version that the patient read. */
export interface AmendedRecord {
  id: string
  revision: string
  type: string
  list: Collection
}

/** A request to correct a record. */
export interface Amendment {
  record: string
  revision: string
  type: string
  /** What is wrong, and what it should be, in the patient's words. */
  wrong: string
  should: string
  at: string
  /** `withdrawn` by the patient. */
  state: 'open' | 'withdrawn'
}

/** What a practice answered. */
export interface AmendmentAnswer {
  request: string
  isAccepted: boolean
  /** Why it was declined, or what was done; '' only of an accepted one. */
  reason: string
  /** The corrected version; null for a declined one. */
  corrected: { id: string; revision: string } | null
  by: CareMember | null
  at: string
}

const WRONG = 'wrong'
const SHOULD = 'should-be'
const CORRECTED = 'corrected'

/** A request; null where either of its texts is empty. */
export function newAmendment(
  record: AmendedRecord,
  { wrong, should, at, person }: { wrong: string; should: string; at: string; person: JsonObject },
): JsonObject | null {
  const texts = [given(wrong), given(should)]
  if (texts[0] === undefined || texts[1] === undefined) return null
  const task = newCareTask({
    code: 'amend-request',
    status: 'requested',
    list: record.list,
    focus: versionReference(record.id, record.revision, record.type),
    person,
    requester: null,
    owner: null,
    at,
    due: '',
  })
  return overlaid(task, {
    input: [parameter(WRONG, { valueString: texts[0] }), parameter(SHOULD, { valueString: texts[1] })],
  })
}

/** The request taken back by whoever made it. */
export function withdrawnAmendment(request: JsonObject): JsonObject {
  return overlaid(request, { status: 'cancelled' })
}

/** What a request says; null for every other resource. */
export function amendmentOf(task: unknown): Amendment | null {
  if (careTaskOf(task) !== 'amend-request') return null
  const focus = objectAt(task, 'focus')
  const version = referencedVersion(focus)
  if (version === null) return null
  return {
    record: version.id,
    revision: version.revision,
    type: stringAt(focus, 'type'),
    wrong: stringAt(parametersOf(task, 'input', WRONG)[0], 'valueString'),
    should: stringAt(parametersOf(task, 'input', SHOULD)[0], 'valueString'),
    at: stringAt(task, 'authoredOn'),
    state: stringAt(task, 'status') === 'cancelled' ? 'withdrawn' : 'open',
  }
}

/** How a request is answered: with the version that corrects the record, or with the reason why it stays. */
export type AmendmentDecision =
  | { type: 'accepted'; corrected: { id: string; revision: string }; words: string }
  | { type: 'declined'; reason: string }

/** The practice's answer; null for a refusal without a reason. */
export function newAmendmentAnswer(
  request: { id: string; resource: JsonObject; list: Collection },
  decision: AmendmentDecision,
  { by, at, person }: { by: CareMember; at: string; person: JsonObject },
): JsonObject | null {
  const words = given(decision.type === 'declined' ? decision.reason : decision.words)
  if (decision.type === 'declined' && words === undefined) return null
  const me = memberReference(by.id, by.name)
  const task = newCareTask({
    code: 'amend-answer',
    status: decision.type === 'accepted' ? 'completed' : 'rejected',
    list: request.list,
    focus: recordReference(request.id, 'Task'),
    person,
    requester: me,
    owner: me,
    at,
    due: '',
  })
  return overlaid(task, {
    statusReason: words === undefined ? undefined : jsonObject({ text: words }),
    output:
      decision.type === 'accepted'
        ? [parameter(CORRECTED, { valueReference: correctedReference(request.resource, decision.corrected) })]
        : undefined,
  })
}

/** What an answer says; null for every other resource. */
export function amendmentAnswerOf(task: unknown): AmendmentAnswer | null {
  if (careTaskOf(task) !== 'amend-answer') return null
  const [output] = parametersOf(task, 'output', CORRECTED)
  return {
    request: referenceValue(objectAt(task, 'focus'), 'record'),
    isAccepted: stringAt(task, 'status') === 'completed',
    reason: stringAt(task, 'statusReason', 'text'),
    corrected: referencedVersion(output?.['valueReference']),
    by: referencedMember(objectAt(task, 'owner')),
    at: stringAt(task, 'authoredOn'),
  }
}

/** The state of a request by its newest answer: an answer counts also where the request was withdrawn meanwhile. */
export function amendmentState(
  request: Amendment,
  answers: readonly AmendmentAnswer[],
): 'open' | 'withdrawn' | 'accepted' | 'declined' {
  const newest = answers.toSorted((a, b) => compareDates(b.at, a.at))[0]
  if (newest === undefined) return request.state
  return newest.isAccepted ? 'accepted' : 'declined'
}

function correctedReference(request: JsonObject, { id, revision }: { id: string; revision: string }): JsonObject {
  return asJson(versionReference(id, revision, amendmentOf(request)?.type ?? ''))
}
