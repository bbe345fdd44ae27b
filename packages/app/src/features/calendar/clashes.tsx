/** Bookings that cannot all be true, side by side, until somebody moves or cancels one (M5). Nothing is chosen in advance. */
import { type Booking, type Clash, takenBack } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { addressOf } from '../../app/place/addresses.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { usePatients } from '../../app/practice/practice-context.tsx'
import { usePracticeWrite } from '../../app/practice/practice-records.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { BookingCard } from './appointment-cards.tsx'
import styles from './calendar.module.css'

export function Clashes({ clashes }: { clashes: readonly Clash[] }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { keepOf } = useSessionCharts()
  const charts = usePatients() ?? []
  const write = usePracticeWrite('appointments')
  const now = useMinute().getTime()
  if (clashes.length === 0) return null
  const moveHref = ({ chart, id }: Booking) => {
    const slot = charts.find((one) => one.id === chart)?.slot
    return slot === undefined
      ? null
      : addressOf('calendar', slot, keepOf(slot).slots.slotOf({ type: 'appointment', id }))
  }
  return (
    <section aria-label={t('calendar.clashes')}>
      <h2>{t('calendar.clashes')}</h2>
      {clashes.map((clash) => {
        const { decline } = clash
        return (
          <div key={clash.key} role="group" aria-label={t(`calendar.clash.${clash.kind}`)}>
            <Banner
              status="attention"
              title={t(`calendar.clash.${clash.kind}`)}
              action={
                decline ? (
                  <ActionButton
                    action={t('calendar.takeBack')}
                    run={async () => {
                      const { type } = await write(decline.chart, takenBack(decline.resource), decline.record)
                      return type === 'saved' ? '' : t(`calendar.${type}`)
                    }}
                  />
                ) : undefined
              }
            >
              {t(decline ? 'calendar.clashSafeAnswers' : 'calendar.clashSafe')}
            </Banner>
            <div className={styles.pair}>
              {clash.bookings.map((booking) => (
                <BookingCard
                  key={booking.id}
                  booking={booking}
                  patient={labelOf({ id: booking.chart, name: booking.patient })}
                  write={(resource, of) => write(booking.chart, resource, of)}
                  moveHref={moveHref(booking)}
                  now={now}
                />
              ))}
            </div>
          </div>
        )
      })}
    </section>
  )
}
