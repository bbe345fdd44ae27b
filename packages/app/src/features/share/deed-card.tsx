/** One share: what they may read and do until when, more time, and the stop with its one honest question. */
import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/context/app-context.tsx'
import { DeedButton } from '../../app/actions/deed-button.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'
import { scopeLabel } from '../../app/words/collection-label.ts'
import { EndField } from '../../app/people/end-field.tsx'
import { roleLines } from '../../app/people/role-rights.ts'
import { rightsText } from '../../app/people/scopes.ts'
import type { ShareDeed } from '../../app/people/share-deeds.ts'
import { StopAccess } from '../../app/people/stop-access.tsx'
import { useConsent } from '../../app/people/use-consent.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { minuteTime, HOUR, localMinute } from '../../ui/fields/date-entry.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Banner, StatusMark, type Status } from '../../ui/display/status-mark.tsx'

export function DeedCard({ deed }: { deed: ShareDeed }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [asking, setAsking] = useState<'stop' | 'time' | null>(null)
  const state: Record<string, { status: Status; word: string }> = {
    active: { status: 'good', word: t('share.inForce') },
    pending: { status: 'info', word: t('share.waiting') },
    stopping: { status: 'attention', word: t('share.ending') },
  }
  const mark = state[deed.state] ?? { status: 'neutral', word: t('share.ended') }
  const byRole = deed.newest.flatMap(({ role, scopes }) => (role === null ? [] : { role, scopes }))
  const lines = roleLines(byRole, deed.rights, t)
  const drop = async () => {
    for (const { id } of deed.grants) await chart.dropIntent(id)
  }
  return (
    <Card title={deed.name} aside={<StatusMark status={mark.status}>{mark.word}</StatusMark>}>
      <Facts
        items={[
          ...(deed.roles.length === 0 ? [] : [{ label: t('share.readersThere'), value: rolesText(deed.roles, t) }]),
          {
            label: t('share.readsNow'),
            value: deed.collections.map((collection) => scopeLabel(collection, t)).join(' · '),
          },
          { label: t('share.may'), value: rightsText(deed.rights, t) },
          ...(lines.length === 0
            ? []
            : [{ label: t('share.byRole'), value: lines.map((line) => <div key={line}>{line}</div>) }]),
          {
            label: t('share.until'),
            value: <span className="ck-nowrap">{formatMoment(new Date(deed.until), currentLanguage())}</span>,
          },
          ...(deed.fromNow ? [{ label: t('share.fromShown'), value: t('share.fromNowShown') }] : []),
          ...(deed.purpose === '' ? [] : [{ label: t('share.purposeLabel'), value: deed.purpose }]),
        ]}
      />
      {deed.state === 'pending' ? <p>{t('share.pending')}</p> : null}
      {deed.state === 'stopping' ? <p>{t('share.stopOffline', { name: deed.name })}</p> : null}
      <Group gap="sm" mt="md">
        {deed.state === 'active' ? (
          <>
            <Button variant="default" onClick={() => setAsking('time')}>
              {t('share.moreTime')}
            </Button>
            <Button variant="default" onClick={() => setAsking('stop')}>
              {t('share.stopDeed')}
            </Button>
          </>
        ) : (
          <DeedButton deed={t('share.dropWish')} run={drop} />
        )}
      </Group>
      <Dialog isOpen={asking === 'stop'} onClose={() => setAsking(null)} title={t('share.stopDeed')}>
        <StopAccess
          grants={deed.grants.map(({ id }) => id)}
          question={t('share.stop', { name: deed.name })}
          deed={t('share.stopDeed')}
          keep={t('share.keepSharing')}
          onDone={() => setAsking(null)}
        />
      </Dialog>
      <Dialog isOpen={asking === 'time'} onClose={() => setAsking(null)} title={t('share.moreTime')}>
        <MoreTime deed={deed} onDone={() => setAsking(null)} />
      </Dialog>
    </Card>
  )
}

function MoreTime({ deed, onDone }: { deed: ShareDeed; onDone: () => void }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [until, setUntil] = useState(() => localMinute(Math.max(Date.now(), deed.until) + 48 * HOUR))
  const [isTooEarly, setTooEarly] = useState(false)
  const end = minuteTime(until)
  const { problem, isWorking, go } = useConsent(
    async () => [await chart.moreTime({ grants: deed.newest.map(({ id }) => id), until: end })],
    onDone,
  )
  const before = formatMoment(new Date(deed.until), currentLanguage())
  const give = (event: FormEvent) => {
    event.preventDefault()
    const isLater = end > Math.max(Date.now(), deed.until)
    setTooEarly(!isLater)
    if (isLater) go()
  }
  return (
    <>
      <p>{t('share.moreTimeText', { name: deed.name, time: before })}</p>
      {deed.fromNow ? <p>{t('share.moreTimeFromNow', { time: before })}</p> : null}
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
            from={deed.until}
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
