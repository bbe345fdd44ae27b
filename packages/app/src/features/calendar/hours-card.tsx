/** The hours in which who is unlocked here can be booked, and times that differ from them. */
import {
  type Availability,
  type AvailabilityException,
  type CareEntry,
  DAYS_OF_WEEK,
  type DayOfWeek,
  newException,
  stringifyJson,
  writtenSchedule,
  wholeNumber,
  zonedMoment,
} from '@chartkeep/domain'
import { Button, Group, Stack, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { deviceZone } from '../../i18n/dates.ts'
import { Card } from '../../ui/display/card.tsx'
import { ChooseMany } from '../../ui/fields/choices.tsx'
import { localTime, parseDateEntry } from '../../ui/fields/date-entry.ts'
import { DateField } from '../../ui/fields/date-field.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { limited } from '../../ui/fields/limited.tsx'
import { spanText } from './appointment-words.ts'

interface HoursRow {
  days: readonly DayOfWeek[]
  start: string
  end: string
}

function isBad({ days, start, end }: HoursRow): boolean {
  return days.length > 0 && !(start < end)
}

function isLength(minutes: string): boolean {
  const length = wholeNumber(minutes) ?? 0
  return length >= 5 && length <= 480
}

const FIRST: HoursRow = { days: [], start: '09:00', end: '17:00' }

export function HoursCard({
  hours,
  exceptions,
  entries,
  today,
}: {
  hours: readonly Availability[]
  exceptions: readonly AvailabilityException[]
  entries: readonly CareEntry[]
  today: string
}) {
  const { t } = useTranslation()
  const { practice, vault } = usePractice()
  const mine = hours.find(({ member }) => member === practice.me.id) ?? null
  const [isOpen, setOpen] = useState(false)
  const [rows, setRows] = useState<readonly HoursRow[]>([FIRST])
  const [minutes, setMinutes] = useState('30')
  const [outcome, setOutcome] = useState<'saved' | 'failed' | 'incomplete' | 'changed' | null>(null)
  const current = () => (mine === null ? null : (entries.find(({ id }) => id === mine.id) ?? null))
  const [base, setBase] = useState<string | null>(null)
  const revisionNow = () => {
    const before = current()
    return before === null ? null : (vault.recordNow(before.record)?.revision ?? null)
  }
  const begin = () => {
    setBase(revisionNow())
    setRows(mine === null || mine.hours.length === 0 ? [FIRST] : mine.hours)
    setMinutes(String(mine?.usualMinutes ?? 30))
    setOutcome(null)
    setOpen(true)
  }
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setOutcome(null)
    if (rows.some(isBad) || !isLength(minutes)) return setOutcome('incomplete')
    const before = current()
    const resource = writtenSchedule(before?.resource ?? null, {
      member: practice.me.id,
      memberName: practice.me.name,
      usualMinutes: wholeNumber(minutes) ?? 30,
      zone: deviceZone(),
      hours: rows.filter(({ days }) => days.length > 0),
    })
    const saved = await vault
      .save({
        collection: 'appointments',
        resource: stringifyJson(resource),
        ...(before === null ? {} : { id: before.record }),
        ...(before === null || base === null ? {} : { base }),
      })
      .catch(() => ({ type: 'failed' as const }))
    if (saved.type === 'changed') {
      // Shown above, as they stand on the other device: who saves again has seen them.
      setBase(revisionNow())
      return setOutcome('changed')
    }
    setOutcome(saved.type === 'saved' ? 'saved' : 'failed')
    if (saved.type === 'saved') setOpen(false)
  }
  const change = (at: number, part: Partial<HoursRow>) =>
    setRows((before) => before.map((row, index) => (index === at ? { ...row, ...part } : row)))
  const coming = exceptions.filter(
    (one) => one.schedule === mine?.id && one.end > zonedMoment(today, '00:00', deviceZone()),
  )
  return (
    <Card title={t('calendar.hours')}>
      {mine === null ? (
        <p>{t('calendar.hoursNone')}</p>
      ) : (
        <ul>
          {mine.hours.map(({ days, start, end }) => (
            <li key={`${days.join()} ${start}`}>
              {days.map((day) => t(`day.${day}`)).join(t('share.comma'))} {start}–{end}
            </li>
          ))}
          {coming.map((one) => (
            <li key={one.id}>
              {t(one.isOff ? 'calendar.off' : 'calendar.extra', { time: spanText(one.start, one.end) })}
              {one.comment === '' ? '' : ` ${one.comment}`}
            </li>
          ))}
        </ul>
      )}
      <div role="status">
        {outcome === 'saved' ? t('calendar.hoursSaved') : null}
        {outcome === 'failed' ? <Banner status="attention">{t('calendar.failed')}</Banner> : null}
        {outcome === 'changed' ? <Banner status="attention">{t('calendar.hoursChanged')}</Banner> : null}
      </div>
      {isOpen ? (
        <form onSubmit={(event) => void save(event)} noValidate autoComplete="off">
          <Stack gap="md" maw={560}>
            {rows.map((row, at) => (
              <Stack key={at} gap="sm">
                <ChooseMany
                  id={`hours-${at}`}
                  legend={t('calendar.days')}
                  choices={DAYS_OF_WEEK.map((day) => ({ value: day, label: t(`day.${day}`) }))}
                  values={row.days}
                  onChange={(days) => change(at, { days: DAYS_OF_WEEK.filter((day) => days.includes(day)) })}
                />
                <Group gap="sm">
                  <TextInput
                    type="time"
                    label={t('calendar.from')}
                    value={row.start}
                    onChange={(event) => change(at, { start: event.currentTarget.value })}
                  />
                  <TextInput
                    type="time"
                    label={t('calendar.to')}
                    value={row.end}
                    error={outcome === 'incomplete' && isBad(row) ? t('calendar.hoursEnd') : undefined}
                    onChange={(event) => change(at, { end: event.currentTarget.value })}
                  />
                </Group>
              </Stack>
            ))}
            <Button variant="default" onClick={() => setRows((before) => [...before, FIRST])}>
              {t('calendar.moreHours')}
            </Button>
            <TextInput
              label={t('calendar.usual')}
              inputMode="numeric"
              value={minutes}
              error={outcome === 'incomplete' && !isLength(minutes) ? t('calendar.hoursLength') : undefined}
              onChange={(event) => setMinutes(event.currentTarget.value)}
            />
            <Button type="submit">{t('deed.save')}</Button>
            <Button variant="default" onClick={() => setOpen(false)}>
              {t('deed.cancel')}
            </Button>
          </Stack>
        </form>
      ) : (
        <Button variant="default" onClick={begin}>
          {t('calendar.hoursChange')}
        </Button>
      )}
      {mine === null ? null : <TimeOff schedule={mine.id} />}
    </Card>
  )
}

