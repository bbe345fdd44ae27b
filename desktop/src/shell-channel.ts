/**
 * What the window and the main process tell each other, apart from the system's keys (system-keys.ts). The window reports two facts that the tray shows; the
 * main process tells what happens to the computer and what somebody opened from outside.
 */
import type { ShellSettings } from './shell-settings.ts'

/** What the page is told. A `file` is read at its address below, once. */
export type ShellEvent =
  | { type: 'suspend' | 'lock-screen' | 'resume' | 'lock' }
  | { type: 'code'; text: string }
  | { type: 'file'; name: string; address: string }

/** What the page reports. */
export interface ShellReport {
  isUnlocked: boolean
  /** Changes that no server has confirmed. */
  waiting: number
  /** The language of the app, as a tag. */
  language: string
}

export const SHELL_EVENT = 'shell-event'
export const SHELL_REQUESTS = {
  /** The page listens from now on; answers with what came before. */
  ready: 'shell-ready',
  report: 'shell-report',
  settings: 'shell-settings',
  change: 'shell-change',
} as const

const MOST_WAITING = 1_000_000

/** Takes a report from a page that could be a changed one; null for anything else. */
export function reportOf(given: unknown): ShellReport | null {
  const { isUnlocked, waiting, language } = (given ?? {}) as Record<string, unknown>
  const isCount = typeof waiting === 'number' && Number.isInteger(waiting) && waiting >= 0 && waiting <= MOST_WAITING
  if (typeof isUnlocked !== 'boolean' || !isCount) return null
  if (typeof language !== 'string' || !/^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/iu.test(language)) return null
  return { isUnlocked, waiting, language }
}

/** What a page may change of the settings: the values that it names and that have the right type. */
export function changesOf(given: unknown): Partial<ShellSettings> {
  const { keepsRunning, startsWithSystem } = (given ?? {}) as Record<string, unknown>
  return {
    ...(typeof keepsRunning === 'boolean' && { keepsRunning }),
    ...(typeof startsWithSystem === 'boolean' && { startsWithSystem }),
  }
}
