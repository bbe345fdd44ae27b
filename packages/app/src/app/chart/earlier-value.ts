/** What a result was before it was corrected. */
import type { ChartRecord, RecordRevision } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useChart } from '../context/app-context.tsx'
import { readResource } from '../words/record-view.ts'

/** A value before its correction. */
export interface EarlierValue {
  value: number | null
  text: string
}

/** The newest of the versions whose value reads otherwise than `now`; null when none does. */
export function earlierValue(versions: readonly RecordRevision[], now: string): EarlierValue | null {
  for (const { current, outcome, resource } of versions) {
    if (current || outcome !== 'current' || resource === null) continue
    const value = readResource(resource).descriptor.value
    if (value !== undefined && value.text !== '' && value.text !== now) return { value: value.number, text: value.text }
  }
  return null
}

/** The earlier values of the records on this device, by id; empty until they are read. Asks no server. */
export function useEarlierValues(records: readonly ChartRecord[]): ReadonlyMap<string, EarlierValue> {
  const { chart, views } = useChart()
  const [values, setValues] = useState<ReadonlyMap<string, EarlierValue>>(new Map())
  useEffect(() => {
    let isGone = false
    void chart.earlier(records.map(({ id }) => id)).then((versions) => {
      if (isGone) return
      const found = new Map<string, EarlierValue>()
      for (const record of records) {
        const now = views.of(record).descriptor.value?.text ?? ''
        const earlier = earlierValue(versions.get(record.id) ?? [], now)
        if (earlier) found.set(record.id, earlier)
      }
      setValues(found)
    })
    return () => {
      isGone = true
    }
  }, [chart, views, records])
  return values
}
