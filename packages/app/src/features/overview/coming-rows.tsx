/** Appointments of the next days, vaccines that are due, medicines that run out, each as a line that leads to its record. */
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { dueRow } from '../../app/measures/due-words.ts'
import { stateWord, titleOf } from '../../app/words/record-view.ts'
import { useWording } from '../../app/chart/use-wording.ts'
import { formatDate, formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { type LinkRow, RowLinks } from '../../ui/lists/row-links.tsx'
import { type Coming, comingUp } from './coming.ts'
import styles from '../../app/glance/glance.module.css'

/** `isAlone`: nothing stands above it in its card, so that nothing due is said in words. */
export function ComingRows({
  records,
  now,
  isAlone,
}: {
  records: readonly ChartRecord[]
  now: Date
  isAlone: boolean
}) {
  const { t } = useTranslation()
  const { summary } = useChart()
  const { views, hrefOf, language } = useWording()
  const coming = useMemo(() => comingUp(records, views, now), [records, views, now])
  const may = (collection: string) => mayDo(summary, collection, 'read')
  const groups = [
    {
      key: 'appointments',
      title: t('today.appointments'),
      rows: coming.appointments.map((record) => ({
        id: record.id,
        href: hrefOf(record),
        title: titleOf(record, t),
        value: record.status === 'draft' ? stateWord(views.of(record).descriptor, t) : '',
        date: formatDate(record.date, language),
      })),
    },
    {
      key: 'immunizations',
      title: t('today.vaccines'),
      rows: coming.vaccines.map((due) => dueRow(due, hrefOf, t, language)),
    },
    { key: 'medications', title: t('today.supplies'), rows: supplyRows(coming, t, language, hrefOf) },
  ].filter(({ key, rows }) => may(key) && rows.length > 0)
  if (groups.length === 0) return isAlone ? <p className={styles.when}>{t('today.nothing')}</p> : null
  return groups.map(({ key, title, rows }) => (
    <div key={key} className={styles.group}>
      <h3>{title}</h3>
      <RowLinks rows={rows} />
    </div>
  ))
}

function supplyRows(
  { supplies }: Coming,
  t: TFunction,
  language: Language,
  hrefOf: (record: ChartRecord) => string,
): LinkRow[] {
  return supplies.map(({ record, kind, date, state }) => {
    const words = { date: formatDateOnly(date, language) }
    const isOver = state === 'overdue'
    const value =
      kind === 'supply'
        ? t(isOver ? 'due.supplyOver' : 'due.supply', words)
        : t(isOver ? 'due.prescriptionOver' : 'due.prescription', words)
    return {
      id: record.id,
      href: hrefOf(record),
      title: titleOf(record, t),
      value,
      flag: isOver ? { status: 'attention', word: t('due.overdue') } : undefined,
      date: '',
    }
  })
}
