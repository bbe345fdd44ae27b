/**
 * Small choices kept in plain text on this device, because the unlock screen needs them before anything is open:
 * text size and lock time here, language and calendar in i18n, theme by Mantine under `chartkeep-theme`.
 */
import { localStorageColorSchemeManager } from '@mantine/core'

export const colorSchemeManager = localStorageColorSchemeManager({ key: 'chartkeep-theme' })

/** Text sizes in per cent of the device's own. */
export const TEXT_SCALES = [100, 125, 150] as const
/** Minutes without a touch until the app locks; 0 = only by hand. */
export const LOCK_MINUTES = [5, 15, 30, 60, 0] as const

const SLEEP_KEY = 'chartkeep-lock-on-sleep'
const DENSITY_KEY = 'chartkeep-density'
const ASKED_KEY = 'chartkeep-storage-asked'
const TEXT_KEY = 'chartkeep-text-size'
const LOCK_KEY = 'chartkeep-lock-minutes'

/** The text size kept here. */
export function textScale(): number {
  const kept = Number(globalThis.localStorage?.getItem(TEXT_KEY))
  return TEXT_SCALES.find((scale) => scale === kept) ?? 100
}

/** Applies a text size to the page and keeps it. */
export function setTextScale(scale: number): void {
  globalThis.localStorage?.setItem(TEXT_KEY, String(scale))
  applyTextScale()
}

/** Applies the kept text size to the page. */
export function applyTextScale(): void {
  document.documentElement.style.setProperty('--ck-text-scale', String(textScale() / 100))
}

/** The lock time kept here. */
export function lockMinutes(): number {
  const text = globalThis.localStorage?.getItem(LOCK_KEY)
  const kept = text === null || text === undefined ? Number.NaN : Number(text)
  return LOCK_MINUTES.find((minutes) => minutes === kept) ?? 15
}

/** Keeps a lock time. */
export function setLockMinutes(minutes: number): void {
  globalThis.localStorage?.setItem(LOCK_KEY, String(minutes))
}

/** Whether a practice's screens use the compact density on this device. */
export function isCompact(): boolean {
  return globalThis.localStorage?.getItem(DENSITY_KEY) === 'compact'
}

/** Stores the density and applies it. */
export function setCompact(compact: boolean): void {
  globalThis.localStorage?.setItem(DENSITY_KEY, compact ? 'compact' : 'roomy')
  applyDensity(compact)
}

/** Applies it to the page; only a practice's session asks for it. */
export function applyDensity(compact: boolean): void {
  if (compact) document.documentElement.dataset['density'] = 'compact'
  else delete document.documentElement.dataset['density']
}

/** Whether the app locks when the device was asleep; it does unless switched off. */
export function locksOnSleep(): boolean {
  return globalThis.localStorage?.getItem(SLEEP_KEY) !== 'no'
}

/** Keeps whether to lock on sleep. */
export function setLocksOnSleep(locks: boolean): void {
  globalThis.localStorage?.setItem(SLEEP_KEY, locks ? 'yes' : 'no')
}

/** True once: whether to ask the browser now to keep the store; some browsers put the question to the person. */
export function isFirstAskForStorage(): boolean {
  if (globalThis.localStorage?.getItem(ASKED_KEY)) return false
  globalThis.localStorage?.setItem(ASKED_KEY, '1')
  return true
}
