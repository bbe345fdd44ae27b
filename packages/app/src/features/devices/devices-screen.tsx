/** The devices of this account, this one first; adding one; the recovery kit, and a new one in its place. */
import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { deviceLabels } from '../../platform/device-label.ts'
import { UNPROVED_KIT } from '../../app/enrol/recovery-kit.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { useServerAddress } from '../../app/context/use-server-address.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { dateOf, DeviceRow } from './device-row.tsx'
import styles from './devices.module.css'

export function DevicesScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const devices = useObservable(session.devices$) ?? []
  const address = useServerAddress()
  const [code, setCode] = useState(() => session.setting(UNPROVED_KIT))
  const labels = deviceLabels(devices, t)
  const kits = devices.filter(({ kind }) => kind === 'recovery')
  const sorted = devices
    .filter(({ kind }) => kind === 'device')
    .sort((a, b) => Number(b.thisDevice) - Number(a.thisDevice))
  const row = (device: (typeof devices)[number]) => (
    <DeviceRow
      key={device.id}
      device={device}
      label={device.thisDevice ? device.name : (labels.get(device.id) ?? device.name)}
    />
  )
  const removed = sorted.filter((device) => device.removed)
  const until = session.waitUntil()
  // A kit that was replaced elsewhere before this one was printed is nothing to print any more.
  useEffect(() => {
    if (code === null || session.isKit(code)) return
    void session.setSetting(UNPROVED_KIT, null)
    setCode(null)
  }, [code, session, devices])
  return (
    <Screen word="devices">
      <ScreenHead title={t('screen.devices')} />
      {until === null ? null : <Banner status="info">{t('devices.tooEarly', { date: dateOf(until) })}</Banner>}
      <Card flush>
        <ul className={styles.devices}>{sorted.filter((device) => !device.removed).map(row)}</ul>
      </Card>
      <Card title={t('device.add')}>
        <p>{t('pair.readHow', { address })}</p>
        <Button component="a" href={addressOf('devices', 'add')} variant={code === null ? 'filled' : 'default'}>
          {t('device.add')}
        </Button>
      </Card>
      <Card title={t('devices.kitTitle')}>
        {code === null ? (
          <>
            <p>{t('devices.kitNow', { n: kits.length })}</p>
            <p>{t('devices.kitWhy')}</p>
          </>
        ) : (
          <p>{t('kit.print')}</p>
        )}
        <Button component="a" href={addressOf('devices', 'kit')} variant={code === null ? 'default' : 'filled'}>
          {t(code === null ? 'devices.kitNew' : 'overview.kitMissing')}
        </Button>
      </Card>
      {removed.length === 0 ? null : (
        <Card title={t('devices.removedTitle')} flush>
          <ul className={styles.devices}>{removed.map(row)}</ul>
        </Card>
      )}
    </Screen>
  )
}
