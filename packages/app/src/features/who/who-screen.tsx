/** Who saw and did what, in sentences by day, with what was checked about the log and what it cannot show. */
import { NativeSelect } from '@mantine/core'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import type { AuditLine } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/collection-label.ts'
import { Delayed } from '../../app/delayed.tsx'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { formatDay, formatTime } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Banner, StatusMark } from '../../ui/status-mark.tsx'
import styles from './who.module.css'

const DAY = 86_400_000

/** See ux.md 2, Who saw what. */
export function WhoScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const lines = useObservable(chart.audit$)
  const state = useObservable(chart.auditState$)
  const [who, setWho] = useState('')
  const [list, setList] = useState('')
  const [span, setSpan] = useState('30')
  const people = useMemo(() => {
    const names = new Map<string, string>()
    for (const line of lines ?? []) names.set(line.author.account, nameOf(line, t))
    return [...names]
  }, [lines, t])
  const lists = useMemo(() => [...new Set((lines ?? []).map((line) => line.collection).filter(Boolean))], [lines])
  const shown = useMemo(
    () =>
      (lines ?? [])
        .filter(
          (line) =>
            (who === '' || line.author.account === who) &&
            (list === '' || line.collection === list) &&
            (span === '' || line.at > Date.now() - Number(span) * DAY),
        )
        .sort((a, b) => b.at - a.at),
    [lines, who, list, span],
  )
  return (
    <Screen word="who" focusKey={summary.slot}>
      <ScreenHead title={t('screen.who')}>{summary.name}</ScreenHead>
      {state === undefined ? null : state.fault === null ? (
        <Banner status="good">{t('audit.ok', { count: state.checked })}</Banner>
      ) : (
        <Banner status="danger">{t('audit.fault', { code: state.fault })}</Banner>
      )}
      {lines === undefined ? (
        <Delayed />
      ) : lines.length === 0 ? (
        <EmptyState title={t('audit.emptyTitle')}>{t('audit.emptyText')}</EmptyState>
      ) : (
        <>
          <div className={`${styles.filters} ck-screen-only`}>
            <NativeSelect
              label={t('audit.person')}
              value={who}
              onChange={(event) => setWho(event.currentTarget.value)}
              data={[{ value: '', label: t('audit.anyone') }, ...people.map(([value, label]) => ({ value, label }))]}
            />
            <NativeSelect
              label={t('audit.list')}
              value={list}
              onChange={(event) => setList(event.currentTarget.value)}
              data={[
                { value: '', label: t('audit.anyList') },
                ...lists.map((value) => ({ value, label: collectionLabel(value, t) })),
              ]}
            />
            <NativeSelect
              label={t('audit.time')}
              value={span}
              onChange={(event) => setSpan(event.currentTarget.value)}
              data={[
                { value: '30', label: t('audit.days30') },
                { value: '', label: t('audit.allTime') },
              ]}
            />
          </div>
          <p role="status">{t('list.results', { count: shown.length })}</p>
          <Lines key={`${who} ${list} ${span}`} lines={shown} />
        </>
      )}
      <p className={styles.limit}>{t('audit.limit')}</p>
    </Screen>
  )
}

/** Only a screenful stays in the page: a log of years is as quick as one of a day. */
function Lines({ lines }: { lines: readonly AuditLine[] }) {
  const { t } = useTranslation()
  const list = useRef<HTMLOListElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY), [])
  const virtual = useWindowVirtualizer({
    count: lines.length,
    estimateSize: () => 60,
    overscan: 6,
    scrollMargin: top,
    getItemKey: (index) => lines[index]?.id ?? index,
  })
  return (
    <ol ref={list} className={styles.lines} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const line = lines[item.index]
        if (!line) return null
        const day = dayOf(line.at, t)
        const before = lines[item.index - 1]
        return (
          <li
            key={line.id}
            ref={virtual.measureElement}
            data-index={item.index}
            aria-setsize={lines.length}
            aria-posinset={item.index + 1}
            style={{ transform: `translateY(${item.start - top}px)` }}
          >
            {before && dayOf(before.at, t) === day ? null : <h2 className={styles.day}>{day}</h2>}
            <p className={styles.sentence}>
              <span>{sentence(line, t)}</span>
              <span className={styles.time}>{formatTime(new Date(line.at))}</span>
              {line.confirmed ? null : <StatusMark status="info">{t('audit.notConfirmed')}</StatusMark>}
            </p>
          </li>
        )
      })}
    </ol>
  )
}

function dayOf(at: number, t: TFunction): string {
  const moment = new Date(at)
  if (moment.toDateString() === new Date().toDateString()) return t('audit.today')
  if (moment.toDateString() === new Date(Date.now() - DAY).toDateString()) return t('audit.yesterday')
  return formatDay(moment, currentLanguage())
}

function nameOf(line: AuditLine, t: TFunction): string {
  return line.author.me ? t('audit.you') : line.author.name || t('audit.someone')
}

/** One entry in words that a patient understands; a word of a newer app is shown as it is. */
function sentence(line: AuditLine, t: TFunction): string {
  const who = nameOf(line, t)
  const list = line.collection === '' ? t('overview.lists') : collectionLabel(line.collection, t)
  const what = line.subject || t('thing.other')
  const { count } = line
  switch (line.action) {
    case 'opened':
      return t('audit.did.opened', { who })
    case 'read':
      return t('audit.did.read', { who, list, count })
    case 'created':
      return t('audit.did.created', { who, what, list })
    case 'changed':
      return t('audit.did.changed', { who, what, list })
    case 'deleted':
      return t('audit.did.deleted', { who, what, list })
    case 'signed':
      return t('audit.did.signed', { who, what })
    case 'shared':
      return t('audit.did.shared', { who, what })
    case 'revoked':
      return t('audit.did.revoked', { who, what })
    case 'imported':
      return t('audit.did.imported', { who, count })
    case 'exported':
      return t('audit.did.exported', { who })
    case 'printed':
      return t('audit.did.printed', { who })
    case 'resolved':
      return t('audit.did.resolved', { who, what })
    case 'emergency':
      return t('audit.did.emergency', { who })
    case 'failed-unlock':
      return t('audit.did.failedUnlock')
    default:
      return t('audit.did.other', { who, what: line.action })
  }
}
