/** Language, theme, text size, calendar, lock time: applied at once. They stay plain on this device, and say so. */
import { Button, NativeSelect, Stack, Text, useMantineColorScheme } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/app-context.tsx'
import {
  LOCK_MINUTES,
  lockMinutes,
  setLockMinutes,
  setTextScale,
  TEXT_SCALES,
  textScale,
} from '../../app/preferences.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { currentCalendar, setCalendar } from '../../i18n/dates.ts'
import { currentLanguage, type Language, setLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { PassphraseField } from '../../ui/passphrase-field.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase-strength.ts'
import { Banner } from '../../ui/status-mark.tsx'

/** See ux.md 2, Settings. */
export function SettingsScreen() {
  const { t } = useTranslation()
  const { platform, lock } = useApp()
  const session = useSession()
  const sync = useObservable(session.sync$)
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const [scale, setScale] = useState(textScale)
  const [minutes, setMinutes] = useState(lockMinutes)
  const [calendar, setShownCalendar] = useState(currentCalendar)
  const [isKept, setKept] = useState(false)
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
        </Stack>
        <Text c="dimmed" mt="lg">
          {t('settings.plain')}
        </Text>
      </Card>
      <ChangePassphrase />
      <Card title={t('settings.server')}>
        <p>{sync?.server?.address ?? t('sync.local')}</p>
      </Card>
      <Card title={t('settings.storage')}>
        <p>{t('store.persist')}</p>
        <div role="status">{isKept ? <Banner status="good">{t('settings.kept')}</Banner> : null}</div>
        <Button variant="default" onClick={() => void platform.keepStorage().then(setKept)}>
          {t('store.keep')}
        </Button>
      </Card>
      <Card title={t('settings.licences')}>
        <p>{t('settings.licenceText')}</p>
      </Card>
      <Button variant="default" onClick={() => void lock()}>
        {t('sheet.lock')}
      </Button>
    </Screen>
  )
}

function ChangePassphrase() {
  const { t } = useTranslation()
  const session = useSession()
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [answer, setAnswer] = useState<'done' | 'wrong' | 'weak' | null>(null)
  const [isWorking, setWorking] = useState(false)
  const change = async (event: FormEvent) => {
    event.preventDefault()
    if (!isPassphraseStrongEnough(next)) return setAnswer('weak')
    setWorking(true)
    try {
      const isChanged = await session.changePassphrase(current, next)
      setAnswer(isChanged ? 'done' : 'wrong')
      if (isChanged) {
        setCurrent('')
        setNext('')
      }
    } finally {
      setWorking(false)
    }
  }
  return (
    <Card title={t('settings.passphrase')}>
      <form onSubmit={(event) => void change(event)} noValidate>
        <Stack gap="md" maw={420}>
          <PassphraseField
            id="current-passphrase"
            label={t('settings.currentPassphrase')}
            value={current}
            onChange={setCurrent}
            error={answer === 'wrong' ? t('unlock.wrong') : undefined}
          />
          <PassphraseField
            id="next-passphrase"
            label={t('settings.nextPassphrase')}
            value={next}
            onChange={setNext}
            isNew
            error={answer === 'weak' ? t('create.tooWeak') : undefined}
          />
          <div role="status">
            {answer === 'done' ? <Banner status="good">{t('settings.passphraseChanged')}</Banner> : null}
          </div>
          <Button type="submit" variant="default" loading={isWorking} disabled={current === '' || next === ''}>
            {t('settings.passphraseDeed')}
          </Button>
        </Stack>
      </form>
    </Card>
  )
}
