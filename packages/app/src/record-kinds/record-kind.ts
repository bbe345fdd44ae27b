/**
 * A kind of record as people know it: its icon, its words, its form, its chip in a list and its section of a summary. One object says all of it
 * ({@link recordKind}), and a part that is missing is a type error. index.ts has the list of them.
 */
import { type Collection, collectionOfStreamName, type RecordTypeName } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { IconPill } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import type { ComponentType } from 'react'
import type { FormWork } from '../app/entry/form-records.ts'
import type { ChartSection } from '../app/words/summary-lines.ts'

/** What says which form a record has. */
export type Corrected = Pick<ChartRecord, 'type' | 'collection'>

/** All that the app knows of one kind. */
export interface RecordKind<Section extends ChartSection | null = ChartSection | null> {
  icon: typeof IconPill
  /** What (+) calls it, and what it is called within a sentence. */
  words: { add: (t: TFunction) => string; thing: (t: TFunction) => string }
  /** The collection that its form writes to. */
  list: Collection
  /** Whether its form corrects the record. */
  corrects: (record: Corrected) => boolean
  /** Whether (+) and its list offer to add one. */
  isOffered: boolean
  /** Its chip in the list; `hides`: its records show only when it is chosen. Null where the list needs none. */
  filter: { label: (t: TFunction) => string; types: readonly RecordTypeName[]; hides: boolean } | null
  section: Section
  Form: ComponentType<FormWork>
}

/** One kind, its parts checked. */
export function recordKind<Section extends ChartSection | null>(parts: RecordKind<Section>): RecordKind<Section> {
  return parts
}

/** Records of the type; with `list`, only those in that list. */
export function correctsType(type: RecordTypeName, list?: Collection): (record: Corrected) => boolean {
  return (record) => record.type === type && (list === undefined || collectionOfStreamName(record.collection) === list)
}

/** What the chart already calls records of these types, each once. */
export function titlesOf(records: readonly ChartRecord[], ...types: RecordTypeName[]): string[] {
  return [...new Set(records.filter(({ type }) => types.some((one) => one === type)).map(({ title }) => title))]
}
