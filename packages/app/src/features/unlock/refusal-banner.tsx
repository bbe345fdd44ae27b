/** The answers of an unlock that are no wrong passphrase, each in its own words. */
import type { UnlockRefusal } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/status-mark.tsx'

/** What is said for every refusal that is not a wrong passphrase. */
export function RefusalBanner({ refusal }: { refusal: UnlockRefusal | null }) {
  const { t } = useTranslation()
  switch (refusal?.type) {
    case 'damaged':
      return (
        <Banner status="danger" urgent>
          {t('store.damaged')} {t('error.code', { code: refusal.reason })}
        </Banner>
      )
    case 'missing':
      return <Banner status="attention">{t('store.missing')}</Banner>
    case 'newer':
      return <Banner status="info">{t('unlock.newer')}</Banner>
    case 'in-use':
      return <Banner status="attention">{t('tab.second')}</Banner>
    default:
      return null
  }
}
