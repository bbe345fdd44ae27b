/**
 * Care between a patient and a practice, as either side has the chart in view: who writes here, what both wrote, and how something new is kept. What
 * a member writes is first in the practice's vault and then published (care of one record by two sides: docs/spec/M.md).
 */
import {
  allSteps,
  CareReader,
  type CareEntry,
  type CareReference,
  chartReference,
  type Collection,
  type JsonObject,
  memberReference,
  personKey,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useCallback, useMemo } from 'react'
import { mayDo, useChart, useSession } from '../../context/app-context.tsx'
import { useObservable } from '../../hooks/use-observable.ts'
import { usePracticeIfAny } from '../../practice/practice-context.tsx'
import { type CareWrite, writePublished } from '../../practice/write-published.ts'

/** Whoever is unlocked here, as records and threads name them. */
export interface CareSelf {
  side: 'patient' | 'practice'
  key: string
  name: string
  reference: CareReference
  /**
   * Requests to this account, and requests that name nobody, are for the person here (`concerns` of domain); null for the chart's owner:
   * everything is.
   */
  asked: string | null
}

export interface CareRecords {
  entries: CareEntry[]
  /** What is in the patient's chart: keys of its records, by `id` of the entry. A record of the practice that is not there was not published. */
  inChart: ReadonlyMap<string, string>
}

/** Who is unlocked here. */
export function useCareSelf(): CareSelf {
  const session = useSession()
  const { summary } = useChart()
  const view = usePracticeIfAny()
  const me = view?.practice.me
  return useMemo(() => {
    if (me !== undefined)
      return {
        side: 'practice',
        key: personKey({ member: me.id }),
        name: me.name,
        reference: memberReference(me.id, me.name),
        asked: session.account,
      }
    return {
      side: 'patient',
      key: personKey({ account: session.account }),
      name: session.name,
      reference: chartReference(summary.id, summary.name),
      asked: summary.relation === 'own' ? null : session.account,
    }
  }, [me?.id, me?.name, session, summary.id, summary.name, summary.relation])
}

/** Reads what both sides wrote in short steps; another function whenever the records are others. */
export type CareReading = () => Generator<void, CareRecords>

/** What both sides wrote of a list, the practice's own before the copies in the chart; undefined until it is read. */
export function useCareRecords(collection: Collection): CareRecords | undefined {
  const reading = useCareReading(collection)
  return useMemo(() => reading && allSteps(reading()), [reading])
}

/** The same to be read in short steps, for lists of which a chart may have thousands. */
export function useCareReading(collection: Collection): CareReading | undefined {
  const session = useSession()
  const { chart, summary } = useChart()
  const view = usePracticeIfAny()
  const here$ = useMemo(() => chart.list$(collection), [chart, collection])
  const own$ = useMemo(() => view?.vault.list$(collection) ?? null, [view?.vault, collection])
  const here = useObservable(here$)
  const own = useObservable(own$)
  const grants = useObservable(view === null ? chart.grants$ : null)
  // A grant to a role is one to a practice; a person with whom the chart is shared is nobody's member, whatever they write.
  const named = grants?.flatMap(({ account, role }) => (role === null ? [] : [account])).join(' ') ?? ''
  // The same as long as they are: what was read with it is kept.
  const practices = useMemo(() => new Set(named === '' ? [] : named.split(' ')), [named])
  const isPractice = useCallback(
    (account: string) =>
      view === null ? account !== session.account && practices.has(account) : account === session.account,
    [view, session, practices],
  )
  const reader = useMemo(() => new CareReader(summary.id, isPractice), [summary.id, isPractice])
  const ownReader = useMemo(() => new CareReader('', () => true), [])
  return useMemo(() => {
    if (here === undefined || (own$ !== null && own === undefined)) return undefined
    return function* () {
      const copies = yield* reader.reading(here.filter(isValid))
      const written = own === undefined ? [] : yield* ownReader.reading(own.filter(isValid))
      const ours = written.filter((entry) => entry.chart === summary.id)
      // The copies in the chart cannot be read here any more, so nothing is reported as missing there.
      if (summary.file !== undefined)
        return { entries: ours, inChart: new Map(ours.map(({ id, record }) => [id, record])) }
      return {
        entries: [...ours, ...copies],
        inChart: new Map(copies.map(({ id, record }) => [id, record])),
      }
    }
  }, [here, own, own$, reader, ownReader, summary.id, summary.file])
}

function isValid({ status }: ChartRecord): boolean {
  return status !== 'trash'
}

/**
 * Whether the current person may write in a list of the chart; a member may also write records that only the practice keeps. The chart's
 * owner requests and cancels appointments (M4).
 */
export function useMayWrite(collection: Collection, action: 'write-message' | 'book'): boolean {
  const { summary } = useChart()
  const view = usePracticeIfAny()
  // Where the chart is not open, nobody reads what is written to its person.
  if (view !== null) return view.practice.may(action) && (action !== 'write-message' || summary.file === undefined)
  return mayDo(summary, collection, 'append') && (action !== 'book' || summary.relation === 'own')
}

/** Keeps a new record, or a new version of the stored record `of`. */
export function useCareWrite(collection: Collection): (resource: JsonObject, of?: string) => Promise<CareWrite> {
  const { chart, summary } = useChart()
  const view = usePracticeIfAny()
  return useCallback(
    async (resource, of) => {
      if (view !== null) return writePublished(view, { collection, resource, of }, summary.slot)
      const saved = await chart.save({
        collection,
        resource: stringifyJson(resource),
        ...(of === undefined ? {} : { id: of }),
      })
      return saved.type === 'saved' ? saved : { type: 'failed' }
    },
    [chart, summary.slot, view, collection],
  )
}
