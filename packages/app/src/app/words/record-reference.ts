/** References between the records of a chart, as FHIR writes them: `Type/id`, where the id is the resource's own or, for one without, the record's. */
import { referenceParts, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { RecordViews } from './record-view.ts'

/** What other records call this one. */
export function referenceOf(record: ChartRecord, views: RecordViews): string {
  return `${record.type}/${stringAt(views.of(record).resource, 'id') || record.id}`
}

/**
 * The records that these references name, by reference. A reference that names none of `records` is left out, as is an ambiguous one,
 * unless exactly one match belongs to an owner: other authors may reuse an owner's id.
 */
export function referencedRecords(
  references: readonly string[],
  records: readonly ChartRecord[],
  views: RecordViews,
): Map<string, ChartRecord> {
  const wanted = references.map((reference) => ({ reference, ...idOf(reference) })).filter(({ id }) => id !== '')
  const found = new Map<string, Set<ChartRecord>>()
  if (wanted.length === 0) return new Map()
  for (const record of records) {
    for (const { reference, type, id } of wanted) {
      if (type !== '' && type !== record.type) continue
      // The text is looked at before it is parsed: most records are named by nobody.
      if (record.id !== id && !(record.resource.includes(id) && stringAt(views.of(record).resource, 'id') === id))
        continue
      found.set(reference, (found.get(reference) ?? new Set()).add(record))
    }
  }
  return new Map(
    [...found].flatMap(([reference, named]) => {
      const one = onlyOne([...named])
      return one === null ? [] : [[reference, one] as const]
    }),
  )
}

/** The only record, or the only one by an owner; null if there is none. */
export function onlyOne<T extends Pick<ChartRecord, 'byOwner'>>(named: readonly T[]): T | null {
  const counted = named.length === 1 ? named : named.filter(({ byOwner }) => byOwner)
  return counted.length === 1 ? counted[0]! : null
}

/** Type and id of a reference; '' as the type of a `urn:uuid:`, '' as the id of what names nothing here. */
function idOf(reference: string): { type: string; id: string } {
  const [, uuid] = /^urn:uuid:([\da-f-]{36})$/i.exec(reference) ?? []
  if (uuid !== undefined) return { type: '', id: uuid.toLowerCase() }
  const parts = referenceParts(reference)
  return parts === null ? { type: '', id: '' } : { type: parts.resourceType, id: parts.id }
}
