/**
 * The one way to records (W1): a token leads to a client, its grant and its chart, and to what of that chart this client may see. Every surface
 * asks here, before every answer; no other file of the gateway reads a chart.
 */
import { isJsonObject, type JsonObject } from '@chartkeep/domain'
import type {
  Chart,
  ChartRecord,
  ChartSummary,
  FileProblem,
  RecordRevision,
  SaveOutcome,
  Session,
} from '@chartkeep/sync'
import type { Observable, Subscription } from 'rxjs'
import type { Clock, OwnGrant, ProgramNote, Shelf } from '../device/contract.ts'
import { GatewayError } from '../errors.ts'
import { ChartIndex, type Row } from './chart-index.ts'
import { hexName } from './names.ts'
import { Tokens, type Client } from './tokens.ts'
import { Windows, type WindowOwner } from './windows.ts'

export type { Row } from './chart-index.ts'

/** A stored version of a record; `text` is null where its body is not on this device and could not be had. */
export interface Version {
  version: string
  savedAt: number
  text: string | null
}

export interface ViewInput {
  session: Session
  shelf: Shelf
  clock: Clock
}

const DAY_MS = 24 * 60 * 60_000

export class Gate {
  readonly tokens: Tokens
  readonly windows: Windows
  readonly #input: ViewInput
  readonly #open = new Map<string, ChartIndex>()
  readonly #opening = new Map<string, Promise<ChartIndex | null>>()
  readonly #charts: Subscription
  #summaries: readonly ChartSummary[] = []

