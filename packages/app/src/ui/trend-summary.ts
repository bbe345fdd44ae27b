/** What a trend says in one sentence, for who does not see the plot and for who wants it in short. */
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../i18n/index.ts'
import { type Placed, seriesOf } from './plot-geometry.ts'

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
        low: numbers[0]?.point.text ?? '',
        high: numbers.at(-1)?.point.text ?? '',
      })
    })
    return sentenceOf([...spans, t('plot.latest', { value: last.point.whole ?? last.point.text })])
  }
  const exact = placed.filter(({ point }) => point.value !== null && point.comparator === '')
  const sorted = [...exact].sort((a, b) => (a.point.value ?? 0) - (b.point.value ?? 0))
  const range = last.point.range?.text ?? ''
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
    ...(sorted.length > 1
      ? [t('plot.lowest', { low: sorted[0]?.point.text ?? '', high: sorted.at(-1)?.point.text ?? '' })]
      : []),
    t(key, { value: last.point.text, range }),
    ...(limits > 0 ? [t('plot.limits', { count: limits })] : []),
  ]
  return sentenceOf(parts)
}
