/**
 * The records of one open chart as FHIR names them: by type, with the time at which this gateway first held each version, and an index of every
 * name that a reference may use. Follows what the chart writes. Only view.ts hands anything of it on.
 */
import {
  isJsonObject,
  parseJsonObject,
  ReferenceIndex,
  stringAt,
  subjectReferences,
  type JsonObject,
} from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import type { Subscription } from 'rxjs'
import type { Clock, Shelf } from '../device/contract.ts'
import { hexName } from './names.ts'

/** One record in its current version. */
export interface Row {
  /** Names of the record and of its version, 32 hexadecimal characters. */
  id: string
  version: string
  type: string
  collection: string
  /** The record's name in the chart, for the audit log, and its id for the chart's own calls. */
  doc: string
  recordId: string
  revision: string
  /** FHIR JSON as it is stored. */
  text: string
  /** When this gateway first held this version, milliseconds since 1970; never before that of an earlier version. */
  arrived: number
  savedAt: number
  author: string
  /** Written by this gateway's own account. */
  own: boolean
  importSource: string
  error: boolean
  /** The parsed text; parsed when it is first asked for. */
  json(): JsonObject
}

const MANY = 1_000

export class ChartIndex {
  readonly chart: Chart
  readonly #shelf: Shelf
  readonly #clock: Clock
  readonly #rows = new Map<string, Row>()
  readonly #byName = new Map<string, Row>()
  readonly #byType = new Map<string, Set<Row>>()
  #sorted = new Map<string, readonly Row[]>()
  #references: ReferenceIndex<Row> | null = null
  readonly #dirty = new Set<string>()
  readonly #arrivals = new Map<string, number>()
  readonly #prefix: string
  readonly #release: () => void
  readonly #written: Subscription
  #last = 0
  #batch = 0
  /** Grows with every change of a row. */
  revision = 0

