/** A date as people know it: a year, a month or a day, Gregorian or ROC, typed and shown back in words. Never widened. */
import { isSurelyBefore } from '@chartkeep/domain'
import { Button, Checkbox, Group, TextInput } from '@mantine/core'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { fieldDate, formatDate } from '../../i18n/dates.ts'
import { dateEntry, localTime, parseDateEntry, readDateEntry, today } from './date-entry.ts'
import styles from './date-field.module.css'
import { DatePopover } from './date-popover.tsx'

/** The day that the person was born, a FHIR date, and whether who types is sure of a date before it. */
export interface BirthQuestion {
  born: string
  isSure: boolean
  onSure: (isSure: boolean) => void
}

/** Whether what was typed is a date that is surely earlier than when the person was born. */
export function isBeforeBorn(typed: string, born: string): boolean {
  return isSurelyBefore(parseDateEntry(typed) ?? '', born)
}

/**
 * `value` is what was typed (a FHIR partial date is fine as a start). The caller reads the date with
 * {@link parseDateEntry} when saving, and refuses text that is none.
 */
export function DateField({
  id,
  label,
  value,
  onChange,
  error,
  hint,
  withToday = false,
  withNow = false,
  withTime = withNow,
  isDay = false,
  question,
}: {
  id: string
  label: ReactNode
  value: string
  onChange: (typed: string) => void
  error?: ReactNode
  hint?: string
  withToday?: boolean
  /** One press gives the time now. */
  withNow?: boolean
  /** The time of day matters: the hint asks for it. */
  withTime?: boolean
  /** A year or a month is too little, as for what is still to come. */
  isDay?: boolean
  /** Asks about a date before the day that the person was born. */
  question?: BirthQuestion | undefined
}) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [wasLeft, setLeft] = useState(false)
  // A date of the record, or one that was pressed, is shown in words; what a person is typing is left alone.
  const [isTyped, setTyped] = useState(false)
  const text = isTyped ? value : fieldDate(value)
  const read = readDateEntry(value)
  const date = read.type === 'date' ? read.date : null
  const isBad = wasLeft && (read.type === 'no-date' || (isDay && date !== null && date.length < 10))
  const shown = date === null ? '' : formatDate(date, currentLanguage())
  const inWords =
    date?.length === 4 ? t('date.year', { date: shown }) : date?.length === 7 ? t('date.month', { date: shown }) : shown
  const isRead = date === null || (date.length === 10 && text === fieldDate(date))
  // A day that is picked keeps the time of day that was typed.
  const time = date !== null && date.length > 10 ? dateEntry(date).slice(10) : ''
  const press = (chosen: string) => {
    setTyped(false)
    onChange(chosen)
  }
  const isBeforeBirth = question !== undefined && isBeforeBorn(value, question.born)
  return (
    <div>
      <div className={styles.row}>
        <TextInput
          ref={input}
          id={id}
          className={styles.input}
          label={label}
          description={hint ?? t(isDay ? 'date.hintDay' : withTime ? 'date.hintTime' : 'date.hint')}
          value={text}
          onChange={(event) => {
            setTyped(true)
            onChange(event.currentTarget.value)
          }}
          onBlur={({ relatedTarget }) => {
            // A line that comes between press and release would move the button away from under the pointer.
            if (!(relatedTarget instanceof HTMLButtonElement)) setLeft(true)
          }}
          rightSectionWidth="var(--ck-target)"
          rightSection={
            <DatePopover
              date={date ?? ''}
              isDay={isDay}
              onPick={(picked) => press(picked.length === 10 ? `${picked}${time}` : picked)}
              onType={() => setTimeout(() => input.current?.focus())}
            />
          }
          error={error ?? (isBad ? t(isDay ? 'date.badDay' : 'date.bad') : undefined)}
          autoComplete="off"
        />
        {withNow ? (
          <Button variant="default" onClick={() => press(dateEntry(localTime(new Date())))}>
            {t('date.now')}
          </Button>
        ) : null}
        {withToday ? (
          <Button variant="default" onClick={() => press(today())}>
            {t('date.today')}
          </Button>
        ) : null}
      </div>
      <div className={styles.reads} role="status">
        {read.type === 'unsure' ? (
          <p>{t('date.unsure')}</p>
        ) : isRead ? null : (
          <p>{t('date.reads', { date: inWords })}</p>
        )}
        {isBeforeBirth ? <p>{t('date.beforeBirth', { born: formatDate(question.born, currentLanguage()) })}</p> : null}
      </div>
      {read.type === 'unsure' ? (
        <Group gap="xs">
          {read.readings.map((reading) => (
            <Button key={reading} variant="default" onClick={() => onChange(dateEntry(reading))}>
              {formatDate(reading, currentLanguage())}
            </Button>
          ))}
        </Group>
      ) : null}
      {isBeforeBirth ? (
        <Checkbox
          className={styles.sure}
          label={t('date.isRight')}
          checked={question.isSure}
          onChange={(event) => question.onSure(event.currentTarget.checked)}
        />
      ) : null}
    </div>
  )
}
