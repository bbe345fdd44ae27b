/**
 * Requests to correct a record, shown with the record on both sides: what is wrong, what it should be, and every answer. The patient asks
 * and may withdraw; a member who may answer accepts, once there is a corrected version, or declines with a reason. Both records stay.
 */
import { Button } from '@mantine/core'
import { partsOf, withdrawnAmendment } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../place/addresses.ts'
import { changeRecord } from '../../words/change-record.ts'
import { authorName } from '../../words/record-view.ts'
import { mayDo, useChart } from '../../context/app-context.tsx'
import { ActionButton } from '../../actions/action-button.tsx'
import { saveError } from '../../actions/save-error.ts'
import { useObservable } from '../../hooks/use-observable.ts'
import { formatMoment } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card, Facts } from '../../../ui/display/card.tsx'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import { AmendmentAnswerForm } from './amendment-answer-form.tsx'
import { amendmentMark } from './amendment-words.ts'
import { amendmentsOf, type AmendmentView } from './amendments.ts'
import { noAnswerWords } from '../sharing/answering.ts'
import { useAnswering } from '../sharing/list-readers.ts'
import { useIsOthers } from '../../practice/unread.ts'
import { usePracticeIfAny } from '../../practice/practice-context.tsx'
import { ShareFirst } from '../sharing/share-first.tsx'
import { writerOf } from '../../practice/writers.ts'
import styles from '../../practice/care.module.css'

/** Nothing for the person's own records, for which they have the form, and for what is no statement about them. */
export function AmendmentCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, summary, slots, views } = useChart()
  const list$ = useMemo(() => chart.list$(record.collection), [chart, record.collection])
  const records = useObservable(list$)
  const requests = useMemo(
    () => (records ? amendmentsOf(records, views).filter(({ request }) => request.record === record.doc) : []),
    [records, views, record.doc],
  )
  const isTheirs = useIsOthers(record)
  const noAnswer = noAnswerWords(useAnswering(record.collection), writerOf(record), t)
  const mayAsk =
    isTheirs &&
    partsOf(record.type).mayBeAmended &&
    record.status !== 'error' &&
    record.status !== 'trash' &&
    mayDo(summary, record.collection, 'append')
  if (requests.length === 0 && !mayAsk) return null
  const slot = slots.slotOf({
    type: 'form',
    collection: record.collection,
    id: null,
    kind: 'amend',
    about: record.id,
  })
  return (
    <Card title={t('amend.title')}>
      {requests.length === 0 ? <p>{t('amend.intro')}</p> : null}
      <ul className={styles.requests}>
        {requests.map((one) => (
          <li key={one.record.id}>
            <OneRequest view={one} about={record} noAnswer={noAnswer} />
          </li>
        ))}
      </ul>
      {mayAsk && noAnswer !== '' ? <ShareFirst list={record.collection} words={noAnswer} /> : null}
      {mayAsk && noAnswer === '' && !requests.some(({ state }) => state === 'open') ? (
        <div className={styles.actions}>
          <Button component="a" variant="default" href={addressOf('care', summary.slot, slot)}>
            {t('amend.ask')}
          </Button>
        </div>
      ) : null}
    </Card>
  )
}

/** `noAnswer`: why nobody can answer it, '' where somebody can. */
function OneRequest({ view, about, noAnswer }: { view: AmendmentView; about: ChartRecord; noAnswer: string }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const practice = usePracticeIfAny()
  const language = currentLanguage()
  const { record, request, answers, state } = view
  const mark = amendmentMark(state, noAnswer, t)
  const withdraw = async () => {
    const { type } = await changeRecord(chart, record.id, withdrawnAmendment)
    return type === 'changed' || type === 'gone' ? t('deed.failed') : saveError(type, t)
  }
  return (
    <>
      <StatusMark status={mark.status} filled>
        {mark.word}
      </StatusMark>
      <Facts
        items={[
          { label: t('amend.wrong'), value: request.wrong },
          { label: t('amend.should'), value: request.should },
          {
            label: t('amend.asked'),
            value: t('amend.askedBy', {
              name: authorName(record, t),
              time: formatMoment(new Date(request.at), language),
            }),
          },
          ...(request.revision === about.revision || state !== 'open'
            ? []
            : [{ label: t('amend.version'), value: t('amend.olderVersion') }]),
          ...answers.map((answer) => ({
            label: answer.isAccepted ? t('amend.accepted') : t('amend.declined'),
            value: [
              answer.reason,
              t('amend.answeredBy', {
                name: answer.by?.name || t('audit.someone'),
                time: formatMoment(new Date(answer.at), language),
              }),
            ]
              .filter(Boolean)
              .join(' · '),
          })),
        ]}
      />
      {state === 'open' && noAnswer !== '' ? <p>{noAnswer}</p> : record.waiting ? <p>{t('amend.waiting')}</p> : null}
      {state === 'open' && practice === null && summary.relation === 'own' ? (
        <div className={styles.actions}>
          <ActionButton action={t('amend.withdraw')} run={withdraw} />
        </div>
      ) : null}
      {state === 'open' && practice !== null ? <AmendmentAnswerForm view={view} about={about} /> : null}
    </>
  )
}
