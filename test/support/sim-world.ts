/** People and devices that many scenarios share (their keys cost more than a scenario), and one server, whose disk each scenario has for itself. */
import {
  AccountBook,
  createDevice,
  deviceAddedEntry,
  genesisEntry,
  openBoxKeys,
  recoveryDevice,
  type DeviceSecrets,
} from '@chartkeep/sync/testing'
import { accountIdOf } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { simHome, type SimDisk } from './sim-disk.ts'
import { simRandom } from './sim-random.ts'
import type { SimDeviceInput, SimDeviceMore, SimPerson } from './sim-device.ts'
import { installSimEngine } from './sim-engine.ts'
import { createSimServer, type ServerGround, type ServerImage, type SimServer } from './sim-server.ts'

const QUIET = { fate: () => 'write' as const, isPersonActing: () => false, die: () => {} }

export interface SimWorld {
  server: SimServer
  /** The owner's account log, read and verified. */
  owner: AccountState
  /** laptop, phone, tablet of the owner; one device of each of two providers. */
  people: {
    laptop: SimDeviceInput
    phone: SimDeviceInput
    tablet: SimDeviceInput
    /** A device of the owner whose app is broken; see sim-poison.ts. */
    kiosk: SimDeviceInput
    clinic: SimDeviceInput
    praxis: SimDeviceInput
  }
  /** The server's disk with these people and no vault; null where it is not in memory. */
  base: ServerImage | null
  /** Where devices keep their rows; in memory where nothing is said. */
  store: SimDeviceMore['store']
  close(): Promise<void>
}

export type PersonName = keyof SimWorld['people']

/** What a world is on when it is not all in memory: see sim-real.ts. */
export interface WorldGround {
  server: ServerGround
  store: NonNullable<SimDeviceMore['store']>
}

interface Household {
  person: SimPerson
  entries: SignedEntry[]
  devices: { name: string; secrets: DeviceSecrets }[]
}

async function household(role: SimPerson['role'], names: string[], seed: string): Promise<Household> {
  const random = simRandom(`${seed} ${names[0]}`)
  const [first, ...others] = names.map((name) => ({ name, secrets: createDevice(random.bytes) }))
  const recovery = recoveryDevice(random.bytes(20))
  const { entry } = await genesisEntry(first!.secrets, recovery, first!.name, random.bytes)
  const account = accountIdOf(entry.body)
  const book = await AccountBook.open(simHome([], QUIET))
  await book.append(null, [entry])
  const entries = [entry]
  for (const { name, secrets } of others) {
    const state = book.lookup(account)!
    const keys = openBoxKeys(state, first!.secrets)
    const added = await deviceAddedEntry(state, first!.secrets, secrets, name, keys, random.bytes)
    if (!(await book.append(account, [added]))) throw new Error('a device could not be added')
    entries.push(added)
  }
  return { person: { account, role }, entries, devices: [first!, ...others] }
}

/** The same seed makes the same people. */
export async function createSimWorld(seed = 'people', ground: WorldGround | null = null): Promise<SimWorld> {
  installSimEngine()
  const server = await createSimServer(seed, ground?.server ?? null)
  const owner = await household('owner', ['laptop', 'phone', 'tablet', 'kiosk'], seed)
  const clinic = await household('provider', ['clinic'], seed)
  const praxis = await household('provider', ['praxis'], seed)
  const all = [owner, clinic, praxis]

  // Everybody has met everybody: what sharing codes do in the app.
  const home: SimDisk = []
  const book = await AccountBook.open(simHome(home, QUIET))
  for (const { person, entries } of all) {
    await book.append(null, [entries[0]!])
    if (entries.length > 1) await book.append(person.account, entries.slice(1))
  }
  await postAll(server, all)
  if (ground !== null) await server.keep()

  const input = ({ person, devices }: Household, index: number): SimDeviceInput => ({
    ...devices[index]!,
    person,
    home,
  })
  return {
    server,
    owner: book.lookup(owner.person.account)!,
    people: {
      laptop: input(owner, 0),
      phone: input(owner, 1),
      tablet: input(owner, 2),
      kiosk: input(owner, 3),
      clinic: input(clinic, 0),
      praxis: input(praxis, 0),
    },
    base: server.image(),
    store: ground?.store,
    close: () => server.close(),
  }
}

async function postAll(server: SimServer, all: Household[]): Promise<void> {
  for (const { person, entries, devices } of all) {
    const registered = await server.core().register({ entry: entries[0]! })
    if ('type' in registered) throw new Error(`not registered: ${registered.error}`)
    const { id, signing } = devices[0]!.secrets
    const session = await server.session({ account: person.account, id, signing })
    if ('type' in session) throw new Error('not signed in')
    for (const entry of entries.slice(1)) {
      const posted = await server.core().postAccount(session, person.account, { entry })
      if ('type' in posted) throw new Error(`not posted: ${posted.error}`)
    }
  }
}
