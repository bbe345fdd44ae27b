/** A dosage in words of the screen's language: what its author wrote, else how much, how often, how. */
import { DAYS_OF_WEEK, dayIn, dosagesOf, type DosageView, type JsonValue } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { deviceZone } from '../../i18n/dates.ts'
import { en } from '../../i18n/en/index.ts'

/** All dosages of a medication record on one line; '' if it has none. */
export function dosageWords(resource: JsonValue, t: TFunction): string {
  return dosagesOf(resource)
    .map((dosage) => oneDosage(dosage, t))
    .filter((text) => text !== '')
    .join('; ')
}

function oneDosage(dosage: DosageView, t: TFunction): string {
  const { text, dose, timing, times, when, bounds, length, count, rate, most, route, ...clock } = dosage
  const instructions = dosage.instructions.filter((words) => !text.toLowerCase().includes(words.toLowerCase()))
  if (text !== '') {
    const isTimed = clock.timesOfDay.some((time) => text.includes(time))
    // The form for medicines makes its text of dose, timing and route alone.
    const asNeeded = AS_NEEDED.test(text) ? '' : asNeededWords(dosage, t)
    return joined([text, isTimed ? '' : atWords(clock, t), asNeeded, ...instructions], t)
  }
  return joined(
    [
      dose === '' ? '' : t('dosage.each', { dose }),
      rate,
      timing || (times === null ? '' : timesWords(times, t)),
      when.map((code) => whenWord(code, t)).join(t('share.comma')),
      atWords(clock, t),
      asNeededWords(dosage, t),
      most === '' ? '' : t('dosage.most', { most }),
      length === '' ? '' : t('dosage.length', { length }),
      count === '' ? '' : t('dosage.count', { n: count }),
      bounds.end === '' ? '' : t('dosage.until', { date: dayIn(bounds.end, deviceZone()) || bounds.end }),
      route,
      ...instructions,
    ],
    t,
  )
}

/** How a text says it itself, in the languages of the app and as prescriptions do. */
const AS_NEEDED = /\b(?:as|if|when) (?:needed|necessary|required)\b|\bp\.?r\.?n\b|需要時|必要時/iu

function asNeededWords({ asNeeded, reason }: DosageView, t: TFunction): string {
  if (!asNeeded) return ''
  return reason === '' ? t('dosage.asNeeded') : t('dosage.asNeededFor', { reason })
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

function timesWords(times: NonNullable<DosageView['times']>, t: TFunction): string {
  const { unit } = times
  const n = spanOf(times.frequency, times.frequencyMax)
  const period = spanOf(times.period, times.periodMax)
  if (n === '1') return period === '1' ? t(`dosage.once.${unit}`) : t(`dosage.every.${unit}`, { n: period })
  return period === '1' ? t(`dosage.times.${unit}`, { n }) : t(`dosage.timesIn.${unit}`, { n, period })
}

function spanOf(least: string, most: string): string {
  return most === '' || most === least ? least : `${least}–${most}`
}

/** The word for a part of the day or a meal (`MORN.early` as `MORN-early`); the code itself where we have none. */
function whenWord(code: string, t: TFunction): string {
  const key = code.replace('.', '-')
  return isWhen(key) ? t(`dosage.when.${key}`) : code
}

function isWhen(key: string): key is keyof typeof en.dosage.when {
  return Object.hasOwn(en.dosage.when, key)
}
