/** Parts of the screens before unlocking: the language switch, the notice for plain http, and the line shown while opening. */
import { Button, SegmentedControl } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage, type Language, setLanguage } from '../../i18n/index.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { addressOf } from '../place/addresses.ts'
import { Screen } from '../place/screen.tsx'

/** EN | 中文, each named in itself. */
export function LanguageSwitch() {
  const { t } = useTranslation()
  return (
    <SegmentedControl
      aria-label={t('frame.language')}
      value={currentLanguage()}
      onChange={(language) => setLanguage(language as Language)}
      data={[
        { value: 'en', label: t('frame.english') },
        { value: 'zh-Hant-TW', label: t('frame.chinese') },
      ]}
    />
  )
}

/** From a page of the first run to its beginning. */
export function BackToStart() {
  const { t } = useTranslation()
  return (
    <Button
      component="a"
      href={addressOf('start')}
      variant="subtle"
      px="sm"
      leftSection={<IconArrowLeft size={20} aria-hidden="true" />}
    >
      {t('deed.back')}
    </Button>
  )
}

/** On plain http there is no cryptography: this is then the only thing on screen. */
export function InsecureNotice() {
  const { t } = useTranslation()
  return (
    <Screen word="start">
      <h1 tabIndex={-1} id="screen-title">
        {t('welcome.title')}
      </h1>
      <Banner status="danger" urgent>
        {t('http.insecure')}
      </Banner>
    </Screen>
  )
}

/** Nothing at first, then a sentence: what is usually there at once needs no words. */
export function Opening() {
  const { t } = useTranslation()
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 1000)
    return () => clearTimeout(timer)
  }, [])
  return <p role="status">{isLong ? t('state.opening') : ''}</p>
}
