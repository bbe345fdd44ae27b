/** Why this tab is locked, where it was not by hand. */
import { useTranslation } from 'react-i18next'
import type { Ending } from '../../app/session/ending.ts'
import { TroubleBanner } from '../../app/frame/trouble-banner.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

/** Nothing for a lock by hand, which needs no explanation. */
export function EndingBanner({ ending }: { ending: Ending | null }) {
  const { t } = useTranslation()
  switch (ending?.why) {
    case 'idle':
      return <Banner status="info">{t('lock.auto', { count: ending.minutes })}</Banner>
    case 'sleep':
      return <Banner status="info">{t('lock.sleep')}</Banner>
    case 'moved':
      return <Banner status="info">{t('tab.moved')}</Banner>
    case 'lost':
      return <Banner status="attention">{t('tab.lost')}</Banner>
    case 'trouble':
      return <TroubleBanner trouble={ending.trouble} />
    default:
      return null
  }
}
