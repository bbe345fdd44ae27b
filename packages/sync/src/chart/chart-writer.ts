/** A person's writes in an open chart: each action is one durable entry that includes its audit-log entry (A1). */
import {
  changeAction,
  EMPTY_PATIENT,
  instantText,
  newPatient,
  parseJsonObject,
  parseJsonOrNull,
  stringifyJson,
  trashed,
  undoneSource,
} from '@chartkeep/domain'
import type { ChunkDisk, StoredRecord, VaultStore } from '@chartkeep/store'
import type { Chart, ImportCounts, ImportItem, SaveInput, SaveOutcome, WriteOutcome } from '../contract/api.ts'
import { prepareNote } from '../edit/audit-note.ts'
import type { NoteDetail } from '../contract/api-audit.ts'
import type { ChartHost } from './chart-host.ts'
import type { ChartViews } from './chart-views.ts'
import { prepareMove } from '../consent/private-lists.ts'
import { outboxOfRecord } from '../vault/outbox.ts'
import { handSource } from '../record/record-codec.ts'
import type { Copies } from './publish.ts'
import { isSignedVersion } from './sign-content.ts'
import { importItems } from '../files/vault-import.ts'
import { commitVersions, prepareResolution, prepareVersion, type Draft, type Prepared } from '../edit/vault-local.ts'
import { commitAndSeal, keepVersion } from '../edit/vault-seal.ts'
import { exclusive, type VaultMachine } from '../vault/vault-state.ts'

export interface ChartWriterInput {
  machine: VaultMachine
  store: Pick<VaultStore, 'read'>
  chunks: ChunkDisk
  session: Pick<ChartHost, 'account' | 'device' | 'name' | 'vaultRow' | 'updateVaultRow' | 'isInStep' | 'wake'>
  vault: string
  views: Pick<ChartViews, 'record'>
  isOpen(): boolean
}

type Row = Extract<Prepared, { type: 'row' }>

export class ChartWriter {
  readonly #input: ChartWriterInput

  constructor(input: ChartWriterInput) {
    this.#input = input
  }

  save(input: SaveInput & { base?: never }): Promise<WriteOutcome>
  save(input: SaveInput & { base?: string }): Promise<SaveOutcome>
  save({ collection, resource, id, importSource, base, note }: SaveInput & { base?: string }): Promise<SaveOutcome> {
    const { machine, store } = this.#input
    return this.durably(async () => {
      // Read only when this write runs: a pass may have written another version while it waited.
      const before = id === undefined ? null : store.read(id)
      if (base !== undefined && before?.revision !== base) return { type: 'changed' as const }
      const source = importSource ?? (before === null ? '' : handSource(before.importSource))
      const isWaiting = (row: StoredRecord) => machine.unsent.has(row.id) || outboxOfRecord(machine, row.id).length > 0
      if (before !== null && isWaiting(before) && isSignedVersion(machine, before)) await keepVersion(machine, before)
      const draft: Draft = { collection, resource, importSource: source }
      const prepared = prepareVersion(machine, id === undefined ? draft : { ...draft, id })
      const [was, is] = [before?.resource, resource].map((text) => (text === undefined ? null : parseJsonOrNull(text)))
      return this.#written(before === null ? 'created' : changeAction(was, is), prepared, note)
    })
  }

