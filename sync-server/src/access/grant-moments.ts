/**
 * Watches when the grants of a vault begin and end, by the server's time (C6): one timer per vault, for the next
 * moment. Moments are handled again if the clock was set back, or if the disk failed when one was reached.
 */
import { idText, textId } from '@chartkeep/protocol'
import type { ControlState, Grant } from '@chartkeep/protocol/control'
import type { LogStates } from '../storage/log-states.ts'
import { MAX_DELAY_MS, type Clock, type Timers } from '../time/ports.ts'

export interface GrantMoments {
  /** Sets the vault's timer for the next moment that has not been handled. */
  watch(control: ControlState): void
  /** Whether the vault was looked at since the start; later changes of its log are told by {@link watch}. */
  isWatched(vault: Uint8Array): boolean
  /** Checks every vault at once, because the clock has moved in a step. */
  again(): void
  /** Ends all timers. */
  close(): void
}

export interface GrantMomentsOptions {
  control: LogStates<ControlState>
  clock: Clock
  timers: Timers
  /** Some grants have begun or ended; `over` lists those that ended. */
  onMoment(control: ControlState, over: readonly Grant[]): void
}

/** How long until a moment is retried after the disk failed. */
const RETRY_MS = 1000

export function createGrantMoments({ control: states, clock, timers, onMoment }: GrantMomentsOptions): GrantMoments {
  /** Vaults that were looked at, most with a future moment; `handled`: the time up to which moments were handled. */
  const watched = new Map<string, { handled: number; cancel: () => void }>()

  function watch(control: ControlState): void {
    const vault = idText(control.vault)
    const now = clock.now()
    const known = watched.get(vault)
    known?.cancel()
    // If the clock was set back, the same moments come again.
    const handled = Math.min(known?.handled ?? now, now)
    const open = [...control.grants.values()].filter((grant) => grant.cut === null)
    const due = Math.min(
      ...open.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]).filter((at) => at > handled),
    )
    if (!Number.isFinite(due)) return void watched.set(vault, { handled, cancel: () => {} })
    const delay = Math.min(MAX_DELAY_MS, Math.max(0, due - now))
    watched.set(vault, { handled, cancel: wakeAfter(delay, control.vault) })
  }

  /** Nobody awaits this promise, so it must not reject; if the disk fails, the same moments are retried. */
  function wakeAfter(delay: number, vault: Uint8Array): () => void {
    return timers.after(delay, () => {
      wake(vault).catch(() => {
        const known = watched.get(idText(vault))
        known?.cancel()
        if (known !== undefined) watched.set(idText(vault), { ...known, cancel: wakeAfter(RETRY_MS, vault) })
      })
    })
  }

  async function wake(vault: Uint8Array): Promise<void> {
    const control = await states.load(vault)
    const known = watched.get(idText(vault))
    if (control === null || known === undefined) return
    const now = clock.now()
    const reached = (at: number) => known.handled < at && at <= now
    const open = [...control.grants.values()].filter((grant) => grant.cut === null)
    const over = open.filter(({ notAfter }) => reached(notAfter))
    // A timer may fire early, and a long wait is split.
    if (over.length > 0 || open.some(({ notBefore }) => reached(notBefore))) onMoment(control, over)
    watched.set(idText(vault), { ...known, handled: now })
    watch(control)
  }

  return {
    watch,
    isWatched: (vault) => watched.has(idText(vault)),
    again() {
      for (const [vault, known] of watched) {
        known.cancel()
        watched.set(vault, { ...known, cancel: wakeAfter(0, textId(vault)!) })
      }
    },
    close() {
      for (const { cancel } of watched.values()) cancel()
      watched.clear()
    },
  }
}