/** A time at which nobody can be booked though it lies in the hours. */
function TimeOff({ schedule }: { schedule: string }) {
  const { t } = useTranslation()
  const { vault } = usePractice()
  const [day, setDay] = useState('')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [comment, setComment] = useState('')
  const [outcome, setOutcome] = useState<'saved' | 'failed' | 'incomplete' | null>(null)
  const typedDate = parseDateEntry(day)
  const date = typedDate?.length === 10 ? typedDate : null
  const save = async (event: FormEvent) => {
    event.preventDefault()
    setOutcome(null)
    if (date === null || !(from < to)) return setOutcome('incomplete')
    const at = (time: string) => localTime(new Date(`${date}T${time}:00`))
    const resource = newException({ schedule, start: at(from), end: at(to), isOff: true, comment })
    const saved = await vault
      .save({ collection: 'appointments', resource: stringifyJson(resource) })
      .catch(() => ({ type: 'failed' as const }))
    setOutcome(saved.type === 'saved' ? 'saved' : 'failed')
  }
  return (
    <details>
      <summary className="ck-alone">{t('calendar.addOff')}</summary>
      <form onSubmit={(event) => void save(event)} noValidate autoComplete="off">
        <Stack gap="md" maw={560}>
          <DateField
            isDay
            id="off-day"
            label={t('calendar.day')}
            value={day}
            onChange={setDay}
            error={outcome === 'incomplete' && date === null ? t('calendar.needDay') : undefined}
          />
          <Group gap="sm">
            <TextInput
              type="time"
              label={t('calendar.from')}
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
            />
            <TextInput
              type="time"
              label={t('calendar.to')}
              value={to}
              error={outcome === 'incomplete' && !(from < to) ? t('calendar.hoursEnd') : undefined}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
          </Group>
          <TextInput
            label={t('calendar.offWhy')}
            value={comment}
            {...limited(comment, 200, t)}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <div role="status">
            {outcome === 'saved' ? t('calendar.hoursSaved') : null}
            {outcome === 'failed' ? <Banner status="attention">{t('calendar.failed')}</Banner> : null}
          </div>
          <Button type="submit" variant="default">
            {t('deed.save')}
          </Button>
        </Stack>
      </form>
    </details>
  )
}
