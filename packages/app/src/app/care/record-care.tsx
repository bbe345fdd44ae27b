/** What care adds to a record of a patient's chart, on both sides: the clinician's comment, who released it, and requests to correct it. */
import { commentsOf } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { useChart } from '../app-context.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/card.tsx'
import { AmendmentCard } from './amendment-card.tsx'
import { useOpening, useOwnerAccounts } from './news.ts'
import { RecordNote } from './record-note.tsx'
import styles from './care.module.css'

/** Nothing where there is nothing to say. */
export function RecordCare({ record }: { record: ChartRecord }) {
  useOpening(record)
  return (
    <>
      <RecordNote record={record} />
      <CommentCard record={record} />
      <AmendmentCard record={record} />
    </>
  )
}

/** Under the name of who wrote it: the comment is part of the record, so that it is corrected and signed with it. */
export function CommentCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { summary, views } = useChart()
  const owners = useOwnerAccounts()
  const comments = commentsOf(views.of(record).resource)
  const isReleased = !record.author.me && owners !== undefined && !owners.has(record.author.account)
  const language = currentLanguage()
  if (comments.length === 0) return null
  return (
    <Card title={summary.relation === 'own' ? t('care.commentForYou') : t('care.commentFor', { name: summary.name })}>
      {comments.map(({ text, by, at }) => (
        <figure key={by.id} className={styles.comment}>
          <blockquote>{text}</blockquote>
          <figcaption>{t('care.commentBy', { name: by.name, time: formatMoment(new Date(at), language) })}</figcaption>
        </figure>
      ))}
      {isReleased ? (
        <p>
          {t('care.releasedBy', {
            name: record.author.name || t('audit.someone'),
            time: formatMoment(new Date(record.savedAt), language),
          })}
        </p>
      ) : null}
    </Card>
  )
}
