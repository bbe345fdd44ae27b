/** What an address shows whose slots were made elsewhere, or at another unlock. */
import { useTranslation } from 'react-i18next'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { addressOf } from './addresses.ts'
import { Screen } from './screen.tsx'

/** A whole screen: it has the heading of one. */
export function OtherDevice() {
  const { t } = useTranslation()
  return (
    <Screen word="chart">
      <EmptyState
        isScreen
        title={t('error.otherDevice')}
        action={
          <a className="ck-alone" href={addressOf('overview')}>
            {t('screen.overview')}
          </a>
        }
      >
        {t('error.otherDeviceWhy')}
      </EmptyState>
    </Screen>
  )
}
