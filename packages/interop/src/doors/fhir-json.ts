/** FHIR as JSON or as lines of JSON (NDJSON), also as .gz. Files that are neither are refused with the reason. */
import { readFhir } from '../fhir/fhir-reader.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'

export const fhirJsonDoor: Door = { kinds: ['fhir-json', 'fhir-ndjson'], read }

function read({ source, name }: ImportInput, { signal, limits }: DoorOptions): AsyncIterable<ImportEvent> {
  return readFhir(source, name, {
    ...(signal === undefined ? {} : { signal }),
    ...(limits === undefined ? {} : { limits }),
  })
}
