/** A trend in one sentence, for people who do not see the plot or want a short version. */
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { type Placed, seriesOf } from './plot-geometry.ts'

/** A converted number with what was reported in brackets; the text alone where nothing was converted. */
export function asReported(text: string, original: string | undefined, t: TFunction): string {
  return original === undefined ? text : t('joined.bracket', { text, more: t('plot.reported', { value: original }) })
}

/** "HbA1c, 7 results from Mar 2024 to Oct 2026, lowest 5.4, highest 7.1, latest 6.9 %, above the range 4.0 to 5.6." */
export function useTrendSummary(name: string, placed: readonly Placed[]): string {
  const { t } = useTranslation()
  const series = seriesOf(placed)
  const first = placed[0]
  const last = placed.at(-1)
  if (!first || !last) return ''
  const separator = currentLanguage() === 'zh-Hant-TW' ? '，' : ', '
  const sentenceOf = (parts: readonly string[]) =>
    t('plot.summary', {
      count: new Set(placed.map(({ point }) => point.id)).size,
      name,
      from: first.point.shownDate,
      to: last.point.shownDate,
      sentence: parts.join(separator),
    })
  if (series.length > 1) {
    const spans = series.map(({ name: what, placed: own }) => {
      const numbers = own.toSorted((a, b) => (a.point.value ?? 0) - (b.point.value ?? 0))
      return t('plot.seriesSpan', {
        what,
        low: words(numbers[0], t),
        high: words(numbers.at(-1), t),
      })
    })
    return sentenceOf([
      ...spans,
      t('plot.latest', { value: asReported(last.point.whole ?? last.point.text, last.point.original, t) }),
    ])
  }
  const exact = placed.filter(({ point }) => point.value !== null && point.comparator === '')
  const sorted = [...exact].sort((a, b) => (a.point.value ?? 0) - (b.point.value ?? 0))
  const range = last.point.range ? asReported(last.point.range.text, last.point.range.original, t) : ''
  const key =
    range === ''
      ? 'plot.latest'
      : last.point.flag === 'above' || last.point.flag === 'critical-high'
        ? 'plot.latestAbove'
        : last.point.flag === 'below' || last.point.flag === 'critical-low'
          ? 'plot.latestBelow'
          : last.point.flag === 'in'
            ? 'plot.latestIn'
            : 'plot.latest'
  const limits = placed.filter(({ point }) => point.comparator !== '').length
  const parts = [
    ...(sorted.length > 1 ? [t('plot.lowest', { low: words(sorted[0], t), high: words(sorted.at(-1), t) })] : []),
    t(key, { value: words(last, t), range }),
    ...(limits > 0 ? [t('plot.limits', { count: limits })] : []),
  ]
  return sentenceOf(parts)
}

function words(placed: Placed | undefined, t: TFunction): string {
  if (placed === undefined) return ''
  const { text, original, series } = placed.point
  // If the number is one of two in a measurement, the reported value is shown with the whole measurement.
  return series === undefined ? asReported(text, original, t) : text
}
