/** The state of a note, from its signatures and the requests for them: none of this is stored, so none of it goes stale. */
import type { AskedMeaning, SignRequest } from '../notes/sign-request.ts'
import type { SignatureMeaning } from '../builders/signature-record.ts'
import type { NoteStatus } from '../notes/note.ts'
import { momentOf } from '../dates/dates.ts'
import { maySignAs } from './action-of-record.ts'
import type { PracticeRole } from '../practice/practice-roles.ts'

/** A signature as a state needs it. */
export interface NoteSignature {
  /** `doc` and revision of what was signed. */
  record: string
  revision: string
  meaning: SignatureMeaning
  comment: string
  state: { type: 'holds' | 'waiting' | 'broken' }
  who: { member: string; name: string; roles: readonly string[] }
  at: number
}

/**
 * `draft`: being written. `written`: whole, and nobody signed or was asked. `under-review`: somebody was asked and has not answered, or declined.
 * `signed`: who was asked has signed. `amended`: the same, of a version after a signed one. `broken`: a signature of it does not hold.
 */
export type NoteState = 'draft' | 'written' | 'under-review' | 'signed' | 'amended' | 'broken'

/** `outdated`: asked for a version that is no longer current. */
export type SignRequestState = 'waiting' | 'signed' | 'declined' | 'outdated' | 'cancelled'

export interface JudgedRequest<R extends SignRequest = SignRequest> {
  request: R
  state: SignRequestState
  /** Who answered, when, and the reason to decline. */
  answer: NoteSignature | null
}

/** A signature that stands for the text: who reads along does not. */
const SIGNS: ReadonlySet<SignatureMeaning> = new Set(['author', 'co-sign', 'approve'])

/** Each request with what the signatures of the note show of it. */
export function requestsOf<R extends SignRequest>(
  note: { doc: string; revision: string },
  requests: readonly R[],
  signatures: readonly NoteSignature[],
): JudgedRequest<R>[] {
  return requests
    .filter((request) => request.note === note.doc)
    .map((request) => {
      const answers = signatures.filter(
        (each) => each.record === note.doc && each.state.type === 'holds' && answersTo(request, each),
      )
      // Who signed has answered: what they decline later is another request.
      const signed = answers.filter(({ meaning }) => meaning !== 'decline')
      const counted = signed.length > 0 ? signed : answers
      const answer = counted.findLast(({ revision }) => revision === note.revision) ?? counted.at(-1) ?? null
      if (answer !== null) return { request, answer, state: answer.meaning === 'decline' ? 'declined' : 'signed' }
      if (request.status === 'cancelled') return { request, answer, state: 'cancelled' }
      return { request, answer, state: request.revision === note.revision ? 'waiting' : 'outdated' }
    })
}

function answersTo(
  { signer, role, meaning, at }: SignRequest,
  { who, meaning: meant, at: when }: NoteSignature,
): boolean {
  const isWho = signer === null ? role !== null && who.roles.includes(role) : who.member === signer.id
  return isWho && (meant === meaning || meant === 'decline') && when >= (momentOf(at) || 0) - 1000
}

/** The state of the current version. `signatures`: of all versions of the note. */
export function noteStateOf(
  note: { doc: string; revision: string; status: NoteStatus | (string & {}) },
  requests: readonly SignRequest[],
  signatures: readonly NoteSignature[],
): NoteState {
  const own = signatures.filter(({ record }) => record === note.doc)
  if (own.some(({ state }) => state.type === 'broken')) return 'broken'
  const holding = own.filter(({ state, meaning }) => state.type === 'holds' && SIGNS.has(meaning))
  const isSigned = holding.some(({ revision }) => revision === note.revision)
  const judged = requestsOf(note, requests, signatures)
  if (judged.some(({ state }) => state === 'waiting')) return 'under-review'
  if (isSigned) return holding.some(({ revision }) => revision !== note.revision) ? 'amended' : 'signed'
  if (judged.some(({ state }) => state === 'declined')) return 'under-review'
  return note.status === 'preliminary' ? 'draft' : 'written'
}

/** Requests that wait for this member, the first due in front, those without an end last. */
export function waitsForMember<R extends SignRequest>(
  judged: readonly JudgedRequest<R>[],
  { id, roles }: { id: string; roles: readonly PracticeRole[] },
): JudgedRequest<R>[] {
  const mine = ({ request: { signer, role } }: JudgedRequest<R>) =>
    signer === null ? role !== null && roles.includes(role) : signer.id === id
  return judged
    .filter((each) => each.state === 'waiting' && mine(each))
    .toSorted(
      (a, b) => (a.request.due || '9').localeCompare(b.request.due || '9') || (a.request.at < b.request.at ? -1 : 1),
    )
}

/** What a member signs with when nobody asked for anything else: next to another's signature as the second one, or as having read it (C14). */
export function meaningFor(
  signatures: readonly NoteSignature[],
  revision: string,
  asked: AskedMeaning | null,
  roles: readonly PracticeRole[],
): SignatureMeaning {
  if (asked !== null) return asked
  const isFirst = !signatures.some(
    (each) => each.revision === revision && each.state.type === 'holds' && SIGNS.has(each.meaning),
  )
  if (isFirst) return 'author'
  return maySignAs(roles, 'co-sign') ? 'co-sign' : 'review'
}
