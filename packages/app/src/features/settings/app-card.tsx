/** This app on this device: on the home screen or not, and whether a newer version waits. */
import { Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { installOffer$, installWay, isInstalled } from '../../platform/install-offer.ts'
import { newVersion$ } from '../../platform/register-shell.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function AppCard() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const isNew = useObservable(newVersion$)
  const offer = useObservable(installOffer$)
  const [isHere, setHere] = useState(isInstalled)
  if (platform.kind !== 'browser') return null
  const install = async () => {
    const { outcome } = (await offer?.prompt()) ?? { outcome: 'dismissed' }
    if (outcome === 'accepted') setHere(true)
    installOffer$.next(null)
  }
  return (
    <Card title={t('install.title')}>
      <Stack gap="md" align="start">
        <div role="status">{isNew ? <Banner status="info">{t('install.newVersion')}</Banner> : null}</div>
        {isHere ? (
          <p>{t('install.here')}</p>
        ) : (
          <>
            <p>{t('install.why')}</p>
            {offer ? (
              <Button onClick={() => void install()}>{t('install.deed')}</Button>
            ) : (
              <p>{t(`install.${installWay(navigator.userAgent, navigator.maxTouchPoints)}`)}</p>
            )}
          </>
        )}
      </Stack>
    </Card>
  )
}
