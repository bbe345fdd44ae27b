/** How many ways in there are, and what brings this person back without their words. Security begins with it. */
import { Button } from '@mantine/core'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useWaysBack } from '../../app/people/use-ways-back.ts'
import { hasWayBack, type WaysBack, waysIn } from '../../app/people/ways-back.ts'
import { Card, Facts } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

export function WaysInCard() {
  const { t } = useTranslation()
  const ways = useWaysBack()
  if (ways === undefined) return null
  const isSafe = hasWayBack(ways)
  return (
    <Card title={t('safety.title')}>
      <Banner
        status={isSafe ? 'good' : 'attention'}
        title={isSafe ? t('safety.ways', { count: waysIn(ways) }) : t('safety.oneWay')}
        action={
          ways.kit ? null : (
            <Button component="a" href={addressOf('devices', 'kit')} variant={isSafe ? 'default' : 'filled'}>
              {t('overview.kitMissing')}
            </Button>
          )
        }
      >
        {isSafe ? null : t('safety.oneWayWhat')}
      </Banner>
      <Facts items={factsOf(ways, t)} />
      <Button component="a" href={addressOf('devices')} variant="default" mt="md">
        {t('screen.devices')}
      </Button>
    </Card>
  )
}

function factsOf(ways: WaysBack, t: TFunction): { label: string; value: string }[] {
  return [
    { label: t('kit.title'), value: ways.kit ? t('safety.kitSaved') : t('safety.kitMissing') },
    {
      label: t('safety.devices'),
      value: ways.devices === 0 ? t('safety.noneYet') : t('safety.deviceCount', { count: ways.devices }),
    },
    ...(ways.helper ? [{ label: t('safety.helper'), value: t('safety.helperWhat') }] : []),
  ]
}
