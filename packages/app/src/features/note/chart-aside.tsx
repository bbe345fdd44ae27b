/** Beside a note that is being written: the last note, and what the patient's chart says; only these lists are read. */
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import type { CareNote } from '../../app/care/notes/notes.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { ImportantCard } from '../../app/glance/important-card.tsx'
import { ResultsCard } from '../../app/glance/results-card.tsx'
import { useLists } from '../../app/chart/use-lists.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { FoldedText } from '../../ui/display/folded-text.tsx'
import styles from '../../app/care/notes/note.module.css'

const LISTS = ['allergies', 'medications', 'conditions', 'labs'] as const

/** `last`: the newest other note of this patient; null for none. */
export function ChartAside({ last }: { last: CareNote | null }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  const records = useLists(LISTS)
  const now = useMinute()
  const hidden = LISTS.filter((list) => !mayDo(summary, list, 'read')).length
  return (
    <aside aria-label={t('note.beside', { name: labelOf(summary) })}>
      {last === null ? null : <LastNote note={last} />}
      {summary.file !== undefined ? (
        <p>{t('patients.theirsGone')}</p>
      ) : records === undefined ? (
        <Delayed />
      ) : (
        <>
          <ImportantCard records={records} />
          <ResultsCard records={records} now={now} />
          {hidden > 0 ? <p>{t('list.noRight', { count: hidden })}</p> : null}
        </>
      )}
    </aside>
  )
}

/** Its assessment, or what it holds instead. */
function LastNote({ note: { form, record } }: { note: CareNote }) {
  const { t } = useTranslation()
  const { assessment, plan, subjective, objective } = form.sections
  return (
    <Card title={t('note.last')}>
      <p>{`${form.title} · ${formatMoment(new Date(record.savedAt), currentLanguage())}`}</p>
      <p className={styles.text}>
        <FoldedText text={assessment || plan || subjective || objective || t('note.nothingWritten')} />
      </p>
    </Card>
  )
}
