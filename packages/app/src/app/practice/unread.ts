/**
 * Results by other authors that this person has not opened: a result that the practice released is news until then. For an own chart,
 * opened results are records in the private list of results, which all the person's devices have; for a shared chart, each device remembers
 * them.
 */
import {
  chartReference,
  collectionOfStreamName,
  instantText,
  isJsonObject,
  type OpenedVersion,
  privateName,
  resultsOpened,
  resultsOpenedOf,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord, Session } from '@chartkeep/sync'
import { useEffect, useMemo, useState } from 'react'
import { mayDo, useChart, useSession } from '../context/app-context.tsx'
import { useObservable } from '../hooks/use-observable.ts'
import { writerOf } from './writers.ts'

/** What came longer ago is no news, opened or not. */
const UNREAD_MS = 60 * 86_400_000
/** Versions that a device remembers as opened. */
const KEPT = 400
/** Where a person's own devices tell each other. */
const OPENED_LIST = privateName('labs')

/**
 * Reports and results by others than the owners of the chart, the newest first; the values of a report stand for themselves only where the report is
 * not there. `owners`: their accounts.
 */
export function releasedResults(
  records: readonly ChartRecord[],
  owners: ReadonlySet<string>,
  valuesOf: (record: ChartRecord) => readonly string[],
): ChartRecord[] {
  const theirs = records.filter(
    ({ collection, type, status, author }) =>
      collectionOfStreamName(collection) === 'labs' &&
      (type === 'Observation' || type === 'DiagnosticReport') &&
      status !== 'error' &&
      !author.me &&
      !owners.has(author.account),
  )
  // A report tells of the values of whoever wrote it: it takes no one else's out of sight.
  const reports = theirs.filter(({ type }) => type === 'DiagnosticReport')
  const nameOf = (record: ChartRecord, doc: string) => `${writerOf(record)} ${doc}`
  const reported = new Set(reports.flatMap((report) => valuesOf(report).map((doc) => nameOf(report, doc))))
  return theirs.filter((record) => !reported.has(nameOf(record, record.doc))).toSorted((a, b) => b.savedAt - a.savedAt)
}

/** Whether a released result is still news; nothing is while it is not known what was opened. */
export function isUnread(
  { revision, savedAt }: ChartRecord,
  opened: ReadonlySet<string> | undefined,
  now: number,
): boolean {
  return opened !== undefined && now - savedAt < UNREAD_MS && !opened.has(revision)
}

/** Versions of this chart's results that this person opened, and how to add one; undefined until they are read. */
export function useOpened(): { opened: ReadonlySet<string> | undefined; open: (revision: string) => void } {
  const session = useSession()
  const { chart, summary, views, memories } = useChart()
  const list$ = useMemo(() => chart.list$(OPENED_LIST), [chart])
  const list = useObservable(list$)
  const key = `opened-results.${summary.slot}`
  const [here, setHere] = useState(() => readOpened(session, key))
  const told = useMemo(
    () =>
      list?.flatMap((record) => {
        if (record.type !== 'Task' || record.author.account !== session.account) return []
        const revisions = resultsOpenedOf(views.of(record).resource)
        return revisions === null ? [] : [{ record, revisions }]
      }),
    [list, session, views],
  )
  const opened = useMemo(() => told && new Set([...here, ...told.flatMap(({ revisions }) => revisions)]), [told, here])
  const open = (revision: string) => {
    if (opened === undefined || opened.has(revision)) return
    const next = [...here, revision].slice(-KEPT)
    if (!mayDo(summary, OPENED_LIST, 'append')) {
      setHere(next)
      // A disk that takes nothing says so elsewhere; the result stays news.
      session.setSetting(key, JSON.stringify(next)).catch(() => {})
      return
    }
    const now = Date.now()
    // All of this session, for an earlier one may be on its way into the record still.
    const versions = [...((memories.get(key) as OpenedVersion[] | undefined) ?? []), { revision, at: instantText(now) }]
    memories.set(key, versions)
    const own = told?.find(({ record }) => record.author.device === session.device)?.record
    const before = own === undefined ? null : views.of(own).resource
    const task = resultsOpened(isJsonObject(before) ? before : null, versions, {
      about: chartReference(summary.id),
      since: instantText(now - UNREAD_MS),
    })
    const input = { collection: OPENED_LIST, resource: stringifyJson(task) }
    chart.save(own === undefined ? input : { ...input, id: own.id }).catch(() => {})
  }
  return { opened, open }
}

/** Marks another author's record as opened, once it is shown. */
export function useOpening(record: ChartRecord): void {
  const { opened, open } = useOpened()
  const { revision, author, type } = record
  const isResult = type === 'Observation' || type === 'DiagnosticReport'
  const isKnown = opened !== undefined
  useEffect(() => {
    if (isKnown && isResult && !author.me) open(revision)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each version
  }, [isKnown, revision])
}

/** The accounts that own the chart in view; undefined until they are read. */
export function useOwnerAccounts(): ReadonlySet<string> | undefined {
  const { chart } = useChart()
  return useObservable(chart.owners.accounts$)
}

/** Whether somebody wrote the record who does not own the chart, in a chart of one's own: it is theirs to change. */
export function useIsOthers({ author }: ChartRecord): boolean {
  const { summary } = useChart()
  const owners = useOwnerAccounts()
  return summary.relation === 'own' && !author.me && owners !== undefined && !owners.has(author.account)
}

function readOpened(session: Session, key: string): string[] {
  const text = session.setting(key)
  if (text === null) return []
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
  } catch {
    return []
  }
}
