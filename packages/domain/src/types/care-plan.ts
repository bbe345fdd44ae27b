/** A plan of care; it has a screen of its own (https://hl7.org/fhir/R4/careplan.html). */
import { CarePlan } from '../schemas/care-plan.ts'
import { asItIs, IPS } from '../record-type/ips.ts'
import { dated, nothing, ONGOING, periodAt, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const carePlanType = recordType({
  type: 'CarePlan',
  list: 'plans',
  schema: { shape: CarePlan, invariants: [] },
  title: titled(['title'], ['category'], ['description']),
  code: [['category']],
  date: dated('period', 'created'),
  status: ONGOING,
  extent: periodAt('period'),
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: true,
  ips: { sections: [IPS.plan], completed: asItIs },
  form: null,
})
