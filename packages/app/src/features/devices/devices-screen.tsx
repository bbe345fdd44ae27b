/** The devices of this account, this one first; removing one says what that stops and what not; the recovery kit. */
import { Button, Stack } from '@mantine/core'
import { IconDeviceLaptop, IconLifebuoy } from '@tabler/icons-react'
import type { DeviceView } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useSession } from '../../app/app-context.tsx'
import { deviceLabels } from '../../app/device-label.ts'
import { RecoveryKit, UNPROVED_KIT } from '../../app/recovery-kit.tsx'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialogs.tsx'
import { Banner, StatusMark } from '../../ui/status-mark.tsx'
import styles from './devices.module.css'

/** See ux.md 2, Devices. */
export function DevicesScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const devices = useObservable(session.devices$) ?? []
  const sync = useObservable(session.sync$)
  const [code, setCode] = useState(() => session.setting(UNPROVED_KIT))
  const [isShown, setShown] = useState(false)
  const labels = deviceLabels(devices, t)
  const sorted = [...devices].sort(
    (a, b) => Number(b.thisDevice) - Number(a.thisDevice) || Number(a.removed) - Number(b.removed),
  )
  return (
    <Screen word="devices">
      <ScreenHead title={t('screen.devices')} />
      {code === null ? null : (
        <Card title={t('kit.title')}>
          {isShown ? (
            <RecoveryKit
              code={code}
              session={session}
              server={sync?.server?.address ?? null}
              doneLabel={t('deed.continue')}
              onDone={() => {
                setCode(session.setting(UNPROVED_KIT))
                setShown(false)
              }}
            />
          ) : (
            <>
              <p>{t('kit.print')}</p>
              <Button onClick={() => setShown(true)}>{t('device.printKit')}</Button>
            </>
          )}
        </Card>
      )}
      <Card flush>
        <ul className={styles.devices}>
          {sorted.map((device) => (
            <Device key={device.id} device={device} label={labels.get(device.id) ?? device.name} />
          ))}
        </ul>
      </Card>
      <Card title={t('device.add')}>
        <p>{t('device.addHow')}</p>
        <a href={addressOf('sync')}>{t('screen.sync')}</a>
      </Card>
    </Screen>
  )
}

function Device({ device, label }: { device: DeviceView; label: string }) {
  const { t } = useTranslation()
  const session = useSession()
  const [isAsking, setAsking] = useState(false)
  const [problem, setProblem] = useState('')
  const remove = async () => {
    const outcome = await session.removeDevice(device.id)
    if (outcome.type === 'done') return setAsking(false)
    setProblem(
      outcome.type === 'offline'
        ? t('device.removeOffline')
        : `${t('sync.signin')} ${t('error.code', { code: outcome.error })}`,
    )
  }
  const isKit = device.kind === 'recovery'
  return (
    <li>
      {isKit ? <IconLifebuoy size={24} aria-hidden="true" /> : <IconDeviceLaptop size={24} aria-hidden="true" />}
      <div className={styles.name}>
        <strong>{label}</strong>
        <div>
          {device.thisDevice ? <StatusMark status="good">{t('device.this')}</StatusMark> : null}
          {device.newByKit ? <StatusMark status="attention">{t('device.byKit')}</StatusMark> : null}
          {device.removed ? <StatusMark status="neutral">{t('device.removed')}</StatusMark> : null}
        </div>
      </div>
      {device.newByKit ? (
        <Button variant="default" onClick={() => void session.acknowledgeDevice(device.id)}>
          {t('device.wasMe')}
        </Button>
      ) : null}
      {device.thisDevice || device.removed || isKit ? null : (
        <Button variant="default" onClick={() => setAsking(true)}>
          {t('device.removeDeed')}
        </Button>
      )}
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('device.removeDeed')}>
        <p>{t('device.remove', { device: device.name })}</p>
        {problem === '' ? null : (
          <Banner status="attention" urgent>
            {problem}
          </Banner>
        )}
        <Stack gap="sm">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('deed.cancel')}
          </Button>
          <Button onClick={() => void remove()}>{t('device.removeDeed')}</Button>
        </Stack>
      </Dialog>
    </li>
  )
}
