/** Takes the figures of one phase: time, the server's processor time, bytes over TCP. */
import { cpuSecondsOf, wireBytes } from '../support/process-figures.ts'
import type { Phase } from './contestant.ts'

export async function measurePhase(serverPid: number, work: () => Promise<unknown>): Promise<Phase> {
  const [wire, cpu, started] = [wireBytes(), cpuSecondsOf(serverPid), performance.now()]
  await work()
  const ms = performance.now() - started
  return { ms, cpu: cpuSecondsOf(serverPid) - cpu, wire: wireBytes() - wire }
}

/** Resolves after a turn of the event loop and then some: lets what was begun come to rest between phases. */
export const rest = (ms = 200): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
