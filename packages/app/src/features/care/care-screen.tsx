/** Messages, appointments and plans: until a clinic is connected, how to connect one. */
import { Button } from '@mantine/core'
import { IconMessageHeart } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useSessionCharts } from '../../app/charts-in-session.tsx'
import { Screen } from '../../app/screen.tsx'
import { Card, ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'

/** The lists themselves come with the portal's issue. */
export function CareScreen() {
  const { t } = useTranslation()
  const { current } = useSessionCharts()
  return (
    <Screen word="care">
      <ScreenHead title={t('screen.care')}>{current?.name}</ScreenHead>
      <Card>
        <EmptyState
          icon={<IconMessageHeart size={32} />}
          title={t('care.emptyTitle')}
          action={
            current?.relation === 'own' ? (
              <Button component="a" href={addressOf('share', current.slot, 'new')}>
                {t('share.with')}
              </Button>
            ) : null
          }
        >
          {t('care.emptyText')}
        </EmptyState>
      </Card>
    </Screen>
  )
}
