/** Who saw and did what: what was checked first, then what devices reported, beside it what the server noted, and what neither can show. */
import { SegmentedControl } from '@mantine/core'
import type { AuditCheck, AuditLine, ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { MayNot } from '../../app/practice/may-not.tsx'
import { collectionLabel } from '../../app/words/collection-label.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { KeptEvidence } from '../../app/people/kept-evidence.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { titleOf } from '../../app/words/record-view.ts'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { CheckBanner } from './check-banner.tsx'
import { Notes } from './notes.tsx'
import { ReportLines, Reports, type TreeState } from './reports.tsx'
import styles from './who.module.css'

/** With a slot: who saw one record. */
export function WhoScreen() {
  const { slot } = useParams()
  const { slots } = useChart()
  if (slot === undefined) return <WholeLog />
  const target = slots.targetOf(slot)
  return target?.type === 'record' ? <OfRecord id={target.id} slot={slot} /> : <Elsewhere />
}

function Elsewhere() {
  return (
    <Screen word="who" focusKey="elsewhere">
      <OtherDevice />
    </Screen>
  )
}

function WholeLog() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const lines = useObservable(chart.audit$)
  const state = useObservable(chart.auditState$)
  const check = useObservable(chart.auditCheck$)
  const notes = useObservable(chart.access$)
  const evidence = useObservable(chart.evidence$) ?? []
  const [view, setView] = useState<'devices' | 'server'>('devices')
  const ownsChart = summary.relation === 'own'
  return (
    <Screen word="who" focusKey={summary.slot}>
      <ScreenHead title={t('screen.who')}>
        <ChartName of={summary} />
      </ScreenHead>
      {summary.kind === 'practice' ? <MayNot what="read-audit" /> : null}
      {state === undefined || check === undefined ? null : (
        <CheckBanner state={state} check={check} ownsChart={ownsChart} />
      )}
      <div className="ck-screen-only">
        <KeptEvidence views={evidence} save={() => chart.saveEvidence()} />
      </div>
      {ownsChart ? (
        <SegmentedControl
          className={`${styles.view} ck-screen-only`}
          aria-label={t('who.view')}
          value={view}
          onChange={(value) => setView(value === 'server' ? 'server' : 'devices')}
          data={[
            { value: 'devices', label: t('who.devices') },
            { value: 'server', label: t('who.server') },
          ]}
        />
      ) : null}
      {lines === undefined || notes === undefined ? (
        <Delayed />
      ) : view === 'server' ? (
        <Notes lines={notes} mayProve={treeOf(check, ownsChart) === 'holds'} />
      ) : (
        <Reports lines={lines} tree={treeOf(check, ownsChart)} />
      )}
      {view === 'devices' ? <p className={styles.limit}>{t('audit.limit')}</p> : null}
    </Screen>
  )
}

/** A5: who wrote one record, and who read its list since it was saved. */
function OfRecord({ id, slot }: { id: string; slot: string }) {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const record = useObservable(useMemo(() => chart.record$(id), [chart, id]))
  const lines = useObservable(chart.audit$)
  const check = useObservable(chart.auditCheck$)
  if (!record || lines === undefined)
    return (
      <Screen word="who" focusKey={`${id} waiting`}>
        {record === null ? <EmptyState isScreen title={t('record.gone')} /> : <Delayed />}
      </Screen>
    )
  const shown = lines.filter((line) => concerns(line, record))
  const list = collectionLabel(record.collection, t)
  return (
    <Screen word="who" focusKey={id}>
      <p className="ck-screen-only">
        <a className="ck-alone" href={addressOf('record', summary.slot, slot)}>
          {t('deed.backTo', { place: titleOf(record, t) })}
        </a>
      </p>
      <ScreenHead title={t('who.recordTitle')}>
        <ChartName of={summary} />
      </ScreenHead>
      <p>{t('who.recordIntro', { what: titleOf(record, t), list })}</p>
      {shown.length === 0 ? (
        <EmptyState title={t('who.recordEmptyTitle')}>{t('who.recordEmptyText')}</EmptyState>
      ) : (
        <ReportLines lines={shown} tree={treeOf(check, summary.relation === 'own')} />
      )}
      <p className="ck-screen-only">
        <a className="ck-alone" href={addressOf('who', summary.slot)}>
          {t('who.whole')}
        </a>
      </p>
      <p className={styles.limit}>{t('audit.limit')}</p>
    </Screen>
  )
}

/** What entries are compared with: nothing on a device that reads no tree. */
function treeOf(check: AuditCheck | null | undefined, ownsChart: boolean): TreeState {
  if (!ownsChart || !check) return 'none'
  return check.fault === null ? 'holds' : 'stopped'
}

/** Entries that name the record, and readings of its list that can have shown it. A device's clock may be a minute off. */
function concerns(line: AuditLine, record: ChartRecord): boolean {
  if (line.records.includes(record.id)) return true
  return line.action === 'read' && line.collection === record.collection && line.at >= record.savedAt - 60_000
}
