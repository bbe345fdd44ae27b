/** Ringing on this device: what it shows, what it cannot do, and the button that asks the browser. */
import { Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { keepRinging, wantsRinging } from '../../app/reminders/reminder-state.ts'
import { askToRing, ringState } from '../../app/reminders/ring.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function RingCard() {
  const { t } = useTranslation()
  const session = useSession()
  const [state, setState] = useState(ringState)
  const [isWanted, setWanted] = useState(() => wantsRinging(session))
  const turn = async (rings: boolean) => {
    const isAllowed = rings && (await askToRing())
    setState(ringState())
    await keepRinging(session, isAllowed)
    setWanted(isAllowed)
  }
  const isOn = isWanted && state === 'granted'
  return (
    <Card title={t('reminders.ring')}>
      <Stack gap="md" align="start">
        <p>{t('reminders.ringWhat', { text: t('notify.any') })}</p>
        <p>{t('reminders.ringLimit')}</p>
        <div role="status">
          {state === 'none' ? (
            <Banner status="neutral">{t('reminders.ringNone')}</Banner>
          ) : state === 'denied' ? (
            <Banner status="attention">{t('reminders.ringDenied')}</Banner>
          ) : isOn ? (
            <Banner status="good">{t('reminders.ringIsOn')}</Banner>
          ) : null}
        </div>
        {state === 'none' || state === 'denied' ? null : (
          <Button variant={isOn ? 'default' : 'filled'} onClick={() => void turn(!isOn)}>
            {isOn ? t('reminders.ringOff') : t('reminders.ringOn')}
          </Button>
        )}
      </Stack>
    </Card>
  )
}
