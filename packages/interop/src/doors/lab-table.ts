/**
 * A table of laboratory results (CSV). The mapping is what the person confirmed, else what the table settles by itself;
 * what it leaves open is refused row by row with the reason.
 */
import { refusal, type RefusalReason } from '../contract/fhir-items.ts'
import { proposeMapping, type TableFault } from '../table/table-mapping.ts'
import { tableResults, type RowFault } from '../table/table-results.ts'
import { textOfTable } from '../table/table-text.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'
import { makeItem } from './make-item.ts'
import { NO_COUNTS, ONE_REFUSED, progressAtEnd, wholeBytes } from './whole-text.ts'

export const labTableDoor: Door = { kinds: ['lab-table'], read }

const FILE_REASONS: Readonly<Record<TableFault, RefusalReason>> = {
  'no-table': 'no-results',
  'no-results': 'no-results',
  'too-large': 'too-large',
}

const ROW_REASONS: Readonly<Record<RowFault, RefusalReason>> = {
  'date-unsure': 'table-date-unsure',
  'date-unreadable': 'table-date',
  'value-unsure': 'table-number-unsure',
  'no-test': 'table-no-test',
}

async function* read(input: ImportInput, options: DoorOptions): AsyncGenerator<ImportEvent> {
  const bytes = await wholeBytes(input, options)
  if (bytes === null) return yield { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }
  const text = bytes instanceof Uint8Array ? textOfTable(bytes) : null
  const proposal = text === null ? 'no-table' : proposeMapping(text)
  const mapping = options.tableMapping ?? (typeof proposal === 'string' ? null : proposal.mapping)
  if (text === null || mapping === null) {
    yield bytes instanceof Uint8Array
      ? refusal('file', FILE_REASONS[typeof proposal === 'string' ? proposal : 'no-table'])
      : bytes
    return yield { type: 'done', outcome: 'refused', counts: ONE_REFUSED }
  }
  const { records, refused, skipped, found } = tableResults(text, mapping)
  let results = 0
  for (const [index, { resource, origin, fullUrl, line }] of records.entries()) {
    if (options.signal?.aborted === true) return yield { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }
    if (line > 0) results += 1
    yield { type: 'resource', item: makeItem(resource, index, { origin, fullUrl }) }
  }
  for (const { line, fault } of refused) yield refusal('resource', ROW_REASONS[fault], { place: line })
  for (const { line, reason } of skipped) yield { type: 'skipped', what: 'row', reason, place: line, file: '' }
  yield progressAtEnd(input)
  const counts = { found, taken: results, skipped: skipped.length, refused: refused.length, resources: records.length }
  yield { type: 'done', outcome: results > 0 ? 'read' : 'refused', counts }
}
