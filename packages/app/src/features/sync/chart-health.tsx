/** Sync health of one chart: what is confirmed, which records wait, who has it until when, what was put aside and why, in plain words. */
import { Button } from '@mantine/core'
import type { Chart, ChartRecord, ChartSummary, GrantView, OwnerView, QuarantineView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName, useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { usePersonLabel } from '../../app/people/use-person-label.ts'
import { type ChartKeep, useHeldChart, useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { collectionLabel, recordListLabel, scopeLabel } from '../../app/words/collection-label.ts'
import { KeptEvidencePart } from '../../app/people/kept-evidence.tsx'
import { titleOf } from '../../app/words/record-view.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { PersonSymbol } from '../../ui/display/person-chip.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import styles from './chart-health.module.css'

const SHOWN_WAITING = 20

/** `isOpen`: its details stand open at first; each chart that shows them is held open. */
export function ChartHealth({ summary, isOpen }: { summary: ChartSummary; isOpen: boolean }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { keepOf } = useSessionCharts()
  const personOf = usePersonLabel()
  const [isShown, setShown] = useState(isOpen)
  const { waiting, aside, conflicts, confirmedAt, undelivered } = summary
  return (
    <Card
      title={
        <span className={styles.title}>
          <PersonSymbol person={personOf(summary)} size={32} />
          <ChartName of={summary} />
        </span>
      }
      aside={
        <>
          {waiting > 0 ? <StatusMark status="info">{t('health.waiting', { count: waiting })}</StatusMark> : null}
          {confirmedAt === null ? (
            <StatusMark status="neutral">{t('health.unknown')}</StatusMark>
          ) : (
            <StatusMark status={waiting > 0 ? 'neutral' : 'good'}>
              {t('health.confirmed', { time: formatMoment(new Date(confirmedAt), currentLanguage()) })}
            </StatusMark>
          )}
        </>
      }
    >
      {undelivered > 0 ? <p>{t('access.undelivered', { count: undelivered })}</p> : null}
      {conflicts > 0 ? (
        <p>
          <StatusMark status="attention">{t('overview.conflicts', { count: conflicts })}</StatusMark>{' '}
          <a className="ck-alone" href={addressOf('overview', summary.slot)}>
            {t('health.toConflicts')}
          </a>
        </p>
      ) : null}
      {aside > 0 ? (
        <p>
          <StatusMark status="attention">{t('health.aside', { count: aside })}</StatusMark>
        </p>
      ) : null}
      <details open={isShown} onToggle={(event) => setShown(event.currentTarget.open)}>
        <summary className={styles.more}>{t('health.details', { name: labelOf(summary) })}</summary>
        {isShown ? <Opened keep={keepOf(summary.slot)} summary={summary} /> : null}
      </details>
    </Card>
  )
}

/** The chart, held while its details are shown. */
function Opened({ keep, summary }: { keep: ChartKeep; summary: ChartSummary }) {
  const { t } = useTranslation()
  const chart = useHeldChart(keep)
  if (chart === undefined) return null
  if (chart === null) return <p>{t('health.notOpen')}</p>
  return <Details chart={chart} keep={keep} summary={summary} />
}

function Details({ chart, keep, summary }: { chart: Chart; keep: ChartKeep; summary: ChartSummary }) {
  const records = useObservable(chart.all$)
  const grants = useObservable(chart.grants$) ?? []
  const owners = useObservable(chart.owners.state$)?.people ?? []
  const aside = useObservable(chart.quarantine$) ?? []
  const evidence = useObservable(chart.evidence$) ?? []
  const waiting = (records ?? []).filter((record) => record.waiting).toSorted((a, b) => b.savedAt - a.savedAt)
  return (
    <div className={styles.details}>
      <Waiting records={waiting} all={summary.waiting} keep={keep} slot={summary.slot} />
      {summary.relation === 'own' ? <SharedWith grants={grants} owners={owners} slot={summary.slot} /> : null}
      <KeptEvidencePart views={evidence} save={() => chart.saveEvidence()} />
      <Aside items={aside} />
    </div>
  )
}

/** Which records wait; the rest of the number are entries of "Who saw what". */
function Waiting({
  records,
  all,
  keep,
  slot,
}: {
  records: readonly ChartRecord[]
  all: number
  keep: ChartKeep
  slot: string
}) {
  const { t } = useTranslation()
  const others = Math.max(0, all - records.length)
  return (
    <section>
      <h3>{t('health.waitingTitle')}</h3>
      {all === 0 ? <p>{t('health.nothingWaits')}</p> : null}
      <ul>
        {records.slice(0, SHOWN_WAITING).map((record) => (
          <li key={record.id}>
            <a
              className="ck-alone"
              href={addressOf('record', slot, keep.slots.slotOf({ type: 'record', id: record.id }))}
            >
              {titleOf(record, t)}
            </a>{' '}
            · {recordListLabel(record, t)} · {formatMoment(new Date(record.savedAt), currentLanguage())}
          </li>
        ))}
      </ul>
      {records.length > SHOWN_WAITING ? <p>{t('health.more', { count: records.length - SHOWN_WAITING })}</p> : null}
      {others > 0 ? <p>{t('health.entries', { count: others })}</p> : null}
      {all > 0 ? <p>{t('health.waitingWhat')}</p> : null}
    </section>
  )
}

function SharedWith({
  grants,
  owners,
  slot,
}: {
  grants: readonly GrantView[]
  owners: readonly OwnerView[]
  slot: string
}) {
  const { t } = useTranslation()
  const inForce = grants.filter(({ state }) => state === 'active' || state === 'pending' || state === 'stopping')
  const others = owners.filter(({ me, ended }) => !me && ended === null)
  return (
    <section>
      <h3>{t('health.sharedTitle')}</h3>
      {inForce.length + others.length === 0 ? <p>{t('health.nobody')}</p> : null}
      <ul>
        {others.map(({ account, name, role }) => (
          <li key={account}>
            {t(role === 'holder' ? 'health.holder' : 'health.manager', { name: name || t('audit.someone') })}
          </li>
        ))}
        {inForce.map((grant) => (
          <li key={grant.id}>{grantWords(grant, t)}</li>
        ))}
      </ul>
      <p>
        <a className="ck-alone" href={addressOf('share', slot)}>
          {t('screen.share')}
        </a>
      </p>
    </section>
  )
}

function grantWords({ name, scopes, until, state }: GrantView, t: TFunction): string {
  const words = {
    name: name || t('audit.someone'),
    lists: scopes.map(({ collection }) => scopeLabel(collection, t)).join(t('share.comma')),
    time: formatMoment(new Date(until), currentLanguage()),
  }
  if (state === 'pending') return t('health.grantPending', words)
  return state === 'stopping' ? t('health.grantStopping', words) : t('health.grant', words)
}

function Aside({ items }: { items: readonly QuarantineView[] }) {
  const { t } = useTranslation()
  if (items.length === 0) return null
  return (
    <section>
      <h3>{t('sync.asideTitle')}</h3>
      <p>{t('sync.aside', { count: items.length })}</p>
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            {t('joined.label', { label: collectionLabel(item.collection, t), text: whyOf(item.reason, t) })}{' '}
            {t('error.code', { code: item.reason })}
          </li>
        ))}
      </ul>
      <Button component="a" href={addressOf('backup')} variant="default">
        {t('screen.backup')}
      </Button>
    </section>
  )
}

/** Why, and what to do, of a reason of rule E6; a word of a newer version gets the general answer. */
function whyOf(reason: string, t: TFunction): string {
  switch (reason) {
    case 'cut':
      return t('health.whyCut')
    case 'device-not-live':
      return t('health.whyDevice')
    case 'no-right':
    case 'append-only':
    case 'sign':
      return t('health.whyRight')
    case 'collection':
      return t('health.whyKind')
    case 'heads':
    case 'sequence':
    case 'place':
      return t('health.whyOrder')
    default:
      return t('health.whyChanged')
  }
}
