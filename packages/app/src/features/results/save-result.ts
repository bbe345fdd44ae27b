/** Saving a value in the practice's vault, alone or into the report that it belongs to. */
import {
  aboutPerson,
  changedLabReport,
  checkResource,
  instantText,
  type JsonObject,
  labReportForm,
  newLabReport,
  stringAt,
  stringifyJson,
  withReason,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, SaveOutcome } from '@chartkeep/sync'
import { changeRecord } from '../../app/words/change-record.ts'
import type { PracticeResult } from '../../app/care/results/practice-results.ts'

/** `changed`: another version of the value stands by now than the one that was corrected; nothing was written. */
export type ResultSaved = SaveOutcome | { type: 'invalid' }

/** A value as the practice reports it: about the person, with the time at which it was reported. */
function reportedValue(value: JsonObject, person: JsonObject, now: number): JsonObject {
  return { ...aboutPerson(value, person), issued: instantText(now) }
}

/** A new value. `into`: the result that it belongs to; a single one becomes a report of the two, called `name`. */
export async function saveValue(
  vault: Chart,
  value: JsonObject,
  { person, into, name }: { person: JsonObject; into: PracticeResult | null; name: string },
): Promise<ResultSaved> {
  const complete = reportedValue(value, person, Date.now())
  if (checkResource(complete).length > 0) return { type: 'invalid' }
  const saved = await vault.save({ collection: 'labs', resource: stringifyJson(complete) })
  if (saved.type !== 'saved' || into === null) return saved
  const added = { id: saved.record.doc, title: saved.record.title }
  const { record, resource } = into
  if (into.isReport)
    return changeReport(vault, record.id, (report) => {
      const form = labReportForm(report)
      return changedLabReport(report, { ...form, values: [...form.values, added] })
    })
  const report = newLabReport(
    {
      name,
      date: stringAt(resource, 'effectiveDateTime'),
      lab: stringAt(resource, 'performer', 'display'),
      status: 'final',
      values: [{ id: record.doc, title: record.title }, added],
    },
    person,
  )
  return vault.save({ collection: 'labs', resource: stringifyJson(report) })
}

/**
 * A value in other words. Where the patient has the version before, it is a correction, and so is the report that it stands in: its new version
 * is what has to be released.
 */
export async function correctValue(
  vault: Chart,
  changed: JsonObject,
  { value, result, reason }: { value: ChartRecord; result: PracticeResult; reason: string },
): Promise<ResultSaved> {
  const wasReleased = (result.review?.revision ?? '') !== ''
  const isPlain = ['final', 'unknown'].includes(stringAt(changed, 'status'))
  const corrected = wasReleased && isPlain ? { ...changed, status: 'corrected' } : changed
  if (checkResource(corrected).length > 0) return { type: 'invalid' }
  const resource = stringifyJson(withReason(corrected, reason))
  const { id, revision: base } = value
  const saved = await vault.save({ collection: 'labs', resource, id, base })
  if (saved.type !== 'saved' || !result.isReport) return saved
  return changeReport(vault, result.record.id, (before) => {
    const form = labReportForm(before)
    const report = changedLabReport(before, {
      ...form,
      status: wasReleased ? 'corrected' : form.status,
      values: form.values.map((one) => (one.id === value.doc ? { ...one, title: saved.record.title } : one)),
    })
    return withReason(report, reason)
  })
}

/** The report as it stands once its value is saved: another value may have come into it meanwhile. */
async function changeReport(
  vault: Chart,
  id: string,
  change: (report: JsonObject) => JsonObject,
): Promise<ResultSaved> {
  const outcome = await changeRecord(vault, id, change)
  return outcome.type === 'gone' ? { type: 'invalid' } : outcome
}
