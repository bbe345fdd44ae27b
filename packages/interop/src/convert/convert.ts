/** A resource of another version of FHIR as R4: one pure function for each version. */
import type { JsonObject } from '@chartkeep/domain'
import type { OtherVersion } from '../contract/fhir-items.ts'
import type { ReadAsR4 } from './draft.ts'
import { r4FromR5 } from './fhir-r5.ts'
import { r4FromOlder } from './older.ts'

/** Null where an element has a shape that neither the version nor R4 has. The source is not changed. */
export function asR4(resource: JsonObject, version: OtherVersion): ReadAsR4 | null {
  return version === 'r5' ? r4FromR5(resource) : r4FromOlder(resource, version)
}
