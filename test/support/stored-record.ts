/** A stored record with made-up fields; `fields` overrides. */
import type { StoredRecord } from '@chartkeep/store'

export function storedRecord(doc: string, fields: Partial<StoredRecord> = {}): StoredRecord {
  const stream = fields.stream ?? 's'
  return {
    id: `${stream}.${doc}`,
    stream,
    doc,
    collectionName: 'labs',
    type: 'Observation',
    date: '2026-01-02',
    code: 'http://loinc.org|4548-4',
    title: 'Hemoglobin A1c',
    status: 'active',
    text: 'hemoglobin a1c',
    revision: 'r1',
    parent: '',
    resource: '{"resourceType":"Observation","valueQuantity":{"value":1.10}}',
    clock: '1',
    account: 'a',
    device: 'd',
    importHash: '',
    importSource: '',
    ...fields,
  }
}
