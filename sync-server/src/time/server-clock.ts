/**
 * The only reader of a clock on the server (H8). {@link createServerClock} keeps the line, the time that the server signs and judges by: the
 * machine's clock while it agrees with the newest signed time and the monotonic time since. The line never goes back and never leaps.
 */
import { uptime } from 'node:os'
import { DAY_MS } from '@chartkeep/protocol'
import type { Clock, MachineClock } from './ports.ts'

const HOUR_MS = 3_600_000
/** How far the machine's clock may be from the line and still be the time. */
export const AGREE_MS = 5 * 60_000
/** How long a step forward has to stand before the line follows. */
const STANDS_MS = 2 * 60_000
/** How much the line may gain on monotonic time within a day of it, in one step or in many. */
const GAIN_MS = 2 * DAY_MS
/** How long a server may have been off and still believe its clock. */
const BELIEVED_MS = 30 * DAY_MS

/** How long what the operator said stands: of a server that runs, and of one that starts. */
export const ACCEPTED_MS = HOUR_MS
export const ACCEPTED_AT_START_MS = BELIEVED_MS

/** This machine's clocks. The steady one counts the time that a machine slept, where the system tells it (Linux). */
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
      // The system is asked only where the clocks have moved apart: by a step, or by sleep.
      if (tellsSleep && Math.abs(now - apart) > 1000) {
        apart = now
        slept = Math.max(slept, uptime() * 1000 - start.up - (performance.now() - start.steady))
      }
      return steady + slept
    },
  }
}

/**
 * `sure`: the machine's clock agrees. `waiting`: it went forward by less than two days, and the line follows once that has stood two minutes.
 * `unsure`: it went back, or further forward; the line goes on by monotonic time. Unless `sure`, the server removes nothing.
 */
export type ClockState = 'sure' | 'waiting' | 'unsure'

export interface ServerClock extends Clock {
  /** The line: milliseconds since 1970, whole, never less than before unless the operator has accepted an earlier clock. */
  now(): number
  state(): ClockState
  /** Monotonic milliseconds. */
  steady(): number
  /** Takes the machine's clock as the time, whatever the line says: the operator's word. */
  accept(): void
  /** Runs `run` after the line has moved in one step, so that what waits for a moment looks again; `before`: where it stood. */
  onStep(run: (before: number) => void): void
}

/** The time with which a server begins whose newest signed time is `newest`; null for a server that has signed none. */
export function firstTime(newest: number | null, wall: number): number {
  return newest === null || (wall >= newest && wall - newest <= BELIEVED_MS) ? wall : newest
}

/** `newest`: the newest signed time that is stored, null for none. */
export function createServerClock(machine: MachineClock, newest: number | null): ServerClock {
  const listeners: ((before: number) => void)[] = []
  let at = machine.steady()
  let time = firstTime(newest, machine.now())
  /** Where the gain is counted from. */
  let anchor = { time, at }
  let step: { ahead: number; since: number } | null = null
  let state: ClockState = 'sure'
  /** Until then the machine is one that has just started, and whose clock is still to be set. */
  let hasAgreed = false

  /** Moves the line to this moment. */
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
      // A clock that is a little behind is waited for.
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
