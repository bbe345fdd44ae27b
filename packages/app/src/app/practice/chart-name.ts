/** A patient's name in a practice, the chart's identifying data, and whether the patient's identity is known. */
import type { ChartSummary } from '@chartkeep/sync'

/** As the chart itself names the person, else as whoever shared it did. */
export function nameOf(chart: Pick<ChartSummary, 'care' | 'name'>): string {
  return chart.care?.name || chart.name
}

/**
 * The birth date in the chart, '' for none. After access has ended, the practice's own record supplies it from the chart. A date that a
 * member typed is never used.
 */
export function birthDateOf(
  chart: Pick<ChartSummary, 'care' | 'birthDate' | 'state'>,
  record: { birthDate: string } | undefined,
): string {
  return chart.care?.birthDate || chart.birthDate || (chart.state === 'open' ? '' : (record?.birthDate ?? ''))
}

/** Whose chart it is, is known here: confirmed, or the person was chosen by name and birth date in an emergency (C13). */
export function isIdentified(chart: Pick<ChartSummary, 'confirmed' | 'emergency'>): boolean {
  return chart.confirmed || chart.emergency !== null
}
