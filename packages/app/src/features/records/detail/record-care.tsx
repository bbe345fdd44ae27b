/** What care adds to a record of a patient's chart, on both sides: the clinician's comment, who released it, and requests to correct it. */
import { commentsOf } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../../app/people/use-chart-label.ts'
import { useChart } from '../../../app/context/app-context.tsx'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card } from '../../../ui/display/card.tsx'
import { AmendmentCard } from '../../../app/care/amendments/amendment-card.tsx'
import { Banner } from '../../../ui/display/status-mark.tsx'
import { useOpening, useOwnerAccounts } from '../../../app/practice/unread.ts'
import { RecordNote } from '../../../app/care/notes/record-note.tsx'
import { SignatureList } from '../../../app/care/notes/signature-list.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useReleasers } from '../../../app/care/results/use-releasers.ts'
import styles from '../../../app/practice/care.module.css'

/** Nothing where there is nothing to say. */
export function RecordCare({ record }: { record: ChartRecord }) {
  useOpening(record)
  return (
    <>
      <RecordNote record={record} />
      <ReleasedCard record={record} />
      <SignedCard record={record} />
      <AmendmentCard record={record} />
    </>
  )
}

/** Who signed a record that is no note (a note says it with its text), such as a plan that was approved or confirmed. */
function SignedCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const signatures$ = useMemo(() => chart.signaturesOf$(record.doc), [chart, record.doc])
  const signatures = useObservable(signatures$)
  if (record.type === 'Composition' || signatures === undefined || signatures.length === 0) return null
  return (
    <Card title={t('sign.list')}>
      <SignatureList signatures={signatures} record={record} />
    </Card>
  )
}

/** A comment is part of the record, so that it is corrected and signed with it; who released a result is what its signature proves. */
function ReleasedCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary, views } = useChart()
  const owners = useOwnerAccounts()
  const releaserOf = useReleasers()
  const comments = commentsOf(views.of(record).resource)
  const isResult = record.type === 'Observation' || record.type === 'DiagnosticReport'
  const isReleased = isResult && !record.author.me && owners !== undefined && !owners.has(record.author.account)
  const releaser = releaserOf(record)
  const language = currentLanguage()
  if (comments.length === 0 && !isReleased) return null
  return (
    <>
      {releaser.isBroken ? (
        <Banner status="danger" urgent>
          {t('care.broken')}
        </Banner>
      ) : null}
      <Card
        title={summary.relation === 'own' ? t('care.commentForYou') : t('care.commentFor', { name: labelOf(summary) })}
      >
        {comments.length === 0 ? <p>{t('care.noComment')}</p> : null}
        {comments.map(({ text, by, at }) => (
          <figure key={by.id} className={styles.comment}>
            <blockquote>{text}</blockquote>
            <figcaption>
              {t('care.commentBy', { name: by.name, time: formatMoment(new Date(at), language) })}
            </figcaption>
          </figure>
        ))}
        {isReleased ? <p>{releaser.words}</p> : null}
      </Card>
    </>
  )
}
