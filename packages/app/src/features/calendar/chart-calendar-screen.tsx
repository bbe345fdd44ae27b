/** Appointments of one chart, for the patient and for a member: what was asked, what is booked, what was; and the forms behind them. */
import { type BookingRequest, bookingsOf, type Bookings } from '@chartkeep/domain'
import { Button } from '@mantine/core'
import { IconCalendarPlus } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useCareRecords, useCareSelf, useCareWrite, useMayWrite } from '../../app/care/messages/care-chart.ts'
import { noAnswerWords } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'
import { ShareFirst } from '../../app/care/sharing/share-first.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { OtherDevice } from '../../app/place/other-device.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { BookingCard, RequestCard } from './appointment-cards.tsx'
import { BookingForm } from './booking-form.tsx'
import { CalendarFile } from './calendar-file.tsx'
import { Clashes } from './clashes.tsx'
import { RequestForm } from './request-form.tsx'

/** Cards of the past that are drawn. */
const PAST = 20

export function ChartCalendarScreen() {
  const { slot } = useParams()
  const { slots, summary } = useChart()
  const records = useCareRecords('appointments')
  const found = useMemo(() => (records ? bookingsOf(records.entries) : undefined), [records])
  const self = useCareSelf()
  const target = slots.targetOf(slot)
  if (found === undefined) return <Delayed />
  if (slot === undefined) return <Overview found={found} />
  const id = target?.type === 'appointment' ? target.id : ''
  const request = found.requests.find((one) => one.id === id) ?? null
  const booking = found.bookings.find((one) => one.id === (request?.moves ?? id)) ?? null
  if (slot !== 'new' && request === null && booking === null) return <OtherDevice />
  return self.side === 'patient' ? (
    <RequestForm key={`${summary.slot} ${id}`} moves={booking} />
  ) : (
    <BookingForm key={`${summary.slot} ${id}`} request={request} booking={booking} />
  )
}

function Overview({ found: { requests, bookings, clashes } }: { found: Bookings }) {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const self = useCareSelf()
  const mayWrite = useMayWrite('appointments', 'book')
  const keep = useCareWrite('appointments')
  const write = mayWrite ? keep : null
  const now = useMinute().getTime()
  const hrefOf = (id: string) => addressOf('calendar', summary.slot, slots.slotOf({ type: 'appointment', id }))
  const answering = useAnswering('appointments')
  const noAnswerTo = (request: BookingRequest) => noAnswerWords(answering, request.practice?.account ?? null, t)
  const open = requests.filter(({ state }) => state === 'waiting')
  const waiting = open.filter((request) => noAnswerTo(request) === '')
  const left = open.filter((request) => !waiting.includes(request))
  const nobody = self.side === 'patient' && mayWrite ? noAnswerWords(answering, null, t) : ''
  const coming = bookings.filter(({ state, end }) => state === 'booked' && end > now)
  const rest = bookings.filter((booking) => !coming.includes(booking)).toReversed()
  const unsettled = rest.filter(
    ({ state, cancelledBy, isNoted }) => state === 'booked' || (cancelledBy === 'patient' && !isNoted),
  )
  const first = self.side === 'practice' ? unsettled : []
  const over = rest.filter((booking) => !first.includes(booking)).slice(0, PAST)
  const answered = requests.filter(({ state }) => state === 'declined' || state === 'withdrawn').slice(0, PAST)
  const ask =
    mayWrite && nobody === '' ? (
      <Button
        component="a"
        href={addressOf('calendar', summary.slot, 'new')}
        leftSection={<IconCalendarPlus size={20} />}
      >
        {t(self.side === 'patient' ? 'calendar.ask' : 'calendar.book')}
      </Button>
    ) : null
  const isEmpty = requests.length + bookings.length === 0
  return (
    <Screen word="calendar" focusKey={summary.slot}>
      <ScreenHead
        title={t(self.side === 'patient' ? 'calendar.titlePatient' : 'calendar.titleChart')}
        actions={isEmpty ? null : ask}
      >
        <ChartName of={summary} />
      </ScreenHead>
      {nobody === '' ? null : <ShareFirst list="appointments" words={nobody} />}
      {isEmpty ? (
        <EmptyState title={t('calendar.empty')} action={ask}>
          {t(self.side === 'patient' ? 'calendar.emptyPatient' : 'calendar.emptyPractice')}
        </EmptyState>
      ) : null}
      {self.side === 'practice' ? <Clashes clashes={clashes} /> : null}
      {waiting.length > 0 ? (
        <section aria-label={t('calendar.requests')}>
          <h2>{t('calendar.requests')}</h2>
          {waiting.map((request) => (
            <RequestCard key={request.id} request={request} write={write} href={hrefOf(request.id)} />
          ))}
        </section>
      ) : null}
      {left.length > 0 ? (
        <section aria-label={t('care.noAnswer')}>
          <h2>{t('care.noAnswer')}</h2>
          {left.map((request) => (
            <RequestCard
              key={request.id}
              request={request}
              write={write}
              href={hrefOf(request.id)}
              noAnswer={noAnswerTo(request)}
            />
          ))}
        </section>
      ) : null}
      {first.length > 0 ? (
        <section aria-label={t('calendar.unsettled')}>
          <h2>{t('calendar.unsettled')}</h2>
          {first.map((booking) => (
            <BookingCard key={booking.id} booking={booking} write={write} moveHref={null} now={now} />
          ))}
        </section>
      ) : null}
      {coming.length > 0 ? (
        <section aria-label={t('calendar.coming')}>
          <h2>{t('calendar.coming')}</h2>
          {coming.map((booking) => (
            <BookingCard key={booking.id} booking={booking} write={write} moveHref={hrefOf(booking.id)} now={now} />
          ))}
          <CalendarFile bookings={coming} />
        </section>
      ) : null}
      {over.length + answered.length > 0 ? (
        <section aria-label={t('calendar.past')}>
          <h2>{t('calendar.past')}</h2>
          {answered.map((request) => (
            <RequestCard key={request.id} request={request} write={null} href={null} />
          ))}
          {over.map((booking) => (
            <BookingCard key={booking.id} booking={booking} write={null} moveHref={null} now={now} />
          ))}
        </section>
      ) : null}
    </Screen>
  )
}
