/** A laboratory report of several values: FHIR DiagnosticReport over Observations of the same list. */
import { recordReference, referenceValue } from '../elements/care-references.ts'
import { conceptText, objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { asJson } from '../practice/care-task.ts'
import { changesFrom, concept, given, overlaid, when, withCategory } from '../builders/elements-written.ts'

/** What the form of a report holds; '' means not given. */
export interface LabReportForm {
  /** What was ordered, such as "Lipid panel". */
  name: string
  date: string
  lab: string
  status: 'registered' | 'partial' | 'preliminary' | 'final' | 'corrected' | 'unknown'
  /** The values, in the order of the report. */
  values: { id: string; title: string }[]
}

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/v2-0074'

/** A report with nothing in it yet. */
export const EMPTY_LAB_REPORT: LabReportForm = { name: '', date: '', lab: '', status: 'final', values: [] }

/** A new report about `person`, the subject that its values name as well. */
export function newLabReport(form: LabReportForm, person: JsonObject): JsonObject {
  return written(jsonObject({ resourceType: 'DiagnosticReport', subject: person }), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedLabReport(previous: JsonObject, form: LabReportForm): JsonObject {
  return written(previous, form, labReportForm(previous))
}

/** The form that shows the record. */
export function labReportForm(resource: JsonObject): LabReportForm {
  return {
    name: conceptText(resource, 'code'),
    date: stringAt(resource, 'effectiveDateTime') || stringAt(resource, 'effectivePeriod', 'start'),
    lab: stringAt(resource, 'performer', 'display'),
    status: (stringAt(resource, 'status') || 'unknown') as LabReportForm['status'],
    values: reportedValues(resource).map((id, index) => ({
      id,
      title: stringAt(objectsAt(resource, 'result')[index], 'display'),
    })),
  }
}

/** Record ids of the values of a report; empty for every other resource. */
export function reportedValues(resource: unknown): string[] {
  return objectsAt(resource, 'result')
    .map((reference) => referenceValue(reference, 'record'))
    .filter((id) => id !== '')
}

function written(previous: JsonObject, form: LabReportForm, before: LabReportForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(before === null, () => ({ category: withCategory(previous, CATEGORY, 'LAB') })),
    ...when(changed('status'), () => ({ status: form.status })),
    ...when(changed('name'), () => ({ code: concept(form.name) })),
    ...when(changed('date'), () => ({ effectiveDateTime: given(form.date), effectivePeriod: undefined })),
    ...when(changed('lab'), () => ({
      performer: given(form.lab) === undefined ? undefined : [jsonObject({ display: form.lab.trim() })],
    })),
    ...when(changed('values'), () => ({
      result: form.values.map(({ id, title }) => asJson(recordReference(id, 'Observation', title))),
    })),
  })
}
