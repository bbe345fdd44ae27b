/** Times and states of appointments in words. Times are by the clocks of this device; where the practice's are others, the zone is told. */
import { type Booking, type BookingRequest, momentOf, type WantedTime } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { formatDate, formatDay, formatTime } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import type { Mark } from '../../ui/lists/list-rows.ts'

/** `21 Nov 2026 09:00–09:30`. */
export function spanText(start: number, end: number): string {
  return `${formatDay(new Date(start), currentLanguage())} ${hoursText(start, end)}`
}

/** `09:00–09:30`. */
export function hoursText(start: number, end: number): string {
  return `${formatTime(new Date(start))}–${formatTime(new Date(end))}`
}

/** What was asked for: a day, or a time of it. */
export function wantedText({ start, end }: WantedTime): string {
  if (!start.includes('T')) return formatDate(start, currentLanguage())
  return end === '' ? formatDate(start, currentLanguage()) : spanText(momentOf(start), momentOf(end))
}

export function bookingMark({ state, cancelledBy, movedFrom }: Booking, t: TFunction): Mark {
  if (state === 'cancelled')
    return {
      status: 'neutral',
      word: t(cancelledBy === 'patient' ? 'calendar.cancelledPatient' : 'calendar.cancelledPractice'),
    }
  if (state !== 'booked') return { status: 'neutral', word: t(`calendar.state.${state}`) }
  return movedFrom === null
    ? { status: 'good', word: t('calendar.state.booked') }
    : { status: 'info', word: t('calendar.state.moved') }
}

export function requestMark({ state }: BookingRequest, t: TFunction): Mark {
  return {
    status: state === 'waiting' ? 'info' : state === 'booked' ? 'good' : 'neutral',
    word: t(`calendar.asked.${state}`),
  }
}
