/** Step 3: exactly what they will see, the honest line, and the deed with its number and time. */
import { Button, Stack } from '@mantine/core'
import type { Grantee } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart, useSession } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/chart/collection-label.ts'
import { patientName, patientText } from '../../app/chart/chart-patient.ts'
import { rowsOf } from '../../app/chart/record-view.ts'
import { Delayed } from '../../app/delayed.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/chart/use-wording.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/card.tsx'
import { RowLinks } from '../../ui/row-links.tsx'
import { Banner } from '../../ui/status-mark.tsx'
import { rightsText } from './scopes.ts'
import type { Draft } from './share-draft.ts'
import styles from './share.module.css'

const SHOWN_PER_LIST = 50

/** Offline it becomes a wish that is kept. */
export function Check({ grantee, draft, onBack }: { grantee: Grantee; draft: Draft; onBack: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary } = useChart()
  const wording = useWording()
  const sync = useObservable(session.sync$)
  const records = useObservable(chart.all$)
  const [isSharing, setSharing] = useState(false)
  const [problem, setProblem] = useState('')
  const shared = useMemo(
    () =>
      (records ?? []).filter((record) => draft.collections.includes(record.collection) && record.status !== 'error'),
    [records, draft.collections],
  )
  const groups = useMemo(
    () =>
      draft.collections.map((collection) => {
        const listed = shared.filter((record) => record.collection === collection)
        return { collection, count: listed.length, rows: rowsOf(listed.slice(0, SHOWN_PER_LIST), wording) }
      }),
    [shared, draft.collections, wording],
  )
  const until = new Date(draft.until)
  const time = formatMoment(until, currentLanguage())
  const isOffline = sync?.state === 'offline' || sync?.state === 'no-server'
  const count = shared.length
  const isFromNow = draft.from === 'now'
  const share = async () => {
    setSharing(true)
    setProblem('')
    try {
      const outcome = await chart.share({
        grantee,
        scopes: draft.collections.map((collection) => ({ collection, rights: draft.rights })),
        from: draft.from,
        until: until.getTime(),
        purpose: draft.purpose.trim(),
        shown: {
          name: patientName(records ?? []) || summary.name,
          birthDate: patientText(records ?? [], 'birthDate') || summary.birthDate,
        },
      })
      if (outcome.type === 'refused')
        return setProblem(`${t('share.refused')} ${t('error.code', { code: outcome.error })}`)
      window.location.hash = addressOf('share', summary.slot)
    } catch {
      // A full disk, or a session that was locked meanwhile: the wish may or may not be kept, so look before asking again.
      setProblem(t('share.failed'))
    } finally {
      setSharing(false)
    }
  }
  // Never a wrong number of records, not even for a moment.
  if (records === undefined) return <Delayed />
  return (
    <Stack gap="md">
      <Card>
        <p>
          <strong>{grantee.name}</strong> · {rightsText(draft.rights, t)} ·{' '}
          <span className="ck-nowrap">{t('share.untilTime', { time })}</span>
        </p>
        <p>{isFromNow ? t('share.fromNowHint') : t('share.previewTitle', { count })}</p>
        {isFromNow ? <p>{draft.collections.map((collection) => collectionLabel(collection, t)).join(' · ')}</p> : null}
        {(isFromNow ? [] : groups).map(({ collection, count: size, rows }) => (
          <details key={collection}>
            <summary>
              {collectionLabel(collection, t)} ({size})
            </summary>
            <div className={styles.preview}>
              <RowLinks rows={rows} />
            </div>
          </details>
        ))}
      </Card>
      <Banner status="info">{t('share.honest', { name: grantee.name })}</Banner>
      {isOffline ? <Banner status="neutral">{t('share.pending')}</Banner> : null}
      {problem === '' ? null : (
        <Banner status="attention" urgent>
          {problem}
        </Banner>
      )}
      <Button onClick={() => void share()} loading={isSharing}>
        {isFromNow
          ? isOffline
            ? t('share.goNowOffline')
            : t('share.goNow', { time })
          : isOffline
            ? t('share.goOffline', { count })
            : t('share.go', { count, time })}
      </Button>
      <Button variant="default" onClick={onBack}>
        {t('deed.back')}
      </Button>
    </Stack>
  )
}
