/** What a member does with a note: save, ask for signatures, sign, decline, add, give to the patient. Each as far as it came, never half. */
import {
  changedNote,
  instantText,
  isJsonObject,
  jsonObject,
  newAddendum,
  newNote,
  newSignRequest,
  parseJsonOrNull,
  settledRequest,
  stringifyJson,
  type AskedMeaning,
  type CareMember,
  type JsonObject,
  type NoteForm,
  type NoteStatus,
  type PracticeRole,
  type SignatureMeaning,
} from '@chartkeep/domain'
import type { ChartRecord, ChartSummary } from '@chartkeep/sync'
import { changeRecord } from '../../words/change-record.ts'
import { personOfChart } from '../../practice/patient-person.ts'
import type { CareNote, NoteRequest } from './notes.ts'
import type { PracticeView } from '../../practice/practice-context.tsx'

/** Why an action failed. `changed`: another version is current now. */
export type NoteProblem = 'no-right' | 'full' | 'changed'

/** What these actions work on. */
type Working = Pick<PracticeView, 'practice' | 'vault'>

export function meOf({ practice }: Working): CareMember {
  return { id: practice.me.id, name: practice.me.name }
}

function now(): string {
  return instantText(Date.now())
}

/** `over`: the version that was read and is changed. */
async function save(
  view: Working,
  resource: JsonObject,
  over?: Pick<ChartRecord, 'id' | 'revision'>,
): Promise<ChartRecord | NoteProblem> {
  const input = { collection: 'notes', resource: stringifyJson(resource) }
  const outcome = await view.vault.save(over === undefined ? input : { ...input, id: over.id, base: over.revision })
  return outcome.type === 'saved' ? outcome.record : outcome.type
}

/** Saves a new note of a visit, or the next version of `note` as its writer has read it; writes nothing if another version is current. */
export function saveNote(
  view: Working,
  form: NoteForm,
  at: { chart: ChartSummary; visit: string; note: CareNote | null },
  status: NoteStatus,
): Promise<ChartRecord | NoteProblem> {
  const written = { author: meOf(view), at: now() }
  if (at.note !== null) return save(view, changedNote(at.note.resource, form, written, status), at.note.record)
  return save(view, newNote(form, { ...written, person: personOfChart(at.chart), visit: at.visit }, status))
}

/** Signs the version that was read, and settles what was asked of this member. */
export async function signVersion(
  view: Working,
  record: ChartRecord,
  meaning: SignatureMeaning,
  { comment, requests = [] }: { comment?: string; requests?: readonly NoteRequest[] } = {},
): Promise<NoteProblem | null> {
  const outcome = await view.vault.sign({
    record: record.id,
    revision: record.revision,
    meaning,
    ...(comment === undefined ? {} : { comment }),
  })
  if (outcome.type !== 'signed') return outcome.type
  const status = meaning === 'decline' ? 'rejected' : 'completed'
  for (const { request } of requests) {
    // The signature itself answers the request; updating the task only removes it from the work list.
    await changeRecord(view.vault, request.task.id, (task) => settledRequest(task, status, now(), meOf(view)))
  }
  return null
}

export interface AskInput {
  signer: CareMember | null
  role: PracticeRole
  meaning: AskedMeaning
  due: string
  message: string
}

/** Asks for a signature of the current version. */
export async function askToSign(
  view: Working,
  chart: ChartSummary,
  record: ChartRecord,
  input: AskInput,
): Promise<NoteProblem | null> {
  const place = { note: record.doc, revision: record.revision, person: personOfChart(chart), by: meOf(view), at: now() }
  const saved = await save(view, newSignRequest({ ...place, ...input }))
  return typeof saved === 'string' ? saved : null
}

export async function takeBackRequest(view: Working, { request }: NoteRequest): Promise<NoteProblem | null> {
  const task = parseJsonOrNull(request.task.resource)
  if (!isJsonObject(task)) return 'changed'
  const saved = await save(view, settledRequest(task, 'cancelled', now(), meOf(view)), request.task)
  return typeof saved === 'string' ? saved : null
}

/**
 * Writes an addendum, signed by its author. `written`: an addendum that an earlier attempt saved but could not sign; it is signed and not
 * written again. Resolves to the saved addendum, and to the problem if there was one.
 */
export async function addAddendum(
  view: Working,
  note: Pick<CareNote, 'record' | 'resource'>,
  text: string,
  written: ChartRecord | null = null,
): Promise<{ saved: ChartRecord | null; problem: NoteProblem | null }> {
  if (!view.practice.may('sign-note')) return { saved: written, problem: 'no-right' }
  const resource = newAddendum({ doc: note.record.doc, resource: jsonObject(note.resource) }, text, {
    author: meOf(view),
    at: now(),
  })
  const saved = written ?? (await save(view, resource))
  if (typeof saved === 'string') return { saved: null, problem: saved }
  return { saved, problem: await signVersion(view, saved, 'author') }
}

/** Updates the patient's copy to this version, if the patient has one; a newer version is published by its own author. */
export async function republish(
  { practice }: Working,
  { id, revision }: Pick<ChartRecord, 'id' | 'revision'>,
  chart: string,
): Promise<void> {
  if ((await practice.published(id, chart)) === 'older') await practice.publish(id, chart, revision)
}
