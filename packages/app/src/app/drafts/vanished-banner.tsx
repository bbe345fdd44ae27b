/** Where the browser has deleted what was kept here: what happened, and the way to what stands elsewhere. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/display/status-mark.tsx'
import { addressOf } from '../place/addresses.ts'

export function VanishedBanner() {
  const { t } = useTranslation()
  return (
    <Banner
      status="danger"
      action={
        <Button component="a" href={addressOf('restore')}>
          {t('store.bringBack')}
        </Button>
      }
    >
      {t('store.evicted')}
    </Banner>
  )
}
