/** What a patient is called in a practice. */
import type { ChartSummary } from '@chartkeep/sync'

/** As the chart itself names the person, else as whoever shared it did. */
export function nameOf(chart: Pick<ChartSummary, 'care' | 'name'>): string {
  return chart.care?.name || chart.name
}
