/** What a patient is called in a practice, what the chart gives of who they are, and whether it is known who that is. */
import type { ChartSummary } from '@chartkeep/sync'

/** As the chart itself names the person, else as whoever shared it did. */
export function nameOf(chart: Pick<ChartSummary, 'care' | 'name'>): string {
  return chart.care?.name || chart.name
}

/**
 * The birth date that the chart gives, '' for none. Once access is over the practice's own record stands in, which keeps what the chart gave.
 * What somebody at the desk typed is never one.
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
