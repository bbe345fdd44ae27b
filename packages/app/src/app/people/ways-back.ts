/** What brings back a person who has forgotten the four words, and when the app asks for it. Derived from the account log and its sealed list. */
import type { DeviceView } from '@chartkeep/sync'

const DAY_MS = 24 * 60 * 60_000

export interface WaysBack {
  /** A copy of the recovery kit was proved. */
  kit: boolean
  /** How many other devices of the account are in use. */
  devices: number
  /** Another account owns or helps to manage the person's own record. */
  helper: boolean
}

export function waysBack(isKitProved: boolean, devices: readonly DeviceView[], hasHelper: boolean): WaysBack {
  const others = devices.filter(
    ({ kind, thisDevice, former, removed }) => kind === 'device' && !thisDevice && !former && !removed,
  )
  return { kit: isKitProved, devices: others.length, helper: hasHelper }
}

export function hasWayBack({ kit, devices, helper }: WaysBack): boolean {
  return kit || devices > 0 || helper
}

/** All ways in: the words or the PIN of this device, and each way back. */
export function waysIn(ways: WaysBack): number {
  return 1 + Number(ways.kit) + ways.devices + Number(ways.helper)
}

/** When the kit is asked for on a page of its own: each moment once, `daily` once a day. */
export type KitMoment = 'third-day' | 'tenth-entry' | 'first-import' | 'first-share' | 'daily'

/** What is known when Home opens. */
export interface KitFacts {
  /** Milliseconds since 1970. */
  now: number
  /** When the account began; null where no device wrote it. */
  since: number | null
  entries: number
  hasImported: boolean
  hasShared: boolean
  /** Moments that have asked already. */
  asked: readonly string[]
  /** The local day on which `daily` asked last; '' for never. */
  askedOn: string
  today: string
}

/** Null where the kit is not asked for now. */
export function kitMoment(facts: KitFacts): KitMoment | null {
  const days = facts.since === null ? 0 : (facts.now - facts.since) / DAY_MS
  if (days >= 14) return facts.askedOn === facts.today ? null : 'daily'
  const moments: [KitMoment, boolean][] = [
    ['third-day', days >= 3],
    ['first-share', facts.hasShared],
    ['first-import', facts.hasImported],
    ['tenth-entry', facts.entries >= 10],
  ]
  return moments.find(([moment, holds]) => holds && !facts.asked.includes(moment))?.[0] ?? null
}

/** Who else should have access is asked once a way back exists, and from the seventh day. */
export function asksWhoElse(ways: WaysBack, since: number | null, now: number): boolean {
  return hasWayBack(ways) || (since !== null && now - since >= 7 * DAY_MS)
}
