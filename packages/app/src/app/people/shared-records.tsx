/** Exactly which records somebody will read, list by list, before it is shared; and by which name and birth date they will know whose they are. */
import { isSignature } from '@chartkeep/domain'
import type { ChartRecord, ChartSummary } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { patientName, patientText } from '../words/chart-patient.ts'
import { scopeLabel } from '../words/collection-label.ts'
import { rowsOf } from '../words/record-view.ts'
import { useWording } from '../chart/use-wording.ts'
import styles from './share.module.css'

const SHOWN_PER_LIST = 50

/** What is entered in error is shown to nobody; a signature goes with the record that it signs and is no row of its own. */
export function sharedOf(records: readonly ChartRecord[], collections: readonly string[]): ChartRecord[] {
  return records.filter(
    (record) => collections.includes(record.collection) && record.status !== 'error' && !isSignature(record),
  )
}

export function shownOf(
  records: readonly ChartRecord[],
  summary: Pick<ChartSummary, 'name' | 'birthDate'>,
): { name: string; birthDate: string } {
  return {
    name: patientName(records) || summary.name,
    birthDate: patientText(records, 'birthDate') || summary.birthDate,
  }
}

/** `shared`: of {@link sharedOf}. */
export function SharedRecords({
  shared,
  collections,
}: {
  shared: readonly ChartRecord[]
  collections: readonly string[]
}) {
  const { t } = useTranslation()
  const wording = useWording()
  const groups = useMemo(
    () =>
      collections.map((collection) => {
        const listed = shared.filter((record) => record.collection === collection)
        return { collection, count: listed.length, rows: rowsOf(listed.slice(0, SHOWN_PER_LIST), wording) }
      }),
    [shared, collections, wording],
  )
  return groups.map(({ collection, count, rows }) => (
    <details key={collection}>
      <summary>
        {scopeLabel(collection, t)} ({count})
      </summary>
      <div className={styles.preview}>
        <RowLinks rows={rows} />
      </div>
    </details>
  ))
}
