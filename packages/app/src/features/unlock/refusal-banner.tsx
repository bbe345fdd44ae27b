/** The answers of an unlock that are no wrong passphrase, each in its own words and with what to do. */
import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { RescuePart } from '../../app/frame/rescue-part.tsx'
import { TroubleBanner } from '../../app/frame/trouble-banner.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import type { Refusal } from './use-unlock.ts'

/** What is said for every refusal that is not a wrong passphrase, nor "open in another tab" (see open-elsewhere.tsx). */
export function RefusalBanner({
  refusal,
  slot,
  passphrase = null,
}: {
  refusal: Refusal | null
  slot: string
  /** What was typed, for saving what a damaged store still gives; null where it is not known. */
  passphrase?: string | null
}) {
  const { t } = useTranslation()
  const { accountManager } = useApp()
  const bringBack = (
    <Button component="a" href={addressOf('restore')}>
      {t('store.bringBack')}
    </Button>
  )
  switch (refusal?.type) {
    case 'damaged':
      return (
        <>
          <Banner status="danger" urgent action={<Group gap="sm">{bringBack}</Group>}>
            {t('store.damaged')} {t('error.code', { code: refusal.reason })}
          </Banner>
          {passphrase === null ? null : (
            <RescuePart
              rescue={async () => {
                const answer = await accountManager.rescue(slot, passphrase)
                return answer.type === 'rescued' ? answer.charts : []
              }}
            />
          )}
        </>
      )
    case 'missing':
      return <Missing slot={slot} />
    case 'newer':
      return (
        <Banner
          status="info"
          action={
            <Button variant="default" onClick={() => location.reload()}>
              {t('store.reload')}
            </Button>
          }
        >
          {t('unlock.newer')}
        </Banner>
      )
    case 'platform-key':
      return (
        <Banner status="attention" urgent>
          {refusal.why === 'gone'
            ? t('unlock.deviceGone')
            : refusal.why === 'cancelled'
              ? t('unlock.deviceCancelled')
              : t('unlock.deviceUnavailable')}
        </Banner>
      )
    case 'disk':
      return <TroubleBanner trouble={refusal.trouble} />
    case 'cancelled':
      return <Banner status="info">{t('unlock.cancelled')}</Banner>
    case 'failed':
      return (
        <Banner
          status="attention"
          urgent
          action={
            <Button variant="default" onClick={() => location.reload()}>
              {t('store.reload')}
            </Button>
          }
        >
          {t('unlock.failed')}
        </Banner>
      )
    default:
      return null
  }
}

/** The slot is here, its store is not: the kit brings back what the server has; the empty slot can go. */
function Missing({ slot }: { slot: string }) {
  const { t } = useTranslation()
  const { accountManager } = useApp()
  const [isOff, setOff] = useState(false)
  if (isOff) return <Banner status="info">{t('store.takenOff')}</Banner>
  return (
    <Banner
      status="danger"
      urgent
      action={
        <Group gap="sm">
          <Button component="a" href={addressOf('restore')}>
            {t('store.bringBack')}
          </Button>
          <Button variant="default" onClick={() => void accountManager.removeMissing(slot).then(setOff, () => {})}>
            {t('store.takeOff')}
          </Button>
        </Group>
      }
    >
      {t('store.emptied')} {t('error.code', { code: 'missing' })}
    </Banner>
  )
}
