/** FHIR as XML: turned into the same resource as JSON, which then goes the way of all JSON. */
import { stringifyJson } from '@chartkeep/domain'
import { sourceOf } from '../bytes/byte-source.ts'
import { refusal } from '../contract/fhir-items.ts'
import { resourceOfXml } from '../fhir-xml/fhir-xml.ts'
import { readXml } from '../xml/xml.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'
import { fhirJsonDoor } from './fhir-json.ts'
import { CANCELLED, refusedWhole, wholeText } from './whole-text.ts'

export const fhirXmlDoor: Door = { kinds: ['fhir-xml'], read }

async function* read(input: ImportInput, options: DoorOptions): AsyncGenerator<ImportEvent> {
  const text = yield* wholeText(input, options)
  if (text === null) return yield CANCELLED
  if (typeof text !== 'string') return yield* refusedWhole(text)
  const root = readXml(text)
  const resource = root === null ? null : resourceOfXml(root)
  if (resource === null) return yield* refusedWhole(refusal('file', root === null ? 'bad-xml' : 'not-fhir'))
  const source = sourceOf(new TextEncoder().encode(stringifyJson(resource)))
  for await (const event of fhirJsonDoor.read({ ...input, source, name: '' }, options))
    if (event.type !== 'progress') yield event
}
