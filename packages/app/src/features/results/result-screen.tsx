/**
 * One result of the practice: its values with the ones before, what an earlier version said, who sees it (by place alone), its files, the comment for
 * the patient, and the deeds: release now, after somebody's review, or keep back.
 */
import { Button } from '@mantine/core'
import { chartOf, mayInPractice } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { addressOf } from '../../app/place/addresses.ts'
import { type OpenChart, ChartContext, useChart } from '../../app/context/app-context.tsx'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { type PracticeResult, previousResults } from '../../app/care/results/practice-results.ts'
import { usePracticeResults } from '../../app/care/results/use-practice-results.ts'
import { authorName, flagOf, titleOf } from '../../app/words/record-view.ts'
import { useEarlierValues } from '../../app/chart/earlier-value.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { FilesCard } from './files-card.tsx'
import { ReleaseCard } from './release-card.tsx'
import { stateWord } from './result-words.ts'
import { WhoSees } from './who-sees.tsx'
import styles from '../../app/practice/care.module.css'

/** The result behind the slot of the address. */
export function ResultScreen() {
  const { t } = useTranslation()
  const { slot } = useParams()
  const { summary } = useChart()
  const { keep } = usePractice()
  const isOwnVault = summary.kind === 'practice'
  const found = usePracticeResults(isOwnVault ? null : summary.id)
  const target = keep.slots.targetOf(slot)
  const id = target?.type === 'record' ? target.id : null
  const result = found?.results.find(
    ({ record, values }) => record.id === id || values.some((value) => value.id === id),
  )
  if (id === null) return <OtherDevice />
  return (
    <Screen word="results" focusKey={`${id}${found === undefined ? '' : ' shown'}`}>
      {found === undefined ? (
        <Delayed />
      ) : result === undefined ? (
        <EmptyState isScreen title={t('record.gone')} />
      ) : (
        <OneResult key={result.record.id} result={result} records={found.records} />
      )}
    </Screen>
  )
}

function OneResult({ result, records }: { result: PracticeResult; records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const { practice, keep } = usePractice()
  const theirs$ = useMemo(() => chart.list$('labs'), [chart])
  const theirs = useObservable(theirs$)
  const language = currentLanguage()
  const { record } = result
  const isOver = summary.kind === 'practice'
  const isFile = summary.file !== undefined
  const published = isOver || isFile ? null : (theirs?.find(({ doc }) => doc === record.doc) ?? null)
  // What others reported of this patient is in their chart; the practice's list is of all patients.
  const previous = useMemo(() => {
    const ours = records.filter((one) => chartOf(keep.views.of(one).resource) === result.chart)
    return previousResults(isOver || isFile ? ours : [...ours, ...(theirs ?? [])], () => result.chart)
  }, [records, theirs, keep, result.chart, isOver, isFile])
  const mayWrite = !isOver && mayInPractice(practice.me.roles, 'labs', 'append')
  return (
    <>
      <p>
        <a className="ck-alone" href={isOver ? addressOf('results') : addressOf('results', summary.slot)}>
          {t('deed.backTo', { place: t('screen.results') })}
        </a>
      </p>
      <ScreenHead title={titleOf(record, t)}>{result.patient}</ScreenHead>
      {isOver ? <Banner status="neutral">{t('publish.ended')}</Banner> : null}
      <WhoSees result={result} published={published} />
      <InPracticeVault>
        <Values result={result} previous={previous} mayWrite={mayWrite} />
      </InPracticeVault>
      {isOver ? null : <ReleaseCard result={result} published={published} />}
      <FilesCard result={result} mayWrite={mayWrite} />
      <Card title={t('record.source')}>
        <Facts
          items={[
            {
              label: t('record.who'),
              value: authorName(record, t),
            },
            { label: t('record.when'), value: formatMoment(new Date(record.savedAt), language) },
            { label: t('release.where'), value: stateWord(result, t) },
            ...(result.review?.reason ? [{ label: t('form.correctionReason'), value: result.review.reason }] : []),
          ]}
        />
      </Card>
    </>
  )
}

/** What reads versions of records looks into the chart around it: here the practice's own. */
function InPracticeVault({ children }: { children: React.ReactNode }) {
  const around = useChart()
  const { vault, keep } = usePractice()
  const inside: OpenChart = useMemo(
    () => ({ ...around, chart: vault, slots: keep.slots, views: keep.views, memories: keep.memories }),
    [around, vault, keep],
  )
  return <ChartContext value={inside}>{children}</ChartContext>
}

function Values({
  result,
  previous,
  mayWrite,
}: {
  result: PracticeResult
  previous: (value: ChartRecord) => ChartRecord | null
  mayWrite: boolean
}) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const earlier = useEarlierValues(result.values)
  const language = currentLanguage()
  const add = slots.slotOf({ type: 'form', collection: 'labs', id: null, kind: 'labs', about: result.record.id })
  const shownOf = (record: ChartRecord) => views.of(record).descriptor.value?.shown ?? ''
  return (
    <Card title={result.isReport ? t('release.valuesTitle') : t('release.value')} flush>
      <RowLinks
        rows={result.values.map((value) => {
          const before = previous(value)
          const was = earlier.get(value.id)
          const { descriptor } = views.of(value)
          const range = descriptor.value?.ranges[0]?.text ?? ''
          return {
            id: value.id,
            href: addressOf(
              'results',
              summary.slot,
              slots.slotOf({ type: 'form', collection: 'labs', id: value.id, kind: 'labs' }),
            ),
            title: titleOf(value, t),
            value: shownOf(value),
            date: formatDate(value.date, language),
            flag: flagOf(descriptor, t),
            marks: [
              ...(was
                ? [{ status: 'attention' as const, word: t('release.wasIs', { old: was.text, now: shownOf(value) }) }]
                : []),
              {
                status: 'neutral' as const,
                word:
                  before === null
                    ? t('release.noPrevious')
                    : t('release.previous', { value: shownOf(before), date: formatDate(before.date, language) }),
              },
              { status: 'neutral' as const, word: range === '' ? t('result.noRange') : t('result.rangeIs', { range }) },
            ],
          }
        })}
      />
      {mayWrite ? (
        <div className={styles.below}>
          <p>{t('release.correctHint')}</p>
          <Button component="a" variant="default" href={addressOf('results', summary.slot, add)}>
            {t('release.addValue')}
          </Button>
        </div>
      ) : (
        <div className={styles.below}>
          <MayNot what={{ adds: 'labs' }} />
        </div>
      )}
    </Card>
  )
}
