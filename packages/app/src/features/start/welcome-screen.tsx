/** The first screen on a device without an account: start, restore, or, for clinicians, come into a practice, make one, or work alone. */
import { Button, Stack } from '@mantine/core'
import {
  IconBuildingHospital,
  IconFolderHeart,
  IconLifebuoy,
  IconStethoscope,
  IconUsersPlus,
} from '@tabler/icons-react'
import type { Session } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { VanishedBanner } from '../../app/drafts/vanished-banner.tsx'
import { wasHere } from '../../app/session/was-here.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import styles from './start.module.css'

const FOR_CLINICIANS = [
  { words: 'joining.invited', address: addressOf('restore', 'practice'), Icon: IconUsersPlus },
  { words: 'joining.make', address: addressOf('start', 'clinic'), Icon: IconBuildingHospital },
  { words: 'joining.alone', address: addressOf('start', 'clinician'), Icon: IconStethoscope },
] as const

export function WelcomeScreen() {
  const { t } = useTranslation()
  const { demo, accountManager, enter } = useApp()
  const [hasAccounts, setHasAccounts] = useState(false)
  const [isDeleted, setDeleted] = useState(false)
  const [sample, setSample] = useState<'idle' | 'opening' | 'failed'>('idle')
  const openSample = async (open: () => Promise<Session>) => {
    setSample('opening')
    try {
      enter(await open())
    } catch {
      setSample('failed')
    }
  }
  useEffect(() => {
    // What the disk refuses stands above the screen.
    accountManager.accounts().then(
      (accounts) => {
        setHasAccounts(accounts.length > 0)
        setDeleted(accounts.length === 0 && wasHere())
      },
      () => {},
    )
  }, [accountManager])
  return (
    <Screen word="start">
      <h1 tabIndex={-1} id="screen-title">
        {t('welcome.title')}
      </h1>
      {isDeleted ? <VanishedBanner /> : null}
      <p>{t('welcome.what')}</p>
      <p>{t('welcome.server')}</p>
      <Stack gap="sm" mt="lg">
        <Button component="a" href={addressOf('start', 'new')} leftSection={<IconFolderHeart size={22} />}>
          {t('welcome.start')}
        </Button>
        <Button component="a" href={addressOf('restore')} variant="default" leftSection={<IconLifebuoy size={22} />}>
          {t('welcome.restore')}
        </Button>
        {hasAccounts ? (
          <Button component="a" href={addressOf('unlock')} variant="subtle">
            {t('unlock.go')}
          </Button>
        ) : null}
      </Stack>
      <Stack gap="sm" mt="xl">
        <h2 className={styles.clinicians}>{t('joining.title')}</h2>
        {FOR_CLINICIANS.map(({ words, address, Icon }) => (
          <Button key={words} component="a" href={address} variant="default" leftSection={<Icon size={22} />}>
            {t(words)}
          </Button>
        ))}
      </Stack>
      {demo ? (
        <Stack gap="sm" mt="xl">
          <Banner status="info">{t('welcome.demoNote')}</Banner>
          {sample === 'opening' ? <p role="status">{t('welcome.demoOpening')}</p> : null}
          {sample === 'failed' ? <Banner status="attention">{t('welcome.demoFailed')}</Banner> : null}
          <Button variant="light" disabled={sample === 'opening'} onClick={() => void openSample(demo.family)}>
            {t('welcome.demoFamily')}
          </Button>
          <Button variant="light" disabled={sample === 'opening'} onClick={() => void openSample(demo.doctor)}>
            {t('welcome.demoDoctor')}
          </Button>
        </Stack>
      ) : null}
    </Screen>
  )
}
