/** One share: what they may read and do until when, more time, and the stop with its one honest question. */
import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/context/app-context.tsx'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'
import { scopeLabel } from '../../app/words/collection-label.ts'
import { EndField } from '../../app/people/end-field.tsx'
import { roleLines } from '../../app/people/role-rights.ts'
import { rightsText } from '../../app/people/scopes.ts'
import type { Share } from '../../app/people/shares.ts'
import { StopAccess } from '../../app/people/stop-access.tsx'
import { useConsent } from '../../app/people/use-consent.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { minuteTime, HOUR, localMinute } from '../../ui/fields/date-entry.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Banner, StatusMark, type Status } from '../../ui/display/status-mark.tsx'

export function ShareCard({ share }: { share: Share }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [asking, setAsking] = useState<'stop' | 'time' | null>(null)
  const state: Record<string, { status: Status; word: string }> = {
    active: { status: 'good', word: t('share.inForce') },
    pending: { status: 'info', word: t('share.waiting') },
    stopping: { status: 'attention', word: t('share.ending') },
  }
  const mark = state[share.state] ?? { status: 'neutral', word: t('share.ended') }
  const byRole = share.newest.flatMap(({ role, scopes }) => (role === null ? [] : { role, scopes }))
  const lines = roleLines(byRole, share.rights, t)
  const drop = async () => {
    for (const { id } of share.grants) await chart.dropIntent(id)
  }
  return (
    <Card title={share.name} aside={<StatusMark status={mark.status}>{mark.word}</StatusMark>}>
      <Facts
        items={[
          ...(share.roles.length === 0 ? [] : [{ label: t('share.readersThere'), value: rolesText(share.roles, t) }]),
          {
            label: t('share.readsNow'),
            value: share.collections.map((collection) => scopeLabel(collection, t)).join(' · '),
          },
          { label: t('share.may'), value: rightsText(share.rights, t) },
          ...(lines.length === 0
            ? []
            : [{ label: t('share.byRole'), value: lines.map((line) => <div key={line}>{line}</div>) }]),
          {
            label: t('share.until'),
            value: <span className="ck-nowrap">{formatMoment(new Date(share.until), currentLanguage())}</span>,
          },
          ...(share.fromNow ? [{ label: t('share.fromShown'), value: t('share.fromNowShown') }] : []),
          ...(share.purpose === '' ? [] : [{ label: t('share.purposeLabel'), value: share.purpose }]),
        ]}
      />
      {share.state === 'pending' ? <p>{t('share.pending')}</p> : null}
      {share.state === 'stopping' ? <p>{t('share.stopOffline', { name: share.name })}</p> : null}
      <Group gap="sm" mt="md">
        {share.state === 'active' ? (
          <>
            <Button variant="default" onClick={() => setAsking('time')}>
              {t('share.moreTime')}
            </Button>
            <Button variant="default" onClick={() => setAsking('stop')}>
              {t('share.stopDeed')}
            </Button>
          </>
        ) : (
          <ActionButton action={t('share.dropWish')} run={drop} />
        )}
      </Group>
      <Dialog isOpen={asking === 'stop'} onClose={() => setAsking(null)} title={t('share.stopDeed')}>
        <StopAccess
          grants={share.grants.map(({ id }) => id)}
          question={t('share.stop', { name: share.name })}
          action={t('share.stopDeed')}
          keep={t('share.keepSharing')}
          onDone={() => setAsking(null)}
        />
      </Dialog>
      <Dialog isOpen={asking === 'time'} onClose={() => setAsking(null)} title={t('share.moreTime')}>
        <MoreTime share={share} onDone={() => setAsking(null)} />
      </Dialog>
    </Card>
  )
}

function MoreTime({ share, onDone }: { share: Share; onDone: () => void }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [until, setUntil] = useState(() => localMinute(Math.max(Date.now(), share.until) + 48 * HOUR))
  const [isTooEarly, setTooEarly] = useState(false)
  const end = minuteTime(until)
  const { problem, isWorking, go } = useConsent(
    async () => [await chart.moreTime({ grants: share.newest.map(({ id }) => id), until: end })],
    onDone,
  )
  const before = formatMoment(new Date(share.until), currentLanguage())
  const give = (event: FormEvent) => {
    event.preventDefault()
    const isLater = end > Math.max(Date.now(), share.until)
    setTooEarly(!isLater)
    if (isLater) go()
  }
  return (
    <>
      <p>{t('share.moreTimeText', { name: share.name, time: before })}</p>
      {share.fromNow ? <p>{t('share.moreTimeFromNow', { time: before })}</p> : null}
      {problem === null ? null : (
        <Banner status="attention" urgent>
          {problem === 'refused' ? t('share.moreTimeRefused') : t('share.failed')}
        </Banner>
      )}
      <form onSubmit={give} noValidate>
        <Stack gap="md">
          <EndField
            value={until}
            onChange={setUntil}
            from={share.until}
            error={isTooEarly ? t('share.moreTimeEarly', { time: before }) : undefined}
          />
          <Button type="submit" loading={isWorking}>
            {t('share.moreTime')}
          </Button>
          <Button variant="default" onClick={onDone}>
            {t('deed.notNow')}
          </Button>
        </Stack>
      </form>
    </>
  )
}
