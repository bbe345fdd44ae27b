/**
 * Publishing (N5): copies a practice's record into the patient's chart under the same id and revision, with the same text, its signatures
 * and its addenda. The practice's own record does not change, whatever the patient does with the copy.
 */
import { objectsAt, parseJsonOrNull, referenceValue } from '@chartkeep/domain'
import { idText, MAX_MERGED } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import type { PublishOutcome, RecordRevision } from '../contract/api.ts'
import { lateRowsOf } from '../files/quarantine-inbox.ts'
import { outboxOfRecord } from '../vault/outbox.ts'
import { recordFiles } from '../record/record-files.ts'
import { keptVersion } from '../vault/superseded-versions.ts'
import { prepareVersion, type Prepared } from '../edit/vault-local.ts'
import { predecessorVersionsOf, conflictsOf, recordNamed, type VaultMachine } from '../vault/vault-state.ts'

/** The operations of an open chart that publishing needs. */
export interface PublishingChart {
  readonly machine: VaultMachine
  /** The signature records of a record, in order. */
  signatureRows(doc: string): StoredRecord[]
  /** Versions of a record on this device. */
  versionsHere(id: string): Promise<RecordRevision[]>
  /** Ensures that these versions are sent unchanged, as far as that can be decided now. `full`: the disk refuses the write. */
  keepVersions(rows: readonly StoredRecord[]): Promise<'done' | 'full'>
  takeCopies(prepare: (machine: VaultMachine) => Copies): Promise<'done' | 'no-right' | 'newer' | 'full'>
}

/** Addenda of a record: documents that state that they append it (FHIR Composition.relatesTo). */
function addendaOf(machine: VaultMachine, doc: string): StoredRecord[] {
  const rows = machine.rows.all().filter(({ type, resource }) => type === 'Composition' && resource.includes(doc))
  return rows
    .filter(({ status, resource }) => status !== 'trash' && appends(parseJsonOrNull(resource)).includes(doc))
    .toSorted((a, b) => (a.clock < b.clock ? -1 : 1))
}

function appends(resource: unknown): string[] {
  return objectsAt(resource, 'relatesTo')
    .filter(({ code }) => code === 'appends')
    .map((relation) => referenceValue(relation['targetReference'], 'record'))
}

/** A record with its signatures, and its addenda with theirs. */
function withAll(from: PublishingChart, row: StoredRecord): StoredRecord[] {
  return [row, ...addendaOf(from.machine, row.doc)].flatMap((each) => [each, ...from.signatureRows(each.doc)])
}

/**
 * Publishes a record with everything that belongs to it: one durable entry of the patient's chart, without a network. `revision`: the
 * version that the member has approved; undefined for the current version.
 */
export async function publish(
  from: PublishingChart,
  to: PublishingChart,
  id: string,
  revision?: string,
): Promise<PublishOutcome> {
  const row = from.machine.rows.read(id)
  if (row === null || row.status === 'trash') return { type: 'unknown' }
  // The copy is the row that was read here, whatever replaces it from now on.
  if (revision !== undefined && row.revision !== revision) return { type: 'newer' }
  const rows = withAll(from, row)
  if (rows.some(({ resource }) => recordFiles(resource).some(({ content }) => content.type === 'sealed')))
    return { type: 'files' }
  // The practice's vault must also send every version that a patient has, whatever replaces it before a server answers.
  if ((await from.keepVersions(rows)) === 'full') return { type: 'full' }
  const known = await knownVersions(from, rows)
  const outcome = await to.takeCopies((machine) => prepareCopies(machine, rows, known))
  return outcome === 'done' ? { type: 'published' } : { type: outcome }
}

/** For each record, the revisions that the practice knows as its own. */
async function knownVersions(from: PublishingChart, rows: readonly StoredRecord[]): Promise<Map<string, Set<string>>> {
  const known = new Map<string, Set<string>>()
  for (const { id, doc, revision } of rows) {
    const versions = await from.versionsHere(id)
    // Versions in the outbox or to be sealed: a later version may already have replaced them.
    const coming = [...outboxOfRecord(from.machine, id), ...predecessorVersionsOf(from.machine, id)]
    // Versions published by a member whose role ended before the practice's vault had them (C11): owners who read its quarantine inbox know
    // them.
    const late = lateRowsOf(from.machine).flatMap(({ late: { row } }) => (row.id === id ? [row] : []))
    known.set(doc, new Set([revision, ...[...versions, ...coming, ...late].map((version) => version.revision)]))
  }
  return known
}

