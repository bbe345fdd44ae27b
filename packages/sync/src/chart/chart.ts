/**
 * One open chart as the app sees it (api.ts), based on the vault's state. The actions are in chart-writer.ts, chart-signing.ts,
 * chart-files.ts, chart-sharing.ts and owner-actions.ts; chart-views.ts has what it shows, chart-index-entry.ts what the account store
 * keeps of it.
 */
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  filter,
  map,
  merge,
  startWith,
  Subject,
  type Observable,
} from 'rxjs'
import type { ChunkDisk, StoredRecord, VaultStore } from '@chartkeep/store'
import type {
  AccessLine,
  AuditCheck,
  AuditLine,
  Chart,
  ChartEmergency,
  ChartRecord,
  ChartSummary,
  Conflict,
  EvidenceView,
  FileTransfer,
  GrantView,
  OwnGrant,
  LateView,
  ProofSubject,
  QuarantineView,
  RecordRevision,
  RightWord,
  SavedProof,
  SaveInput,
  SaveOutcome,
  SignatureView,
  WriteOutcome,
} from '../contract/api.ts'
import { makeProof } from '../audit/audit-proof.ts'
import { readAuditAgain } from '../audit/audit-rows.ts'
import { ChartFiles } from './chart-files.ts'
import { earlierVersions, recordHistory } from './chart-history.ts'
import type { ChartHost } from './chart-host.ts'
import { ChartIndexEntry } from './chart-index-entry.ts'
import { ChartSharing } from './chart-sharing.ts'
import { ChartSigning } from './chart-signing.ts'
import { ChartViews } from './chart-views.ts'
import { ChartWriter } from './chart-writer.ts'
import { planUndo, undoImport } from './import-undo.ts'
import { EmergencyOwnerActions } from './emergency-owner.ts'
import { evidenceFile, evidenceViews } from '../audit/kept-evidence.ts'
import { grantViews, ownGrantViews } from '../consent/grant-views.ts'
import type { ChartOwners } from '../contract/api-owners.ts'
import { OwnerActions } from './owner-actions.ts'
import { ownerAccounts, ownersView } from '../consent/owner-views.ts'
import { readableCollections, ShownRecords } from '../consent/expired-grant-lock.ts'
import { peopleOf, type People } from '../vault/people.ts'
import type { ServerApi } from '../ports/ports.ts'
import type { PublishingChart } from './publish.ts'
import { ContentSignatures } from './sign-content.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import { recordNamed, refreshKeys, TABLE, type VaultMachine } from '../vault/vault-state.ts'
import type { SyncOutcome } from '../replicate/vault-sync.ts'

/** Views are updated at most this often, so that an import or a first sync does not redraw for every page. */
const SETTLE_MS = 60
/** How long after a local write the projection is updated; at the end of a pass and on closing it is updated at once. */
const DIGEST_MS = 1_000

