/**
 * The calendar of a date field: a day, or only a month or a year where no more is known. Fetched with the first form that has a date, its styles with
 * it, so that the first screen does not bring them.
 */
import { DatePicker, DatesProvider, MonthPicker, YearPicker } from '@mantine/dates'
import 'dayjs/locale/zh-tw'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { calendarHead } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import styles from './date-field.module.css'
import datesStyles from './dates.css?inline'

type Precision = 'day' | 'month' | 'year'
const LENGTH: Record<Precision, number> = { day: 10, month: 7, year: 4 }

/** Puts the calendar's styles into the page, once. */
if (document.querySelector('style[data-dates]') === null) {
  const style = document.createElement('style')
  style.dataset['dates'] = ''
  style.textContent = datesStyles
  document.head.append(style)
}

/** `date`: the FHIR date that is chosen, '' for none. `onPick` gets one of the precision that was asked for. */
export function DateCalendar({
  date,
  today,
  isDay,
  from,
  onPick,
  onType,
}: {
  date: string
  today: string
  /** A year or a month is too little. */
  isDay: boolean
  /** With what precision to begin. */
  from: Precision
  onPick: (date: string) => void
  onType: () => void
}) {
  const { t } = useTranslation()
  const [precision, setPrecision] = useState<Precision>(from)
  const language = currentLanguage()
  const chosen = date.length >= LENGTH[precision] ? `${date.slice(0, 10)}-01-01`.slice(0, 10) : null
  const first = `${(date || today).slice(0, 10)}-01-01`.slice(0, 10)
  const common = {
    value: chosen,
    defaultDate: first,
    fullWidth: true,
    className: 'ck-dates',
    monthLabelFormat: (day: string) => calendarHead(day.slice(0, 7), language),
    yearLabelFormat: (day: string) => calendarHead(day.slice(0, 4), language),
    decadeLabelFormat: (start: string, end: string) =>
      `${calendarHead(start.slice(0, 4), language)}–${calendarHead(end.slice(0, 4), language)}`,
    yearsListFormat: (day: string) => calendarHead(day.slice(0, 4), language),
    ariaLabels: {
      monthLevelControl: t('date.chooseLevel'),
      yearLevelControl: t('date.chooseLevel'),
      nextMonth: t('date.later'),
      previousMonth: t('date.earlier'),
      nextYear: t('date.later'),
      previousYear: t('date.earlier'),
      nextDecade: t('date.later'),
      previousDecade: t('date.earlier'),
    },
    onChange: (day: string | null) => onPick((day ?? chosen ?? '').slice(0, LENGTH[precision])),
  }
  const startsAt = (day: string) =>
    day.slice(0, LENGTH[precision]) === first.slice(0, LENGTH[precision]) ? { 'data-autofocus': true } : {}
  const other = (to: Precision, word: string) => (
    <button type="button" className={styles.chip} onClick={() => setPrecision(to)}>
      {word}
    </button>
  )
  return (
    <DatesProvider settings={{ locale: language === 'en' ? 'en' : 'zh-tw', firstDayOfWeek: 0, weekendDays: [] }}>
      {precision === 'day' ? (
        <DatePicker
          key="day"
          {...common}
          highlightToday
          getDayProps={startsAt}
          getDayAriaLabel={(day) => `${calendarHead(day.slice(0, 7), language)} ${Number(day.slice(8, 10))}`}
        />
      ) : precision === 'month' ? (
        <MonthPicker key="month" {...common} getMonthControlProps={startsAt} />
      ) : (
        <YearPicker key="year" {...common} getYearControlProps={startsAt} />
      )}
      <div className={styles.chips}>
        {isDay || precision === 'month' ? null : other('month', t('date.onlyMonth'))}
        {isDay || precision === 'year' ? null : other('year', t('date.onlyYear'))}
        {precision === 'day' ? null : other('day', t('date.wholeDay'))}
        <button type="button" className={styles.chip} onClick={onType}>
          {t('date.typeIt')}
        </button>
      </div>
    </DatesProvider>
  )
}
