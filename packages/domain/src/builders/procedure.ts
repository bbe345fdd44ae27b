/** Procedure from a form and back: an operation, a treatment, an examination. */
import { conceptText, objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import {
  changesFrom,
  choiceIn,
  concept,
  dateAt,
  given,
  list,
  named,
  notes,
  oneOf,
  overlaid,
  personReference,
  when,
  type CodeChoice,
} from './elements-written.ts'

/** What the form of a procedure holds; '' means not given. */
export interface ProcedureForm {
  name: string
  code: CodeChoice | null
  status: '' | 'preparation' | 'in-progress' | 'not-done' | 'on-hold' | 'stopped' | 'completed' | 'unknown'
  /** Why it was not done. */
  statusReason: string
  /** Dates in any precision. */
  date: string
  end: string
  performer: string
  place: string
  reason: string
  bodySite: string
  outcome: string
  note: string
}

/** An empty form. */
export const EMPTY_PROCEDURE: ProcedureForm = {
  name: '',
  code: null,
  status: '',
  statusReason: '',
  date: '',
  end: '',
  performer: '',
  place: '',
  reason: '',
  bodySite: '',
  outcome: '',
  note: '',
}

/** A new procedure of the person `patient`. */
export function newProcedure(form: ProcedureForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'Procedure', subject: personReference(patient) }), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedProcedure(previous: JsonObject, form: ProcedureForm): JsonObject {
  return written(previous, form, procedureForm(previous))
}

/** The form that shows the record. */
export function procedureForm(resource: JsonObject): ProcedureForm {
  return {
    name: conceptText(resource, 'code'),
    code: choiceIn(resource, 'code'),
    status: stringAt(resource, 'status') as ProcedureForm['status'],
    statusReason: conceptText(resource, 'statusReason'),
    date: dateAt(resource, 'performedDateTime') || dateAt(resource, 'performedPeriod', 'start'),
    end: dateAt(resource, 'performedPeriod', 'end'),
    performer: stringAt(resource, 'performer', 'actor', 'display'),
    place: stringAt(resource, 'location', 'display'),
    reason: conceptText(resource, 'reasonCode'),
    bodySite: conceptText(resource, 'bodySite'),
    outcome: conceptText(resource, 'outcome'),
    note: stringAt(resource, 'note', 'text'),
  }
}

function written(previous: JsonObject, form: ProcedureForm, before: ProcedureForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    // What nobody said is not "completed".
    ...when(changed('status'), () => ({ status: form.status || 'unknown' })),
    ...when(changed('status', 'statusReason'), () => ({
      statusReason: form.status === 'not-done' ? concept(form.statusReason) : undefined,
    })),
    ...when(changed('name', 'code'), () => ({ code: concept(form.name, form.code) })),
    ...when(changed('date', 'end'), () => oneOf(previous, 'performed', performed(form))),
    ...when(changed('performer'), () => ({ performer: performers(previous, form.performer) })),
    ...when(changed('place'), () => ({ location: named(form.place) })),
    ...when(changed('reason'), () => ({ reasonCode: first(previous, 'reasonCode', form.reason) })),
    ...when(changed('bodySite'), () => ({ bodySite: first(previous, 'bodySite', form.bodySite) })),
    ...when(changed('outcome'), () => ({ outcome: concept(form.outcome) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
  })
}

function performed({ date, end }: ProcedureForm): { [element: string]: JsonObject | string | undefined } {
  return given(end) === undefined
    ? { performedDateTime: given(date) }
    : { performedPeriod: jsonObject({ start: given(date), end: given(end) }) }
}

function performers(previous: JsonObject, name: string): JsonObject[] | undefined {
  const [, ...others] = objectsAt(previous, 'performer')
  const actor = named(name)
  return list([...(actor === undefined ? [] : [jsonObject({ actor })]), ...others]) as JsonObject[] | undefined
}

/** The first concept of an element in other words; further ones stay. */
function first(previous: JsonObject, element: string, words: string): JsonObject[] | undefined {
  const [, ...others] = objectsAt(previous, element)
  return list([concept(words) ?? [], others].flat()) as JsonObject[] | undefined
}
