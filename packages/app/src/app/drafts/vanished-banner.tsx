/** Shown when the browser has deleted the local data: what happened, and the ways to what is stored elsewhere. */
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
