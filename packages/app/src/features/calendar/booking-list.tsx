/** All bookings of a practice as a list to search; a practice of years has thousands, so that rows are made once for each change. */
import type { Booking } from '@chartkeep/domain'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import type { ListRow } from '../../ui/lists/list-rows.ts'
import { RecordList } from '../../ui/lists/record-list.tsx'
import { bookingMark, spanText } from './appointment-words.ts'

export function BookingList({
  bookings,
  hrefOf,
  now,
}: {
  bookings: readonly Booking[]
  hrefOf: (chart: string, id: string) => string | null
  now: Date
}) {
  const { t } = useTranslation()
  const at = now.getTime()
  const rows = useMemo(
    () =>
      bookings.map((booking): ListRow => ({
        id: booking.id,
        href: hrefOf(booking.chart, booking.id) ?? addressOf('calendar'),
        title: booking.patient,
        type: 'Appointment',
        value: booking.what || t('calendar.visit'),
        range: '',
        state: bookingMark(booking, t),
        date: spanText(booking.start, booking.end),
        dateKey: new Date(booking.start).toISOString(),
        by: booking.memberName,
        marks: [],
        rank: booking.state === 'booked' && booking.end > at ? 0 : 1,
        search: [booking.patient, booking.what, booking.memberName].join(' ').normalize('NFKC').toLowerCase(),
      })),
    [bookings, hrefOf, at, t],
  )
  return (
    <RecordList
      name={t('screen.calendar')}
      rows={rows}
      words={{
        search: t('calendar.search'),
        heads: {
          title: t('calendar.patient'),
          value: t('calendar.what'),
          date: t('calendar.when'),
          by: t('calendar.withWhom'),
        },
        none: t('calendar.none'),
        count: (count) => t('calendar.count', { count }),
      }}
      empty={<EmptyState title={t('calendar.empty')}>{t('calendar.emptyAll')}</EmptyState>}
    />
  )
}
