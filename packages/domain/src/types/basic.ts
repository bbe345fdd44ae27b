/** The owner's choice for the emergency card, and every Basic of others (https://hl7.org/fhir/R4/basic.html). */
import type { Collection } from '../elements/collection-names.ts'
import { hasCode } from '../elements/elements.ts'
import { EmergencyCard } from '../schemas/emergency-card.ts'
import { dated, nothing, ONGOING, recordType } from '../record-type/record-type.ts'
import { titled } from '../record-type/title-words.ts'

export const basicType = recordType({
  type: 'Basic',
  list: { of: basicList, isBound: (resource) => basicList(resource) === 'profile' },
  schema: { shape: EmergencyCard, invariants: [] },
  title: titled(),
  code: [],
  date: dated(),
  status: { ...ONGOING, isStated: false },
  extent: null,
  value: null,
  detail: nothing,
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: null,
})

/** Decision 0037: the owner's choice for the emergency card goes with the person; every other Basic is kept whole. */
function basicList(resource: unknown): Collection {
  return hasCode(resource, ['code'], 'emergency-card', 'urn:chartkeep:basic') ? 'profile' : 'other'
}
