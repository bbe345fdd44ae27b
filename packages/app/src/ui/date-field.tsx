/** A date as people know it: a year, a month or a day, Gregorian or ROC, typed and shown back in words. Never widened. */
import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../i18n/index.ts'
import { formatDate } from '../i18n/dates.ts'
import { dateEntry, localTime, parseDateEntry, today } from './date-entry.ts'
import styles from './date-field.module.css'

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
}) {
  const { t } = useTranslation()
  const [wasLeft, setLeft] = useState(false)
  const date = parseDateEntry(value)
  const isBad = wasLeft && value.trim() !== '' && (date === null || (isDay && date.length < 10))
  const shown = date === null ? '' : formatDate(date, currentLanguage())
  const inWords =
    date?.length === 4 ? t('date.year', { date: shown }) : date?.length === 7 ? t('date.month', { date: shown }) : shown
  return (
    <div>
      <div className={styles.row}>
        <TextInput
          id={id}
          className={styles.input}
          label={label}
          description={hint ?? t(isDay ? 'date.hintDay' : withTime ? 'date.hintTime' : 'date.hint')}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          onBlur={() => setLeft(true)}
          error={error ?? (isBad ? t(isDay ? 'date.badDay' : 'date.bad') : undefined)}
          autoComplete="off"
        />
        {withNow ? (
          <Button variant="default" onClick={() => onChange(dateEntry(localTime(new Date())))}>
            {t('date.now')}
          </Button>
        ) : null}
        {withToday ? (
          <Button variant="default" onClick={() => onChange(today())}>
            {t('date.today')}
          </Button>
        ) : null}
      </div>
      <p className={styles.reads} role="status">
        {date === null ? '' : t('date.reads', { date: inWords })}
      </p>
    </div>
  )
}
