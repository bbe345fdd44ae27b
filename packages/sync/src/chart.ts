/**
 * One open chart: its records, conflicts, sharing, files and audit, as the app sees them (api.ts), over the vault's state.
 *
 * Over 500 lines because it is one facade: each method hands on to the file that does the work, and who owns the chart to owner-deeds.ts.
 */
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  concat,
  defer,
  distinctUntilChanged,
  filter,
  map,
  merge,
  startWith,
  Subject,
  switchMap,
  type Observable,
} from 'rxjs'
import {
  EMPTY_PATIENT,
  isPrivateList,
  newAuditEvent,
  newPatient,
  parseJsonOrNull,
  personName,
  stringifyJson,
} from '@chartkeep/domain'
import { APPEND, idText, textId } from '@chartkeep/protocol'
import type { ChunkDisk, StoredRecord, VaultStore } from '@chartkeep/store'
import { makeProof } from './audit-proof.ts'
import { beginAuditAnew } from './audit-rows.ts'
import type {
  AccessLine,
  AuditCheck,
  AuditLine,
  Chart,
  ChartRecord,
  ChartSummary,
  Conflict,
  FileProblem,
  FileRef,
  FileRefusal,
  FileState,
  FileTransfer,
  FileWatch,
  UnfinishedFile,
  GrantView,
  ImportCounts,
  ImportItem,
  LateOutcome,
  LateView,
  ProofSubject,
  QuarantineView,
  RecordRevision,
  RightWord,
  SavedProof,
  ShareInput,
  ShareOutcome,
  SignatureView,
  SignInput,
  SignOutcome,
  WriteOutcome,
} from './api.ts'
import { momentOf, type ChartMoment } from './backup-moment.ts'
import { earlierVersions, recordHistory } from './chart-history.ts'
import { ChartViews } from './chart-views.ts'
import { prepareMove } from './private-lists.ts'
import { digestOf } from './care-digests.ts'
import { departuresOf } from './departures.ts'
import type { FileAddress } from './file-address.ts'
import { purgeFiles } from './file-names.ts'
import { FileTransfers } from './file-transfers.ts'
import { dropUnfinished, unfinishedFiles } from './file-unfinished.ts'
import { keepFile, MAX_FILE_BYTES, readFile, type ReadFile } from './files.ts'
import { asideCount, lateItems, lateName, takeFromBox, withForerunners } from './late-box.ts'
import { handInBeforeEnd } from './late-hand-in.ts'
import { putBackFiles, type PutBack } from './inline-files.ts'
import { peopleOf, type People } from './people.ts'
import type { ChartOwners } from './owner-api.ts'
import { OwnerDeeds } from './owner-deeds.ts'
import { ownerAccounts, ownersView } from './owner-views.ts'
import type { ServerApi } from './ports.ts'
import type { Copies } from './publish.ts'
import { recordFiles } from './record-files.ts'
import type { ChartHost } from './chart-host.ts'
import { ContentSignatures, isSignedVersion, SIGNATURES } from './sign-content.ts'
import { acceptNow, cutGrantNow, dropWish, grantNow, keepWish, keepWishes, type ShareWish } from './sharing.ts'
import { shareWishes } from './share-wishes.ts'
import { importItems } from './vault-import.ts'
import { commitVersions, handSource, prepareResolution, prepareVersion, type Draft } from './vault-local.ts'
import { endVault } from './vault-end.ts'
import { commitAndSeal, keepVersion, waitingCount } from './vault-push.ts'
import {
  conflictsOf,
  exclusive,
  isVaultOwner,
  ownGrants,
  readableCollections,
  recordNamed,
  refreshKeys,
  TABLE,
  writableStream,
  timeOf,
  type VaultMachine,
} from './vault-state.ts'
import type { SyncOutcome } from './vault-sync.ts'

/** Views follow changes at most this often, so that an import or first sync does not redraw for every page. */
const SETTLE_MS = 60
/** A digest follows what is written here after this long; at the end of a pass and at the close it follows at once. */
const DIGEST_MS = 1_000

