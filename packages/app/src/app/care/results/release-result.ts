/** Actions on a practice's result: release to the patient, assignment for review, and withholding. Each is durable without a network. */
import {
  type CareMember,
  commentsOf,
  instantText,
  isJsonObject,
  type JsonObject,
  keptBackReview,
  newReview,
  objectAt,
  parseJsonOrNull,
  reassigned,
  releasedReview,
  stringifyJson,
  withComment,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, Practice, PublishOutcome, WriteOutcome } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { changeRecord } from '../../words/change-record.ts'
import type { PracticeResult } from './practice-results.ts'

/** What the actions work on. */
export interface ReleaseWork {
  practice: Practice
  vault: Chart
  result: PracticeResult
}

/** `newer`: another member was faster; the result must be reviewed again. */
type Saved = { type: 'saved' } | { type: 'full' } | { type: 'no-right' } | { type: 'newer' }

/**
 * Releases a result with everything that belongs to it: the comment becomes part of its text, the releasing member signs values and report
 * if the patient accepts signatures (`signs`), all are published, and the task records the released version. If a later step fails,
 * published parts stay published, and the same action continues from there.
 */
export async function releaseResult(
  { practice, vault, result }: ReleaseWork,
  { chartSlot, comment, signs }: { chartSlot: string; comment: string; signs: boolean },
): Promise<PublishOutcome> {
  if (!practice.may('release-result')) return { type: 'no-right' }
  const by = memberOf(practice)
  const at = instantText(Date.now())
  const commented = await saveComment(vault, result, { text: comment, by, at })
  if (commented.type !== 'saved') return commented
  const values = result.values.filter(({ id }) => id !== result.record.id)
  for (const record of [...values, commented.record]) {
    const signed = signs ? await signOnce(vault, record) : 'signed'
    if (signed !== 'signed') return { type: signed }
    // Exactly the version that was reviewed; the member who has read a newer one releases it.
    const outcome = await practice.publish(record.id, chartSlot, record.revision)
    if (outcome.type !== 'published') return outcome
  }
  const released = (task: JsonObject) => releasedReview(task, { revision: commented.record.revision, by, at })
  // The release is a fact, whatever happened to the task meanwhile; the current task records it.
  const saved =
    result.task === null
      ? await saveTask(vault, result, released(reviewFor(result, by, at)))
      : await changeRecord(vault, result.task.id, released)
  switch (saved.type) {
    case 'saved':
      return { type: 'published' }
    case 'changed':
      return { type: 'newer' }
    case 'gone':
      return { type: 'unknown' }
    default:
      return saved
  }
}

/** A version is signed once by each who releases it; where it has changed meanwhile another one is to be looked at first. */
async function signOnce(
  vault: Chart,
  { id, doc, revision }: ChartRecord,
): Promise<'signed' | 'newer' | 'no-right' | 'full'> {
  const signatures = await firstValueFrom(vault.signaturesOf$(doc))
  if (signatures.some((one) => one.meaning === 'review' && one.revision === revision && one.who.me)) return 'signed'
  const { type } = await vault.sign({ record: id, revision, meaning: 'review' })
  return type === 'changed' ? 'newer' : type
}

/** Assigns the review of the result; null takes it from everybody. */
export function assignReview(
  { practice, vault, result }: ReleaseWork,
  { reviewer, due }: { reviewer: CareMember | null; due: string },
): Promise<Saved> {
  const task = taskOf(result)
  const by = memberOf(practice)
  const next =
    task === null
      ? newReview(asReviewed(result), { by, reviewer, at: instantText(Date.now()), due })
      : reassigned(task, { reviewer, due })
  return saveTask(vault, result, next)
}

/** Says that the result is not to be released; `reason`: nothing was saved, for there was none. */
export async function keepBack(
  { practice, vault, result }: ReleaseWork,
  reason: string,
): Promise<Saved | { type: 'reason' }> {
  const task = taskOf(result) ?? reviewFor(result, memberOf(practice), instantText(Date.now()))
  const kept = keptBackReview(task, reason)
  return kept === null ? { type: 'reason' } : saveTask(vault, result, kept)
}

function memberOf({ me }: Practice): CareMember {
  return { id: me.id, name: me.name }
}

function asReviewed({ record, resource }: PracticeResult): { id: string; type: string; person: JsonObject } {
  const person = objectAt(resource, 'subject')
  if (person === null) throw new Error('a result of a practice names its person')
  return { id: record.doc, type: record.type, person }
}

function reviewFor(result: PracticeResult, by: CareMember, at: string): JsonObject {
  return newReview(asReviewed(result), { by, reviewer: null, at, due: '' })
}

function taskOf({ task }: PracticeResult): JsonObject | null {
  const resource = task === null ? null : parseJsonOrNull(task.resource)
  return isJsonObject(resource) ? resource : null
}

async function saveTask(vault: Chart, { task }: PracticeResult, resource: JsonObject): Promise<Saved> {
  const input = { collection: 'labs', resource: stringifyJson(resource) }
  const saved = await vault.save(task === null ? input : { ...input, id: task.id, base: task.revision })
  return saved.type === 'changed' ? { type: 'newer' } : saved
}

async function saveComment(
  vault: Chart,
  { record, resource }: PracticeResult,
  comment: { text: string; by: CareMember; at: string },
): Promise<WriteOutcome | { type: 'newer' }> {
  const before = commentsOf(resource).find(({ by }) => by.id === comment.by.id)?.text ?? ''
  if (!isJsonObject(resource) || before === comment.text.trim()) return { type: 'saved', record }
  const text = stringifyJson(withComment(resource, comment))
  const saved = await vault.save({ collection: 'labs', resource: text, id: record.id, base: record.revision })
  return saved.type === 'changed' ? { type: 'newer' } : saved
}
