/** Step 3: exactly what they will see, the honest line, and the deed with its number and time. */
import { Button, Stack } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart, useSession } from '../../app/context/app-context.tsx'
import { scopeLabel } from '../../app/words/collection-label.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { roleLines, roleScopes } from '../../app/people/role-rights.ts'
import { rightsText } from '../../app/people/scopes.ts'
import { SharedRecords, sharedOf, shownOf } from '../../app/people/shared-records.tsx'
import { type Draft, givenTo, namesOf, type Recipient } from './share-draft.ts'

/** Offline it becomes a wish that is kept. */
export function Check({
  recipients,
  draft,
  onBack,
}: {
  recipients: readonly Recipient[]
  draft: Draft
  onBack: () => void
}) {
  const { t } = useTranslation()
  const session = useSession()
  const { chart, summary } = useChart()
  const sync = useObservable(session.sync$)
  const records = useObservable(chart.all$)
  const [isSharing, setSharing] = useState(false)
  const [problem, setProblem] = useState('')
  const shared = useMemo(() => sharedOf(records ?? [], draft.collections), [records, draft.collections])
  const until = new Date(draft.until)
  const names = namesOf(recipients, t)
  const time = formatMoment(until, currentLanguage())
  const isOffline = sync?.state === 'offline' || sync?.state === 'no-server'
  const count = shared.length
  const isFromNow = draft.from === 'now'
  const share = async () => {
    setSharing(true)
    setProblem('')
    try {
      const [first, ...team] = recipients.map(({ grantee, role }) => ({ grantee, ...(role && { role }) }))
      const outcome = await chart.share({
        ...first!,
        team,
        scopes: draft.collections.map((collection) => ({ collection, rights: draft.rights })),
        from: draft.from,
        until: until.getTime(),
        purpose: draft.purpose.trim(),
        shown: shownOf(records ?? [], summary),
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
        {givenTo(recipients, draft.rights).map((given) => (
          <p key={namesOf(given.recipients, t)}>
            <strong>{namesOf(given.recipients, t)}</strong> · {rightsText(given.rights, t)} ·{' '}
            <span className="ck-nowrap">{t('share.untilTime', { time })}</span>
          </p>
        ))}
        {recipients.map(({ grantee, role }) => {
          if (!grantee.practice) return null
          const lines = roleLines(roleScopes(role, draft.collections, draft.rights), draft.rights, t)
          return lines.length === 0 ? null : (
            <div key={grantee.account}>
              {t('joined.label', { label: grantee.name, text: t('share.byRole') })}
              <ul>
                {lines.map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </div>
          )
        })}
        <p>{isFromNow ? t('share.fromNowHint') : t('share.previewTitle', { count })}</p>
        {isFromNow ? <p>{draft.collections.map((collection) => scopeLabel(collection, t)).join(' · ')}</p> : null}
        {isFromNow ? null : <SharedRecords shared={shared} collections={draft.collections} />}
      </Card>
      <Banner status="info">{t('share.honest', { name: names })}</Banner>
      {isOffline ? <Banner status="neutral">{t('share.pending')}</Banner> : null}
      <Problem text={problem} />
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
