/** One open chart: its records, conflicts, sharing, files and audit, as the app sees them (api.ts), over the vault's state. */
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  map,
  merge,
  startWith,
  Subject,
  type Observable,
} from 'rxjs'
import { sha256 } from '@chartkeep/crypto'
import {
  auditEntry,
  differingFields,
  EMPTY_PATIENT,
  isJsonObject,
  newAuditEvent,
  newPatient,
  parseJsonOrNull,
  personName,
  stringifyJson,
} from '@chartkeep/domain'
import {
  decodeAs,
  decodeHeader,
  envelopeHashOf,
  idText,
  newestBoxKey,
  rightWords,
  StreamEntry,
  textId,
  APPEND,
} from '@chartkeep/protocol'
import type { ChunkDisk, StoredRecord, VaultStore } from '@chartkeep/store'
import type {
  AuditLine,
  Chart,
  ChartRecord,
  ChartSummary,
  Conflict,
  FileRef,
  Grantee,
  GrantView,
  ImportCounts,
  ImportItem,
  QuarantineView,
  RecordRevision,
  RightWord,
  ShareOutcome,
  WriteOutcome,
} from './api.ts'
import { keepFile, readFile, sendFiles, type ReadFile } from './files.ts'
import type { ServerApi } from './ports.ts'
import { clockTime } from './record-codec.ts'
import type { OpenSession } from './session.ts'
import { cutGrantNow, dropWish, grantNow, keepWish, wishesOf, type DeedOutcome, type ShareWish } from './sharing.ts'
import {
  commitVersions,
  handSource,
  importItems,
  prepareResolution,
  prepareVersion,
  type Draft,
} from './vault-local.ts'
import { openRecord } from './vault-pull.ts'
import { waitingCount } from './vault-push.ts'
import {
  conflictsOf,
  entryTable,
  exclusive,
  isVaultOwner,
  outboxOf,
  ownGrants,
  readableCollections,
  refreshKeys,
  streamName,
  TABLE,
  writableStream,
  type EntryRow,
  type VaultMachine,
} from './vault-state.ts'
import type { SyncOutcome } from './vault-sync.ts'

/** Views follow changes at most this often, so that an import or first sync does not redraw for every page. */
const SETTLE_MS = 60