export class OpenChart implements Chart {
  readonly slot: string
  readonly machine: VaultMachine
  readonly summary$: Observable<ChartSummary>
  readonly all$: Observable<ChartRecord[]>
  readonly written$: Observable<readonly string[]>
  readonly counts$: Observable<Record<string, number>>
  readonly conflicts$: Observable<Conflict[]>
  readonly grants$: Observable<GrantView[]>
  readonly audit$: Observable<AuditLine[]>
  readonly auditState$: Observable<{ checked: number; fault: string | null }>
  readonly auditCheck$: Observable<AuditCheck | null>
  readonly access$: Observable<AccessLine[]>
  readonly quarantine$: Observable<QuarantineView[]>
  readonly late$: Observable<LateView[]>
  readonly owners: ChartOwners
  readonly progress$ = new BehaviorSubject<{ done: number; all: number }>({ done: 0, all: 0 })
  readonly #session: ChartHost
  readonly #vault: string
  readonly #store: VaultStore
  readonly #chunks: ChunkDisk
  readonly #files: FileTransfers
  readonly transfers$: Observable<readonly FileTransfer[]>
  /** Files that are being kept just now. */
  readonly #adding = new Set<string>()
  readonly #people: People
  readonly #views: ChartViews
  readonly #settled$: Observable<unknown>
  readonly #signatures: ContentSignatures
  readonly signatures$: Observable<SignatureView[]>
  readonly #tick = new Subject<void>()
  readonly #readNoted = new Set<string>()
  #lane: Promise<unknown> = Promise.resolve()
  #closed = false
  /** Which state of the store the digest kept in home is of. */
  #digested = -1

