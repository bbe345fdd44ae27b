/** How numbers are written where the person is. */
import type { DecimalMark } from '@chartkeep/domain'

/** The sign before decimals in the locale of the device; a point where it has another one or none. */
export function decimalMark(locale: string = globalThis.navigator?.language ?? 'en'): DecimalMark {
  try {
    const parts = new Intl.NumberFormat(locale).formatToParts(1.5)
    return parts.find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.'
  } catch {
    // A tag that is no locale.
    return '.'
  }
}
