/** The doses of one medicine over the last days: a picture with its table, and a sentence with counts and their base. */
import { SegmentedControl } from '@mantine/core'
import { doseDays, trackedDays } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { adherenceSentence, gridDays } from '../../../app/measures/adherence-words.ts'
import { useChart } from '../../../app/context/app-context.tsx'
import { localNow, medicinesWithDoses } from '../../../app/measures/doses.ts'
import { titleOf } from '../../../app/words/record-view.ts'
import { useMinute } from '../../../app/hooks/use-minute.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { Card } from '../../../ui/display/card.tsx'
import { DoseGrid } from '../../../ui/plots/dose-grid.tsx'

/** Nothing for a medicine that was not planned and of which nothing was written down in this time. */
export function AdherenceCard({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart, views } = useChart()
  const now = useMinute()
  const [span, setSpan] = useState<'7' | '30'>('7')
  const list$ = useMemo(() => chart.list$(record.collection), [chart, record.collection])
  const records = useObservable(list$)
  const month = useMemo(() => {
    const [medicine] = medicinesWithDoses([record], records ?? [], views, 30, now)
    return medicine ? doseDays(medicine.resource, medicine.doses, 30, localNow(now)) : []
  }, [record, records, views, now])
  // An imported prescription of which nobody ever wrote a dose down would only show a month of "not recorded".
  if (month.every(({ doses }) => doses.every(({ dose }) => dose === null))) return null
  const days = trackedDays(views.of(record).resource, month).slice(-Number(span))
  const name = titleOf(record, t)
  return (
    <Card
      title={t('adherence.title')}
      aside={
        <SegmentedControl
          className="ck-screen-only"
          aria-label={t('adherence.days')}
          value={span}
          onChange={(value) => setSpan(value === '30' ? '30' : '7')}
          data={[
            { value: '7', label: t('adherence.week') },
            { value: '30', label: t('adherence.month') },
          ]}
        />
      }
    >
      <DoseGrid name={name} sentence={adherenceSentence(name, days, t)} days={gridDays(days, currentLanguage())} />
      <p>{t('adherence.notMissed')}</p>
    </Card>
  )
}
