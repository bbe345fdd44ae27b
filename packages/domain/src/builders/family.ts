/** FamilyMemberHistory from a form and back: one relative and the illnesses of theirs that are known. */
import { booleanAt, conceptText, numberTextAt, objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import {
  changesFrom,
  coding,
  concept,
  dateAt,
  given,
  list,
  notes,
  oneOf,
  overlaid,
  personReference,
  when,
} from './elements-written.ts'
import { typedNumber } from '../values/typed-number.ts'

/** An illness of a relative, with the age in years when it began as digits. */
export interface RelativeConditionForm {
  name: string
  age: string
}

/** What the form of a relative holds; '' means not given. */
export interface FamilyForm {
  /** A code of {@link RELATIVES}, or words. */
  relationship: string
  name: string
  born: string
  deceased: '' | 'yes' | 'no'
  /** Years, as digits. */
  deathAge: string
  /** Somebody asked, and nobody knows. */
  isUnknown: boolean
  conditions: RelativeConditionForm[]
  /** When it was written down. */
  date: string
  note: string
}

const ROLE = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode'
const UCUM = 'http://unitsofmeasure.org'

/** Relatives that forms offer, by code and display of HL7 v3 RoleCode. */
export const RELATIVES = {
  MTH: 'mother',
  FTH: 'father',
  SIS: 'sister',
  BRO: 'brother',
  DAUC: 'daughter',
  SONC: 'son',
  MGRMTH: 'maternal grandmother',
  MGRFTH: 'maternal grandfather',
  PGRMTH: 'paternal grandmother',
  PGRFTH: 'paternal grandfather',
  AUNT: 'aunt',
  UNCLE: 'uncle',
} as const
/** One of {@link RELATIVES}. */
export type Relative = keyof typeof RELATIVES

/** Whether the text is a code of {@link RELATIVES}. */
export function isRelative(text: string): text is Relative {
  return Object.hasOwn(RELATIVES, text)
}

/** An empty form. */
export const EMPTY_FAMILY: FamilyForm = {
  relationship: '',
  name: '',
  born: '',
  deceased: '',
  deathAge: '',
  isUnknown: false,
  conditions: [],
  date: '',
  note: '',
}

/** A new relative of the person `patient`. */
export function newFamilyMember(form: FamilyForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'FamilyMemberHistory', patient: personReference(patient) }), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedFamilyMember(previous: JsonObject, form: FamilyForm): JsonObject {
  return written(previous, form, familyForm(previous))
}

/** The form that shows the record. */
export function familyForm(resource: JsonObject): FamilyForm {
  return {
    relationship: relativeOf(resource) || conceptText(resource, 'relationship'),
    name: stringAt(resource, 'name'),
    born: dateAt(resource, 'bornDate') || dateAt(resource, 'bornPeriod', 'start'),
    deceased: deceasedOf(resource),
    deathAge: yearsAt(resource, 'deceasedAge'),
    isUnknown: stringAt(resource, 'status') === 'health-unknown',
    conditions: objectsAt(resource, 'condition').map((condition) => ({
      name: conceptText(condition, 'code'),
      age: yearsAt(condition, 'onsetAge'),
    })),
    date: stringAt(resource, 'date'),
    note: stringAt(resource, 'note', 'text'),
  }
}

/** The relative as a code of {@link RELATIVES}; '' for others. */
export function relativeOf(resource: unknown): Relative | '' {
  const codes = objectsAt(resource, 'relationship', 'coding')
    .filter((other) => other['system'] === ROLE)
    .map((other) => stringAt(other, 'code'))
  return codes.find(isRelative) ?? ''
}

function deceasedOf(resource: JsonObject): FamilyForm['deceased'] {
  const answer = booleanAt(resource, 'deceasedBoolean')
  if (answer !== null) return answer ? 'yes' : 'no'
  return Object.keys(resource).some((element) => /^deceased[A-Z]/.test(element)) ? 'yes' : ''
}

function written(previous: JsonObject, form: FamilyForm, before: FamilyForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    // Nobody can say that everything about a relative's health is written down: partial.
    ...when(changed('isUnknown'), () => ({ status: form.isUnknown ? 'health-unknown' : 'partial' })),
    ...when(changed('date'), () => ({ date: given(form.date) })),
    ...when(changed('name'), () => ({ name: given(form.name) })),
    ...when(changed('relationship'), () => ({ relationship: relationship(form.relationship) })),
    ...when(changed('born'), () => oneOf(previous, 'born', { bornDate: given(form.born) })),
    ...when(changed('deceased', 'deathAge'), () => oneOf(previous, 'deceased', deceased(form))),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
    ...when(changed('conditions'), () => ({ condition: conditions(previous, form.conditions) })),
  })
}

function relationship(who: string): JsonObject | undefined {
  return isRelative(who)
    ? jsonObject({ coding: [coding({ system: ROLE, code: who, display: RELATIVES[who] })] })
    : concept(who)
}

function deceased({ deceased: answer, deathAge }: FamilyForm): { [element: string]: JsonObject | boolean | undefined } {
  const age = years(deathAge)
  if (age !== undefined && answer !== 'no') return { deceasedAge: age }
  return { deceasedBoolean: answer === '' ? undefined : answer === 'yes' }
}

/** Digits of an Age in years; '' for one in other units, which a form in years must leave alone. */
function yearsAt(holder: JsonObject, element: string): string {
  return ['a', ''].includes(stringAt(holder, element, 'code')) ? numberTextAt(holder, element, 'value') : ''
}

/** An Age in years; undefined for no number. */
function years(text: string): JsonObject | undefined {
  const value = typedNumber(text)
  return value === null ? undefined : jsonObject({ value, unit: 'years', system: UCUM, code: 'a' })
}

/** An illness that the form still shows keeps what else was recorded of it. */
function conditions(previous: JsonObject, forms: RelativeConditionForm[]): JsonObject[] | undefined {
  const left: (JsonObject | null)[] = objectsAt(previous, 'condition')
  const all = forms.flatMap((form) => {
    const code = concept(form.name)
    if (code === undefined) return []
    const index = left.findIndex((old) => old !== null && conceptText(old, 'code') === form.name.trim())
    const old = index < 0 ? null : (left.splice(index, 1, null)[0] ?? null)
    const isSameAge = old !== null && yearsAt(old, 'onsetAge') === form.age.trim()
    return [
      overlaid(old, {
        ...(old === null ? { code } : {}),
        ...(isSameAge ? {} : oneOf(old ?? jsonObject(), 'onset', { onsetAge: years(form.age) })),
      }),
    ]
  })
  return list(all) as JsonObject[] | undefined
}