export class OpenChart implements Chart {
  readonly slot: string
  readonly machine: VaultMachine
  readonly summary$: Observable<ChartSummary>
  readonly all$: Observable<ChartRecord[]>
  readonly counts$: Observable<Record<string, number>>
  readonly conflicts$: Observable<Conflict[]>
  readonly grants$: Observable<GrantView[]>
  readonly audit$: Observable<AuditLine[]>
  readonly auditState$: Observable<{ checked: number; fault: string | null }>
  readonly quarantine$: Observable<QuarantineView[]>
  readonly progress$ = new BehaviorSubject<{ done: number; all: number }>({ done: 0, all: 0 })
  readonly #session: OpenSession
  readonly #vault: string
  readonly #store: VaultStore
  readonly #chunks: ChunkDisk
  readonly #tick = new Subject<void>()
  readonly #readNoted = new Set<string>()
  #lane: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(session: OpenSession, vault: string, store: VaultStore, machine: VaultMachine, chunks: ChunkDisk) {
    this.#session = session
    this.#vault = vault
    this.#store = store
    this.machine = machine
    this.#chunks = chunks
    this.slot = session.vaultRow(vault)!.slot
    const settled$ = merge(store.changes$, this.#tick).pipe(auditTime(SETTLE_MS), startWith(null))
    this.summary$ = session.charts$.pipe(map(() => session.chartSummary(vault)))
    this.all$ = settled$.pipe(map(() => this.#rows().map((row) => this.#record(row))))
    this.counts$ = settled$.pipe(map(() => this.#counts()))
    this.conflicts$ = settled$.pipe(map(() => this.#conflicts()))
    this.grants$ = combineLatest([
      settled$,
      session.sync$.pipe(
        map(({ state }) => state),
        distinctUntilChanged(),
      ),
    ]).pipe(map(() => this.#grants()))
    this.audit$ = settled$.pipe(map(() => this.#audit()))
    this.auditState$ = settled$.pipe(map(() => this.#auditState()))
    this.quarantine$ = settled$.pipe(map(() => this.#quarantine()))
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
    await this.#lane
    await this.machine.lane
    this.#tick.complete()
    this.progress$.complete()
    await this.#store.close()
    this.#chunks.close()
    this.machine.keys.streams.clear()
    this.machine.streams.clear()
  }

  /** New control-log entries or box keys: keys are opened again and the views follow. */
  afterControl(): void {
    refreshKeys(this.machine)
    this.#tick.next()
  }

  progress(done: number, all: number): void {
    this.progress$.next({ done, all })
  }

  async sendFiles(server: ServerApi): Promise<void> {
    await sendFiles(this.machine, this.#chunks, server)
  }

  // --- records ----------------------------------------------------------------------------------------------------------------

  #rows(): StoredRecord[] {
    return this.#store.all().filter((row) => row.collectionName !== 'audit')
  }

  list$(collection: string): Observable<ChartRecord[]> {
    const query = this.#store.records.find({
      selector: { collectionName: { $eq: collection } },
      sort: [{ date: 'desc' }, { id: 'asc' }],
    })
    void this.#noteRead(collection)
    return combineLatest([query.$, this.#tick.pipe(startWith(null))]).pipe(
      auditTime(SETTLE_MS),
      map(([documents]) => documents.map((document) => this.#record(document))),
    )
  }

  record$(id: string): Observable<ChartRecord | null> {
    return merge(this.#store.changes$, this.#tick).pipe(
      auditTime(SETTLE_MS),
      startWith(null),
      map(() => this.#store.read(id)),
      map((row) => (row === null ? null : this.#record(row))),
    )
  }

  #record(row: Omit<StoredRecord, never>): ChartRecord {
    const { id, type, title, date, status, code, text, resource, revision, importSource } = row
    return {
      id,
      collection: row.collectionName,
      type,
      title,
      date,
      status,
      code,
      text,
      resource,
      revision,
      author: this.#author(row.account, row.device),
      savedAt: clockTime(row.clock),
      importSource,
      waiting: this.machine.unsent.has(id) || this.#sealed.has(id),
      conflict: this.#disputed.has(id),
    }
  }

  get #sealed(): Set<string> {
    const { table } = this.machine.rows
    if (this.#sealedFor !== this.#store.sequence) {
      this.#sealedIds =
        table(TABLE.outbox).size === 0
          ? new Set()
          : new Set(
              outboxOf(this.machine)
                .filter(({ ack }) => ack === null)
                .map(({ id }) => id),
            )
      this.#disputedIds = new Set([...conflictsOf(this.machine).map(({ id }) => id), ...table(TABLE.side).keys()])
      this.#sealedFor = this.#store.sequence
    }
    return this.#sealedIds
  }

  get #disputed(): Set<string> {
    void this.#sealed
    return this.#disputedIds
  }

  #sealedIds = new Set<string>()
  #disputedIds = new Set<string>()
  #sealedFor = -1

  #author(account: string, device: string): ChartRecord['author'] {
    const me = account === this.#session.account
    return { account, device, me, name: me ? this.#session.name : this.#nameOf(account) }
  }

  #nameOf(account: string): string {
    const { control, keys } = this.machine
    for (const [id, grant] of control?.grants ?? []) {
      if (grant.account !== null && idText(grant.account) === account) return keys.labels.get(id)?.grantee ?? ''
    }
    if (control?.holders.has(account)) return this.#session.vaultRow(this.#vault)?.name ?? ''
    return ''
  }

  #counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const row of this.#rows())
      if (row.status !== 'error') counts[row.collectionName] = (counts[row.collectionName] ?? 0) + 1
    return counts
  }

  async history(id: string): Promise<RecordRevision[]> {
    const [stream = '', doc = ''] = id.split('.')
    const { rows } = this.machine
    const current = idText(this.machine.streams.get(stream)?.records.get(doc)?.current?.hash ?? new Uint8Array())
    const known = new Map<string, string>()
    for (const value of rows.table(TABLE.past).values()) {
      const row = value as unknown as StoredRecord
      if (row.id === id) known.set(row.revision, row.resource)
    }
    for (const { row } of conflictsOf(this.machine, id)) known.set(row.revision, row.resource)
    const now = rows.read(id)
    if (now !== null) known.set(now.revision, now.resource)

    const revisions: (RecordRevision & { missing: boolean })[] = []
    for (const [key, value] of rows.table(entryTable(stream))) {
      const entry = value as unknown as EntryRow
      const header = entry.outcome === 'void' ? null : decodeHeader(entry.header)
      if (header === null || idText(header.doc) !== doc) continue
      const resource = known.get(idText(header.revision)) ?? null
      revisions.push({
        revision: idText(header.revision),
        n: Number(key),
        savedAt: 0,
        author: this.#author(idText(header.account), idText(header.device)),
        resource,
        outcome: entry.outcome === 'conflict' ? 'conflict' : 'current',
        current: idText(envelopeHashOf(entry.header, entry.bodyHash)) === current,
        missing: resource === null,
      })
    }
    await this.#fetchMissing(stream, revisions)
    const unsent =
      now !== null && this.machine.unsent.has(id)
        ? [
            {
              revision: now.revision,
              n: 0,
              savedAt: clockTime(now.clock),
              author: this.#author(now.account, now.device),
              resource: now.resource,
              outcome: 'current' as const,
              current: true,
            },
          ]
        : []
    return [
      ...unsent,
      ...revisions
        .toSorted((a, b) => b.n - a.n)
        .map(({ missing: _, ...revision }) => ({ ...revision, current: revision.current && unsent.length === 0 })),
    ]
  }

  /** S4: bodies of older revisions stay at the server; each is checked against the chain before it is shown. */
  async #fetchMissing(stream: string, revisions: (RecordRevision & { missing: boolean })[]): Promise<void> {
    const wanted = revisions.filter(({ missing }) => missing).map(({ n }) => n)
    const server = this.#session.server
    if (wanted.length === 0 || server === null) return
    const answer = await server.fetchBodies(this.machine.vault, textId(stream)!, wanted.slice(0, 128))
    if (answer.type !== 'ok') return
    for (const entry of answer.value.entries) {
      const stored = this.machine.rows.get(entryTable(stream), String(entry.n)) as unknown as EntryRow | undefined
      const header = decodeHeader(entry.header)
      if (stored === undefined || entry.body === null || header === null) continue
      if (idText(stored.header) !== idText(entry.header) || idText(sha256(entry.body)) !== idText(stored.bodyHash))
        continue
      const opened = openRecord(this.machine, header, entry.header, entry.body)
      const revision = revisions.find(({ n }) => n === entry.n)
      if (opened.type !== 'row' || revision === undefined) continue
      revision.resource = opened.row.resource
      revision.savedAt = clockTime(opened.row.clock)
    }
  }

  async save(input: {
    collection: string
    resource: string
    id?: string
    importSource?: string
  }): Promise<WriteOutcome> {
    const before = input.id === undefined ? null : this.#store.read(input.id)
    const source = input.importSource ?? (before === null ? '' : handSource(before.importSource))
    const outcome = await this.#write((): ReturnType<typeof prepareVersion> => {
      const draft: Draft = { collection: input.collection, resource: input.resource, importSource: source }
      return prepareVersion(this.machine, input.id === undefined ? draft : { ...draft, id: input.id })
    })
    if (outcome.type === 'saved') {
      await this.note(before === null ? 'created' : 'changed', {
        collection: outcome.record.collection,
        subject: outcome.record.title,
      })
    }
    return outcome
  }

  async resolve(id: string, resource: string): Promise<WriteOutcome> {
    const outcome = await this.#write(() => prepareResolution(this.machine, id, resource))
    if (outcome.type === 'saved')
      await this.note('resolved', { collection: outcome.record.collection, subject: outcome.record.title })
    return outcome
  }

  async #write(prepare: () => ReturnType<typeof prepareVersion>): Promise<WriteOutcome> {
    try {
      return await exclusive(this.machine, async () => {
        const prepared = prepare()
        if (prepared.type !== 'row') return { type: 'no-right' as const }
        await commitVersions(this.machine, [prepared])
        this.#session.wake()
        return { type: 'saved' as const, record: this.#record(this.#store.read(prepared.row.id)!) }
      })
    } catch (error) {
      if (error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)) return { type: 'full' }
      throw error
    }
  }

  async importBatch(items: ImportItem[], source: string): Promise<ImportCounts> {
    const result = await exclusive(this.machine, () => importItems(this.machine, items, source))
    this.#session.wake()
    return result
  }

  async saveFirstProfile(name: string): Promise<void> {
    await this.#write(() =>
      prepareVersion(this.machine, {
        collection: 'profile',
        resource: stringifyJson(newPatient({ ...EMPTY_PATIENT, name })),
      }),
    )
  }

  async rename(name: string): Promise<void> {
    await this.#session.updateVaultRow(this.#vault, { name })
  }

  // --- files ------------------------------------------------------------------------------------------------------------------

  async addFile({
    name,
    contentType,
    bytes,
    collection,
  }: {
    name: string
    contentType: string
    bytes: Uint8Array
    collection: string
  }): Promise<FileRef> {
    const stream = writableStream(this.machine, collection, APPEND)
    if (stream === null) throw new Error('files cannot be kept in this collection')
    return exclusive(this.machine, () => keepFile(this.machine, this.#chunks, stream, { name, contentType, bytes }))
  }

  readFile(resource: string, onProgress?: (done: number, all: number) => void): Promise<ReadFile> {
    return readFile(this.machine, this.#chunks, this.#session.server, resource, onProgress)
  }

  // --- conflicts --------------------------------------------------------------------------------------------------------------

  #conflicts(): Conflict[] {
    const byId = new Map<string, Conflict>()
    const add = (hash: string, row: StoredRecord) => {
      const current = this.#store.read(row.id)
      if (current === null) return
      const known = byId.get(row.id) ?? {
        record: this.#record(current),
        current: {
          resource: current.resource,
          author: this.#author(current.account, current.device),
          savedAt: clockTime(current.clock),
        },
        others: [],
        fields: [],
      }
      known.others.push({
        hash,
        resource: row.resource,
        author: this.#author(row.account, row.device),
        savedAt: clockTime(row.clock),
      })
      known.fields = [...new Set([...known.fields, ...fieldsThatDiffer(current.resource, row.resource)])]
      byId.set(row.id, known)
    }
    for (const { hash, row } of conflictsOf(this.machine)) add(hash, row)
    for (const value of this.machine.rows.table(TABLE.side).values()) add('', value as unknown as StoredRecord)
    return [...byId.values()]
  }

  // --- sharing ----------------------------------------------------------------------------------------------------------------

  readable(): { collection: string; rights: RightWord[] }[] {
    return readableCollections(this.machine)
  }

  #grants(): GrantView[] {
    const { control, keys } = this.machine
    if (control === null || !isVaultOwner(this.machine)) return []
    const wishes = wishesOf(this.machine)
    const stopping = new Set(wishes.flatMap(({ wish }) => (wish.kind === 'stop' ? [idText(wish.grant)] : [])))
    const now = this.machine.clock.now()
    const views = [...control.grants].map(([id, grant]): GrantView => {
      const label = keys.labels.get(id)
      const scopes = [...grant.streams].map(([stream, { rights }]) => ({
        collection: streamName(this.machine, stream),
        rights: rightWords(rights),
      }))
      const over = grant.cut?.reason === 'expired' || (grant.cut === null && grant.notAfter <= now)
      return {
        id,
        account: grant.account === null ? '' : idText(grant.account),
        name: label?.grantee ?? '',
        scopes: scopes.filter(({ collection }) => collection !== 'audit'),
        from: grant.notBefore,
        until: grant.notAfter,
        purpose: label?.purpose ?? '',
        state: over ? 'expired' : grant.cut !== null ? 'revoked' : stopping.has(id) ? 'stopping' : 'active',
        since: grant.time,
        endedAt: grant.cut?.time ?? (over ? grant.notAfter : null),
      }
    })
    const pending = wishes.flatMap(({ key, wish }): GrantView[] =>
      wish.kind === 'share'
        ? [
            {
              id: key,
              account: idText(wish.grantee),
              name: wish.label.grantee,
              scopes: wish.scopes,
              from: wish.notBefore,
              until: wish.notAfter,
              purpose: wish.label.purpose,
              state: 'pending',
              since: wish.notBefore,
              endedAt: null,
            },
          ]
        : [],
    )
    return [...pending, ...views.toReversed()]
  }

  async share(input: {
    grantee: Grantee
    scopes: { collection: string; rights: RightWord[] }[]
    until: number
    purpose: string
    shown: { name: string; birthDate: string }
  }): Promise<ShareOutcome> {
    const state = this.#session.accountState(input.grantee.account)
    if (state === null) return { type: 'refused', error: 'grantee' }
    const wish: ShareWish = {
      kind: 'share',
      grantee: state.account,
      scopes: input.scopes,
      notBefore: this.machine.clock.now() - CLOCK_SLACK_MS,
      notAfter: input.until,
      label: {
        purpose: input.purpose,
        name: input.shown.name,
        birthDate: input.shown.birthDate,
        grantee: input.grantee.name,
      },
      generation: newestBoxKey(state).generation,
    }
    const outcome = await this.#deed((server) => grantNow(this.machine, server, wish))
    await this.note('shared', { subject: input.grantee.name, count: input.scopes.length })
    if (outcome.type === 'done') return { type: 'in-force', grant: outcome.grant }
    if (outcome.type !== 'offline')
      return { type: 'refused', error: outcome.type === 'stale' ? outcome.why : outcome.error }
    await exclusive(this.machine, () => keepWish(this.machine, wish))
    this.#session.wake()
    return { type: 'pending' }
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

  async #deed(work: (server: ServerApi) => Promise<DeedOutcome>): Promise<DeedOutcome> {
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

  // --- audit ------------------------------------------------------------------------------------------------------------------

  /** A1: the chart was opened by a person. */
  async entered(): Promise<void> {
    await this.note('opened')
  }

  async #noteRead(collection: string): Promise<void> {
    if (isVaultOwner(this.machine) || this.#readNoted.has(collection)) return
    this.#readNoted.add(collection)
    await this.note('read', {
      collection,
      count: this.#rows().filter((row) => row.collectionName === collection).length,
    })
  }

  async note(action: string, detail: { collection?: string; subject?: string; count?: number } = {}): Promise<void> {
    if (this.#closed) return
    await exclusive(this.machine, async () => {
      const prepared = prepareVersion(this.machine, {
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
            records: [],
          }),
        ),
      })
      if (prepared.type === 'row') await commitVersions(this.machine, [prepared])
    })
    this.#session.wake()
  }

  #audit(): AuditLine[] {
    const lines = this.#store
      .all()
      .filter((row) => row.collectionName === 'audit')
      .map((row): AuditLine => {
        const event = parseJsonOrNull(row.resource)
        const { action, collection, subject, count } = auditEntry(
          isJsonObject(event) ? event : newPatient(EMPTY_PATIENT),
        )
        return {
          id: row.id,
          at: clockTime(row.clock),
          author: this.#author(row.account, row.device),
          action,
          collection,
          subject,
          count,
          confirmed: !this.machine.unsent.has(row.id) && !this.#sealed.has(row.id),
        }
      })
    return lines.toSorted((a, b) => b.at - a.at)
  }

  #auditState(): { checked: number; fault: string | null } {
    let checked = 0
    let fault: string | null = null
    for (const [id, state] of this.machine.streams) {
      if (this.machine.control?.streams.get(id)?.appendOnly !== true) continue
      checked += state.n
      const stopped = this.machine.rows.get(TABLE.stopped, id) as { what: string } | undefined
      if (stopped !== undefined) fault = stopped.what
    }
    return { checked, fault }
  }

  #quarantine(): QuarantineView[] {
    return [...this.machine.rows.table(TABLE.quarantine)].map(([id, value]) => {
      const { reason, entry } = value as { reason: string; entry: Uint8Array }
      const read = decodeAs(StreamEntry, entry)
      const header = read === null ? null : decodeHeader(read.header)
      const stream = id.split('.')[0] ?? ''
      return {
        id,
        collection: streamName(this.machine, stream),
        n: read?.n ?? 0,
        reason,
        account: header === null ? '' : idText(header.account),
      }
    })
  }

  // --- after a pass of the sync loop ----------------------------------------------------------------------------------------------

  async afterSync(outcome: SyncOutcome): Promise<void> {
    if (outcome.type === 'ended') return this.#end()
    const { machine } = this
    const owner = isVaultOwner(machine)
    const grant = owner ? null : (ownGrants(machine).findLast((each) => each.cut === null) ?? null)
    const label = grant === null ? undefined : machine.keys.labels.get(idText(grant.id))
    await this.#session.updateVaultRow(this.#vault, {
      waiting: waitingCount(machine),
      quarantined: machine.rows.table(TABLE.quarantine).size,
      conflicts: machine.rows.table(TABLE.conflict).size,
      ...(owner
        ? this.#ownerLabel()
        : { name: label?.name ?? '', birthDate: label?.birthDate ?? '', until: grant?.notAfter ?? 0 }),
    })
    this.#tick.next()
  }

  /** The name of an own chart on a device that got it by restoring: the profile written by hand first. */
  #ownerLabel(): { name: string } {
    const known = this.#session.vaultRow(this.#vault)?.name ?? ''
    if (known !== '') return { name: known }
    const patients = this.#rows()
      .filter((row) => row.type === 'Patient')
      .toSorted((a, b) => (a.clock < b.clock ? -1 : 1))
    const first = patients.find((row) => row.importSource === '') ?? patients[0]
    return { name: first === undefined ? '' : personName(parseJsonOrNull(first.resource), 'name') }
  }

  /** C10: a verified cut. Unsent work stays sealed in the outbox; keys and data of the chart go; never a deletion of the patient's records. */
  async #end(): Promise<void> {
    const { machine } = this
    const undelivered = waitingCount(machine)
    await exclusive(machine, async () => {
      const ids = [...machine.rows.all()].map((row) => row.id)
      const tables = [
        TABLE.past,
        TABLE.base,
        TABLE.conflict,
        TABLE.quarantine,
        TABLE.waiting,
        TABLE.rival,
        TABLE.head,
        ...[...machine.streams.keys()].map(entryTable),
      ]
      await machine.rows.commit({
        remove: ids,
        sync: tables.flatMap((table) =>
          [...machine.rows.table(table).keys()].map((key) => ({ table, key, value: null })),
        ),
      })
    })
    await this.#session.updateVaultRow(this.#vault, { ended: true, undelivered, waiting: 0 })
    this.#tick.next()
  }
}

/** A grant begins a little in the past, so that a server whose clock is behind takes it at once. */
const CLOCK_SLACK_MS = 5 * 60_000

function fieldsThatDiffer(a: string, b: string): string[] {
  const [left, right] = [parseJsonOrNull(a), parseJsonOrNull(b)]
  return isJsonObject(left) && isJsonObject(right) ? differingFields(left, right) : []
}
