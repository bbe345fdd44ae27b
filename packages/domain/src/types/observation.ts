/** A laboratory result, a vital sign or a finding (https://hl7.org/fhir/R4/observation.html). */
import {
  changedObservation,
  EMPTY_OBSERVATION,
  newObservation,
  observationForm,
  type ObservationForm,
} from '../builders/observation.ts'
import type { Collection } from '../elements/collection-names.ts'
import { objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import { loincClass } from '../elements/loinc-classes.ts'
import { Observation, OBSERVATION_INVARIANTS } from '../schemas/observation.ts'
import { valueView } from '../values/values.ts'
import { IPS, laboratory, withTime, withValue } from '../record-type/ips.ts'
import { dated, EVENT, nothing, type RecordForm, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

/** Categories of an Observation whose values are no laboratory results, whatever range is next to them. */
const NOT_MEASURED = new Set(['survey', 'social-history', 'imaging', 'procedure', 'therapy', 'activity'])

export const observationType = recordType({
  type: 'Observation',
  list: { of: observationList, isBound: () => false },
  schema: { shape: Observation, invariants: OBSERVATION_INVARIANTS },
  title: titled(),
  code: [],
  date: dated('effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'issued'),
  status: { ...EVENT, special: (code) => (code === 'cancelled' ? 'not-done' : null) },
  extent: null,
  value: valueView,
  detail: nothing,
  search: [],
  disputed: ['value[x]', 'component', 'dataAbsentReason'],
  toldApart: { what: ['code'], when: ['effectiveDateTime', 'effectivePeriod', 'effectiveInstant'] },
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: {
    sections: [IPS.results, IPS.vitals],
    completed: (record, section) =>
      section === IPS.results.name ? laboratory(record) : withValue(withTime(record, 'effective')),
  },
  form: {
    empty: EMPTY_OBSERVATION,
    read: observationForm,
    make: newObservation,
    change: changedObservation,
    dates: ['date'],
    numbers: { value: 'value' },
    words: 'test',
  } satisfies RecordForm<ObservationForm>,
})

/**
 * Decision 0098: the category decides; without one of the two the class of the LOINC code; then a number with a range or an interpretation is a
 * laboratory result. All else is a finding: social history, surveys, examinations.
 */
function observationList(resource: unknown): Collection {
  const categories = stringsAt(resource, 'category', 'coding', 'code')
  if (categories.includes('laboratory')) return 'labs'
  if (categories.includes('vital-signs')) return 'vitals'
  for (const coding of objectsAt(resource, 'code', 'coding')) {
    const [system, code, display] = ['system', 'code', 'display'].map((key) => stringAt(coding, key)) as [
      string,
      string,
      string,
    ]
    const named = loincClass({ system, code, display: display || stringAt(resource, 'code', 'text') })
    if (named !== null) return named
  }
  if (categories.some((code) => NOT_MEASURED.has(code))) return 'conditions'
  const isJudged = objectsAt(resource, 'referenceRange').length > 0 || objectsAt(resource, 'interpretation').length > 0
  return isJudged && objectsAt(resource, 'valueQuantity').length > 0 ? 'labs' : 'conditions'
}
