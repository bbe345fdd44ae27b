/** What the parts of the simulation share about one scenario, and what a part may add to it. */
import type { importItems } from '@chartkeep/sync/testing'
import type { SimDevice, SimPorts } from './sim-device.ts'
import type { SimRandom } from './sim-random.ts'
import type { SimWorld } from './sim-world.ts'

/** What a scenario is mostly about. */
export type Theme = 'edits' | 'decisions' | 'imports' | 'consent' | 'mixed'

/** One thing that people do, through the functions that the app calls. */
export interface Action {
  name: string
  /** Only an owner's device does it; a provider's writes a record instead. */
  byOwner: boolean
  /** How often, by what the scenario is about; never where a theme is not named. The usual ones sum up to about 100. */
  weights: Partial<Record<Theme, number>>
  act(scenario: Scenario, device: SimDevice): Promise<void>
}

/** One thing that befalls a device, the network or the server between two actions. */
export interface Fate {
  name: string
  /** Out of about 100 steps. */
  weight: number
  /** Only then is it drawn; a device that is up is meant where nothing is said. */
  may?(scenario: Scenario, device: SimDevice): boolean
  befall(scenario: Scenario, device: SimDevice): Promise<void> | void
}

/** What a feature adds to the simulation: a file sim-part-<feature>.ts, and one line in sim-parts.ts. */
export interface SimPart {
  actions?: readonly Action[]
  fates?: readonly Fate[]
  /** Sees each answer of the server before the device does. */
  answered?(scenario: Scenario, device: SimDevice, call: string, args: unknown, answer: unknown): void
  /** Once the faults have ended, before everybody syncs for the last time: what must be put right by a person (an intent that is open, say). */
  settle?(scenario: Scenario): Promise<void>
  /** At rest: pushes what does not hold into `faults`, each with the property or rule that it breaks. */
  check?(scenario: Scenario): void
}

/** See sim-poison.ts. */
export interface Poisoner {
  /** Pushes one unreadable envelope as the given device sees the vault; true when the server has taken it. */
  spoil(seen: SimDevice, random: SimRandom): Promise<boolean>
  /** Stream and number of each that is neither void nor refused: what must be quarantined, and nothing else. */
  stored: Set<string>
}

export interface ScenarioOptions {
  ports?: SimPorts & { importItems?: typeof importItems }
  /** Milliseconds that a device's clock is wrong by at the start; drawn from the seed where it is not given. */
  clocks?: Record<string, number>
  /** What else may befall, next to what always may: more of what a test is about. */
  fates?: readonly Fate[]
  /** At least so many steps; drawn from the seed where it is not given. */
  steps?: number
  /** The tablet is there, and is removed from the account at some time. */
  removesTablet?: boolean
  /** Keeps the trace, and says the state at the end. */
  trace?: boolean
}

export interface ScenarioResult {
  seed: number
  /** What did not hold; empty when all is well. */
  faults: string[]
  trace: string[]
  counts: Record<string, number>
  /** The state at the end in words that no clock and no key is part of; empty where no trace was asked for. */
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
  /** Has every answer that a device gets judged. */
  watch(device: SimDevice): void
  count(name: string): void
  theme: Theme
  /** Is in for the app's import where a mistake is planted. */
  importItems: typeof importItems
  /** Clocks stay as they were set. */
  keepsClocks: boolean
  fates: readonly Fate[]
  poisoner: Poisoner | null
  /** The device that is to leave the account; null once the server has heard of it. */
  leaving: SimDevice | null
  removed: SimDevice | null
  /** How many words were used. */
  words: number
}
