/** Let a new device into this account: scan or paste its code, compare the words, then it is in. */
import { Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { type PairingStep, PairingSteps } from '../../app/enrol/pairing-steps.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useServerAddress } from '../../app/context/use-server-address.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function PairAddScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const address = useServerAddress()
  const [at, setAt] = useState<PairingStep['at']>('read')
  return (
    <Screen word="devices" focusKey={at}>
      <ScreenHead
        title={t('device.add')}
        above={
          <a className="ck-alone" href={addressOf('devices')}>
            {t('screen.devices')}
          </a>
        }
      />
      <PairingSteps
        begin={(code) => session.addDevice(code)}
        how={t('pair.readHow', { address })}
        means={t('pair.means')}
        onStep={setAt}
        added={(device, how) => (
          <Stack gap="lg">
            <Banner status={how === 'entered' ? 'good' : how === 'refused' ? 'attention' : 'info'}>
              {t(`pair.added.${how}`, { device })}
            </Banner>
            <Button component="a" href={addressOf('devices')}>
              {t('screen.devices')}
            </Button>
          </Stack>
        )}
      />
    </Screen>
  )
}