  constructor(input: ViewInput) {
    this.#input = input
    this.tokens = new Tokens(input.shelf, input.clock)
    this.windows = new Windows(input.shelf, input.clock, (owner, action, program) => this.#note(owner, action, program))
    this.#charts = input.session.charts$.subscribe((all) => (this.#summaries = all))
  }

  /** W12: what this token lets its client see now. Throws a {@link GatewayError} for everything else. */
  async view(token: string | null): Promise<View> {
    if (token === null) throw new GatewayError('no-token')
    const row = this.tokens.find(token)
    if (row === null) throw new GatewayError('bad-token')
    if (row === 'ended') throw new GatewayError('token-ended')
    const client = this.tokens.client(row.client)
    if (client === null) throw new GatewayError('bad-token')
    const summary = this.#summaries.find(({ id }) => id === row.chart)
    if (summary === undefined) throw new GatewayError('grant-ended')
    const view = new View({
      client,
      summary: () => this.#summary(row.chart),
      index: await this.#index(summary),
      gate: this,
    })
    const grant = view.check()
    if (grant.program!.kind === 'assistant' && grant.program!.mode === 'write') throw new GatewayError('not-granted')
    if (this.#isSilent(row.chart, grant.program!.silence)) throw new GatewayError('not-reported')
    return view
  }

  /** W27: whether audit entries of this chart have waited for their server for longer than so many days. */
  #isSilent(chart: string, days: number): boolean {
    const key = `unreported/${chart}`
    const since = Number(this.#input.shelf.get(key) ?? 0)
    return since > 0 && !this.#isReported(chart, since) && this.#input.clock.now() - since > days * DAY_MS
  }

  #isReported(chart: string, since: number): boolean {
    return (this.#summary(chart)?.confirmedAt ?? 0) >= since
  }

  /** Charts that are shared with this gateway and open, with the grants of each. */
  async grants(): Promise<{ summary: ChartSummary; grants: OwnGrant[] }[]> {
    const found: { summary: ChartSummary; grants: OwnGrant[] }[] = []
    for (const summary of this.#summaries)
      if (summary.relation === 'shared' && summary.state === 'open') {
        const index = await this.#index(summary)
        found.push({ summary, grants: index.chart.ownGrantsNow() })
      }
    return found
  }

  async stop(): Promise<void> {
    await this.windows.stop()
    for (const index of this.#open.values()) index.close()
    this.#open.clear()
    this.#charts.unsubscribe()
  }

  #summary(id: string): ChartSummary | null {
    return this.#summaries.find((each) => each.id === id) ?? null
  }

  async #index(summary: ChartSummary): Promise<ChartIndex> {
    const known = this.#open.get(summary.id)
    if (known?.chart.isOpen() === true) return known
    known?.close()
    this.#open.delete(summary.id)
    const opening = this.#opening.get(summary.id) ?? this.#openIndex(summary)
    this.#opening.set(summary.id, opening)
    const index = await opening.finally(() => this.#opening.delete(summary.id))
    if (index === null) throw new GatewayError('grant-ended')
    return index
  }

  async #openIndex({ id, slot, state }: ChartSummary): Promise<ChartIndex | null> {
    if (state !== 'open') return null
    const { session, shelf, clock } = this.#input
    const chart = await session.watchChart(slot)
    if (chart === null) return null
    const index = new ChartIndex(chart, id, shelf, clock)
    this.#open.set(id, index)
    return index
  }

  async #note(owner: WindowOwner, action: 'program-reading' | 'program-read', program: ProgramNote): Promise<boolean> {
    const summary = this.#summary(owner.chart)
    if (summary === null || summary.state !== 'open') return false
    const { chart } = await this.#index(summary)
    const count = program.lists.reduce((sum, { docs }) => sum + docs.length, 0)
    const [only, ...others] = program.lists
    const collection = others.length === 0 ? (only?.collection ?? '') : ''
    const isNoted = await chart.note(action, { grant: owner.grant, collection, count, program })
    // W27: the time of the oldest entry that the server may not have.
    const key = `unreported/${owner.chart}`
    const since = Number(this.#input.shelf.get(key) ?? 0)
    if (isNoted && (since === 0 || this.#isReported(owner.chart, since)))
      await this.#input.shelf.commit([[key, String(this.#input.clock.now())]])
    return isNoted
  }
}

/** What one client sees of one chart, for one request or as long as a stream lasts: {@link check} before each answer. */
export class View {
  readonly client: Client
  readonly chart: { id: string; name: string; birthDate: string }
  readonly #summary: () => ChartSummary | null
  readonly #index: ChartIndex
  readonly #gate: Gate

  constructor(input: { client: Client; summary: () => ChartSummary | null; index: ChartIndex; gate: Gate }) {
    this.client = input.client
    this.#summary = input.summary
    this.#index = input.index
    this.#gate = input.gate
    const summary = input.summary()
    this.chart = { id: summary?.id ?? '', name: summary?.name ?? '', birthDate: summary?.birthDate ?? '' }
  }

  /** The grant by which this client reads now: in force by the log and by both clocks. Throws `grant-ended`. */
  check(): OwnGrant {
    const state = this.#summary()?.state
    if (state !== 'open' || !this.#index.chart.isOpen()) throw new GatewayError('grant-ended')
    const grants = this.#index.chart.ownGrantsNow()
    const grant = grants.find((each) => each.state === 'open' && each.program?.client === this.client.id)
    // A token is made once there is a grant, and after a cut its label does not open any longer.
    if (grant === undefined) throw new GatewayError('grant-ended')
    return grant
  }

  /** Lists that this client may read. */
  lists(): Set<string> {
    const grant = this.check()
    return new Set(grant.scopes.flatMap(({ collection, rights }) => (rights.includes('read') ? [collection] : [])))
  }

  /** W1: the records of a type that this client may read, those that arrived last first. */
  rows(type: string): Row[] {
    const lists = this.lists()
    return this.#index.rows(type).filter(({ collection }) => lists.has(collection))
  }

  types(): string[] {
    return this.#index.types().filter((type) => this.rows(type).length > 0)
  }

  /** W1: one record; null for none and for one of another list alike (C6). */
  row(type: string, id: string): Row | null {
    const row = this.#index.row(id) ?? this.#alias(type, id)
    return row !== null && row.type === type && this.lists().has(row.collection) ? row : null
  }

  /** W1: a record of any type; null as {@link row}. */
  rowById(id: string): Row | null {
    const row = this.#index.row(id)
    return row !== null && this.lists().has(row.collection) ? row : null
  }

  /** The record of a type that came with this id in an import, where it is the only one. */
  #alias(type: string, id: string): Row | null {
    return /^[A-Za-z0-9\-.]{1,64}$/u.test(id) ? this.#index.resolve(`${type}/${id}`, null) : null
  }

  /** By the id that `changes` names; null for one that this client may not read. */
  rowOf(recordId: string): Row | null {
    const row = this.#index.rowOf(recordId)
    return row !== null && this.lists().has(row.collection) ? row : null
  }

  resolve(reference: JsonObject | string, from: Row | null): Row | null {
    const row = this.#index.resolve(reference, from)
    return row !== null && this.lists().has(row.collection) ? row : null
  }

  /** The logical id of the person: of the Patient of the profile, else of the chart. */
  patientId(): string {
    return this.rows('Patient').find(({ collection }) => collection === 'profile')?.id ?? hexName(this.chart.id)
  }

  /** Whether an id names the person of this chart. */
  isPatient(id: string): boolean {
    return id === hexName(this.chart.id) || this.row('Patient', id) !== null
  }

  isAboutPerson(row: Row): boolean {
    return this.#index.isAboutPerson(row)
  }

  /** Grows with every change of the chart; what was computed for the same number is still right. */
  get revision(): number {
    this.#index.types()
    return this.#index.revision
  }

  /** Ids of records, for {@link rowOf}, as each durable entry writes them. */
  get written$(): Observable<readonly string[]> {
    return this.#index.chart.written$
  }

  get ownGrants$(): Observable<OwnGrant[]> {
    return this.#index.chart.ownGrants$
  }

  async history(row: Row): Promise<Version[]> {
    const all: RecordRevision[] = await this.#index.chart.history(row.recordId)
    this.check()
    return all
      .filter(({ outcome }) => outcome === 'current')
      .map(({ revision, savedAt, resource }) => ({ version: hexName(revision), savedAt, text: resource }))
  }

  files(row: Row): { id: string | null; name: string; contentType: string; size: number }[] {
    return this.#index.chart.files(row.text)
  }

  readFile(
    row: Row,
    index: number,
  ): Promise<{ name: string; contentType: string; bytes: Uint8Array<ArrayBuffer> } | FileProblem> {
    return this.#index.chart.readFile(row.text, index)
  }

  /** W3: the grant by which this client may write. */
  checkMode(): OwnGrant {
    const grant = this.check()
    const mode = grant.program?.mode
    if (mode !== 'write') throw new GatewayError(mode === 'propose' ? 'propose-only' : 'not-granted')
    return grant
  }

  /** W25: the same, for one record; it is written with its line in the log of the grant. */
  async save(input: { collection: string; text: string; row?: Row; base?: string }): Promise<Row> {
    const grant = this.checkMode()
    const rights = grant.scopes.find(({ collection }) => collection === input.collection)?.rights ?? []
    if (!rights.includes(input.row === undefined ? 'append' : 'amend')) throw new GatewayError('not-granted')
    if (input.row !== undefined && !input.row.own) throw new GatewayError('not-your-record')
    const { client } = this
    const note = { grant: grant.id, program: { client: client.id, name: client.name, complete: true, lists: [] } }
    const saved: SaveOutcome = await this.#index.chart.save({
      collection: input.collection,
      resource: input.text,
      importSource: sourceOf(client),
      note,
      ...(input.row === undefined ? {} : { id: input.row.recordId, ...(input.base && { base: input.base }) }),
    } as Parameters<Chart['save']>[0])
    if (saved.type === 'changed') throw new GatewayError('version-changed')
    if (saved.type === 'full') throw new GatewayError('no-room')
    if (saved.type === 'no-right') throw new GatewayError('not-granted')
    const record: ChartRecord = saved.record
    return this.#index.rowOf(record.id)!
  }

  /** W3: whether this client wrote the record; two programs of one gateway share its account. */
  isOwn(row: Row): boolean {
    return row.own && row.importSource === sourceOf(this.client)
  }

  /** W2, W21: durable before the answer; throws `not-noted` where it cannot be written. */
  async note(lists: readonly string[]): Promise<WindowOwner> {
    const grant = this.check()
    const owner = { client: this.client.id, name: this.client.name, chart: this.chart.id, grant: grant.id }
    const readable = this.lists()
    const noted = lists.filter((list) => readable.has(list))
    if (!(await this.#gate.windows.touch(owner, noted))) throw new GatewayError('not-noted')
    this.check()
    return owner
  }

  /** W23. */
  read(owner: WindowOwner, rows: Iterable<Row>): void {
    this.#gate.windows.read(owner, rows)
  }
}

/** The import source of what a client writes: `program:<client>`. */
export function sourceOf({ id }: Pick<Client, 'id'>): string {
  return `program:${id}`
}

/** Whether a resource carries words of ours that only a device of a person or the gateway itself may write. */
export function claimsOurs(resource: JsonObject): boolean {
  const walk = (value: unknown): boolean => {
    if (typeof value === 'string')
      return value.startsWith('urn:chartkeep:') || /^chartkeep-(?:data|file|as-is):/u.test(value)
    if (Array.isArray(value)) return value.some(walk)
    return isJsonObject(value) && Object.values(value).some(walk)
  }
  return walk(resource)
}
