/** Above the list of medicines: those in use of which doses are written down, with what became of the last seven days. */
import { adherence, doseDays, trackedDays } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { isMedicine, localNow, medicinesWithDoses } from '../../app/doses.ts'
import { detailWords, titleOf } from '../../app/record-view.ts'
import { useMinute } from '../../app/use-minute.ts'
import { useWording } from '../../app/use-wording.ts'
import { Card } from '../../ui/card.tsx'
import { DoseMark, useMarkWord } from '../../ui/dose-grid.tsx'
import styles from './records.module.css'

const DAYS = 7
const KINDS = ['taken', 'late', 'skipped', 'not-recorded'] as const

/** Nothing where no dose was written down in these days. */
export function MedicinesWeek({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { views } = useChart()
  const { hrefOf } = useWording()
  const markWord = useMarkWord()
  const now = useMinute()
  const rows = useMemo(() => {
    const medicines = records.filter((record) => isMedicine(record) && record.status === 'active')
    return medicinesWithDoses(medicines, records, views, DAYS, now)
      .filter(({ doses }) => doses.length > 0)
      .map(({ record, resource, doses }) => {
        const days = trackedDays(resource, doseDays(resource, doses, DAYS, localNow(now)))
        return { record, resource, counts: adherence(days) }
      })
  }, [records, views, now])
  if (rows.length === 0) return null
  return (
    <Card title={t('adherence.title')}>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('adherence.captionAll', { days: DAYS })}>
        <table className={styles.week}>
          <caption className="ck-hidden">{t('adherence.captionAll', { days: DAYS })}</caption>
          <thead>
            <tr>
              <th scope="col">{t('adherence.medicine')}</th>
              <th scope="col">{t('adherence.planned')}</th>
              {KINDS.map((kind) => (
                <th scope="col" key={kind}>
                  <DoseMark kind={kind} /> {markWord(kind)}
                </th>
              ))}
              <th scope="col">{t('adherence.extra')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ record, resource, counts }) => (
              <tr key={record.id}>
                <th scope="row">
                  <a href={hrefOf(record)}>{titleOf(record, t)}</a>
                  <div className={styles.schedule}>{detailWords(resource, views.of(record).descriptor, t)}</div>
                </th>
                <td>{counts.planned === 0 ? t('adherence.unknown') : counts.planned}</td>
                <td>{counts.taken}</td>
                <td>{counts.late}</td>
                <td>{counts.skipped}</td>
                <td>{counts.notRecorded}</td>
                <td>{counts.extra}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>{t('adherence.notMissed')}</p>
    </Card>
  )
}