  constructor(chart: Chart, name: string, shelf: Shelf, clock: Clock) {
    this.chart = chart
    this.#shelf = shelf
    this.#clock = clock
    this.#prefix = `arrived/${name}/`
    this.#release = chart.hold()
    for (const [key, value] of shelf.entries(this.#prefix)) {
      const { at, versions } = JSON.parse(value) as { at: number; versions: string[] }
      this.#batch = Math.max(this.#batch, Number(key.slice(this.#prefix.length)) + 1)
      this.#last = Math.max(this.#last, at)
      for (const version of versions) this.#arrivals.set(version, at)
    }
    this.#written = chart.written$.subscribe((ids) => {
      for (const id of ids) this.#dirty.add(id)
    })
    for (const id of chart.recordIds()) this.#dirty.add(id)
  }

  /** Lets go of the chart. */
  close(): void {
    this.#written.unsubscribe()
    this.#release()
  }

  /** Rows of a type, those that arrived last first. */
  rows(type: string): readonly Row[] {
    this.#follow()
    const known = this.#sorted.get(type)
    if (known !== undefined) return known
    const rows = [...(this.#byType.get(type) ?? [])].toSorted((a, b) => b.arrived - a.arrived || (a.id < b.id ? -1 : 1))
    this.#sorted.set(type, rows)
    return rows
  }

  types(): string[] {
    this.#follow()
    return [...this.#byType].flatMap(([type, rows]) => (rows.size > 0 ? [type] : []))
  }

  /** By the hexadecimal name; null for none. */
  row(id: string): Row | null {
    this.#follow()
    return this.#byName.get(id) ?? null
  }

  /** By the chart's own id; null for none, and for what is in the trash. */
  rowOf(recordId: string): Row | null {
    this.#follow()
    return this.#rows.get(recordId) ?? null
  }

  /** What a reference inside `from` leads to in this chart; null for nothing, for several, and for a contained resource. */
  resolve(reference: JsonObject | string, from: Row | null): Row | null {
    this.#follow()
    const named = typeof reference === 'string' ? null : reference['identifier']
    if (isJsonObject(named) && named['system'] === 'urn:chartkeep:record')
      return this.#byName.get(hexName(stringAt(named, 'value'))) ?? null
    const text = typeof reference === 'string' ? reference : stringAt(reference, 'reference')
    const name = /^([A-Za-z]+)\/([0-9a-f]{32})(?:\/_history\/[0-9a-f]{32})?$/u.exec(text)
    const byName = name === null ? undefined : this.#byName.get(name[2]!)
    if (byName !== undefined && byName.type === name![1]) return byName
    if (this.#references === null) {
      this.#references = new ReferenceIndex<Row>()
      for (const row of this.#rows.values()) this.#references.add(row, row.json())
    }
    const found = this.#references.resolve(
      reference,
      from === null ? undefined : { resource: from.json(), fullUrl: '' },
    )
    return found.type === 'found' ? found.item : null
  }

  /** Whether a record is about the person of the chart: it names nobody, or somebody who is no other record of it. */
  isAboutPerson(row: Row): boolean {
    if (row.type === 'Patient') return true
    const subjects = subjectReferences(row.json())
    if (subjects.length === 0) return true
    return subjects.some((subject) => {
      const found = this.resolve(subject, row)
      const text = stringAt(subject, 'reference')
      return found === null
        ? text === '' || /(?:^|\/)Patient\//u.test(text) || text.startsWith('urn:')
        : found.type === 'Patient'
    })
  }

  #follow(): void {
    if (this.#dirty.size === 0) return
    const ids = [...this.#dirty]
    this.#dirty.clear()
    const fresh: { row: Row; key: string }[] = []
    for (const id of ids) {
      const record = this.chart.recordNow(id)
      const before = this.#rows.get(id)
      if (before !== undefined && before.revision === record?.revision) continue
      if (before !== undefined) this.#forget(before)
      if (record === null) continue
      const row = rowOf(record)
      const key = `${row.id}${row.version}`
      const arrived = this.#arrivals.get(key)
      if (arrived === undefined) fresh.push({ row, key })
      else row.arrived = arrived
      this.#add(row)
    }
    if (fresh.length > 0) this.#note(fresh)
    this.#references = null
    this.#sorted = new Map()
    this.revision++
  }

  /** What was not known before arrives now. A crash before these rows are durable makes them arrive later: never earlier. */
  #note(fresh: { row: Row; key: string }[]): void {
    const at = Math.max(this.#clock.now(), this.#last + 1)
    this.#last = at
    for (const { row, key } of fresh) {
      row.arrived = at
      this.#arrivals.set(key, at)
    }
    const rows: [string, string][] = []
    for (let from = 0; from < fresh.length; from += MANY) {
      const versions = fresh.slice(from, from + MANY).map(({ key }) => key)
      rows.push([`${this.#prefix}${this.#batch++}`, JSON.stringify({ at, versions })])
    }
    void this.#shelf.commit(rows).catch(() => {})
  }

  #add(row: Row): void {
    this.#rows.set(row.recordId, row)
    this.#byName.set(row.id, row)
    const ofType = this.#byType.get(row.type) ?? new Set()
    ofType.add(row)
    this.#byType.set(row.type, ofType)
  }

  #forget(row: Row): void {
    this.#rows.delete(row.recordId)
    if (this.#byName.get(row.id) === row) this.#byName.delete(row.id)
    this.#byType.get(row.type)?.delete(row)
  }
}

function rowOf(record: ChartRecord): Row {
  let parsed: JsonObject | null = null
  const { resource } = record
  return {
    id: hexName(record.doc),
    version: hexName(record.revision),
    type: record.type,
    collection: record.collection,
    doc: record.doc,
    recordId: record.id,
    revision: record.revision,
    text: resource,
    arrived: 0,
    savedAt: record.savedAt,
    author: record.author.account,
    own: record.author.me,
    importSource: record.importSource,
    error: record.status === 'error',
    json: () => (parsed ??= parseJsonObject(resource) ?? ({} as JsonObject)),
  }
}
