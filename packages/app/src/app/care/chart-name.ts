/** What a patient is called in a practice, and whether it is known who that is. */
import type { ChartSummary } from '@chartkeep/sync'

/** As the chart itself names the person, else as whoever shared it did. */
export function nameOf(chart: Pick<ChartSummary, 'care' | 'name'>): string {
  return chart.care?.name || chart.name
}

/** Whose chart it is, is known here: confirmed, or the person was chosen by name and birth date in an emergency (C13). */
export function isIdentified(chart: Pick<ChartSummary, 'confirmed' | 'emergency'>): boolean {
  return chart.confirmed || chart.emergency !== null
}
