/**
 * What a practice's own vault holds about one person, read as a chart is: lists, records, versions, signatures and files. It is how screens of a chart
 * read a person whose chart is not open here any more. For reading only: what a practice writes goes into its vault ({@link writePublished}).
 */
import {
  chartOf,
  isFactRecord,
  isJsonObject,
  signatureRecord,
  type JsonValue,
  parseJsonOrNull,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, LateOutcome, ShareOutcome } from '@chartkeep/sync'
import { map, NEVER, type Observable, of } from 'rxjs'

/** The charts that a vault's records are about; each version is parsed once. Lives as long as the vault is open. */
export class PersonIndex {
  readonly #known = new Map<string, { revision: string; chart: string }>()

  /** The id of the chart that a record is about: what it says, and of a signature what it signs; '' for none. */
  chartOf(record: ChartRecord, referenced: (collection: string, doc: string) => ChartRecord | null): string {
    const known = this.#known.get(record.id)
    if (known?.revision === record.revision) return known.chart
    const resource = parseJsonOrNull(record.resource)
    const chart = chartOf(resource) || chartOfSigned(resource, (signed) => this.#ofSigned(signed, referenced))
    // What signs a record that has not come yet is looked at again.
    if (chart !== '' || record.type !== 'Provenance') this.#known.set(record.id, { revision: record.revision, chart })
    return chart
  }

  #ofSigned(doc: string, referenced: (collection: string, doc: string) => ChartRecord | null): string {
    const signed = SIGNED_LISTS.map((list) => referenced(list, doc)).find((record) => record !== null)
    return signed == null ? '' : this.chartOf(signed, referenced)
  }
}

/** Lists in which a practice signs records. */
const SIGNED_LISTS = ['notes', 'plans', 'labs', 'encounters'] as const

function chartOfSigned(resource: JsonValue, chartOfDoc: (doc: string) => string): string {
  const signature = isJsonObject(resource) ? signatureRecord(resource) : null
  return signature === null ? '' : chartOfDoc(signature.record)
}

const REFUSED = async () => ({ type: 'no-right' as const })
const NONE = async () => {}

/** `id`: of the person's chart, `slot`: of the same in addresses. Its summary is that of the list of patients. */
export function personFile(vault: Chart, { id, slot, index }: { id: string; slot: string; index: PersonIndex }): Chart {
  const isOurs = (record: ChartRecord) =>
    index.chartOf(record, (collection, doc) => vault.referencedNow(collection, doc)) === id
  const ours = (records$: Observable<ChartRecord[]>) => records$.pipe(map((records) => records.filter(isOurs)))
  const oneOfOurs = (record: ChartRecord | null) => (record !== null && isOurs(record) ? record : null)
  const all$ = ours(vault.all$)
  return {
    slot,
    isOpen: () => vault.isOpen(),
    hold: () => vault.hold(),
    summary$: NEVER,
    list$: (collection) => ours(vault.list$(collection)),
    trash$: (collection) => ours(vault.trash$(collection)),
    all$,
    record$: (record) => vault.record$(record).pipe(map(oneOfOurs)),
    referencedNow: (collection, doc) => oneOfOurs(vault.referencedNow(collection, doc)),
    recordIds: () => vault.recordIds().filter((record) => oneOfOurs(vault.recordNow(record)) !== null),
    recordNow: (record) => oneOfOurs(vault.recordNow(record)),
    written$: vault.written$,
    counts$: all$.pipe(map(countsOf)),
    history: (record) => vault.history(record),
    earlier: (ids) => vault.earlier(ids),
    sign: REFUSED,
    signaturesOf$: (doc) => vault.signaturesOf$(doc),
    saveSigned: (record) => vault.saveSigned(record),
    signatures$: vault.signatures$,
    save: REFUSED,
    move: REFUSED,
    importBatch: async ({ length }) => ({
      added: 0,
      unchanged: 0,
      corrected: 0,
      conflicts: 0,
      refused: length,
      trashed: 0,
    }),
    undoPlan: (importId) => vault.undoPlan(importId),
    undoImport: async () => ({ end: 'no-right', undone: 0 }),
    addFile: async () => ({ type: 'cancelled' }),
    unfinishedFiles: async () => [],
    dropUnfinished: NONE,
    files: (resource) => vault.files(resource),
    readFile: (...input) => vault.readFile(...input),
    streamFile: (...input) => vault.streamFile(...input),
    fileState: (...input) => vault.fileState(...input),
    fileStates: (resources) => vault.fileStates(resources),
    keepFile: (...input) => vault.keepFile(...input),
    transfers$: vault.transfers$,
    wholeText: (resource) => vault.wholeText(resource),
    conflicts$: vault.conflicts$.pipe(map((conflicts) => conflicts.filter(({ record }) => isOurs(record)))),
    resolve: REFUSED,
    grants$: of([]),
    ownGrants$: of([]),
    ownGrantsNow: () => [],
    share: async () => NOT_OURS,
    moreTime: async () => NOT_OURS,
    revoke: async () => NOT_OURS,
    dropIntent: NONE,
    owners: vault.owners,
    emergency: vault.emergency,
    // What a member does in the practice's own vault is told by the log of that vault.
    audit$: of([]),
    auditState$: of({ checked: 0, fault: null }),
    auditCheck$: of(null),
    access$: of([]),
    restartAudit: NONE,
    evidence$: of([]),
    saveEvidence: () => new Uint8Array(0),
    saveProof: async () => ({ type: 'not-proved' }),
    note: (action, detail) => vault.note(action, detail),
    quarantine$: of([]),
    late$: of([]),
    takeLate: async (): Promise<LateOutcome> => NOT_OURS,
    leaveLate: NONE,
    rename: NONE,
  }
}

/** Nothing is shared from a practice's file, and nothing arrives in it. */
const NOT_OURS = { type: 'refused', error: 'no-right' } as const satisfies ShareOutcome & LateOutcome

function countsOf(records: readonly ChartRecord[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const record of records)
    if (record.status !== 'error' && isFactRecord(record))
      counts[record.collection] = (counts[record.collection] ?? 0) + 1
  return counts
}
