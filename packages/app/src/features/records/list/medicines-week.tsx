/** Above the list of medicines: those in use of which doses are written down, with what became of the last seven days. */
import { type Adherence, adherence, doseDays, trackedDays } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../../app/context/app-context.tsx'
import { localNow, medicinesInUse, medicinesWithDoses } from '../../../app/measures/doses.ts'
import { useDeath } from '../../../app/chart/use-death.ts'
import { detailWords, titleOf } from '../../../app/words/record-view.ts'
import { useMinute } from '../../../app/hooks/use-minute.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { Card } from '../../../ui/display/card.tsx'
import { DoseMark, useMarkWord } from '../../../ui/plots/dose-grid.tsx'
import { FigureTable } from '../../../ui/plots/figure-table.tsx'
import styles from './records.module.css'

const DAYS = 7
const KINDS = ['taken', 'late', 'skipped', 'not-recorded'] as const

/** Nothing where no dose was written down in these days. */
export function MedicinesWeek({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { summary, views } = useChart()
  const death = useDeath(summary.slot)
  const { hrefOf } = useWording()
  const markWord = useMarkWord()
  const now = useMinute()
  const rows = useMemo(() => {
    return medicinesWithDoses(medicinesInUse(records, views, now), records, views, DAYS, now)
      .filter(({ doses }) => doses.length > 0)
      .map(({ record, resource, doses }) => {
        const days = trackedDays(resource, doseDays(resource, doses, DAYS, localNow(now)))
        return { record, resource, counts: adherence(days) }
      })
  }, [records, views, now])
  const cellsOf = ({ planned, taken, late, skipped, notRecorded, extra }: Adherence) => [
    { label: t('adherence.planned'), text: planned === 0 ? t('adherence.unknown') : planned },
    { label: t('adherence.taken'), text: taken },
    { label: t('adherence.late'), text: late },
    { label: t('adherence.skipped'), text: skipped },
    { label: t('adherence.notRecorded'), text: notRecorded },
    { label: t('adherence.extra'), text: extra },
  ]
  if (rows.length === 0 || death !== null) return null
  return (
    <Card title={t('adherence.title')}>
      <FigureTable name={t('adherence.captionAll', { days: DAYS })} className={styles.week}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">
              {t('adherence.medicine')}
            </th>
            <th role="columnheader" scope="col">
              {t('adherence.planned')}
            </th>
            {KINDS.map((kind) => (
              <th role="columnheader" scope="col" key={kind}>
                <DoseMark kind={kind} /> {markWord(kind)}
              </th>
            ))}
            <th role="columnheader" scope="col">
              {t('adherence.extra')}
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(({ record, resource, counts }) => (
            <tr role="row" key={record.id}>
              <th role="rowheader" scope="row">
                <a className="ck-alone" href={hrefOf(record)}>
                  {titleOf(record, t)}
                </a>
                <div className={styles.schedule}>{detailWords(resource, views.of(record).descriptor, t)}</div>
              </th>
              {cellsOf(counts).map(({ label, text }) => (
                <td role="cell" key={label} data-label={label}>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </FigureTable>
      <p>{t('adherence.notMissed')}</p>
    </Card>
  )
}
