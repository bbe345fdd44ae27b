/**
 * The only clock of the server (H8). {@link createServerClock} keeps the server's time, by which it signs and judges:
 * the machine's clock, as long as it agrees with the newest signed time plus the monotonic time since. The server's
 * time ("the line") never goes back and never jumps.
 */
import { uptime } from 'node:os'
import { DAY_MS } from '@chartkeep/protocol'
import type { Clock, MachineClock } from './ports.ts'

const HOUR_MS = 3_600_000
/** How far the machine's clock may differ from the server's time and still be accepted. */
export const AGREE_MS = 5 * 60_000
/** How long a forward step must last before the server's time follows it. */
const STANDS_MS = 2 * 60_000
/** How much the server's time may gain on monotonic time within one day, in one step or in many. */
const GAIN_MS = 2 * DAY_MS
/** How long a server may have been off and still trust its clock. */
const BELIEVED_MS = 30 * DAY_MS

/** How long the operator's `clock accept` stays valid: for a running server, and for a starting one. */
export const ACCEPTED_MS = HOUR_MS
export const ACCEPTED_AT_START_MS = BELIEVED_MS

/**
 * This machine's clocks. The monotonic one includes the time that the machine slept, where the system reports it
 * (Linux).
 */
export const systemClock: MachineClock = createSystemClock()

function createSystemClock(): MachineClock {
  const tellsSleep = process.platform === 'linux'
  const start = { steady: performance.now(), up: tellsSleep ? uptime() * 1000 : 0 }
  let apart = Date.now() - start.steady
  let slept = 0
  return {
    now: () => Date.now(),
    steady() {
      const steady = performance.now()
      const now = Date.now() - steady
      // Uptime is read only when the two clocks have moved apart, by a step or by sleep.
      if (tellsSleep && Math.abs(now - apart) > 1000) {
        apart = now
        slept = Math.max(slept, uptime() * 1000 - start.up - (performance.now() - start.steady))
      }
      return steady + slept
    },
  }
}

/**
 * `sure`: the machine's clock agrees. `waiting`: it stepped forward by less than two days; the server's time follows
 * once that has lasted two minutes. `unsure`: it stepped back, or further forward; the server's time continues by
 * monotonic time. The server deletes nothing unless `sure`.
 */
export type ClockState = 'sure' | 'waiting' | 'unsure'

export interface ServerClock extends Clock {
  /**
   * The server's time in whole milliseconds since 1970. Never decreases, unless the operator has accepted an earlier
   * clock.
   */
  now(): number
  state(): ClockState
  /** Monotonic milliseconds. */
  steady(): number
  /** Adopts the machine's clock whatever the server's time is, because the operator said so. */
  accept(): void
  /**
   * Calls `run` after the server's time has moved in one step, so that timers are checked again; `before`: the earlier
   * time.
   */
  onStep(run: (before: number) => void): void
}

/** The server's time at a start. `newest`: the newest signed time; null if it has signed none. */
export function firstTime(newest: number | null, wall: number): number {
  return newest === null || (wall >= newest && wall - newest <= BELIEVED_MS) ? wall : newest
}

/** `newest`: the newest stored signed time; null if there is none. */
export function createServerClock(machine: MachineClock, newest: number | null): ServerClock {
  const listeners: ((before: number) => void)[] = []
  let at = machine.steady()
  let time = firstTime(newest, machine.now())
  /** The reference point of the gain. */
  let anchor = { time, at }
  let step: { ahead: number; since: number } | null = null
  let state: ClockState = 'sure'
  /** Until then the machine counts as just started, with its clock still to be set. */
  let hasAgreed = false

  /** Advances the server's time to this moment. */
  function look(): void {
    const [steady, wall, before] = [machine.steady(), machine.now(), time]
    time += Math.max(0, steady - at)
    at = Math.max(at, steady)
    if (at - anchor.at >= DAY_MS) anchor = { time, at }
    const ahead = wall - time
    const gain = wall - anchor.time - (at - anchor.at)
    if (ahead < -AGREE_MS || (gain >= GAIN_MS && (hasAgreed || gain > BELIEVED_MS))) {
      state = 'unsure'
      step = null
    } else if (ahead <= AGREE_MS) {
      // If the machine's clock is slightly behind, wait for it.
      time = Math.max(before, wall)
      state = 'sure'
      step = null
      hasAgreed = true
    } else {
      if (step === null || Math.abs(ahead - step.ahead) > AGREE_MS) step = { ahead, since: at }
      state = 'waiting'
      if (at - step.since >= STANDS_MS) set(wall)
    }
  }

  function set(wall: number): void {
    const before = Math.floor(time)
    time = wall
    step = null
    state = 'sure'
    if (!hasAgreed) anchor = { time, at }
    hasAgreed = true
    for (const run of listeners) run(before)
  }

  return {
    now() {
      look()
      return Math.floor(time)
    },
    state() {
      look()
      return state
    },
    steady: () => machine.steady(),
    accept() {
      const wall = machine.now()
      at = machine.steady()
      anchor = { time: wall, at }
      set(wall)
    },
    onStep: (run) => void listeners.push(run),
  }
}
