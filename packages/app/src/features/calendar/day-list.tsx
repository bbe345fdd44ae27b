/** Days beside each other, or below each other on a phone: what is booked in the order of time, and how much is free. Links, so that keys reach each. */
import type { Booking, TimeSpan } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card } from '../../ui/display/card.tsx'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import { bookingMark } from './appointment-words.ts'
import styles from './calendar.module.css'

export interface ShownDay {
  day: string
  isToday: boolean
  /** By start. */
  bookings: readonly Booking[]
  free: readonly TimeSpan[]
}

export function DayList({
  days,
  hrefOf,
  words,
}: {
  days: readonly ShownDay[]
  hrefOf: (chart: string, id: string) => string | null
  words: (span: TimeSpan) => string
}) {
  const { t } = useTranslation()
  return (
    <div className={styles.days} data-many={days.length > 1 || undefined}>
      {days.map(({ day, isToday, bookings, free }) => (
        <Card
          key={day}
          title={formatDate(day, currentLanguage())}
          aside={isToday ? <StatusMark status="info">{t('deed.today')}</StatusMark> : undefined}
        >
          {bookings.length === 0 ? <p>{t('calendar.nothingBooked')}</p> : null}
          <ul className={styles.bookings}>
            {bookings.map((booking) => {
              const href = hrefOf(booking.chart, booking.id)
              const mark = bookingMark(booking, t)
              const text = (
                <>
                  <span className={styles.time}>{words(booking)}</span>
                  <span>
                    {booking.patient} · {booking.what || t('calendar.visit')} · {booking.memberName}
                  </span>
                  <StatusMark status={mark.status}>{mark.word}</StatusMark>
                </>
              )
              return (
                <li key={booking.id}>
                  {href === null ? (
                    <div className={styles.entry}>{text}</div>
                  ) : (
                    <a className={styles.entry} href={href}>
                      {text}
                    </a>
                  )}
                </li>
              )
            })}
          </ul>
          {free.length === 0 ? null : (
            <details>
              <summary className="ck-alone">{t('calendar.freeTimes', { count: free.length })}</summary>
              <p>{free.map(words).join(t('share.comma'))}</p>
            </details>
          )}
        </Card>
      ))}
    </div>
  )
}
