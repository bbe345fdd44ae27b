/** The newest result of each test: those out of range first, then the newest; what is new or was corrected says so. */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../place/addresses.ts'
import { mayDo, useChart } from '../context/app-context.tsx'
import { useEarlierValues } from '../chart/earlier-value.ts'
import { rowsOf } from '../words/record-view.ts'
import { sparkOf } from '../measures/spark.ts'
import { useConverter } from '../measures/unit-converter.ts'
import { useWording } from '../chart/use-wording.ts'
import { Card } from '../../ui/display/card.tsx'
import type { Mark } from '../../ui/lists/list-rows.ts'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { Sparkline } from '../../ui/plots/sparkline.tsx'
import { isNewResult, picked, testsOf } from './results.ts'
import styles from './glance.module.css'

/** Nothing where no result can be read. */
export function ResultsCard({ records, now }: { records: readonly ChartRecord[]; now: Date }) {
  const { t } = useTranslation()
  const { summary, slots, views } = useChart()
  const wording = useWording()
  const convert = useConverter()
  const tests = useMemo(() => testsOf(records), [records])
  const newest = useMemo(() => tests.flatMap(({ records: [first] }) => (first ? [first] : [])), [tests])
  const { outside, others } = useMemo(
    () => picked(newest, (record) => views.of(record).descriptor.value?.flag ?? 'none'),
    [newest, views],
  )
  const shown = useMemo(() => [...outside, ...others], [outside, others])
  const earlier = useEarlierValues(shown)
  if (!mayDo(summary, 'labs', 'read') || shown.length === 0) return null
  const marksOf = (record: ChartRecord): Mark[] => {
    const old = earlier.get(record.id)
    const isCorrected = ['corrected', 'amended'].includes(views.of(record).descriptor.statusCode)
    if (old) return [{ status: 'attention', word: t('result.was', { old: old.text }) }]
    if (isCorrected) return [{ status: 'attention', word: t('results.isCorrected') }]
    return isNewResult(record, now) ? [{ status: 'info', word: t('results.isNew') }] : []
  }
  const group = (title: string, found: readonly ChartRecord[]) =>
    found.length === 0 ? null : (
      <div className={styles.results}>
        {outside.length > 0 ? <h3>{title}</h3> : null}
        <RowLinks
          rows={rowsOf(found, wording).map((row, index) => {
            const trend = tests.find(({ records: [first] }) => first === found[index])
            return {
              ...withMarks(row, found[index], marksOf),
              aside: trend ? <Sparkline values={sparkOf(trend, wording, convert)} /> : null,
            }
          })}
        />
      </div>
    )
  return (
    <Card
      title={t('overview.latest')}
      aside={
        <a
          className="ck-alone"
          href={addressOf('list', summary.slot, slots.slotOf({ type: 'list', collection: 'labs' }))}
        >
          {t('overview.seeAll')}
        </a>
      }
      flush
    >
      {group(t('results.outside'), outside)}
      {group(t('results.others'), others)}
    </Card>
  )
}

/** The parts of a row in a short list; its own flag stays, next to the mark for a new result. */
function withMarks(
  row: ReturnType<typeof rowsOf>[number],
  record: ChartRecord | undefined,
  marksOf: (record: ChartRecord) => Mark[],
) {
  const { id, href, title, value, date, flag, state, rank } = row
  return { id, href, title, value, date, flag, state, rank, marks: record ? marksOf(record) : [] }
}
