/** Immunization from a form and back. A refused vaccine is `not-done` with its reason and never shown as given. */
import { conceptText, numberTextAt, objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import {
  changesFrom,
  choiceIn,
  concept,
  extensionText,
  given,
  list,
  notes,
  overlaid,
  personReference,
  when,
  without,
  type CodeChoice,
} from './elements-written.ts'
import { typedNumber } from '../values/typed-number.ts'

/** What the form of a vaccination holds; '' means not given. */
export interface ImmunizationForm {
  vaccine: string
  /** CVX where one was picked. */
  code: CodeChoice | null
  status: 'completed' | 'not-done'
  statusReason: string
  date: string
  doseNumber: string
  lotNumber: string
  performer: string
  site: string
  nextDue: string
  note: string
}

/** R4 has no element for it in Immunization. */
const NEXT_DUE = 'urn:chartkeep:extension:next-dose-due'

/** An empty form. */
export const EMPTY_IMMUNIZATION: ImmunizationForm = {
  vaccine: '',
  code: null,
  status: 'completed',
  statusReason: '',
  date: '',
  doseNumber: '',
  lotNumber: '',
  performer: '',
  site: '',
  nextDue: '',
  note: '',
}

/** A new vaccination of the person `patient`. */
export function newImmunization(form: ImmunizationForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'Immunization', patient: personReference(patient) }), form, null)
}

/** The record with the form written over it. */
export function changedImmunization(previous: JsonObject, form: ImmunizationForm): JsonObject {
  return written(previous, form, immunizationForm(previous))
}

/** The form that shows the record. */
export function immunizationForm(resource: JsonObject): ImmunizationForm {
  return {
    vaccine: conceptText(resource, 'vaccineCode'),
    code: choiceIn(resource, 'vaccineCode'),
    status: stringAt(resource, 'status') === 'not-done' ? 'not-done' : 'completed',
    statusReason: conceptText(resource, 'statusReason'),
    date: stringAt(resource, 'occurrenceDateTime') || stringAt(resource, 'occurrenceString'),
    doseNumber:
      numberTextAt(resource, 'protocolApplied', 'doseNumberPositiveInt') ||
      stringAt(resource, 'protocolApplied', 'doseNumberString'),
    lotNumber: stringAt(resource, 'lotNumber'),
    performer: stringAt(resource, 'performer', 'actor', 'display'),
    site: conceptText(resource, 'site'),
    nextDue: extensionText(resource, NEXT_DUE),
    note: stringAt(resource, 'note', 'text'),
  }
}

/** How many doses the series has, as the record says; '' where it does not. Forms do not write it. */
export function seriesDoses(resource: unknown): string {
  return (
    numberTextAt(resource, 'protocolApplied', 'seriesDosesPositiveInt') ||
    stringAt(resource, 'protocolApplied', 'seriesDosesString')
  )
}

function written(previous: JsonObject, form: ImmunizationForm, before: ImmunizationForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('nextDue'), () => ({ extension: extensions(previous, form.nextDue) })),
    ...when(changed('status'), () => ({ status: form.status })),
    ...when(changed('status', 'statusReason'), () => ({
      statusReason: form.status === 'not-done' ? concept(form.statusReason) : undefined,
    })),
    ...when(changed('vaccine', 'code'), () => ({ vaccineCode: concept(form.vaccine, form.code) })),
    ...when(changed('date'), () => ({ occurrenceDateTime: given(form.date), occurrenceString: undefined })),
    ...when(changed('lotNumber'), () => ({ lotNumber: given(form.lotNumber) })),
    ...when(changed('site'), () => ({ site: concept(form.site) })),
    ...when(changed('performer'), () => ({ performer: performer(form.performer) })),
    ...when(changed('doseNumber'), () => ({ protocolApplied: protocol(previous, form.doseNumber) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
  })
}

function extensions(previous: JsonObject, nextDue: string): JsonValue[] | undefined {
  const others = without(previous, 'extension', (extension) => extension['url'] === NEXT_DUE)
  const due = given(nextDue)
  return list(due === undefined ? others : [...others, jsonObject({ url: NEXT_DUE, valueDate: due })])
}

function performer(name: string): JsonObject[] | undefined {
  const display = given(name)
  return display === undefined ? undefined : [jsonObject({ actor: jsonObject({ display }) })]
}

function protocol(previous: JsonObject, doseNumber: string): JsonObject[] | undefined {
  const [first, ...others] = objectsAt(previous, 'protocolApplied')
  const words = given(doseNumber)
  const number = words !== undefined && /^[1-9]\d*$/.test(words) ? typedNumber(words) : null
  const applied = overlaid(first ?? null, {
    doseNumberPositiveInt: number ?? undefined,
    doseNumberString: number === null ? words : undefined,
  })
  const all = Object.keys(applied).length === 0 ? others : [applied, ...others]
  return all.length === 0 ? undefined : all
}
