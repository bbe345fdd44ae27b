/**
 * The contents of a chart for screens, computed from its vault's state on request: records, conflicts, audit lines, quarantined entries.
 */
import {
  alignReferences,
  auditEntry,
  differingFields,
  isFactRecord,
  isJsonObject,
  jsonObject,
  noneStated,
  parseJsonOrNull,
  shownStream,
} from '@chartkeep/domain'
import { decodeAs, idText } from '@chartkeep/protocol'
import { decodeHeader, StreamEntry } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { accessLines, auditCheck, entryState, unnotedEnvelopes } from '../audit/access-log.ts'
import type {
  AccessLine,
  AuditCheck,
  AuditLine,
  ChartRecord,
  Conflict,
  LateView,
  QuarantineView,
} from '../contract/api.ts'
import { lateAuthor, lateEvents, lateItems, lateRowsOf } from '../files/quarantine-inbox.ts'
import { outboxRows } from '../vault/outbox.ts'
import { ownerAccounts } from '../consent/owner-views.ts'
import type { ShownRecords } from '../consent/expired-grant-lock.ts'
import { rolesOf, type People } from '../vault/people.ts'
import { isKeptByLaw } from '../vault/practice-rules.ts'
import { clockTime } from '../record/record-codec.ts'
import { canWrite } from '../edit/vault-local.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import {
  conflictsOf,
  disputesOf,
  headOf,
  siblingVersionsOf,
  stopOf,
  streamName,
  TABLE,
  type VaultMachine,
} from '../vault/vault-state.ts'

/** Types of records that may state that the person has none. */
const STATING = new Set(['AllergyIntolerance', 'Condition', 'MedicationRequest', 'MedicationStatement'])

/** More than the records of one chart. */
const PLACES = 2 ** 24

/** A number that grows with the day; 0 for no date. */
function dayNumber(date: string): number {
  const year = Number(date.slice(0, 4))
  if (!(year > 0)) return 0
  return (year * 14 + Number(date.slice(5, 7) || 13)) * 33 + Number(date.slice(8, 10) || 32)
}

export class ChartViews {
  readonly #machine: VaultMachine
  readonly #shown: ShownRecords
  readonly #people: People
  /** By record: whether its version is a statement that the list is empty. */
  readonly #stating = new Map<string, { revision: string; isStatement: boolean }>()
  /**
   * For one state of the store: ids with a sealed, unanswered envelope, ids with open conflicts, and accounts that own the chart or did.
   */
  #marks = { sequence: -1, sealed: new Set<string>(), disputed: new Set<string>(), owners: new Set<string>() }

  constructor(machine: VaultMachine, shown: ShownRecords, people: People) {
    this.#machine = machine
    this.#shown = shown
    this.#people = people
  }

  /** Rows of the chart's records, without audit entries and the trash. */
  rows(): StoredRecord[] {
    return this.#shown.all().filter((row) => row.collectionName !== 'audit' && row.status !== 'trash')
  }

  /** Ids of the records by clinical date, newest first; partial dates at the end of their month or year, no date last. */
  idsNewestFirst(): string[] {
    const rows = this.#shown.dates()
    // One number for day and index: numbers sort fast and texts do not.
    const order = Float64Array.from(rows, ({ date }, place) => dayNumber(date) * PLACES + place).sort()
    return Array.from(order, (_, at) => rows[order[order.length - 1 - at]! % PLACES]!.id)
  }

  /** One record for the search; null if no list shows it. */
  found(id: string): ChartRecord | null {
    const row = this.#shown.read(id)
    return row === null || row.collectionName === 'audit' || row.status === 'trash' ? null : this.record(row)
  }

