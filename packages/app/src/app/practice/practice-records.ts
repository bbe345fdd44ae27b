/** The practice's own records of all patients, as care reads them; for the screens that are about no single chart. */
import { allSteps, type CareEntry, CareReader, type Collection, type JsonObject } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useCallback, useMemo } from 'react'
import { combineLatest } from 'rxjs'
import { useObservable } from '../hooks/use-observable.ts'
import { type CareWrite, writePublished } from './write-published.ts'
import { usePatients, usePractice } from './practice-context.tsx'

/** Records of these lists of the practice's vault that `wanted` asks for; undefined until they are read. Give the same array and function each time. */
export function usePracticeRecords(
  collections: readonly Collection[],
  wanted: (record: ChartRecord) => boolean = everyRecord,
): CareEntry[] | undefined {
  const reading = usePracticeReading(collections, wanted)
  return useMemo(() => reading && allSteps(reading()), [reading])
}

/** The same to be read in short steps; another function whenever the records are others. */
export function usePracticeReading(
  collections: readonly Collection[],
  wanted: (record: ChartRecord) => boolean = everyRecord,
): (() => Generator<void, CareEntry[]>) | undefined {
  const { vault } = usePractice()
  const lists$ = useMemo(() => combineLatest(collections.map((name) => vault.list$(name))), [vault, collections])
  const lists = useObservable(lists$)
  const reader = useMemo(() => new CareReader('', () => true), [vault])
  return useMemo(
    () => lists && (() => reader.reading(lists.flat().filter((record) => record.status !== 'trash' && wanted(record)))),
    [lists, reader, wanted],
  )
}

function everyRecord(): boolean {
  return true
}

/** Keeps a record of the practice about one chart, and publishes it there. */
export function usePracticeWrite(
  collection: Collection,
): (chart: string, resource: JsonObject, of?: string) => Promise<CareWrite> {
  const { practice, vault } = usePractice()
  const charts = usePatients()
  return useCallback(
    (chart, resource, of) => {
      const slot = charts?.find(({ id }) => id === chart)?.slot ?? ''
      return writePublished({ practice, vault }, { collection, resource, of }, slot)
    },
    [practice, vault, charts, collection],
  )
}
