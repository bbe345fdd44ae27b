/**
 * Tells a browser that has deleted everything from one where Chartkeep never was: a cookie that holds only "1",
 * because browsers that evict a site's storage leave its cookies.
 */
import type { Platform } from '../../platform/platform.ts'

const NAME = 'chartkeep-here'
const YEAR_S = 365 * 24 * 60 * 60

/** An account is on this device. Renewed at each unlock; the shell of a desktop app needs no such sign. */
export function markHere(kind: Platform['kind']): void {
  if (kind === 'browser') document.cookie = `${NAME}=1; max-age=${YEAR_S}; path=/; samesite=strict`
}

/** An account was on this device once. */
export function wasHere(): boolean {
  return document.cookie.split(/;\s*/u).includes(`${NAME}=1`)
}
