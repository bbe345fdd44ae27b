/** Whether the browser has promised to keep the store, how much room there is, and asking again. */
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { roomOf, useStorageState } from '../../app/device/storage-state.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function StorageCard() {
  const { t } = useTranslation()
  const { platform } = useApp()
  const [state, askAgain] = useStorageState()
  const [isDeclined, setDeclined] = useState(false)
  const ask = async () => {
    setDeclined(!(await platform.keepStorage()))
    await askAgain()
  }
  const room = roomOf(state)
  return (
    <Card title={t('settings.storage')}>
      {state === null ? null : (
        <div role="status">
          {state.isKept ? (
            <Banner status="good">{t('store.kept')}</Banner>
          ) : (
            <Banner
              status="attention"
              action={
                <Button variant="default" onClick={() => void ask()}>
                  {t('store.keep')}
                </Button>
              }
            >
              {t('store.notKept')} {isDeclined ? t('store.declined') : t('store.persist')}
            </Banner>
          )}
        </div>
      )}
      {room === null ? null : <p>{t('store.room', room)}</p>}
    </Card>
  )
}