type Copy = Extract<Prepared, { type: 'row' }> & { isNew: boolean }

export type Copies = { type: 'copies'; rows: Copy[] } | { type: 'no-right' } | { type: 'newer' }

function prepareCopies(
  machine: VaultMachine,
  rows: readonly StoredRecord[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): Copies {
  const copies: Copy[] = []
  for (const { collectionName, doc, revision, resource, importSource } of rows) {
    const there = recordNamed(machine, collectionName, doc)
    if (there?.revision === revision) continue
    // Another device has published a version that this one has not read yet. Of an attachment (signature, addendum) the existing version
    // stays and holds nothing up.
    if (there !== null && known.get(doc)?.has(there.revision) !== true) {
      if (doc === rows[0]!.doc) return { type: 'newer' }
      continue
    }
    const draft = { collection: collectionName, resource, importSource, as: { doc, revision } }
    // It may be an open conflict already; the new version then takes that conflict in.
    const beside = there === null ? [] : conflictsOf(machine, there.id)
    const hashes = beside.flatMap(({ hash, row }) => (row.revision === revision ? [hash] : []))
    const prepared = prepareVersion(machine, there === null ? draft : { ...draft, id: there.id }, hashes)
    if (prepared.type !== 'row') return { type: 'no-right' }
    // An unsent version that is replaced is kept: another device may have published exactly that version (ReconcileTransaction).
    const before = there === null ? [] : [keptVersion(machine, there)]
    copies.push({ ...prepared, sync: [...prepared.sync, ...before], isNew: there === null })
  }
  return { type: 'copies', rows: copies }
}

/**
 * Settles copies that two members published separately, an amended one and an older one. In the chart they are a conflict, whichever came
 * first, because nobody there knows their order. The practice's vault does: the newest is sent again and takes the others in. The first
 * device to notice does it.
 */
export async function settleCopies(from: PublishingChart, to: PublishingChart): Promise<void> {
  const own = idText(to.machine.account)
  const ids = conflictsOf(to.machine).flatMap(({ id, row }) => (row.account === own ? [id] : []))
  for (const id of new Set(ids)) {
    const there = to.machine.rows.read(id)
    const row = there === null ? null : recordNamed(from.machine, there.collectionName, there.doc)
    if (row === null) continue
    const versions = await from.versionsHere(row.id)
    const order = versions.flatMap(({ outcome, revision }) => (outcome === 'current' ? [revision] : []))
    await to.takeCopies((machine) => prepareSettled(machine, id, order))
  }
}

/** `order`: revisions of the practice's record, newest first; any other revision is for a person to decide. */
function prepareSettled(machine: VaultMachine, id: string, order: readonly string[]): Copies {
  const none: Copies = { type: 'copies', rows: [] }
  const there = machine.rows.read(id)
  const older = conflictsOf(machine, id).filter(({ row }) => order.includes(row.revision))
  // This device's pending envelopes must be answered first.
  if (there === null || machine.unsent.has(id) || older.length === 0 || !order.includes(there.revision)) return none
  const taken = older.slice(0, MAX_MERGED)
  const [newest] = [there, ...taken.map(({ row }) => row)].toSorted(
    (a, b) => order.indexOf(a.revision) - order.indexOf(b.revision),
  )
  const { collectionName, doc, revision, resource, importSource } = newest!
  const draft = { collection: collectionName, resource, importSource, as: { doc, revision }, id }
  const hashes = taken.map(({ hash }) => hash)
  const prepared = prepareVersion(machine, draft, hashes)
  if (prepared.type !== 'row') return none
  // Marks the version as sent again (ReconcileTransaction).
  const again = keptVersion(machine, newest!)
  return { type: 'copies', rows: [{ ...prepared, sync: [...prepared.sync, again], isNew: false }] }
}

/** Whether the chart holds the record, and in the practice's current version. */
export function publishedState(from: PublishingChart, to: PublishingChart, id: string): 'no' | 'older' | 'same' {
  const row = from.machine.rows.read(id)
  if (row === null) return 'no'
  const copy = recordNamed(to.machine, row.collectionName, row.doc)
  if (copy === null) return 'no'
  const isSame = (each: StoredRecord) =>
    recordNamed(to.machine, each.collectionName, each.doc)?.revision === each.revision
  return withAll(from, row).every(isSame) ? 'same' : 'older'
}