  resolve(...[id, resource, seen]: Parameters<Chart['resolve']>): ReturnType<Chart['resolve']> {
    return this.durably(async () => {
      const decided = prepareResolution(this.#input.machine, id, resource, seen)
      if (decided.type === 'changed') return decided
      if (decided.type !== 'row') return { type: 'no-right' }
      await this.commit([decided, ...this.#noteOn('resolved', decided)])
      return this.#saved(decided.row.id)
    })
  }

  /** Without an audit-log entry: the chart begins with this record. */
  async saveFirstProfile(name: string, birthDate: string): Promise<void> {
    const resource = stringifyJson(newPatient({ ...EMPTY_PATIENT, name, birthDate }))
    await this.#write(null, () => prepareVersion(this.#input.machine, { collection: 'profile', resource }))
  }

  /** `action`: the action that the audit log records; null for none. */
  #write(action: string | null, prepare: () => Prepared): Promise<WriteOutcome> {
    return this.durably(() => this.#written(action, prepare()))
  }

  async #written(action: string | null, prepared: Prepared, note: SaveInput['note'] = {}): Promise<WriteOutcome> {
    if (prepared.type !== 'row') return { type: 'no-right' }
    const noted = action === null ? [] : this.#noteOn(action, prepared, note)
    // W25: a program's write is stored together with its audit entry or not at all.
    if (note.grant !== undefined && noted.length === 0) return { type: 'no-right' }
    await this.commit([prepared, ...noted])
    return this.#saved(prepared.row.id)
  }

  #saved(id: string): Extract<WriteOutcome, { type: 'saved' }> {
    const { store, views } = this.#input
    return { type: 'saved', record: views.record(store.read(id)!) }
  }

  async move(id: string, to: 'private' | 'shared'): ReturnType<Chart['move']> {
    return this.durably(async () => {
      const prepared = prepareMove(this.#input.machine, id, to)
      if (prepared.type !== 'moved') return prepared
      await this.commit([
        prepared.there,
        prepared.here,
        ...this.#noteOn(to === 'private' ? 'made-private' : 'made-shared', prepared.there),
      ])
      return this.#saved(prepared.there.row.id)
    })
  }

  async importBatch(items: ImportItem[], source: string): Promise<ImportCounts> {
    const { machine, chunks, session, vault } = this.#input
    const unsettled = this.#unsettle()
    if (unsettled) await unsettled
    const result = await exclusive(machine, () => importItems(machine, items, source, chunks))
    session.wake(vault)
    return result
  }

  /**
   * Moves imported records to the trash, with one audit-log entry: one durable entry. A record that has changed since it was read, or that
   * this account may not change, stays. Resolves to the number of moved records.
   */
  async undoBatch(
    records: readonly { id: string; revision: string }[],
    name: string,
  ): Promise<{ type: 'done'; undone: number } | { type: 'full' }> {
    const { machine } = this.#input
    return this.durably(async () => {
      const at = instantText(machine.clock.now())
      const gone: Row[] = []
      for (const { id, revision } of records) {
        const row = machine.rows.read(id)
        const resource = row === null ? null : parseJsonObject(row.resource)
        if (row === null || resource === null || row.revision !== revision) continue
        const { collectionName: collection, importSource } = row
        const draft = { collection, id, importSource: undoneSource(importSource) }
        const prepared = prepareVersion(machine, { ...draft, resource: stringifyJson(trashed(resource, at)) })
        if (prepared.type === 'row') gone.push(prepared)
      }
      const noted = gone.length > 0 ? this.noted('import-undone', { subject: name, count: gone.length }) : []
      if (gone.length > 0) await this.commit([...gone, ...noted])
      return { type: 'done' as const, undone: gone.length }
    })
  }

  /**
   * Writes copies of a practice's records under their own ids and revisions (N5): one durable entry, with an audit-log entry for each copy
   * that is not a signature.
   */
  async takeCopies(prepare: (machine: VaultMachine) => Copies): Promise<'done' | 'no-right' | 'newer' | 'full'> {
    const outcome = await this.durably(async () => {
      const copies = prepare(this.#input.machine)
      if (copies.type !== 'copies') return copies
      const told = copies.rows.filter(({ row }) => row.type !== 'Provenance')
      const noted = told.flatMap((copy) => this.#noteOn(copy.isNew ? 'created' : 'changed', copy))
      if (copies.rows.length > 0) await this.commit([...copies.rows, ...noted])
      return { type: 'done' as const }
    })
    return outcome.type
  }

  /** N5: keeps each published version as its own, even if a later version would replace it before it is sealed. */
  async keepVersions(rows: readonly StoredRecord[]): Promise<'done' | 'full'> {
    const { machine } = this.#input
    const kept = await this.durably(async () => {
      for (const row of rows) if (machine.rows.read(row.id)?.revision === row.revision) await keepVersion(machine, row)
      return { type: 'done' as const }
    })
    return kept.type
  }

  async note(action: string, detail: NoteDetail = {}): Promise<boolean> {
    if (!this.#input.isOpen()) return false
    return exclusive(this.#input.machine, async () => {
      const noted = this.noted(action, detail)
      if (noted.length > 0) await this.commit(noted)
      return noted.length > 0
    })
  }

  /** The audit-log entry of an action, to be written in the same durable entry; none if this account has no audit stream here. */
  noted(action: string, detail: NoteDetail): Row[] {
    const { machine, session } = this.#input
    const prepared = prepareNote(machine, session, action, detail)
    return prepared.type === 'row' ? [prepared] : []
  }

  #noteOn(action: string, { row }: Row, detail: SaveInput['note'] = {}): Row[] {
    return this.noted(action, { collection: row.collectionName, subject: row.title, record: row.id, ...detail })
  }

  /** Seals in the same durable entry if a push follows at once; while offline, only the newest version of a record is sealed, later. */
  async commit(prepared: Row[]): Promise<void> {
    const { machine, session, vault } = this.#input
    const unsettled = this.#unsettle()
    if (unsettled) await unsettled
    await (session.isInStep() ? commitAndSeal : commitVersions)(machine, prepared)
    session.wake(vault)
  }

  /**
   * Marks the chart as having unsent work before anything is written: otherwise, after a kill in between, passes would skip the chart. Null
   * if passes never skip it.
   */
  #unsettle(): Promise<void> | null {
    const { session, vault } = this.#input
    if (session.vaultRow(vault)?.relation !== 'shared') return null
    // If the disk refuses this, the write itself reports it.
    return session.updateVaultRow(vault, ({ settled }) => (settled ? { settled: null } : {})).catch(() => {})
  }

  /** Runs `work` while nothing else changes the chart; `full` if the disk refused the write. */
  async durably<T>(work: () => Promise<T>): Promise<T | { type: 'full' }> {
    try {
      return await exclusive(this.#input.machine, work)
    } catch (error) {
      if (error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)) return { type: 'full' }
      throw error
    }
  }
}
