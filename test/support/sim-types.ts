/** What the parts of the simulation share about one scenario. */
import type { importItems } from '@chartkeep/sync'
import type { SimDevice, SimPorts } from './sim-device.ts'
import type { Poisoner } from './sim-poison.ts'
import type { SimRandom } from './sim-random.ts'
import type { SimWorld } from './sim-world.ts'

/** What a scenario is mostly about. */
export type Theme = 'edits' | 'decisions' | 'imports' | 'consent' | 'mixed'

export interface ScenarioOptions {
  ports?: SimPorts & { importItems?: typeof importItems }
  /** Milliseconds that a device's clock is wrong by at the start; drawn from the seed where it is not given. */
  clocks?: Record<string, number>
  /** The tablet is there, and removed from the account at some time. Changes the world: no other scenario can follow in it. */
  removesTablet?: boolean
  /** Keeps the trace; its last lines are the state at the end. */
  trace?: boolean
}

export interface ScenarioResult {
  seed: number
  /** What did not hold; empty when all is well. */
  faults: string[]
  trace: string[]
  counts: Record<string, number>
  /** The state at the end in words that no clock and no key is part of. */
  digest: string
}

export interface Scenario {
  world: SimWorld
  vault: Uint8Array
  random: SimRandom
  devices: SimDevice[]
  owners: SimDevice[]
  faults: string[]
  say(line: string): void
  count(name: string): void
  theme: Theme
  poisoner: Poisoner | null
  /** The device that is to leave the account; null once the server has heard of it. */
  leaving: SimDevice | null
  removed: SimDevice | null
  /** How many words were used. */
  words: number
}
