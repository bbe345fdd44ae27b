/** One opening of the chart in an emergency, as its owner is told: who, when, why, what was read, and the way to stop it. */
import { Button, Group } from '@mantine/core'
import type { EmergencyUse } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Banner, Problem } from '../../ui/display/status-mark.tsx'
import { addressOf } from '../place/addresses.ts'
import { useChart } from '../context/app-context.tsx'
import { focusScreen } from '../place/screen.tsx'
import { useAction } from '../actions/use-action.ts'
import { StopAccess } from './stop-access.tsx'
import { lookAtWho } from './who-look.ts'

/** A member where who it was is proved; else the group and the device that the server names. */
export function whoOpened({ member, group, device }: EmergencyUse, t: TFunction): string {
  if (member !== null) return t('emerg.memberAt', { member, group })
  return device === '' ? group : t('emerg.somebodyAt', { group, device })
}

export function EmergencyUseBanner({ use }: { use: EmergencyUse }) {
  const { t } = useTranslation()
  const { chart, summary, memories } = useChart()
  const [isAsking, setAsking] = useState(false)
  const { isWorking, problem, run } = useAction()
  const language = currentLanguage()
  const name = whoOpened(use, t)
  const words = {
    name,
    time: formatMoment(new Date(use.at), language),
    end: formatMoment(new Date(use.until), language),
    reason: use.reason ?? t('emerg.noReason'),
  }
  const isOpen = use.state === 'open'
  const see = async () => {
    const isSeen = await run(async () => {
      await chart.emergency.markSeen(use.id)
      return ''
    })
    // The button with the focus disappears together with its text.
    if (isSeen) focusScreen()
  }
  return (
    <Banner
      status={use.seen ? 'info' : 'danger'}
      title={t(`emerg.useState.${use.state}`)}
      action={
        <Group gap="sm">
          <Button
            component="a"
            variant="default"
            href={addressOf('who', summary.slot)}
            onClick={() => lookAtWho(memories, use.account)}
          >
            {t('emerg.seeRead')}
          </Button>
          {isOpen ? (
            <Button variant="default" onClick={() => setAsking(true)}>
              {t('emerg.stopNow')}
            </Button>
          ) : null}
          {use.seen ? null : (
            <Button variant="default" loading={isWorking} onClick={() => void see()}>
              {t('emerg.seen')}
            </Button>
          )}
        </Group>
      }
    >
      <p>{t(isOpen ? 'emerg.used' : use.state === 'left' ? 'emerg.usedLeft' : 'emerg.usedOver', words)}</p>
      <Problem text={problem} />
      {use.verified ? null : (
        <p>
          <strong>{t('emerg.unproved', { group: use.group })}</strong>
        </p>
      )}
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('emerg.stopNow')}>
        <StopAccess
          grants={[use.grant]}
          question={t('emerg.stopNowAsk', { name })}
          action={t('emerg.stopNow')}
          keep={t('emerg.keep')}
          onDone={() => setAsking(false)}
        />
      </Dialog>
    </Banner>
  )
}
