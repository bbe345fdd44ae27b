/** References between the records of a chart, as FHIR writes them: `Type/id`, where the id is the resource's own or, for one without, the record's. */
import { referenceParts, stringAt } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { RecordViews } from './record-view.ts'

/** What other records call this one. */
export function referenceOf(record: ChartRecord, views: RecordViews): string {
  return `${record.type}/${stringAt(views.of(record).resource, 'id') || record.id}`
}

/** The records that these references name, by reference; what names none of `records`, or more than one, is left out. */
export function referencedRecords(
  references: readonly string[],
  records: readonly ChartRecord[],
  views: RecordViews,
): Map<string, ChartRecord> {
  const wanted = references.map((reference) => ({ reference, ...idOf(reference) })).filter(({ id }) => id !== '')
  const found = new Map<string, ChartRecord | null>()
  if (wanted.length === 0) return new Map()
  for (const record of records) {
    for (const { reference, type, id } of wanted) {
      if (type !== '' && type !== record.type) continue
      // The text is looked at before it is parsed: most records are named by nobody.
      if (record.id !== id && !(record.resource.includes(id) && stringAt(views.of(record).resource, 'id') === id))
        continue
      found.set(reference, found.has(reference) && found.get(reference) !== record ? null : record)
    }
  }
  return new Map([...found].filter((entry): entry is [string, ChartRecord] => entry[1] !== null))
}

/** Type and id of a reference; '' as the type of a `urn:uuid:`, '' as the id of what names nothing here. */
function idOf(reference: string): { type: string; id: string } {
  const [, uuid] = /^urn:uuid:([\da-f-]{36})$/i.exec(reference) ?? []
  if (uuid !== undefined) return { type: '', id: uuid.toLowerCase() }
  const parts = referenceParts(reference)
  return parts === null ? { type: '', id: '' } : { type: parts.resourceType, id: parts.id }
}
