/** Saving a value in the practice's vault, alone or into the report that it belongs to. */
import {
  aboutPerson,
  changedLabReport,
  checkResource,
  instantText,
  isJsonObject,
  type JsonObject,
  labReportForm,
  newLabReport,
  stringAt,
  stringifyJson,
  withReason,
} from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import type { PracticeResult } from '../../app/care/practice-results.ts'

export type ResultSaved =
  { type: 'saved'; record: ChartRecord } | { type: 'full' } | { type: 'no-right' } | { type: 'invalid' }

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
  if (into.isReport) {
    if (!isJsonObject(resource)) return { type: 'invalid' }
    const form = labReportForm(resource)
    const report = changedLabReport(resource, { ...form, values: [...form.values, added] })
    return vault.save({ collection: 'labs', resource: stringifyJson(report), id: record.id })
  }
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
  const saved = await vault.save({ collection: 'labs', resource, id: value.id })
  if (saved.type !== 'saved' || !result.isReport || !isJsonObject(result.resource)) return saved
  const form = labReportForm(result.resource)
  const report = changedLabReport(result.resource, {
    ...form,
    status: wasReleased ? 'corrected' : form.status,
    values: form.values.map((one) => (one.id === value.doc ? { ...one, title: saved.record.title } : one)),
  })
  return vault.save({
    collection: 'labs',
    resource: stringifyJson(withReason(report, reason)),
    id: result.record.id,
  })
}
