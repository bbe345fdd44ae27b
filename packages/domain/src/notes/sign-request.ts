/** A request to sign a note: a task of the practice for one signer, or for whoever has a role. Whether it was done follows from signatures. */
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
import { PRACTICE_ROLES, type PracticeRole } from '../practice/practice-roles.ts'
import { asJson, careTaskOf, dueOf, newCareTask, parameter, parametersOf } from '../practice/care-task.ts'
import { given, overlaid } from '../builders/elements-written.ts'

/** What may be asked for: the author's own signature, a look, or the signature of a supervisor next to the author's. */
export const ASKED_MEANINGS = ['author', 'review', 'co-sign'] as const
export type AskedMeaning = (typeof ASKED_MEANINGS)[number]

export interface SignRequestForm {
  /** `doc`, revision and person of the note. */
  note: string
  revision: string
  person: JsonObject
  by: CareMember
  /** Null for whoever has the role. */
  signer: CareMember | null
  role: PracticeRole
  meaning: AskedMeaning
  /** FHIR instants or dates; `due` '' for no end. */
  at: string
  due: string
  message: string
}

export interface SignRequest {
  note: string
  /** The version that was to be signed. */
  revision: string
  by: CareMember | null
  signer: CareMember | null
  role: PracticeRole | null
  meaning: AskedMeaning
  at: string
  due: string
  message: string
  /** As the task says; {@link requestsOf} says what signatures show. */
  status: 'requested' | 'completed' | 'rejected' | 'cancelled'
}

export function newSignRequest(form: SignRequestForm): JsonObject {
  const { note, revision, person, by, signer, role, meaning, at, due, message } = form
  const task = newCareTask({
    code: 'sign-note',
    status: 'requested',
    list: 'notes',
    focus: recordReference(note, 'Composition'),
    person,
    requester: memberReference(by.id, by.name),
    owner: signer === null ? null : memberReference(signer.id, signer.name),
    at,
    due,
  })
  const version = asJson(versionReference(note, revision, 'Composition'))
  return overlaid(task, {
    description: given(message),
    input: [
      parameter('version', { valueReference: version }),
      parameter('meaning', { valueString: meaning }),
      parameter('role', { valueString: role }),
    ],
  })
}

/** Reads a request; null for every other resource. */
export function signRequestOf(resource: unknown): SignRequest | null {
  if (careTaskOf(resource) !== 'sign-note') return null
  const word = (name: string) => stringAt(parametersOf(resource, 'input', name)[0], 'valueString')
  const version = referencedVersion(objectAt(parametersOf(resource, 'input', 'version')[0], 'valueReference'))
  const status = stringAt(resource, 'status')
  return {
    note: referenceValue(objectAt(resource, 'focus'), 'record'),
    revision: version?.revision ?? '',
    by: referencedMember(objectAt(resource, 'requester')),
    signer: referencedMember(objectAt(resource, 'owner')),
    role: PRACTICE_ROLES.find((role) => role === word('role')) ?? null,
    meaning: ASKED_MEANINGS.find((meaning) => meaning === word('meaning')) ?? 'author',
    at: stringAt(resource, 'authoredOn'),
    due: dueOf(resource),
    message: stringAt(resource, 'description'),
    status: status === 'completed' || status === 'rejected' || status === 'cancelled' ? status : 'requested',
  }
}

/** The task once its signer has signed or declined, or its requester has taken it back. */
export function settledRequest(
  task: JsonObject,
  status: 'completed' | 'rejected' | 'cancelled',
  at: string,
  by: CareMember,
): JsonObject {
  return overlaid(task, {
    status,
    owner: status === 'cancelled' ? (objectAt(task, 'owner') ?? undefined) : asJson(memberReference(by.id, by.name)),
    executionPeriod: jsonObject({ end: at }),
  })
}
