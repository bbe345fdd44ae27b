/** What the disk fails to do, in words: what happened, what is safe, what to do, with a button for it. */
import { Button, Group } from '@mantine/core'
import type { DiskTrouble } from '@chartkeep/store'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Banner } from '../../ui/display/status-mark.tsx'
import { addressOf } from '../place/addresses.ts'
import { roomOf, useStorageState } from '../device/storage-state.ts'

/** `onRetry` is offered where trying again can help. */
export function TroubleBanner({ trouble, onRetry }: { trouble: DiskTrouble; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation()
  const retry = onRetry ? <Button onClick={onRetry}>{t('store.retry')}</Button> : null
  const reload = <Button onClick={() => location.reload()}>{t('store.reload')}</Button>
  const restore = (
    <Button component="a" href={addressOf('restore')}>
      {t('store.restore')}
    </Button>
  )
  const shown: { status: 'attention' | 'danger'; text: ReactNode; action: ReactNode } = (() => {
    switch (trouble) {
      case 'full':
        return { status: 'danger', text: <Full />, action: retry }
      case 'missing':
        return { status: 'danger', text: t('store.vanished'), action: restore }
      case 'blocked':
        return { status: 'attention', text: t('store.blocked'), action: null }
      case 'newer':
        return { status: 'attention', text: t('store.upgraded'), action: reload }
      case 'taken':
        return { status: 'attention', text: t('tab.lost'), action: null }
      case 'busy':
        return { status: 'attention', text: t('store.busy'), action: retry }
      case 'refused':
        return { status: 'danger', text: t('store.refused'), action: reload }
      case 'damaged':
        return { status: 'danger', text: t('store.fileDamaged'), action: restore }
      case 'disk':
        return { status: 'danger', text: t('store.disk'), action: retry ?? reload }
    }
  })()
  return (
    <div data-trouble={trouble}>
      <Banner status={shown.status} urgent action={shown.action ? <Group gap="sm">{shown.action}</Group> : null}>
        {shown.text} {t('error.code', { code: trouble })}
      </Banner>
    </div>
  )
}

/** With how much room there is, where the browser says it. */
function Full() {
  const { t } = useTranslation()
  const [state] = useStorageState()
  const room = roomOf(state)
  return (
    <>
      {t('store.fullNow')} {room === null ? null : t('store.room', room)}
    </>
  )
}
