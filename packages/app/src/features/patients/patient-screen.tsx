/** A patient's chart as a clinician begins with it: what must not be overlooked, latest results, recent changes, and this practice's own notes of who it is. */
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { LISTED_COLLECTIONS } from '../../app/words/collection-label.ts'
import { mayDo } from '../../app/context/app-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { ImportantCard } from '../../app/glance/important-card.tsx'
import { RecentChanges } from '../../app/glance/recent-changes.tsx'
import { ResultsCard } from '../../app/glance/results-card.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { PatientCard } from './patient-card.tsx'
import styles from '../../app/glance/glance.module.css'

/** The first screen of the chart's menu. */
export function PatientScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  const now = useMinute()
  const hidden = LISTED_COLLECTIONS.filter((name) => !mayDo(summary, name, 'read')).length
  return (
    <Screen word="chart" focusKey={summary.slot}>
      <ScreenHead title={t('patients.summaryOf')}>
        <ChartName of={summary} />
      </ScreenHead>
      {records === undefined ? (
        <Delayed />
      ) : (
        <div className={styles.columns}>
          {summary.file === undefined ? (
            <div>
              <ImportantCard records={records} />
            </div>
          ) : null}
          <div>
            <ResultsCard records={records} now={now} />
            <RecentChanges records={records} />
          </div>
          <div>
            {summary.emergency === null ? <PatientCard key={summary.slot} chart={summary} /> : null}
            {hidden > 0 && summary.file === undefined ? <p>{t('list.noRight', { count: hidden })}</p> : null}
          </div>
        </div>
      )}
    </Screen>
  )
}
