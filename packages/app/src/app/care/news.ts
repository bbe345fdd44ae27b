/** Results that somebody else put into a chart and that were not opened on this device: what the practice released is news until then. */
import { collectionOfStreamName } from '@chartkeep/domain'
import type { ChartRecord, Session } from '@chartkeep/sync'
import { useEffect, useMemo, useState } from 'react'
import { useChart, useSession } from '../app-context.tsx'
import { useObservable } from '../use-observable.ts'

/** What came longer ago is no news, opened or not. */
const NEWS_MS = 60 * 86_400_000
/** Versions that are remembered as opened. */
const KEPT = 400

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
  const reported = new Set(theirs.filter(({ type }) => type === 'DiagnosticReport').flatMap(valuesOf))
  return theirs.filter(({ doc }) => !reported.has(doc)).toSorted((a, b) => b.savedAt - a.savedAt)
}

/** Whether a released result is still news. */
export function isNews({ revision, savedAt }: ChartRecord, opened: ReadonlySet<string>, now: number): boolean {
  return now - savedAt < NEWS_MS && !opened.has(revision)
}

/** Versions of this chart that were opened on this device, and how to add one. */
export function useOpened(): { opened: ReadonlySet<string>; open: (revision: string) => void } {
  const session = useSession()
  const { summary } = useChart()
  const key = `opened-results.${summary.slot}`
  const [revisions, setRevisions] = useState(() => readOpened(session, key))
  const opened = useMemo(() => new Set(revisions), [revisions])
  const open = (revision: string) => {
    const before = readOpened(session, key)
    if (before.includes(revision)) return
    const next = [...before, revision].slice(-KEPT)
    setRevisions(next)
    // A disk that takes nothing says so elsewhere; the result stays news.
    session.setSetting(key, JSON.stringify(next)).catch(() => {})
  }
  return { opened, open }
}

/** Marks a record that somebody else released as opened, once it is shown. */
export function useOpening(record: ChartRecord): void {
  const { open } = useOpened()
  const { revision, author, type } = record
  const isResult = type === 'Observation' || type === 'DiagnosticReport'
  useEffect(() => {
    if (isResult && !author.me) open(revision)
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each version
  }, [revision])
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
