/** Language, theme, text size, calendar, lock time: applied at once. They stay plain on this device, and say so. */
import { Button, Checkbox, NativeSelect, Stack, Text, useMantineColorScheme } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import {
  LOCK_MINUTES,
  lockMinutes,
  locksOnSleep,
  setLockMinutes,
  setLocksOnSleep,
  setTextScale,
  TEXT_SCALES,
  textScale,
} from '../../app/hooks/preferences.ts'
import { REMINDERS_PATH } from '../../app/reminders/reminders-due.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { currentCalendar, setCalendar } from '../../i18n/dates.ts'
import { currentLanguage, type Language, setLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { AppCard } from './app-card.tsx'
import { ComputerCard } from './computer-card.tsx'
import { StorageCard } from './storage-card.tsx'
import { UnlockCards } from './unlock-cards.tsx'
import { WaysInCard } from './ways-in-card.tsx'

export function SettingsScreen() {
  const { t } = useTranslation()
  const { lock } = useApp()
  const session = useSession()
  const sync = useObservable(session.sync$)
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [scale, setScale] = useState(textScale)
  const [minutes, setMinutes] = useState(lockMinutes)
  const [calendar, setShownCalendar] = useState(currentCalendar)
  const [isLockedOnSleep, setLockedOnSleep] = useState(locksOnSleep)
  return (
    <Screen word="settings">
      <ScreenHead title={t('screen.settings')}>{session.name}</ScreenHead>
      <Card>
        <Stack gap="lg" maw={420}>
          <NativeSelect
            label={t('settings.language')}
            value={currentLanguage()}
            onChange={(event) => setLanguage(event.currentTarget.value as Language)}
            data={[
              { value: 'en', label: t('frame.english') },
              { value: 'zh-Hant-TW', label: t('frame.chinese') },
            ]}
          />
          <NativeSelect
            label={t('settings.theme')}
            value={colorScheme}
            onChange={(event) => setColorScheme(event.currentTarget.value as 'light' | 'dark' | 'auto')}
            data={[
              { value: 'auto', label: t('settings.themeAuto') },
              { value: 'light', label: t('settings.themeLight') },
              { value: 'dark', label: t('settings.themeDark') },
            ]}
          />
          <NativeSelect
            label={t('settings.text')}
            value={String(scale)}
            onChange={(event) => {
              setTextScale(Number(event.currentTarget.value))
              setScale(textScale())
            }}
            data={TEXT_SCALES.map((value) => ({
              value: String(value),
              label:
                value === 100
                  ? t('settings.textNormal')
                  : value === 125
                    ? t('settings.textLarge')
                    : t('settings.textLarger'),
            }))}
          />
          <NativeSelect
            label={t('settings.calendar')}
            value={calendar}
            onChange={(event) => {
              setCalendar(event.currentTarget.value === 'roc' ? 'roc' : 'gregorian')
              setShownCalendar(currentCalendar())
            }}
            data={[
              { value: 'gregorian', label: t('settings.gregorian') },
              { value: 'roc', label: t('settings.roc') },
            ]}
          />
          <NativeSelect
            label={t('settings.lockTime')}
            value={String(minutes)}
            onChange={(event) => {
              setLockMinutes(Number(event.currentTarget.value))
              setMinutes(lockMinutes())
            }}
            data={LOCK_MINUTES.map((value) => ({
              value: String(value),
              label: value === 0 ? t('settings.never') : t('settings.minutes', { count: value }),
            }))}
          />
          <Checkbox
            label={t('settings.lockOnSleep')}
            checked={isLockedOnSleep}
            onChange={(event) => {
              setLocksOnSleep(event.currentTarget.checked)
              setLockedOnSleep(locksOnSleep())
            }}
          />
        </Stack>
        <Text c="dimmed" mt="lg">
          {t('settings.plain')}
        </Text>
      </Card>
      <WaysInCard />
      <UnlockCards />
      <Card title={t('settings.server')}>
        <p>{sync?.server?.address ?? t('sync.local')}</p>
        <Button component="a" href={addressOf('sync')} variant="default">
          {sync?.server ? t('server.move') : t('server.connect')}
        </Button>
      </Card>
      <Card title={t('reminders.title')}>
        <p>{t('reminders.what')}</p>
        <Button component="a" href={`#${REMINDERS_PATH}`} variant="default">
          {t('reminders.choose')}
        </Button>
      </Card>
      <AppCard />
      <ComputerCard />
      <StorageCard />
      <Card title={t('settings.licences')}>
        <p>{t('settings.licenceText')}</p>
      </Card>
      <Button variant="default" onClick={() => void lock()}>
        {t('sheet.lock')}
      </Button>
    </Screen>
  )
}
