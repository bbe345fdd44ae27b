/**
 * The files of a record: where each one is, opened from the sealed chunks on this device or at the server, with progress and a way to stop;
 * and whether it stays on this device.
 */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../../app/context/app-context.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { Card } from '../../../ui/display/card.tsx'
import { OneFile } from './one-file.tsx'
import styles from '../list/records.module.css'

/** Nothing for a record without files of its own. */
export function FilePanel({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const files = useMemo(() => chart.files(record.resource), [chart, record.resource])
  const transfers = useObservable(chart.transfers$) ?? []
  if (files.length === 0) return null
  return (
    <Card title={t('docs.files', { count: files.length })}>
      <ul className={styles.files}>
        {files.map((file, index) => (
          <OneFile
            key={file.id ?? index}
            file={file}
            index={index}
            record={record}
            transfer={transfers.find(({ file: id }) => id === file.id)}
          />
        ))}
      </ul>
    </Card>
  )
}