export class OpenChart implements Chart, PublishingChart {
  readonly slot: string
  readonly machine: VaultMachine
  readonly store: VaultStore
  readonly chunks: ChunkDisk
  readonly summary$: Observable<ChartSummary>
  readonly all$: Observable<ChartRecord[]>
  readonly written$: Observable<readonly string[]>
  readonly counts$: Observable<Record<string, number>>
  readonly conflicts$: Observable<Conflict[]>
  readonly grants$: Observable<GrantView[]>
  readonly ownGrants$: Observable<OwnGrant[]>
  readonly audit$: Observable<AuditLine[]>
  readonly auditState$: Observable<{ checked: number; fault: string | null }>
  readonly auditCheck$: Observable<AuditCheck | null>
  readonly access$: Observable<AccessLine[]>
  readonly evidence$: Observable<EvidenceView[]>
  readonly quarantine$: Observable<QuarantineView[]>
  readonly late$: Observable<LateView[]>
  readonly signatures$: Observable<SignatureView[]>
  readonly transfers$: Observable<readonly FileTransfer[]>
  readonly progress$ = new BehaviorSubject<{ done: number; all: number }>({ done: 0, all: 0 })
  readonly owners: ChartOwners
  readonly emergency: ChartEmergency
  readonly #session: ChartHost
  readonly #vault: string
  readonly #people: People
  readonly #shown: ShownRecords
  readonly #views: ChartViews
  readonly #writer: ChartWriter
  readonly #signing: ChartSigning
  readonly #files: ChartFiles
  readonly #sharing: ChartSharing
  readonly #indexEntry: ChartIndexEntry
  readonly #tick = new Subject<void>()
  /** Ids of records that a lock has hidden. */
  readonly #locked = new Subject<readonly string[]>()
  readonly #readNoted = new Set<string>()
  #lane: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(session: ChartHost, vault: string, store: VaultStore, machine: VaultMachine, chunks: ChunkDisk) {
    this.#session = session
    this.#vault = vault
    this.store = store
    this.machine = machine
    this.chunks = chunks
    this.slot = session.vaultRow(vault)!.slot
    this.#people = peopleOf(machine, session, () => session.vaultRow(vault)?.name ?? '')
    const shown = new ShownRecords(machine, store)
    this.#shown = shown
    const views = new ChartViews(machine, shown, this.#people)
    this.#views = views
    const settled$ = this.#settled$
    const changed = () => this.#tick.next()

    this.#writer = new ChartWriter({ machine, store, chunks, session, vault, views, isOpen: () => this.isOpen() })
    const signatures = new ContentSignatures({ machine, shown, people: this.#people, signer: () => session.signer() })
    this.#signing = new ChartSigning({
      machine,
      shown,
      writer: this.#writer,
      signatures,
      settled$,
      history: (id) => this.history(id),
    })
    this.#files = new ChartFiles({ machine, chunks, session, hold: () => this.hold() })
    this.#sharing = new ChartSharing({
      machine,
      session,
      writer: this.#writer,
      exclusively: (work) => this.exclusively(work),
      changed,
    })
    this.#indexEntry = new ChartIndexEntry({ machine, store, session, vault, views, files: this.#files })
    this.owners = new OwnerActions({
      machine,
      self: session,
      state$: settled$.pipe(map(() => ownersView(machine, this.#people))),
      accounts$: settled$.pipe(
        map(() => ownerAccounts(machine)),
        distinctUntilChanged((a, b) => a.join() === b.join()),
        map((accounts) => new Set(accounts)),
      ),
      accountState: (account) => session.accountState(account),
      action: (work) => this.#sharing.action(work),
      takeAway: (intent, work, isOver) => this.#sharing.takeAway(intent, work, isOver),
      note: (action, subject) => this.note(action, { subject }),
      changed: () => {
        changed()
        session.wake()
      },
    })

    const syncState$ = session.sync$.pipe(
      map(({ state }) => state),
      distinctUntilChanged(),
    )
    const changed$ = combineLatest([settled$, syncState$])
    this.emergency = new EmergencyOwnerActions({
      machine,
      session,
      vault,
      sharing: this.#sharing,
      writer: this.#writer,
      people: this.#people,
      changed$,
    })
    this.summary$ = session.charts$.pipe(map(() => session.chartSummary(vault)))
    this.all$ = settled$.pipe(map(() => views.rows().map((row) => views.record(row))))
    const written$ = store.changes$.pipe(map(({ records }) => records))
    this.written$ = merge(written$, this.#locked).pipe(filter((ids) => ids.length > 0))
    this.counts$ = settled$.pipe(map(() => views.counts()))
    this.conflicts$ = settled$.pipe(map(() => views.conflicts()))
    this.grants$ = changed$.pipe(map(() => grantViews(machine)))
    this.ownGrants$ = changed$.pipe(map(() => ownGrantViews(machine)))
    this.audit$ = settled$.pipe(map(() => views.audit()))
    this.auditState$ = settled$.pipe(map(() => views.auditState()))
    this.auditCheck$ = settled$.pipe(map(() => views.auditCheck()))
    this.access$ = settled$.pipe(map(() => views.access()))
    this.evidence$ = settled$.pipe(map(() => evidenceViews(...this.#evidenceRows)))
    this.quarantine$ = settled$.pipe(map(() => views.quarantine()))
    this.late$ = settled$.pipe(map(() => views.late()))
    this.signatures$ = this.#signing.all$
    this.transfers$ = this.#files.transfers$
    // If the disk refuses it now, the next change or the closing writes it.
    if (session.keepDigest !== null)
      store.changes$.pipe(auditTime(DIGEST_MS)).subscribe(() => void this.#indexEntry.keepDigest().catch(() => {}))
  }

  /** Emits the current state of the chart and every later one. */
  get #settled$(): Observable<unknown> {
    return merge(this.store.changes$, this.#tick).pipe(auditTime(SETTLE_MS), startWith(null))
  }

  /** Runs the chart's network actions one after another. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#lane.then(work, work)
    this.#lane = next.catch(() => {})
    return next
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#files.stop()
    await this.#lane
    await this.#files.stop()
    await this.machine.lane
    // If the disk refuses it now, the next opening writes it.
    await this.#indexEntry.keepDigest().catch(() => {})
    this.#tick.complete()
    this.#locked.complete()
    this.progress$.complete()
    await this.store.close()
    this.chunks.close()
    this.machine.keys.streams.clear()
    this.machine.streams.clear()
  }

  isOpen(): boolean {
    return !this.#closed
  }

  hold(): () => void {
    return this.#session.holdChart(this.#vault, this)
  }

  async rename(name: string): Promise<void> {
    await this.#session.changeAppearance(this.#vault, { name })
  }

  // --- reading ----------------------------------------------------------------------------------------------------------------

  list$(collection: string): Observable<ChartRecord[]> {
    void this.#noteRead(collection)
    return this.#found$({
      selector: { collectionName: { $eq: collection }, status: { $ne: 'trash' } },
      sort: [{ date: 'desc' }, { id: 'asc' }],
    })
  }

  trash$(collection: string): Observable<ChartRecord[]> {
    const found$ = this.#found$({ selector: { collectionName: { $eq: collection }, status: { $eq: 'trash' } } })
    return found$.pipe(map((records) => records.toSorted((a, b) => b.savedAt - a.savedAt)))
  }

  /**
   * The live result of an RxDB query, without records whose grant has ended; emits again when their marks change (sent, in conflict,
   * signed).
   */
  #found$(query: Parameters<VaultStore['records']['find']>[0]): Observable<ChartRecord[]> {
    return combineLatest([this.store.records.find(query).$, this.#tick.pipe(startWith(null))]).pipe(
      auditTime(SETTLE_MS),
      map(([documents]) => documents.filter(({ id }) => !this.#shown.isLocked(id))),
      map((documents) => documents.map((document) => this.#views.record(document))),
    )
  }

  record$(id: string): Observable<ChartRecord | null> {
    return this.#settled$.pipe(
      map(() => this.#shown.read(id)),
      map((row) => (row === null ? null : this.#views.record(row))),
    )
  }

  referencedNow(collection: string, doc: string): ChartRecord | null {
    const row = recordNamed(this.machine, collection, doc)
    return row === null ? null : this.#views.found(row.id)
  }

  recordIds(): string[] {
    return this.#views.idsNewestFirst()
  }

  recordNow(id: string): ChartRecord | null {
    return this.#views.found(id)
  }

  async history(id: string): Promise<RecordRevision[]> {
    if (this.#shown.isLocked(id)) return []
    return recordHistory(this.machine, this.#people, this.#session.server, id)
  }

  /** The versions of a record on this device; asks no server. */
  versionsHere(id: string): Promise<RecordRevision[]> {
    return recordHistory(this.machine, this.#people, null, id)
  }

  earlier(ids: readonly string[]): Promise<Map<string, RecordRevision[]>> {
    const shown = ids.filter((id) => !this.#shown.isLocked(id))
    return earlierVersions(this.machine, this.#people, shown)
  }

  ownGrantsNow(): OwnGrant[] {
    return ownGrantViews(this.machine)
  }

  readable(): { collection: string; rights: RightWord[] }[] {
    return readableCollections(this.machine)
  }

  // --- actions of its parts -----------------------------------------------------------------------------------------------------

  save(input: SaveInput & { base?: never }): Promise<WriteOutcome>
  save(input: SaveInput & { base?: string }): Promise<SaveOutcome>
  save(input: SaveInput & { base?: string }): Promise<SaveOutcome> {
    return this.#writer.save(input)
  }

  move: Chart['move'] = (id, to) => this.#writer.move(id, to)
  resolve: Chart['resolve'] = (...decision) => this.#writer.resolve(...decision)
  undoPlan: Chart['undoPlan'] = (id) => planUndo(this.#views, id)
  undoImport: Chart['undoImport'] = (id, watch) => undoImport(this.#views, this.#writer, id, watch)
  importBatch: Chart['importBatch'] = (items, source) => this.#writer.importBatch(items, source)
  note: Chart['note'] = (action, detail) => this.#writer.note(action, detail)
  keepVersions: PublishingChart['keepVersions'] = (rows) => this.#writer.keepVersions(rows)
  takeCopies: PublishingChart['takeCopies'] = (prepare) => this.#writer.takeCopies(prepare)

  saveFirstProfile(name: string, birthDate: string): Promise<void> {
    return this.#writer.saveFirstProfile(name, birthDate)
  }

  sign: Chart['sign'] = (input) => this.#signing.sign(input)
  signaturesOf$: Chart['signaturesOf$'] = (doc) => this.#signing.of$(doc)
  saveSigned: Chart['saveSigned'] = (id) => this.#signing.save(id)

  signatureRows(doc: string): StoredRecord[] {
    return this.#signing.rowsOf(doc)
  }

  addFile: Chart['addFile'] = (input, watch) => this.#files.add(input, watch)
  unfinishedFiles: Chart['unfinishedFiles'] = () => this.#files.unfinished()
  dropUnfinished: Chart['dropUnfinished'] = (id) => this.#files.drop(id)
  files: Chart['files'] = (resource) => this.#files.of(resource)
  readFile: Chart['readFile'] = (resource, index, watch) => this.#files.read(resource, index, watch)
  streamFile: Chart['streamFile'] = (resource, index, take, watch) => this.#files.stream(resource, index, take, watch)
  fileState: Chart['fileState'] = (resource, index) => this.#files.state(resource, index)
  fileStates: Chart['fileStates'] = (resources) => this.#files.states(resources)
  keepFile: Chart['keepFile'] = (resource, index, isKept, watch) => this.#files.keep(resource, index, isKept, watch)
  wholeText: Chart['wholeText'] = (resource) => this.#files.wholeText(resource)

  sendFiles(server: ServerApi): ReturnType<ChartFiles['send']> {
    return this.#files.send(server)
  }

  oweFiles(): Promise<void> {
    return this.#files.owe()
  }

  share: Chart['share'] = (input) => this.#sharing.share(input)
  moreTime: Chart['moreTime'] = (input) => this.#sharing.moreTime(input)
  revoke: Chart['revoke'] = (grant) => this.#sharing.revoke(grant)
  dropIntent: Chart['dropIntent'] = (grant) => this.#sharing.dropIntent(grant)
  takeLate: Chart['takeLate'] = (ids) => this.#sharing.takeLate(ids)
  leaveLate: Chart['leaveLate'] = (ids) => this.#sharing.leaveLate(ids)

  // --- audit ------------------------------------------------------------------------------------------------------------------

  /** A1: the chart was opened by a person. */
  async entered(): Promise<void> {
    await this.note('opened')
  }

  async #noteRead(collection: string): Promise<void> {
    if (isVaultOwner(this.machine) || this.#readNoted.has(collection)) return
    // A screen may ask for a list that was not shared; it has read no records then.
    if (!this.readable().some((each) => each.collection === collection)) return
    this.#readNoted.add(collection)
    const count = this.#views.rows().filter((row) => row.collectionName === collection).length
    await this.note('read', { collection, count })
  }

  async restartAudit(): Promise<void> {
    await readAuditAgain(this.machine)
    this.#session.wake()
  }

  async saveProof(subject: ProofSubject): Promise<SavedProof> {
    const { server } = this.#session
    if (server === null) return { type: 'offline' }
    const made = await makeProof(this.machine, server, subject)
    if (made.type === 'proof') await this.note('exported')
    return made
  }

  get #evidenceRows() {
    const { rows } = this.machine
    return [rows.table(TABLE.evidence), rows.table(TABLE.stopped)] as const
  }

  saveEvidence(): Uint8Array {
    return evidenceFile(...this.#evidenceRows)
  }

  // --- in the passes of the sync loop -----------------------------------------------------------------------------------------

  progress(done: number, all: number): void {
    this.progress$.next({ done, all })
  }

  /** After new control-log entries or box keys: opens keys again and updates views. */
  afterControl(): void {
    refreshKeys(this.machine)
    this.#shown.refresh()
    this.#tick.next()
  }

  /** C10: some lists are past their end by this device's clock; everything derived from them is updated. */
  async lockParts(): Promise<void> {
    this.#shown.refresh()
    this.#locked.next(this.#shown.lockedIds())
    this.#tick.next()
    await this.#indexEntry.lockParts()
  }

  async afterSync(outcome: SyncOutcome): Promise<void> {
    this.#shown.refresh()
    await this.#indexEntry.afterPass(outcome)
    this.#tick.next()
  }
}
