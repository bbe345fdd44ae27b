/** The practice's calendar: what asks for an answer, clashes, and the bookings of a day, a week or all, of one member or of everybody. */
import { availabilityOf, bookingsOf, dayAfter, exceptionOf, freeTimes, zonedDay, zonedMoment } from '@chartkeep/domain'
import { Button, Group, NativeSelect, SegmentedControl } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { usePatients, usePractice } from '../../app/practice/practice-context.tsx'
import { isAtHand } from '../../app/practice/patients.ts'
import { usePracticeRecords } from '../../app/practice/practice-records.ts'
import { localNow } from '../../app/measures/doses.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { deviceZone, formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { RowLinks } from '../../ui/lists/row-links.tsx'
import { CalendarFile } from './calendar-file.tsx'
import { BookingList } from './booking-list.tsx'
import { Clashes } from './clashes.tsx'
import { DayList } from './day-list.tsx'
import { HoursCard } from './hours-card.tsx'
import { hoursText } from './appointment-words.ts'

const LISTS = ['appointments'] as const
type View = 'day' | 'week' | 'list'

/** What is shown of the calendar, kept while the session lasts. */
interface Shown {
  view: View
  day: string
  member: string
}
const MEMORY = 'calendar'

export function CalendarScreen() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { practice, keep } = usePractice()
  const { keepOf } = useSessionCharts()
  const navigate = useNavigate()
  const charts = usePatients()
  const members = useObservable(practice.members$) ?? []
  const entries = usePracticeRecords(LISTS)
  const now = useMinute()
  const today = localNow(now).day
  // Coming back finds it as it was left.
  const [left] = useState(() => keep.memories.get(MEMORY) as Shown | undefined)
  const [view, setView] = useState<View>(left?.view ?? 'day')
  const [day, setDay] = useState(left?.day ?? today)
  const [member, setMember] = useState(left?.member ?? '')
  useEffect(() => void keep.memories.set(MEMORY, { view, day, member } satisfies Shown), [keep, view, day, member])
  const found = useMemo(() => {
    if (entries === undefined) return undefined
    return {
      ...bookingsOf(entries),
      hours: entries.flatMap(({ id, resource }) => availabilityOf(id, resource) ?? []),
      exceptions: entries.flatMap(({ id, resource }) => exceptionOf(id, resource) ?? []),
    }
  }, [entries])
  const open = useMemo(() => (charts ?? []).filter(({ confirmed, state }) => confirmed && state === 'open'), [charts])
  const hrefOf = useMemo(() => {
    const slotOfChart = new Map((charts ?? []).filter(isAtHand).map((chart) => [chart.id, chart.slot]))
    return (chart: string, id: string) => {
      const slot = slotOfChart.get(chart)
      if (slot === undefined) return null
      return addressOf('calendar', slot, keepOf(slot).slots.slotOf({ type: 'appointment', id }))
    }
  }, [charts, keepOf])
  const asked = useMemo(() => {
    const answered = new Set(found?.bookings.flatMap(({ answers }) => answers))
    return open.flatMap((chart) =>
      (chart.care?.waits ?? [])
        .filter(({ kind, record }) => kind === 'cancelled' || (kind === 'booking' && !answered.has(record)))
        .map((wait) => ({ chart, wait })),
    )
  }, [open, found])
  const shown = useMemo(() => {
    // What the patient cancelled is told by the digest of their chart; here it is not booked any more.
    const gone = new Set(asked.filter(({ wait }) => wait.kind === 'cancelled').map(({ wait }) => wait.record))
    return (found?.bookings ?? [])
      .filter((booking) => member === '' || booking.member === member)
      .map((booking) => ({ ...booking, patient: labelOf({ id: booking.chart, name: booking.patient }) }))
      .map((booking) =>
        gone.has(booking.id) && booking.state === 'booked'
          ? { ...booking, state: 'cancelled' as const, cancelledBy: 'patient' as const }
          : booking,
      )
  }, [found, asked, member, labelOf])
  if (found === undefined || charts === undefined) return <Delayed />
  const monday = dayAfter(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
  const days = view === 'week' ? Array.from({ length: 7 }, (_, at) => dayAfter(monday, at)) : [day]
  const step = view === 'week' ? 7 : 1
  const bookingsOn = (one: string) => {
    const [from, to] = [zonedMoment(one, '00:00', deviceZone()), zonedMoment(dayAfter(one, 1), '00:00', deviceZone())]
    return shown.filter(({ start, end }) => start < to && end > from)
  }
  const freeOn = (one: string) =>
    found.hours
      .filter((hours) => hours.member === member || (member === '' && hours.member === practice.me.id))
      .flatMap((hours) => freeTimes(hours, found.exceptions, found.bookings, { day: one, minutes: hours.usualMinutes }))
      .filter(({ start }) => start > now.getTime())
  return (
    <Screen word="calendar">
      <ScreenHead title={t('screen.calendar')}>{practice.name}</ScreenHead>
      <Clashes clashes={found.clashes} />
      {asked.length > 0 ? (
        <Card title={t('calendar.requests')} flush>
          <RowLinks
            rows={asked.map(({ chart, wait }) => ({
              id: `${chart.slot} ${wait.record}`,
              href:
                (wait.kind === 'booking' ? hrefOf(chart.id, wait.record) : null) ?? addressOf('calendar', chart.slot),
              title: wait.title || t('calendar.visit'),
              value: labelOf(chart),
              date: formatMoment(new Date(wait.since), currentLanguage(), now),
              state: {
                status: 'info',
                word: t(wait.kind === 'booking' ? 'calendar.asked.waiting' : 'calendar.cancelledPatient'),
              },
            }))}
          />
        </Card>
      ) : null}
      <Group gap="sm" my="md" align="end">
        <SegmentedControl
          aria-label={t('calendar.view')}
          value={view}
          onChange={(value) => setView(value as View)}
          data={(['day', 'week', 'list'] as const).map((value) => ({ value, label: t(`calendar.views.${value}`) }))}
        />
        <NativeSelect
          label={t('calendar.of')}
          value={member}
          onChange={(event) => setMember(event.currentTarget.value)}
          data={[
            { value: '', label: t('calendar.everybody') },
            ...members.filter(({ removed }) => !removed).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <NativeSelect
          label={t('calendar.bookFor')}
          value=""
          onChange={(event) => void navigate(pathOf('calendar', event.currentTarget.value, 'new'))}
          data={[
            { value: '', label: t('calendar.choosePatient') },
            ...open.map((chart) => ({ value: chart.slot, label: labelOf(chart) })),
          ]}
        />
      </Group>
      {view === 'list' ? (
        <BookingList bookings={shown} hrefOf={hrefOf} now={now} />
      ) : (
        <>
          <Group gap="sm" mb="md">
            <Button
              variant="default"
              leftSection={<IconChevronLeft size={20} />}
              onClick={() => setDay(dayAfter(day, -step))}
            >
              {t(view === 'week' ? 'calendar.weekBefore' : 'calendar.dayBefore')}
            </Button>
            <Button variant="default" onClick={() => setDay(today)}>
              {t('deed.today')}
            </Button>
            <Button
              variant="default"
              rightSection={<IconChevronRight size={20} />}
              onClick={() => setDay(dayAfter(day, step))}
            >
              {t(view === 'week' ? 'calendar.weekAfter' : 'calendar.dayAfter')}
            </Button>
          </Group>
          <p role="status" className="ck-hidden">
            {t('calendar.shows', {
              day: formatDate(days[0] ?? day, currentLanguage()),
              count: days.flatMap(bookingsOn).length,
            })}
          </p>
          <DayList
            days={days.map((one) => ({
              day: one,
              isToday: one === today,
              bookings: bookingsOn(one),
              free: freeOn(one),
            }))}
            hrefOf={hrefOf}
            words={(span) => hoursText(span.start, span.end)}
          />
        </>
      )}
      <CalendarFile bookings={shown.filter(({ state, end }) => state === 'booked' && end > now.getTime())} />
      <HoursCard
        hours={found.hours}
        exceptions={found.exceptions}
        entries={entries ?? []}
        today={zonedDay(now.getTime(), deviceZone()).day}
      />
    </Screen>
  )
}
