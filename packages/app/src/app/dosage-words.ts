/** A dosage in words of the screen's language: what its author wrote, else how much, how often, how. */
import { dosagesOf, type DosageView, type JsonValue } from '@chartkeep/domain'
import type { TFunction } from 'i18next'

/** All dosages of a medication record on one line; '' where it says nothing of them. */
export function dosageWords(resource: JsonValue, t: TFunction): string {
  return dosagesOf(resource)
    .map((dosage) => oneDosage(dosage, t))
    .filter((text) => text !== '')
    .join('; ')
}

function oneDosage({ text, dose, timing, times, asNeeded, route }: DosageView, t: TFunction): string {
  if (text !== '') return text
  return [
    dose === '' ? '' : t('dosage.each', { dose }),
    timing || (times === null ? '' : timesWords(times, t)),
    asNeeded ? t('dosage.asNeeded') : '',
    route,
  ]
    .filter((part) => part !== '')
    .reduce((first, next) => (first === '' ? next : t('dosage.both', { first, next })), '')
}

function timesWords({ frequency, frequencyMax, period, unit }: NonNullable<DosageView['times']>, t: TFunction): string {
  const n = frequencyMax === '' || frequencyMax === frequency ? frequency : `${frequency}–${frequencyMax}`
  if (n === '1') return period === '1' ? t(`dosage.once.${unit}`) : t(`dosage.every.${unit}`, { n: period })
  return period === '1' ? t(`dosage.times.${unit}`, { n }) : t(`dosage.timesIn.${unit}`, { n, period })
}
