/** Takes the figures of one phase: time, processor time of the server and of this process, bytes over TCP; and a profile where one is asked for. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join } from 'node:path'
import { cpuSecondsOf, wireBytes } from '../support/process-figures.ts'
import type { Outcome, Phase } from './contestant.ts'

// Counting begins before the first connection, for one that is kept open serves several phases.
wireBytes()

/** Where profiles go: CHARTKEEP_PROFILE=<folder>. */
export const profileFolder = process.env['CHARTKEEP_PROFILE'] ?? null

export async function measurePhase(name: string, serverPid: number, work: () => Promise<unknown>): Promise<Phase> {
  return profiled(name, async () => {
    const [wire, cpu, own, started] = [wireBytes(), cpuSecondsOf(serverPid), process.cpuUsage(), performance.now()]
    await work()
    const ms = performance.now() - started
    const { user, system } = process.cpuUsage(own)
    return { ms, cpu: cpuSecondsOf(serverPid) - cpu, clientCpu: (user + system) / 1e6, wire: wireBytes() - wire }
  })
}

async function profiled<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (profileFolder === null) return work()
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  const result = await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  writeFileSync(join(profileFolder, `${name}.cpuprofile`), JSON.stringify(profile))
  return result
}

/** Lets what was begun come to rest between phases: compactions, whole passes behind brief ones. */
export const rest = (ms = 200): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What every contestant tells of its three phases; memory and disk of the server are read once they have ended. */
export function outcomeOf(
  { push, pull, live }: Record<'push' | 'pull' | 'live', Phase>,
  liveMs: number[],
  bytes: { idleBytes: number; peakBytes: number; diskBytes: number },
): Outcome {
  return {
    pushMs: push.ms,
    firstSyncMs: pull.ms,
    liveMs,
    server: { pushCpu: push.cpu, pullCpu: pull.cpu, liveCpu: live.cpu, ...bytes },
    client: { pushCpu: push.clientCpu, pullCpu: pull.clientCpu },
    pushWire: push.wire,
    pullWire: pull.wire,
  }
}
