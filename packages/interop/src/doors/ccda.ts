/** C-CDA and other CDA documents: their coded entries become records; the document itself is kept as it is. */
import { importIdentity, stringAt, type JsonObject } from '@chartkeep/domain'
import { ccdaRecords, type CcdaStatement } from '../ccda/ccda-records.ts'
import { refusal } from '../contract/fhir-items.ts'
import { readXml } from '../xml/xml.ts'
import type { Door, DoorCounts, DoorOptions, ImportEvent, ImportInput, SkipReason } from '../contract/door.ts'
import { hashOfText, makeItem } from './make-item.ts'
import { CANCELLED, refusedWhole, wholeText } from './whole-text.ts'

export const ccdaDoor: Door = { kinds: ['ccda'], read }

async function* read(input: ImportInput, options: DoorOptions): AsyncGenerator<ImportEvent> {
  const text = yield* wholeText(input, options)
  if (text === null) return yield CANCELLED
  if (typeof text !== 'string') return yield* refusedWhole(text)
  const root = readXml(text)
  if (root === null || root.name !== 'ClinicalDocument')
    return yield* refusedWhole(refusal('file', root === null ? 'bad-xml' : 'xml'))
  const { patient, statements } = ccdaRecords(
    root,
    (facts) => `ccda-${hashOfText(facts).replaceAll('_', '.').slice(0, 22)}`,
  )
  const counts: DoorCounts = { found: statements.length, taken: 0, skipped: 0, refused: 0, resources: 0 }
  if (patient !== null)
    yield { type: 'resource', item: makeItem(patient, counts.resources++, { origin: JSON.stringify(patient) }) }
  const shared = sharedNames(statements)
  const given = new Set<string>()
  for (const { section, place, records, skipped, origin } of statements) {
    let taken = 0
    for (const record of records) {
      const name = importIdentity(record)
      const item = makeItem(record, counts.resources, {
        origin,
        ...(name === '' || shared.has(name)
          ? { identity: ['content', hashOfText(`${stringAt(record, 'resourceType')} ${origin}`)] }
          : {}),
      })
      if (given.has(item.identity)) continue
      given.add(item.identity)
      counts.resources += 1
      taken += 1
      yield { type: 'resource', item }
    }
    if (taken > 0) counts.taken += 1
    else {
      const reason: SkipReason = skipped ?? 'repeated'
      counts.skipped += 1
      yield { type: 'skipped', what: section, reason, place, file: '' }
    }
  }
  if (counts.resources === 0 && counts.skipped === 0) {
    counts.found += 1
    counts.refused += 1
    yield refusal('file', 'no-records')
  }
  yield { type: 'done', outcome: counts.resources > 0 ? 'read' : 'refused', counts }
}

/** Names that statements of different content carry: they name none of them. */
function sharedNames(statements: readonly CcdaStatement[]): ReadonlySet<string> {
  const content = new Map<string, string>()
  const shared = new Set<string>()
  for (const record of statements.flatMap(({ records }) => records)) {
    const name = importIdentity(record)
    if (name === '') continue
    const told = JSON.stringify(withoutNumbers(record))
    if (content.has(name) && content.get(name) !== told) shared.add(name)
    content.set(name, told)
  }
  return shared
}

function withoutNumbers({ identifier: _identifier, category: _category, ...rest }: JsonObject): object {
  return rest
}
