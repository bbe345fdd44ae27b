/** 健康存摺 of Taiwan's health insurance, as JSON or XML. */
import { textOfFile } from '../bytes/text-file.ts'
import { refusal } from '../contract/fhir-items.ts'
import { bankRecords } from '../nhi/bank-records.ts'
import { readBankFile } from '../nhi/bank-file.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'
import { makeItem } from './make-item.ts'
import { NO_COUNTS, ONE_REFUSED, progressAtEnd, wholeBytes } from './whole-text.ts'

export const myHealthBankDoor: Door = { kinds: ['my-health-bank'], read }

async function* read(input: ImportInput, options: DoorOptions): AsyncGenerator<ImportEvent> {
  const bytes = await wholeBytes(input, options)
  if (bytes === null) return yield { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }
  const text = bytes instanceof Uint8Array ? textOfFile(bytes) : null
  const file = text === null ? null : readBankFile(text)
  if (file === null) {
    yield bytes instanceof Uint8Array ? refusal('file', 'syntax') : bytes
    return yield { type: 'done', outcome: 'refused', counts: ONE_REFUSED }
  }
  const { records, skipped, refused, found } = bankRecords(file)
  const taken = found - skipped.length - refused.length
  // Nobody's records are no person either.
  const written = taken === 0 ? [] : records
  for (const [index, { resource, origin, fullUrl }] of written.entries()) {
    if (options.signal?.aborted === true) return yield { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }
    yield { type: 'resource', item: makeItem(resource, index, { origin, fullUrl }) }
  }
  for (const { what, reason, place } of skipped) yield { type: 'skipped', what, reason, place, file: '' }
  for (const { place } of refused) yield refusal('resource', 'no-resource', { place })
  yield progressAtEnd(input)
  if (found === 0) yield refusal('file', 'no-records')
  const counts = { found, taken, skipped: skipped.length, refused: refused.length, resources: written.length }
  yield { type: 'done', outcome: taken > 0 ? 'read' : 'refused', counts: found === 0 ? ONE_REFUSED : counts }
}
