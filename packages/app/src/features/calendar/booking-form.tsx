/**
 * A member books, answers a request, or moves a booking. Free times come from the member's hours; a time that is taken is told before it is booked,
 * and what two members book while apart is shown as a clash afterwards (M5).
 */
import {
  availabilityOf,
  type Booking,
  type BookingRequest,
  bookingsOf,
  chartReference,
  dayIn,
  exceptionOf,
  freeTimes,
  instantText,
  type JsonObject,
  moved,
  newBooking,
  overlapping,
  zonedDay,
  zonedMoment,
  wholeNumber,
} from '@chartkeep/domain'
import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router'
import { ChartName, useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf, pathOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { useCareWrite } from '../../app/care/messages/care-chart.ts'
import { useBackToWork } from '../../app/practice/from-work.ts'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { usePracticeRecords } from '../../app/practice/practice-records.ts'
import { writePublished } from '../../app/practice/write-published.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Screen } from '../../app/place/screen.tsx'
import { WithDraft } from '../../app/drafts/with-draft.tsx'
import { deviceZone, formatTime } from '../../i18n/dates.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import { localTime, parseDateEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { useFormValues } from '../../ui/forms/form-draft.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { bookingMark, hoursText, spanText, wantedText } from './appointment-words.ts'

const LISTS = ['appointments'] as const

interface Props {
  request: BookingRequest | null
  booking: Booking | null
}

/** What is typed is kept as a draft of this patient's booking, of this answer, or of this move. */
export function BookingForm(props: Props) {
  const { summary } = useChart()
  return (
    <WithDraft slot={`book ${summary.slot} ${props.booking?.id ?? props.request?.id ?? 'new'}`}>
      {({ done }) => <Fields {...props} onBooked={done} />}
    </WithDraft>
  )
}

function Fields({ request, booking, onBooked }: Props & { onBooked: () => Promise<void> }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { summary } = useChart()
  const view = usePractice()
  const { practice, vault } = view
  const navigate = useNavigate()
  const write = useCareWrite('appointments')
  const backToWork = useBackToWork()
  const members = useObservable(practice.members$) ?? []
  const able = members.filter(
    ({ removed, roles }) => !removed && roles.some((role) => role !== 'auditor' && role !== 'admin'),
  )
  const entries = usePracticeRecords(LISTS)
  const first = request?.wanted[0]?.start ?? ''
  const { values, setValues } = useFormValues({
    member: booking?.member || (able.some(({ me }) => me) ? practice.me.id : ''),
    day: dayIn(first, deviceZone()) || (booking ? zonedDay(booking.start, deviceZone()).day : ''),
    time: '',
    minutes: booking ? String(Math.round((booking.end - booking.start) / 60_000)) : '',
    what: booking?.what ?? request?.what ?? '',
    place: '',
    instruction: '',
  })
  const { member, day: typedDay, time, minutes, what, place, instruction } = values
  // The version that the member began to move: what a colleague did with it meanwhile is shown first.
  const [base, setBase] = useState(() =>
    booking === null ? null : (vault.recordNow(booking.record)?.revision ?? null),
  )
  const move = async (current: Booking, resource: JsonObject) => {
    if (base === null) return write(resource, current.record)
    const input = { collection: 'appointments' as const, resource, of: current.record, base }
    return writePublished(view, input, summary.slot)
  }
  const change = (part: Partial<typeof values>) => setValues((before) => ({ ...before, ...part }))
  const [problem, setProblem] = useState<'member' | 'day' | 'time' | 'minutes' | 'taken' | 'changed' | 'failed' | null>(
    null,
  )
  const [isSaving, setSaving] = useState(false)

  const day = dayIn(parseDateEntry(typedDay) ?? '', deviceZone())
  const known = useMemo(() => {
    const hours = (entries ?? []).flatMap(({ id, resource }) => availabilityOf(id, resource) ?? [])
    const exceptions = (entries ?? []).flatMap(({ id, resource }) => exceptionOf(id, resource) ?? [])
    return { hours, exceptions, bookings: bookingsOf(entries ?? []).bookings }
  }, [entries])
  const hours = known.hours.find((one) => one.member === member)
  const length = minutes.trim() === '' ? (hours?.usualMinutes ?? 30) : (wholeNumber(minutes) ?? 0)
  const now = useMinute().getTime()
  const others = known.bookings.filter(({ id }) => id !== booking?.id)
  const free = useMemo(
    () =>
      hours === undefined || day.length < 10
        ? []
        : freeTimes(hours, known.exceptions, others, { day, minutes: length })
            .filter(({ start }) => start > now)
            .map(({ start }) => zonedDay(start, deviceZone()).time),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- others follows from known and booking
    [hours, known, day, length, now],
  )
  const start = day.length === 10 && /^\d{2}:\d{2}$/u.test(time) ? zonedMoment(day, time, deviceZone()) : null
  const taken = start === null ? [] : overlapping(others, { member, start, end: start + length * 60_000 })
  const save = async (isMeant: boolean) => {
    const chosen = members.find(({ id }) => id === member)
    if (chosen === undefined) return setProblem('member')
    if (day.length < 10) return setProblem('day')
    if (start === null) return setProblem('time')
    if (!(length >= 5 && length <= 1440)) return setProblem('minutes')
    if (taken.length > 0 && !isMeant) return setProblem('taken')
    const who = { id: chosen.id, name: chosen.name }
    const to = { start: localTime(new Date(start)), minutes: length, member: who, answers: request?.id ?? '' }
    const outcome = await (booking === null
      ? write(
          newBooking({
            ...to,
            about: chartReference(summary.id, summary.name),
            what,
            place,
            instruction,
            created: instantText(Date.now()),
          }),
        )
      : move(booking, moved(booking.resource, to)))
    if (outcome.type === 'changed') {
      setBase(booking === null ? null : (vault.recordNow(booking.record)?.revision ?? null))
      return setProblem('changed')
    }
    if (outcome.type === 'failed') return setProblem('failed')
    await onBooked().catch(() => {})
    if (!backToWork()) void navigate(pathOf('calendar', summary.slot), { replace: true })
  }
  const submit = (isMeant: boolean) => {
    setProblem(null)
    setSaving(true)
    void save(isMeant)
      .catch(() => setProblem('failed'))
      .finally(() => setSaving(false))
  }
  return (
    <Screen word="calendar" focusKey={`book ${booking?.id ?? ''} ${request?.id ?? ''}`}>
      <ScreenHead
        above={
          <a className="ck-alone" href={addressOf('calendar', summary.slot)}>
            {t('calendar.back')}
          </a>
        }
        title={t(booking === null ? 'calendar.book' : 'calendar.move')}
      >
        <ChartName of={summary} />
      </ScreenHead>
      <Card>
        {request === null ? null : (
          <p>
            {t('calendar.askedFor', {
              what: request.what || t('calendar.visit'),
              when:
                request.wanted.length === 0
                  ? t('calendar.anyTime')
                  : request.wanted.map(wantedText).join(t('share.comma')),
            })}
            {request.note === '' ? '' : ` ${t('calendar.theySay', { text: request.note })}`}
          </p>
        )}
        <form
          onSubmit={(event: FormEvent) => {
            event.preventDefault()
            submit(false)
          }}
          noValidate
          autoComplete="off"
        >
          <Stack gap="md" maw={560}>
            {problem === 'changed' && booking !== null ? (
              <Banner status="attention" urgent title={t('form.changedTitle')}>
                {t('calendar.changedMeanwhile', {
                  time: spanText(booking.start, booking.end),
                  name: booking.memberName || t('calendar.nobodyYet'),
                  state: bookingMark(booking, t).word,
                })}
              </Banner>
            ) : null}
            {problem === 'failed' ? (
              <Banner status="attention" urgent>
                {t('calendar.failed')}
              </Banner>
            ) : null}
            <NativeSelect
              label={t('calendar.withWhom')}
              value={member}
              onChange={(event) => change({ member: event.currentTarget.value })}
              data={[
                { value: '', label: t('calendar.choose') },
                ...able.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              error={problem === 'member' ? t('calendar.needMember') : undefined}
            />
            <DateField
              isDay
              id="booking-day"
              label={t('calendar.day')}
              value={typedDay}
              onChange={(typed) => change({ day: typed })}
              error={problem === 'day' ? t('calendar.needDay') : undefined}
            />
            {free.length > 0 ? (
              <ChooseOne
                id="booking-free"
                legend={t('calendar.free')}
                choices={free.map((value) => ({ value, label: value }))}
                value={free.includes(time) ? time : ''}
                onChange={(chosen) => change({ time: chosen })}
              />
            ) : day.length === 10 && member !== '' ? (
              <p>{t(hours === undefined ? 'calendar.noHours' : 'calendar.noFree')}</p>
            ) : null}
            <TextInput
              type="time"
              label={t('calendar.time')}
              value={time}
              onChange={(event) => change({ time: event.currentTarget.value })}
              error={problem === 'time' ? t('calendar.needTime') : undefined}
            />
            <TextInput
              label={t('calendar.minutes')}
              inputMode="numeric"
              placeholder={String(hours?.usualMinutes ?? 30)}
              value={minutes}
              onChange={(event) => change({ minutes: event.currentTarget.value })}
              error={problem === 'minutes' ? t('calendar.needMinutes') : undefined}
            />
            {booking === null ? (
              <>
                <TextInput
                  label={t('calendar.what')}
                  value={what}
                  {...limited(what, 200, t)}
                  onChange={(event) => change({ what: event.currentTarget.value })}
                />
                <TextInput
                  label={t('calendar.place')}
                  value={place}
                  {...limited(place, 200, t)}
                  onChange={(event) => change({ place: event.currentTarget.value })}
                />
                <TextInput
                  label={t('calendar.instruction')}
                  value={instruction}
                  {...limited(instruction, 1000, t)}
                  onChange={(event) => change({ instruction: event.currentTarget.value })}
                />
              </>
            ) : null}
            {taken.length > 0 ? (
              <Banner status="attention" urgent={problem === 'taken'} title={t('calendar.taken')}>
                {taken
                  .map(
                    (other) =>
                      `${hoursText(other.start, other.end)} ${labelOf({ id: other.chart, name: other.patient })}`,
                  )
                  .join(t('share.comma'))}
              </Banner>
            ) : null}
            {problem === 'taken' ? (
              <Button variant="default" onClick={() => submit(true)}>
                {t('calendar.allTheSame')}
              </Button>
            ) : null}
            <Button type="submit" loading={isSaving}>
              {start === null
                ? t(booking === null ? 'calendar.book' : 'calendar.move')
                : t(booking === null ? 'calendar.bookAt' : 'calendar.moveTo', { time: formatTime(new Date(start)) })}
            </Button>
          </Stack>
        </form>
      </Card>
    </Screen>
  )
}