  constructor(session: ChartHost, vault: string, store: VaultStore, machine: VaultMachine, chunks: ChunkDisk) {
    this.#session = session
    this.#vault = vault
    this.#store = store
    this.machine = machine
    this.#chunks = chunks
    this.#files = new FileTransfers(machine, chunks)
    this.transfers$ = this.#files.transfers$
    this.slot = session.vaultRow(vault)!.slot
    this.#people = peopleOf(machine, session, () => session.vaultRow(vault)?.name ?? '')
    this.#views = new ChartViews(machine, store, this.#people)
    const settled$ = merge(store.changes$, this.#tick).pipe(auditTime(SETTLE_MS), startWith(null))
    this.#settled$ = settled$
    this.#signatures = new ContentSignatures({ machine, people: this.#people, signer: () => session.signer() })
    this.signatures$ = settled$.pipe(switchMap(() => this.#signatures.views()))
    this.summary$ = session.charts$.pipe(map(() => session.chartSummary(vault)))
    this.all$ = settled$.pipe(map(() => this.#views.rows().map((row) => this.#views.record(row))))
    this.written$ = store.changes$.pipe(
      map(({ records }) => records),
      filter((ids) => ids.length > 0),
    )
    this.counts$ = settled$.pipe(map(() => this.#views.counts()))
    this.conflicts$ = settled$.pipe(map(() => this.#views.conflicts()))
    this.grants$ = combineLatest([
      settled$,
      session.sync$.pipe(
        map(({ state }) => state),
        distinctUntilChanged(),
      ),
    ]).pipe(map(() => this.#views.grants()))
    this.audit$ = settled$.pipe(map(() => this.#views.audit()))
    this.auditState$ = settled$.pipe(map(() => this.#views.auditState()))
    this.auditCheck$ = settled$.pipe(map(() => this.#views.auditCheck()))
    this.access$ = settled$.pipe(map(() => this.#views.access()))
    this.quarantine$ = settled$.pipe(map(() => this.#views.quarantine()))
    this.late$ = settled$.pipe(map(() => this.#views.late()))
    if (session.keepDigest !== null)
      store.changes$.pipe(auditTime(DIGEST_MS)).subscribe(() => void this.#keepDigest().catch(() => {}))
    this.owners = new OwnerDeeds({
      machine,
      self: session,
      state$: settled$.pipe(map(() => ownersView(machine, this.#people))),
      accounts$: settled$.pipe(
        map(() => ownerAccounts(machine)),
        distinctUntilChanged((a, b) => a.join() === b.join()),
        map((accounts) => new Set(accounts)),
      ),
      accountState: (account) => session.accountState(account),
      deed: (work) => this.#deed(work),
      note: (action, subject) => this.note(action, { subject }),
      changed: () => {
        this.#tick.next()
        session.wake()
      },
    })
  }

  /** Network deeds of one chart follow each other. */
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
    // A disk that refuses it now has it again at the next opening.
    await this.#keepDigest().catch(() => {})
    this.#tick.complete()
    this.progress$.complete()
    await this.#store.close()
    this.#chunks.close()
    this.machine.keys.streams.clear()
    this.machine.streams.clear()
  }

  isOpen(): boolean {
    return !this.#closed
  }

  hold(): () => void {
    return this.#session.holdChart(this.#vault, this)
  }

  /** New control-log entries or box keys: keys are opened again and the views follow. */
  afterControl(): void {
    refreshKeys(this.machine)
    this.#tick.next()
  }

  progress(done: number, all: number): void {
    this.progress$.next({ done, all })
  }

  sendFiles(server: ServerApi): ReturnType<FileTransfers['send']> {
    return this.#files.send(server, () => this.#session.wake())
  }

  /** S9: a server that lost data gets back the files that are whole here. */
  oweFiles(): Promise<void> {
    return this.#files.owe()
  }

  /** What a practice has at hand of this chart, once for each state of its store. */
  async #keepDigest(): Promise<void> {
    const { keepDigest } = this.#session
    if (keepDigest === null || this.machine.control === null || this.#digested === this.#store.sequence) return
    this.#digested = this.#store.sequence
    const readable = this.readable().map(({ collection }) => collection)
    await keepDigest(this.#vault, digestOf(this.#views.rows(), readable, this.#session.account))
  }

  // --- records ----------------------------------------------------------------------------------------------------------------

  list$(collection: string): Observable<ChartRecord[]> {
    const query = this.#store.records.find({
      selector: { collectionName: { $eq: collection }, status: { $ne: 'trash' } },
      sort: [{ date: 'desc' }, { id: 'asc' }],
    })
    void this.#noteRead(collection)
    return combineLatest([query.$, this.#tick.pipe(startWith(null))]).pipe(
      auditTime(SETTLE_MS),
      map(([documents]) => documents.map((document) => this.#views.record(document))),
    )
  }

  trash$(collection: string): Observable<ChartRecord[]> {
    return merge(this.#store.changes$, this.#tick).pipe(
      auditTime(SETTLE_MS),
      startWith(null),
      map(() => this.#views.trash(collection)),
    )
  }

  record$(id: string): Observable<ChartRecord | null> {
    return merge(this.#store.changes$, this.#tick).pipe(
      auditTime(SETTLE_MS),
      startWith(null),
      map(() => this.#store.read(id)),
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

  history(id: string): Promise<RecordRevision[]> {
    return recordHistory(this.machine, this.#people, this.#session.server, id)
  }

  earlier(ids: readonly string[]): Promise<Map<string, RecordRevision[]>> {
    return earlierVersions(this.machine, this.#people, ids)
  }

  async save(input: {
    collection: string
    resource: string
    id?: string
    importSource?: string
  }): Promise<WriteOutcome> {
    const before = input.id === undefined ? null : this.#store.read(input.id)
    const source = input.importSource ?? (before === null ? '' : handSource(before.importSource))
    return this.#write(
      before === null ? 'created' : 'changed',
      async (): Promise<ReturnType<typeof prepareVersion>> => {
        const isKept =
          before === null ||
          !this.machine.unsent.has(before.id) ||
          !isSignedVersion(this.machine, before) ||
          (await keepVersion(this.machine, before))
        if (!isKept) return { type: 'no-right' }
        const draft: Draft = { collection: input.collection, resource: input.resource, importSource: source }
        return prepareVersion(this.machine, input.id === undefined ? draft : { ...draft, id: input.id })
      },
    )
  }

  async sign({ record, revision, ...how }: SignInput): Promise<SignOutcome> {
    try {
      return await exclusive(this.machine, async () => {
        const row = this.#store.read(record)
        if (row === null || row.revision !== revision) return { type: 'changed' as const }
        if (!this.#signatures.canSign()) return { type: 'no-right' as const }
        const resource = await this.#signatures.make(how, row)
        const prepared = prepareVersion(this.machine, { collection: SIGNATURES, resource })
        if (prepared.type !== 'row') return { type: 'no-right' as const }
        const { collectionName: collection, title: subject } = row
        const noted = this.#prepareNote('signed', { collection, subject, record })
        await this.#commit([prepared, ...(noted.type === 'row' ? [noted] : [])])
        return { type: 'signed' as const, id: prepared.row.id }
      })
    } catch (error) {
      if (isFull(error)) return { type: 'full' }
      throw error
    }
  }

  signaturesOf$(doc: string): Observable<SignatureView[]> {
    const read$ = defer(() => this.#signatures.views(doc))
    const history = (id: string) => this.history(id)
    const fetched$ = defer(() => this.#signatures.fetchTexts(doc, history)).pipe(
      filter((came) => came),
      switchMap(() => read$),
    )
    return this.#settled$.pipe(switchMap(() => concat(read$, fetched$)))
  }

  async saveSigned(id: string): Promise<Uint8Array | null> {
    const row = this.#store.read(id)
    if (row === null) return null
    await this.#signatures.fetchTexts(row.doc, (each) => this.history(each))
    const file = this.#signatures.file(row)
    if (file !== null) await this.note('exported', { collection: row.collectionName, subject: row.title, record: id })
    return file
  }

  async move(id: string, to: 'private' | 'shared'): Promise<WriteOutcome | { type: 'files' } | { type: 'stays' }> {
    try {
      return await exclusive(this.machine, async () => {
        const prepared = prepareMove(this.machine, id, to)
        if (prepared.type !== 'moved') return prepared
        const { id: next, collectionName: collection, title: subject } = prepared.there.row
        const noted = this.#prepareNote('changed', { collection, subject, record: next })
        await this.#commit([prepared.there, prepared.here, ...(noted.type === 'row' ? [noted] : [])])
        return { type: 'saved' as const, record: this.#views.record(this.#store.read(next)!) }
      })
    } catch (error) {
      if (isFull(error)) return { type: 'full' }
      throw error
    }
  }

  async resolve(id: string, resource: string): Promise<WriteOutcome> {
    return this.#write('resolved', () => prepareResolution(this.machine, id, resource))
  }

  /** A person's new version, and what the audit log says of it (A1) where `action` names it: one durable entry. */
  async #write(
    action: string | null,
    prepare: () => ReturnType<typeof prepareVersion> | Promise<ReturnType<typeof prepareVersion>>,
  ): Promise<WriteOutcome> {
    try {
      return await exclusive(this.machine, async () => {
        const prepared = await prepare()
        if (prepared.type !== 'row') return { type: 'no-right' as const }
        const { id, collectionName: collection, title: subject } = prepared.row
        const noted = action === null ? null : this.#prepareNote(action, { collection, subject, record: id })
        await this.#commit([prepared, ...(noted?.type === 'row' ? [noted] : [])])
        return { type: 'saved' as const, record: this.#views.record(this.#store.read(id)!) }
      })
    } catch (error) {
      if (isFull(error)) return { type: 'full' }
      throw error
    }
  }

  async importBatch(items: ImportItem[], source: string): Promise<ImportCounts> {
    const result = await exclusive(this.machine, () => importItems(this.machine, items, source, this.#chunks))
    this.#session.wake(this.#vault)
    return result
  }

  async saveFirstProfile(name: string, birthDate: string): Promise<void> {
    await this.#write(null, () =>
      prepareVersion(this.machine, {
        collection: 'profile',
        resource: stringifyJson(newPatient({ ...EMPTY_PATIENT, name, birthDate })),
      }),
    )
  }

  async rename(name: string): Promise<void> {
    await this.#session.changeLook(this.#vault, { name })
  }

  // --- publishing (N5) --------------------------------------------------------------------------------------------------------

  signatureRows(doc: string): StoredRecord[] {
    return this.#signatures.rowsOf(doc)
  }

  /** Versions of a record that this device knows; asks no server. */
  versionsHere(id: string): Promise<RecordRevision[]> {
    return recordHistory(this.machine, this.#people, null, id)
  }

  /** Copies of a practice's records, under their own names: one durable entry, with one line of the audit log for each record that is no signature. */
  async takeCopies(prepare: (machine: VaultMachine) => Copies): Promise<'done' | 'no-right' | 'newer' | 'full'> {
    try {
      return await exclusive(this.machine, async () => {
        const copies = prepare(this.machine)
        if (copies.type !== 'copies') return copies.type
        const noted = copies.rows.flatMap(({ row, isNew }) => {
          if (row.type === 'Provenance') return []
          const { id: record, collectionName: collection, title: subject } = row
          const line = this.#prepareNote(isNew ? 'created' : 'changed', { collection, subject, record })
          return line.type === 'row' ? [line] : []
        })
        if (copies.rows.length > 0) await this.#commit([...copies.rows, ...noted])
        return 'done'
      })
    } catch (error) {
      if (isFull(error)) return 'full'
      throw error
    }
  }

  // --- files ------------------------------------------------------------------------------------------------------------------

  async addFile(
    {
      name,
      contentType,
      content,
      collection,
    }: {
      name: string
      contentType: string
      content: Blob
      collection: string
    },
    watch: FileWatch = {},
  ): Promise<FileRef | FileRefusal> {
    if (content.size > MAX_FILE_BYTES) return { type: 'too-large', limitBytes: MAX_FILE_BYTES }
    const stream = writableStream(this.machine, collection, APPEND)
    if (stream === null) throw new Error('files cannot be kept in this collection')
    // A chart that holds a file under way is not closed to make room for another.
    const release = this.hold()
    let begun = ''
    const onBlob = (blob: string) => {
      begun = blob
      this.#adding.add(blob)
    }
    try {
      return await this.#files.working(
        (signal) =>
          keepFile(
            this.machine,
            this.#chunks,
            { stream, collection },
            { name, contentType, content },
            { ...watch, signal, onBlob },
          ),
        watch.signal,
      )
    } catch (error) {
      const refusal = fileRefusal(error)
      if (refusal === null) throw error
      return refusal
    } finally {
      this.#adding.delete(begun)
      release()
    }
  }

  unfinishedFiles(): Promise<UnfinishedFile[]> {
    return unfinishedFiles(this.machine, this.#chunks, this.#adding)
  }

  dropUnfinished(id: string): Promise<void> {
    return dropUnfinished(this.machine, this.#chunks, id)
  }

  files(resource: string): { id: string | null; name: string; contentType: string; size: number }[] {
    return recordFiles(resource).map(({ name, contentType, size, content }) => ({
      id: content.type === 'sealed' ? content.address.blob : null,
      name,
      contentType,
      size,
    }))
  }

  async readFile(resource: string, index = 0, watch: FileWatch = {}): Promise<ReadFile> {
    const address = this.#addressOf(resource, index)
    if (address === null) return readFile(this.machine, this.#chunks, this.#session.server, resource, index)
    const bytes = new Uint8Array(address.size)
    let at = 0
    const problem = await this.#files.read(
      this.#session.server,
      address,
      (piece) => {
        bytes.set(piece, at)
        at += piece.length
      },
      watch,
    )
    const { name, contentType } = recordFiles(resource)[index]!
    return problem ?? { name, contentType, bytes }
  }

  async streamFile(
    resource: string,
    index: number,
    take: (piece: Uint8Array) => void | Promise<void>,
    watch: FileWatch = {},
  ): Promise<FileProblem | null> {
    const address = this.#addressOf(resource, index)
    if (address !== null) return this.#files.read(this.#session.server, address, take, watch)
    const read = await readFile(this.machine, this.#chunks, this.#session.server, resource, index)
    if ('type' in read) return read
    await take(read.bytes)
    return null
  }

  async fileState(resource: string, index: number): Promise<FileState | null> {
    const address = this.#addressOf(resource, index)
    return address === null ? null : this.#files.state(address)
  }

  async fileStates(resources: readonly string[]): Promise<Map<string, FileState>> {
    const addresses = resources
      .flatMap((resource) => recordFiles(resource))
      .flatMap(({ content }) => (content.type === 'sealed' ? [content.address] : []))
    return this.#files.states(addresses)
  }

  async keepFile(resource: string, index: number, isKept: boolean, watch: FileWatch = {}): Promise<FileProblem | null> {
    const address = this.#addressOf(resource, index)
    if (address === null) return { type: 'damaged' }
    return this.#files.choose(this.#session.server, address, isKept ? 'keep' : 'fetch', watch)
  }

  #addressOf(resource: string, index: number): FileAddress | null {
    const content = recordFiles(resource)[index]?.content
    return content?.type === 'sealed' ? content.address : null
  }

  // --- backup (K11) -----------------------------------------------------------------------------------------------------------

  /** About how many items {@link backupMoment} becomes. */
  async backupSize(): Promise<number> {
    const rows = this.#store.sync.names().reduce((sum, table) => sum + this.#store.sync.all(table).size, 0)
    let chunks = 0
    for (const blob of await this.#chunks.blobs()) chunks += 1 + (await this.#chunks.has(blob)).length
    return 1 + Math.ceil(rows / 400) + Math.ceil(this.#store.all().length / 100) + chunks
  }

  backupMoment(): Promise<ChartMoment> {
    return momentOf(this.machine, this.#store, this.#chunks)
  }

  keptChunk(blob: string, index: number): Promise<{ sealed: Uint8Array; total: number } | null> {
    return this.#chunks.get(blob, index)
  }

  keptNote(blob: string): Promise<Uint8Array | null> {
    return this.#chunks.noted(blob)
  }

  wholeText(resource: string): Promise<PutBack> {
    return putBackFiles(this.machine, this.#chunks, this.#session.server, resource)
  }

  // --- sharing ----------------------------------------------------------------------------------------------------------------

  readable(): { collection: string; rights: RightWord[] }[] {
    return readableCollections(this.machine)
  }

  async share(input: ShareInput): Promise<ShareOutcome> {
    // Decision 0044: no grant of this app holds a private list.
    if (input.scopes.some(({ collection }) => isPrivateList(collection)))
      return { type: 'refused', error: 'private-list' }
    const wishes = shareWishes(this.machine, input, (account) => this.#session.accountState(account))
    if (wishes === null) return { type: 'refused', error: 'grantee' }
    const outcome = await this.#shareAll(wishes)
    const subject = [input, ...(input.team ?? [])].map(({ grantee }) => grantee.name).join(', ')
    await this.note('shared', { subject, count: input.scopes.length })
    return outcome
  }

  /** All of them are kept before the first is made, so that what a crash or the network comes between is made later (C1). */
  async #shareAll(wishes: ShareWish[]): Promise<ShareOutcome> {
    await exclusive(this.machine, () => keepWishes(this.machine, wishes))
    for (const wish of wishes) {
      const outcome = await this.#deed((server) => grantNow(this.machine, server, wish))
      if (outcome.type === 'offline') {
        this.#session.wake()
        return { type: 'pending' }
      }
      const isDone = outcome.type === 'done'
      // What one is refused the others are not given by themselves later.
      const settled = isDone ? [wish] : wishes
      for (const { id } of settled) await this.dropWish(idText(id))
      if (!isDone) return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
    }
    return { type: 'in-force', grant: idText(wishes[0]!.id) }
  }

  async revoke(grant: string): Promise<ShareOutcome> {
    const id = textId(grant)
    if (id === null) return { type: 'refused', error: 'grant' }
    const outcome = await this.#deed((server) => cutGrantNow(this.machine, server, id, 'revoked'))
    await this.note('revoked', { subject: this.machine.keys.labels.get(grant)?.grantee ?? '' })
    if (outcome.type === 'done') return { type: 'in-force', grant }
    if (outcome.type !== 'offline')
      return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
    await exclusive(this.machine, () => keepWish(this.machine, { kind: 'stop', grant: id }))
    this.#session.wake()
    return { type: 'pending' }
  }

  async #deed<T extends { type: string }>(work: (server: ServerApi) => Promise<T>): Promise<T | { type: 'offline' }> {
    const server = this.#session.server
    if (server === null || this.#session.serverKey() === null) return { type: 'offline' }
    const outcome = await this.exclusively(() => work(server))
    this.#tick.next()
    this.#session.wake()
    return outcome
  }

  async dropWish(key: string): Promise<void> {
    await exclusive(this.machine, () => dropWish(this.machine, key))
    this.#tick.next()
  }

  // --- what arrived after the end -----------------------------------------------------------------------------------------------

  async takeLate(ids: readonly string[]): Promise<LateOutcome> {
    const items = lateItems(this.machine).filter(({ hash, decision }) => ids.includes(hash) && decision !== 'taken')
    const beyond = new Map<string, { stream: Uint8Array; hash: Uint8Array }>()
    for (const { hash, late } of items) {
      if (late.n === null) {
        if (!(await takeFromBox(this.machine, hash))) return { type: 'refused', error: 'no-right' }
        await this.#noteLate('late-taken', hash, late.row)
        continue
      }
      for (const each of withForerunners(this.machine, hash)) beyond.set(idText(each.hash), each)
    }
    this.#session.wake()
    if (beyond.size === 0) return { type: 'taken' }
    const envelopes = [...beyond.values()]
    const outcome = await this.#deed((server) => acceptNow(this.machine, server, envelopes))
    if (outcome.type !== 'done' && outcome.type !== 'offline')
      return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
    for (const { hash, late } of items) if (late.n !== null) await this.#noteLate('late-taken', hash, late.row)
    if (outcome.type === 'done') return { type: 'taken' }
    await exclusive(this.machine, () => keepWish(this.machine, { kind: 'accept', envelopes }))
    this.#tick.next()
    return { type: 'pending' }
  }

  async leaveLate(ids: readonly string[]): Promise<void> {
    const open = lateItems(this.machine).filter(({ hash, decision }) => ids.includes(hash) && decision === 'open')
    for (const { hash, late } of open) await this.#noteLate('late-left', hash, late.row)
  }

  #noteLate(action: 'late-taken' | 'late-left', hash: string, row: StoredRecord): Promise<void> {
    return this.note(action, { collection: row.collectionName, subject: row.title, record: lateName(hash) })
  }

  // --- audit ------------------------------------------------------------------------------------------------------------------

  /** A1: the chart was opened by a person. */
  async entered(): Promise<void> {
    await this.note('opened')
  }

  async #noteRead(collection: string): Promise<void> {
    if (isVaultOwner(this.machine) || this.#readNoted.has(collection)) return
    // A screen may ask for a list that was not shared; nothing of it was read.
    if (!this.readable().some((each) => each.collection === collection)) return
    this.#readNoted.add(collection)
    await this.note('read', {
      collection,
      count: this.#views.rows().filter((row) => row.collectionName === collection).length,
    })
  }

  async beginAuditAnew(): Promise<void> {
    await this.exclusively(() => beginAuditAnew(this.machine))
    this.#session.wake()
  }

  async saveProof(subject: ProofSubject): Promise<SavedProof> {
    const { server } = this.#session
    if (server === null) return { type: 'offline' }
    const made = await makeProof(this.machine, server, subject)
    if (made.type === 'proof') await this.note('exported')
    return made
  }

  async note(action: string, detail: NoteDetail = {}): Promise<void> {
    if (this.#closed) return
    await exclusive(this.machine, async () => {
      const prepared = this.#prepareNote(action, detail)
      if (prepared.type === 'row') await this.#commit([prepared])
    })
  }

  /** Sealed in the same entry where a push follows at once; away from the server only the newest version of a record is sealed, later. */
  async #commit(prepared: Parameters<typeof commitAndSeal>[1]): Promise<void> {
    await (this.#session.isInStep() ? commitAndSeal : commitVersions)(this.machine, prepared)
    this.#session.wake(this.#vault)
  }

  #prepareNote(action: string, detail: NoteDetail): ReturnType<typeof prepareVersion> {
    return prepareVersion(this.machine, {
      collection: 'audit',
      resource: stringifyJson(
        newAuditEvent({
          action,
          account: this.#session.account,
          device: this.#session.device,
          name: this.#session.name,
          at: this.machine.clock.now(),
          collection: detail.collection ?? '',
          subject: detail.subject ?? '',
          count: detail.count ?? 0,
          records: detail.record === undefined ? [] : [detail.record],
        }),
      ),
    })
  }

  // --- after a pass of the sync loop ----------------------------------------------------------------------------------------------

  async afterSync(outcome: SyncOutcome): Promise<void> {
    if (outcome.type === 'ended') return this.#end()
    const { machine } = this
    const owner = isVaultOwner(machine)
    const grant = owner ? null : (ownGrants(machine).findLast((each) => each.cut === null) ?? null)
    const label = grant === null ? undefined : machine.keys.labels.get(idText(grant.id))
    // C3: the server's list only claims whose chart it is; the verified log says it.
    const relation = owner ? 'own' : 'shared'
    const isOther = machine.control !== null && this.#session.vaultRow(this.#vault)?.relation !== relation
    // C2: whose chart it is, is confirmed by whoever was added to it; nobody asks the person who began it.
    const { shown } = machine.keys
    const wasAdded = owner && shown !== null
    await this.#session.updateVaultRow(this.#vault, {
      ...(isOther || (wasAdded && !this.#session.vaultRow(this.#vault)!.posted)
        ? { relation, confirmed: owner && !wasAdded }
        : {}),
      posted: machine.rows.get(TABLE.meta, 'posted') === true,
      waiting: waitingCount(machine),
      quarantined: asideCount(machine),
      conflicts: conflictsOf(machine).length,
      // C10: of a part whose grant has ended, while another one goes on.
      undelivered: machine.rows.table(TABLE.undelivered).size,
      handed: machine.rows.table(TABLE.handed).size,
      ...(owner
        ? { ...this.#ownerLabel(), until: 0, ...(shown === null ? {} : { birthDate: shown.birthDate }) }
        : { name: label?.name ?? '', birthDate: label?.birthDate ?? '', until: grant?.notAfter ?? 0 }),
    })
    await this.#keepDigest()
    this.#tick.next()
  }

  /** The name of an own chart on a device that got it by restoring: the profile written by hand first. */
  #ownerLabel(): { name: string } {
    const known = this.#session.vaultRow(this.#vault)?.name ?? ''
    if (known !== '') return { name: known }
    const { shown } = this.machine.keys
    if (shown !== null) return { name: shown.name }
    const patients = this.#views
      .rows()
      .filter((row) => row.type === 'Patient')
      .toSorted((a, b) => (a.clock < b.clock ? -1 : 1))
    const first = patients.find((row) => row.importSource === '') ?? patients[0]
    return { name: first === undefined ? '' : personName(parseJsonOrNull(first.resource), 'name') }
  }

  /**
   * C10: a verified cut. What is unsent is handed in where the server takes it now, else it stays sealed; keys and data of the chart go; never
   * a deletion of the patient's records.
   */
  async #end(): Promise<void> {
    const { machine } = this
    const { server } = this.#session
    if (server !== null) await handInBeforeEnd(machine, server)
    await this.#files.stop()
    await purgeFiles(this.#chunks)
    const undelivered = await endVault(machine)
    // The app says when access ended: at the cut, else when the time was over.
    const ends = ownGrants(machine).map((grant) => grant.cut?.time ?? grant.notAfter)
    // C12: of roles that the member at this device has no more.
    if (ends.length === 0) ends.push(timeOf(machine))
    const { account, control } = machine
    const own = control?.owners.filter((owner) => idText(owner.account) === idText(account)) ?? []
    ends.push(...own.flatMap(({ cut }) => cut?.time ?? []))
    const handed = machine.rows.table(TABLE.handed).size
    await this.#session.updateVaultRow(this.#vault, { until: Math.max(...ends), handed })
    await this.#session.endVault(this.#vault, undelivered, {
      grants: ownGrants(machine).map((grant) => idText(grant.id)),
      own: Object.fromEntries(machine.rows.table(TABLE.own)),
      departures: departuresOf(machine),
    })
    this.#tick.next()
  }
}

/** What an entry of the audit log says beside its action. */
interface NoteDetail {
  collection?: string
  subject?: string
  count?: number
  record?: string
}

function isFull(error: unknown): boolean {
  return error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)
}

/** What a person is told of a file that could not be kept; null for what is nobody's to mend. */
function fileRefusal(error: unknown): FileRefusal | null {
  if (!(error instanceof Error)) return null
  if (error.name === 'AbortError') return { type: 'cancelled' }
  if (/quota|ENOSPC|disk is full/i.test(`${error.name} ${error.message}`)) return { type: 'full' }
  return error.name === 'NotReadableError' || error.name === 'NotFoundError' ? { type: 'unreadable' } : null
}
