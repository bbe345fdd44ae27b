/** Coming appointments as a calendar file: times under one neutral title, nothing about what they are for. */
import type { Booking } from '@chartkeep/domain'
import { calendarFile } from '@chartkeep/interop'
import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'

/** Minutes before an appointment at which a calendar rings. */
const ALARM_MINUTES = 60

export function CalendarFile({ bookings }: { bookings: readonly Booking[] }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const [isSaved, setSaved] = useState<boolean | null>(null)
  const save = async () => {
    const entries = bookings.map(({ id, start, end }) => ({
      // Moved or not, it is the same entry.
      seed: `appointment ${id}`,
      start,
      minutes: Math.round((end - start) / 60_000),
      alarmMinutes: ALARM_MINUTES,
    }))
    const text = calendarFile(entries, { title: t('reminders.calendarEntry'), now: Date.now() })
    await platform.saveFile('chartkeep-appointments.ics', new Blob([text], { type: 'text/calendar;charset=utf-8' }))
    setSaved(true)
  }
  return (
    <>
      <Button variant="default" onClick={() => void save().catch(() => setSaved(false))}>
        {t('calendar.file')}
      </Button>
      <p role="status">{isSaved === null ? '' : t(isSaved ? 'calendar.fileSaved' : 'reminders.calendarFailed')}</p>
    </>
  )
}
