/** A record as charts show it, for tests of what screens make of records. */
import type { ChartRecord } from '@chartkeep/sync'

/** A laboratory result of the account itself; `change` says what is otherwise. */
export function chartRecord(id: string, change: Partial<ChartRecord> = {}): ChartRecord {
  return {
    id,
    collection: 'labs',
    type: 'Observation',
    doc: id,
    title: id,
    date: '2026-11-01',
    status: 'active',
    code: '',
    text: id,
    resource: '{}',
    revision: '1',
    author: { account: '', device: '', member: '', name: '', me: true },
    byOwner: true,
    savedAt: 0,
    importSource: '',
    late: null,
    waiting: false,
    conflict: false,
    kept: false,
    ...change,
  }
}
