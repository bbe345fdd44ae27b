/** The tests of a list instead of its single results: for each the newest value, how many there are, and the last ones as a small line. */
import { Button } from '@mantine/core'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { findingWords, flagOf, titleOf } from '../../../app/words/record-view.ts'
import { sparkOf } from '../../../app/measures/spark.ts'
import { type Trend, trendsOf } from '../../../app/measures/trends.ts'
import { useConverter } from '../../../app/measures/unit-converter.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { formatDateOnly } from '../../../i18n/dates.ts'
import { Card } from '../../../ui/display/card.tsx'
import { Sparkline } from '../../../ui/plots/sparkline.tsx'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import { ValueText } from '../../../ui/display/value-text.tsx'
import styles from './records.module.css'

const STEP = 50

/** A line leads to the newest result, where its trend is. Only the tests in view are read. */
export function TestsView({ records, name }: { records: readonly ChartRecord[]; name: string }) {
  const { t } = useTranslation()
  const [shown, setShown] = useState(STEP)
  const trends = useMemo(() => trendsOf(records), [records])
  return (
    <Card flush>
      <ul className={styles.tests} aria-label={`${name}, ${t('plot.byTest')}`}>
        {trends.slice(0, shown).map((trend) => (
          <TestLine key={trend.key} trend={trend} />
        ))}
      </ul>
      {trends.length > shown ? (
        <Button variant="subtle" onClick={() => setShown(shown + STEP)}>
          {t('plot.moreTests')}
        </Button>
      ) : null}
    </Card>
  )
}

function TestLine({ trend }: { trend: Trend }) {
  const { t } = useTranslation()
  const wording = useWording()
  const convert = useConverter()
  const [newest] = trend.records
  const spark = useMemo(() => sparkOf(trend, wording, convert), [trend, wording, convert])
  if (!newest) return null
  const { descriptor, resource } = wording.views.of(newest)
  const flag = flagOf(descriptor, t)
  return (
    <li>
      <a href={wording.hrefOf(newest)}>
        <span className={styles.test}>{titleOf(newest, t)}</span>
        <span className={styles.newest}>
          <ValueText text={findingWords(resource, descriptor, t) ?? (descriptor.value?.shown || t('record.noValue'))} />
          {flag ? <StatusMark status={flag.status}>{flag.word}</StatusMark> : null}
        </span>
        <Sparkline values={spark} />
        <span className={styles.schedule}>
          {formatDateOnly(newest.date, wording.language) || t('list.noDate')}
          {trend.records.length > 1 ? ` · ${t('plot.countOf', { count: trend.records.length })}` : ''}
        </span>
      </a>
    </li>
  )
}
