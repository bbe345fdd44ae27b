/** H8: this device's clock and the server's differ: what each says, what waits for that, where to set a clock, and ending what is overdue. */
import { Stack } from '@mantine/core'
import type { ClocksApart } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { useSession } from '../context/app-context.tsx'
import { ActionButton } from '../actions/action-button.tsx'

/** Ends that are named; the others are counted. */
const NAMED = 3

export function ClockBanner({ clocks }: { clocks: ClocksApart }) {
  const { t } = useTranslation()
  const session = useSession()
  const { own, server, ends, overdue } = clocks
  // Times of one day are compared as times, others with their days.
  const isOneDay = new Date(own).toDateString() === new Date(server).toDateString()
  const moment = (at: number) => formatMoment(new Date(at), currentLanguage(), new Date(isOneDay ? own : 0))
  const named = ends.slice(0, NAMED)
  const endNow = async () => {
    const outcome = await session.endOverdue()
    if (outcome.type === 'done') return
    return outcome.type === 'offline' ? t('clocks.offline') : t('clocks.refused')
  }
  return (
    <Banner
      status="attention"
      title={t('clocks.title')}
      action={overdue > 0 ? <ActionButton action={t('clocks.end', { count: overdue })} run={endNow} /> : null}
    >
      <Stack gap="xs">
        <span>{t('clocks.what', { own: moment(own), server: moment(server) })}</span>
        {ends.length === 0 ? (
          <span>{t('clocks.nothing')}</span>
        ) : (
          <>
            <span>{t('clocks.waits')}</span>
            <ul>
              {named.map(({ chart, grantee, until }) => (
                <li key={`${chart} ${grantee} ${until}`}>
                  {grantee === null
                    ? t('clocks.shared', { chart, time: moment(until) })
                    : t('clocks.share', { chart, name: grantee, time: moment(until) })}
                </li>
              ))}
              {ends.length > NAMED ? <li>{t('clocks.more', { count: ends.length - NAMED })}</li> : null}
            </ul>
          </>
        )}
        <span>{t('clocks.set')}</span>
        {overdue > 0 ? <strong>{t('clocks.overdue', { count: overdue })}</strong> : null}
      </Stack>
    </Banner>
  )
}
