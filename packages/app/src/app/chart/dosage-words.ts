/** A dosage in words of the screen's language: what its author wrote, else how much, how often, how. */
import { DAYS_OF_WEEK, dosagesOf, type DosageView, type JsonValue } from '@chartkeep/domain'
import type { TFunction } from 'i18next'

/** All dosages of a medication record on one line; '' where it says nothing of them. */
export function dosageWords(resource: JsonValue, t: TFunction): string {
  return dosagesOf(resource)
    .map((dosage) => oneDosage(dosage, t))
    .filter((text) => text !== '')
    .join('; ')
}

function oneDosage({ text, dose, timing, times, asNeeded, route, ...clock }: DosageView, t: TFunction): string {
  if (text !== '')
    return joined([text, clock.timesOfDay.some((time) => text.includes(time)) ? '' : atWords(clock, t)], t)
  return joined(
    [
      dose === '' ? '' : t('dosage.each', { dose }),
      timing || (times === null ? '' : timesWords(times, t)),
      atWords(clock, t),
      asNeeded ? t('dosage.asNeeded') : '',
      route,
    ],
    t,
  )
}

function joined(parts: string[], t: TFunction): string {
  return parts
    .filter((part) => part !== '')
    .reduce((first, next) => (first === '' ? next : t('dosage.both', { first, next })), '')
}

/** On which days and at what times. */
function atWords({ timesOfDay, daysOfWeek }: Pick<DosageView, 'timesOfDay' | 'daysOfWeek'>, t: TFunction): string {
  const days = DAYS_OF_WEEK.filter((day) => daysOfWeek.includes(day)).map((day) => t(`day.${day}`))
  return joined(
    [
      days.length === 0 ? '' : t('dosage.on', { days: days.join(t('share.comma')) }),
      timesOfDay.length === 0 ? '' : t('dosage.at', { times: timesOfDay.join(t('share.comma')) }),
    ],
    t,
  )
}

function timesWords({ frequency, frequencyMax, period, unit }: NonNullable<DosageView['times']>, t: TFunction): string {
  const n = frequencyMax === '' || frequencyMax === frequency ? frequency : `${frequency}–${frequencyMax}`
  if (n === '1') return period === '1' ? t(`dosage.once.${unit}`) : t(`dosage.every.${unit}`, { n: period })
  return period === '1' ? t(`dosage.times.${unit}`, { n }) : t(`dosage.timesIn.${unit}`, { n, period })
}
