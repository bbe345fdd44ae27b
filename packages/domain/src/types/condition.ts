/** A problem, an illness, a past illness (https://hl7.org/fhir/R4/condition.html). */
import {
  changedCondition,
  conditionForm,
  type ConditionForm,
  EMPTY_CONDITION,
  newCondition,
} from '../builders/condition.ts'
import { datePrecision } from '../dates/dates.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import { isJsonObject } from '../elements/json.ts'
import { Condition, CONDITION_INVARIANTS } from '../schemas/condition.ts'
import { IPS, withCode } from '../record-type/ips.ts'
import { type Extent, nothing, ONGOING, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const conditionType = recordType({
  type: 'Condition',
  list: 'conditions',
  schema: { shape: Condition, invariants: CONDITION_INVARIANTS },
  title: titled(),
  code: [],
  date: { elements: ['onsetDateTime', 'onsetPeriod', 'recordedDate'], ends: ['abatementDateTime'], otherwise: nothing },
  status: {
    ...ONGOING,
    isMarkedInLists: true,
    // Where no state is given, an end makes it past.
    special: (code, resource) => ((code === '' || code === 'unknown') && hasAbatement(resource) ? 'past' : null),
    error: { element: 'verificationStatus', system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status' },
  },
  extent: conditionExtent,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: { sections: [IPS.problems], completed: (record) => withCode(record) },
  form: {
    empty: EMPTY_CONDITION,
    read: conditionForm,
    make: newCondition,
    change: changedCondition,
    dates: ['onset', 'end'],
    numbers: {},
    words: 'name',
  } satisfies RecordForm<ConditionForm>,
})

function hasAbatement(resource: unknown): boolean {
  return isJsonObject(resource) && Object.keys(resource).some((key) => /^_?abatement[A-Z]/.test(key))
}

function conditionExtent(resource: unknown): Extent {
  const start = stringAt(resource, 'onsetDateTime') || stringAt(resource, 'onsetPeriod', 'start')
  const period = objectAt(resource, 'abatementPeriod')
  const written = [
    stringAt(resource, 'abatementDateTime'),
    stringAt(period, 'end') || stringAt(period, 'start'),
    stringAt(resource, 'abatementString'),
  ]
  const end = written.find((text) => datePrecision(text) !== null) ?? ''
  // An age, words or a plain yes say that it has ended, and not when.
  const isSaid =
    isJsonObject(resource) &&
    Object.entries(resource).some(([key, value]) => /^abatement[A-Z]/u.test(key) && value !== false && value !== '')
  return { start, end, isOver: end === '' && isSaid }
}
