/** What devices reported: filters, then one sentence for each entry with what was checked of it. */
import { NativeSelect } from '@mantine/core'
import type { AuditLine } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { usePracticeIfAny } from '../../app/practice/practice-context.tsx'
import { collectionLabel } from '../../app/words/collection-label.ts'
import { forgetLook, lookedAt } from '../../app/people/who-look.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import { LineList, type Line } from './line-list.tsx'
import { ProofButton, useSaveProof } from './save-proof.tsx'
import { isOf, type Naming, personName, personsOf, provedNames } from './persons.ts'
import { reportSentence } from './sentences.ts'
import styles from './who.module.css'

const DAY = 86_400_000

/** What entries are compared with: the log that the server signs, the same while it does not hold, or nothing. */
export type TreeState = 'holds' | 'stopped' | 'none'

export function Reports({ lines, tree }: { lines: readonly AuditLine[]; tree: TreeState }) {
  const { t } = useTranslation()
  const { memories } = useChart()
  const naming = useNaming()
  const [asked, setWho] = useState(() => lookedAt(memories))
  const [list, setList] = useState('')
  const [span, setSpan] = useState('30')
  useEffect(() => forgetLook(memories), [memories])
  const people = useMemo(() => personsOf(lines, naming), [lines, naming])
  // Whoever is asked for has reported nothing yet: then everybody is shown, as the field says.
  const who = people.some(({ key }) => key === asked) ? asked : ''
  const lists = useMemo(() => [...new Set(lines.map((line) => line.collection).filter(Boolean))], [lines])
  const shown = useMemo(
    () =>
      lines.filter(
        (line) =>
          isOf(line, who) &&
          (list === '' || line.collection === list) &&
          (span === '' || line.at > Date.now() - Number(span) * DAY),
      ),
    [lines, who, list, span],
  )
  if (lines.length === 0) return <EmptyState title={t('audit.emptyTitle')}>{t('audit.emptyText')}</EmptyState>
  return (
    <>
      <div className={`${styles.filters} ck-screen-only`}>
        <NativeSelect
          label={t('audit.person')}
          value={who}
          onChange={(event) => setWho(event.currentTarget.value)}
          data={[{ value: '', label: t('audit.anyone') }, ...people.map(({ key, label }) => ({ value: key, label }))]}
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
            { value: '1', label: t('audit.days1') },
            { value: '7', label: t('audit.days7') },
            { value: '30', label: t('audit.days30') },
            { value: '365', label: t('audit.days365') },
            { value: '', label: t('audit.allTime') },
          ]}
        />
      </div>
      <p role="status">{t('list.results', { count: shown.length })}</p>
      <ReportLines key={`${who} ${list} ${span}`} lines={shown} tree={tree} />
    </>
  )
}

/** How whoever is in the log of the chart in view is named. */
function useNaming(): Naming {
  const { t } = useTranslation()
  const { chart } = useChart()
  const { account } = useSession()
  const practice = usePracticeIfAny()?.practice.name
  const signatures = useObservable(chart.signatures$)
  return useMemo(
    () => ({
      t,
      practice: practice === undefined ? null : { account, name: practice },
      proved: provedNames(signatures ?? []),
    }),
    [t, account, practice, signatures],
  )
}

/** The sentences alone, newest first. */
export function ReportLines({ lines, tree }: { lines: readonly AuditLine[]; tree: TreeState }) {
  const { t } = useTranslation()
  const naming = useNaming()
  const { save, busy, dialog } = useSaveProof()
  const shown = lines
    .toSorted((a, b) => b.at - a.at)
    .map((line): Line => {
      const sentence = reportSentence(line, personName(line.author, naming), t)
      const action =
        tree === 'holds' && line.state === 'proved' ? (
          <ProofButton
            what={sentence}
            isBusy={busy === line.id}
            onSave={() => void save(line.id, sentence, { type: 'entry', id: line.id })}
          />
        ) : undefined
      return { key: line.id, at: line.at, sentence, marks: marksOf(line, tree, t), ...(action ? { action } : {}) }
    })
  return (
    <>
      <LineList lines={shown} />
      {dialog}
    </>
  )
}

function marksOf(line: AuditLine, tree: TreeState, t: TFunction) {
  if (line.state === 'late') return <StatusMark status="attention">{t('late.title')}</StatusMark>
  if (!line.confirmed) return <StatusMark status="info">{t('audit.notConfirmed')}</StatusMark>
  if (tree === 'none') return null
  return (
    <>
      {line.state === 'missing' ? <StatusMark status="danger">{t('who.lineMissing')}</StatusMark> : null}
      {line.state === 'sent' ? <StatusMark status="info">{t('who.notFound')}</StatusMark> : null}
      {line.state === 'proved' ? <StatusMark status="good">{t('who.proved')}</StatusMark> : null}
      {line.unnoted ? <StatusMark status="attention">{t('who.lineUnnoted')}</StatusMark> : null}
    </>
  )
}