  #marksNow() {
    const { sequence } = this.#shown
    if (this.#marks.sequence !== sequence) {
      const sealed = new Set<string>()
      for (const { id, ack } of outboxRows(this.#machine)) if (ack === null) sealed.add(id)
      this.#marks = {
        sequence,
        sealed,
        disputed: new Set([...conflictsOf(this.#machine), ...siblingVersionsOf(this.#machine)].map(({ id }) => id)),
        owners: new Set(ownerAccounts(this.#machine)),
      }
    }
    return this.#marks
  }

  #isWaiting(id: string): boolean {
    return this.#machine.unsent.has(id) || this.#marksNow().sealed.has(id)
  }

  record(row: Readonly<StoredRecord>): ChartRecord {
    const { id, doc, type, title, date, status, code, text, resource, revision, importSource } = row
    return {
      id,
      doc,
      collection: row.collectionName,
      type,
      title,
      date,
      status,
      code,
      text,
      resource,
      revision,
      author: this.#people.author(row.account, row.device),
      byOwner: this.isByOwner(row),
      savedAt: clockTime(row.clock),
      importSource,
      late: this.#cameLate(row),
      waiting: this.#isWaiting(id),
      conflict: this.#marksNow().disputed.has(id),
      kept: isKeptByLaw(this.#machine, row),
    }
  }

  /** See {@link ChartRecord}. */
  isByOwner(row: Pick<StoredRecord, 'account' | 'importSource'>): boolean {
    return this.#isSignedByOwner(row) && lateAuthor(row.importSource) === null
  }

  /** A chart whose log is not here yet is this account's own. */
  #isSignedByOwner({ account }: Pick<StoredRecord, 'account'>): boolean {
    const { owners } = this.#marksNow()
    return owners.size === 0 ? account === idText(this.#machine.account) : owners.has(account)
  }

  /** Only an owner takes in late arrivals, so only an owner's mark counts. */
  #cameLate(row: Readonly<StoredRecord>): ChartRecord['late'] {
    const account = this.#isSignedByOwner(row) ? lateAuthor(row.importSource) : null
    return account === null ? null : { account, name: this.#people.author(account, '').name }
  }

  /**
   * The number of records in each list, without records entered in error, records that are no fact about the person (`isFactRecord`) and
   * statements that the list is empty.
   */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const row of this.rows()) {
      const { collectionName: collection } = row
      const list = shownStream({ ...row, collection })
      if (row.status !== 'error' && isFactRecord({ ...row, collection }) && !this.#statesNone(row))
        counts[list] = (counts[list] ?? 0) + 1
    }
    return counts
  }

  /** Each version is parsed once: counts are asked for at every change. */
  #statesNone({ id, type, revision, resource }: Readonly<StoredRecord>): boolean {
    if (!STATING.has(type)) return false
    const known = this.#stating.get(id)
    if (known?.revision === revision) return known.isStatement
    const isStatement = noneStated(parseJsonOrNull(resource)) !== null
    this.#stating.set(id, { revision, isStatement })
    return isStatement
  }

  conflicts(): Conflict[] {
    const byId = new Map<string, Conflict>()
    const sides = siblingVersionsOf(this.#machine).map((row) => ({ hash: '', row }))
    for (const { hash, row } of [...disputesOf(this.#machine), ...sides]) {
      const current = this.#shown.read(row.id)
      if (current === null) continue
      const known = byId.get(row.id) ?? {
        record: this.record(current),
        current: this.#version(current),
        others: [],
        fields: [],
        mayDecide: canWrite(this.#machine, current),
      }
      known.others.push({ hash, revision: row.revision, ...this.#version(row) })
      known.others.sort((a, b) => a.savedAt - b.savedAt || (a.revision < b.revision ? -1 : 1))
      known.fields = [...new Set([...known.fields, ...fieldsThatDiffer(current.resource, row.resource)])]
      byId.set(row.id, known)
    }
    return [...byId.values()]
  }

  #version(row: StoredRecord): Conflict['current'] {
    return {
      resource: row.resource,
      author: this.#people.author(row.account, row.device),
      savedAt: clockTime(row.clock),
    }
  }

  /** A1, A5: the entries that devices reported, newest first. */
  audit(): AuditLine[] {
    const rows = this.#shown.all().filter((row) => row.collectionName === 'audit')
    const unnoted = unnotedEnvelopes(this.#machine)
    const late = isVaultOwner(this.#machine) ? lateEvents(this.#machine) : []
    const isLate = new Set(late)
    const lines = [...rows, ...late].map((row): AuditLine => {
      const event = parseJsonOrNull(row.resource)
      const { action, collection, subject, records, count, program } = auditEntry(
        isJsonObject(event) ? event : jsonObject(),
      )
      return {
        id: row.id,
        at: clockTime(row.clock),
        author: {
          ...this.#people.author(row.account, row.device),
          roles: rolesOf(this.#machine, row.account, row.device),
        },
        action,
        collection,
        subject,
        records,
        count,
        program: program ?? null,
        confirmed: !this.#isWaiting(row.id),
        ...(isLate.has(row) ? { state: 'late', unnoted: false } : this.#auditPlace(row, unnoted)),
      }
    })
    return lines.toSorted((a, b) => b.at - a.at)
  }

  #auditPlace({ id, stream }: StoredRecord, unnoted: ReadonlySet<string>): Pick<AuditLine, 'state' | 'unnoted'> {
    const n = headOf(this.#machine, id)?.n
    if (n === undefined || this.#isWaiting(id)) return { state: 'waiting', unnoted: false }
    return { state: entryState(this.#machine, stream, n), unnoted: unnoted.has(`${stream}.${n}`) }
  }

  /** A2: the server's notes. */
  access(): AccessLine[] {
    return accessLines(this.#machine, this.#people)
  }

  /** A3, A5: the audit tree, as far as this device has checked it. */
  auditCheck(): AuditCheck | null {
    return isVaultOwner(this.#machine) ? auditCheck(this.#machine) : null
  }

  /** A5: the number of entries of audit streams on a verified chain, and the fault that stopped a stream. */
  auditState(): { checked: number; fault: string | null } {
    let checked = 0
    let fault: string | null = null
    for (const [id, state] of this.#machine.streams) {
      if (this.#machine.control?.streams.get(id)?.appendOnly !== true) continue
      checked += state.n
      fault = stopOf(this.#machine, id)?.what ?? fault
    }
    return { checked, fault }
  }

  /** C9, C11: late arrivals, newest first. */
  late(): LateView[] {
    if (!isVaultOwner(this.#machine)) return []
    const items = lateItems(this.#machine).map(({ hash, late: { at, row }, decision }): LateView => {
      const { type, title, date, resource, collectionName } = row
      return {
        id: hash,
        author: this.#people.author(row.account, row.device),
        collection: collectionName,
        type,
        title,
        date,
        resource,
        writtenAt: clockTime(row.clock),
        arrivedAt: at === 0 ? null : at,
        decision,
      }
    })
    return items.toSorted((a, b) => b.writtenAt - a.writtenAt)
  }

  /** E6: entries that could not be verified, with their reasons; those that wait for a decision as {@link late} are left out. */
  quarantine(): QuarantineView[] {
    const late = new Set(lateRowsOf(this.#machine).map(({ late: { n, row } }) => `${row.stream}.${n}`))
    const quarantined = [...this.#machine.rows.table(TABLE.quarantine)].filter(([id]) => !late.has(id))
    return quarantined.map(([id, value]) => {
      const { reason, entry } = value as { reason: string; entry: Uint8Array }
      const read = decodeAs(StreamEntry, entry)
      const header = read === null ? null : decodeHeader(read.header)
      return {
        id,
        collection: streamName(this.#machine, id.split('.')[0] ?? ''),
        n: read?.n ?? 0,
        reason,
        account: header === null ? '' : idText(header.account),
      }
    })
  }
}

function fieldsThatDiffer(a: string, b: string): string[] {
  const [left, right] = [parseJsonOrNull(alignReferences(a, b)), parseJsonOrNull(b)]
  return isJsonObject(left) && isJsonObject(right) ? differingFields(left, right) : []
}
