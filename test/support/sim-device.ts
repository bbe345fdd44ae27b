/**
 * One simulated device: its disks, the shipping sync machine over them, and at most one task that speaks to the network. The task stops
 * at every network call until the scenario resumes it, so that the seed alone decides who goes next.
 */
import {
  AccountBook,
  AccountActions,
  formerOf,
  continueAsNewDevice,
  submitLate,
  ACCOUNT_TABLE,
  isContinuing,
  openBoxKeys,
  openVault,
  provesCopy,
  refreshKeys,
  sealWhileAway,
  secretsOf,
  settleAccess,
  syncVault,
  TABLE,
  detachUnsent,
  type BoxKeys,
  type DeviceSecrets,
  type AccountRows,
  type IdentityRow,
  type ServerApi,
  type SyncOutcome,
  type VaultMachine,
  type VaultRows,
} from '@chartkeep/sync/testing'
import { idText } from '@chartkeep/protocol'
import { simApi } from './sim-api.ts'
import type { SimApi, SimCredentials } from './sim-core-api.ts'
import {
  diskBefore,
  loseSuffix,
  memoryStore,
  type CommitFate,
  type DiskGate,
  type SimDisk,
  type SimStore,
} from './sim-disk.ts'
import { simRandom, type SimRandom } from './sim-random.ts'
import type { SimServer } from './sim-server.ts'

/** What the network does with one call. */
export type CallFate = 'deliver' | 'drop-request' | 'drop-answer' | 'duplicate'

/** Actions of the machine that a planted bug may replace. */
export interface SimPorts {
  rows?: (rows: VaultRows, device: SimDevice) => VaultRows
  api?: (api: SimApi, device: SimDevice) => SimApi
  /** Whom the server takes a device for; null: for what it is. */
  serveAs?: (call: string, device: SimDevice) => SimCredentials | null
}

export interface SimPerson {
  account: Uint8Array
  role: 'owner' | 'provider'
}

export interface SimDeviceInput {
  name: string
  person: SimPerson
  secrets: DeviceSecrets
  home: SimDisk
}

/** What is on a device's disks when a scenario begins. */
export interface DeviceImage {
  home: SimDisk
  disk: SimDisk
}

interface Incarnation {
  alive: boolean
  home: AccountRows
  book: AccountBook
  boxKeys: () => BoxKeys
  machine: VaultMachine
}

export interface SimDeviceMore {
  image?: DeviceImage | undefined
  /** Where its rows are; in memory by default. */
  store?: ((device: string) => SimStore) | undefined
}

export class SimDevice {
  readonly name: string
  readonly person: SimPerson
  /** As which device it acts: another one once it was copied or restored and has found it out (F3). */
  secrets: DeviceSecrets
  id: string
  home: SimDisk
  /** Every commit that was written, in order. */
  disk: SimDisk
  /** What its clock shows besides the server's time, in milliseconds. */
  clockOffset = 0
  offline = false
  parked: { call: string; resume: (fate: CallFate) => void } | null = null
  busy = false
  lastOutcome: string = 'none'
  calls = 0
  incarnations = 0
  /** How many of its passes met no server. */
  timesAway = 0
  /** Its disks were restored, or are there twice: others may have written under its id (F3). */
  isCopied = false
  /** How often it has continued as a new device. */
  timesNew = 0
  /** Its disks as they were when older ones were put in their place. */
  readonly replaced: SimDisk[] = []
  /** Requests that were delivered once; the network may deliver them again later. */
  readonly delivered: (() => Promise<unknown>)[] = []
  /** The first commit of the scenario, by its count. */
  readonly begun: number
  readonly #server: SimServer
  readonly #vault: Uint8Array
  readonly #ports: SimPorts
  readonly #seed: string
  readonly #store: SimStore
  #now: Incarnation | null = null
  readonly #first: SimDeviceInput
  #commits: number
  #fate: () => CommitFate = () => 'write'
  #signal: (() => void) | null = null
  #isActing = false
  /** Sees each answer of the server before the device does. */
  onAnswer: (call: string, args: unknown, answer: unknown) => void = () => {}

  constructor(
    input: SimDeviceInput,
    server: SimServer,
    vault: Uint8Array,
    seed: string,
    ports: SimPorts,
    more: SimDeviceMore = {},
  ) {
    this.name = input.name
    this.person = input.person
    this.#first = input
    this.secrets = input.secrets
    this.id = idText(input.secrets.id)
    this.home = (more.image?.home ?? input.home).slice()
    this.disk = more.image?.disk.slice() ?? []
    this.#commits = Math.max(...[this.home, this.disk].map((disk) => disk.at(-1)?.at ?? 0))
    this.begun = this.#commits + 1
    this.#store = more.store?.(input.name) ?? memoryStore
    this.#server = server
    this.#vault = vault
    this.#seed = seed
    this.#ports = ports
  }

  /** How many commits it has made on all its disks. */
  get commits(): number {
    return this.#commits
  }

  get up(): boolean {
    return this.#now !== null
  }

  get machine(): VaultMachine {
    if (this.#now === null) throw new Error(`${this.name} is down`)
    return this.#now.machine
  }

  get book(): AccountBook {
    return this.#now!.book
  }

  get boxKeys(): BoxKeys {
    return this.#now!.boxKeys()
  }

  /** Decides what happens to each of the next commits. */
  withFate(fate: () => CommitFate): void {
    this.#fate = fate
  }

  async start(): Promise<void> {
    const incarnation = { alive: true } as Incarnation
    const gate: DiskGate = {
      fate: () => (incarnation.alive ? this.#fate() : 'die-before'),
      isPersonActing: () => this.#isActing,
      next: () => ++this.#commits,
      die: () => {
        if (!incarnation.alive) return
        this.#now = null
        incarnation.alive = false
        this.parked = null
        this.busy = false
        this.lastOutcome = 'died'
        this.#wakeScheduler()
      },
    }
    const random: SimRandom = simRandom(`${this.#seed} ${this.name} ${this.incarnations++}`)
    const fate = this.#fate
    this.#fate = () => 'write'
    const { home, rows } = await this.#store.open(this.home, this.disk, gate)
    incarnation.home = home
    incarnation.book = await AccountBook.open(home)
    const kept = home.get(ACCOUNT_TABLE.self, 'identity') as unknown as IdentityRow | undefined
    this.#actAs(kept === undefined ? this.#first.secrets : secretsOf(kept))
    let opened = { at: 0, by: this.secrets, keys: new Map() as BoxKeys }
    incarnation.boxKeys = () => {
      const by = this.secrets
      const state = incarnation.book.lookup(this.person.account)!
      if (state.n !== opened.at || opened.by !== by) opened = { at: state.n, by, keys: openBoxKeys(state, by) }
      return opened.keys
    }
    incarnation.machine = await openVault({
      vault: this.#vault,
      rows: this.#ports.rows?.(rows, this) ?? rows,
      clock: { now: () => this.#server.now + this.clockOffset },
      randomBytes: random.bytes,
      accounts: incarnation.book,
      account: this.person.account,
      device: this.secrets,
      boxKeys: incarnation.boxKeys,
      serverKey: () => this.#server.key,
    })
    // F3: as a session does, where its rows may be those of the device that this one was before.
    if (formerOf(home) !== null) await detachUnsent(incarnation.machine, this.secrets)
    this.#fate = fate
    this.#now = incarnation
  }

  #actAs(secrets: DeviceSecrets): void {
    this.secrets = secrets
    this.id = idText(secrets.id)
  }

  /** F3: as a session continues, with what is here of its account log and this proof that it was copied, or has begun to continue. */
  async goOn(server: ServerApi): Promise<string> {
    const { home, book, machine, boxKeys } = this.#now!
    const { randomBytes, clock } = machine
    const { account } = this.person
    const api = { api: server, key: machine.serverKey()! }
    const kept = { accountStore: home, accounts: book, account, device: this.secrets, boxKeys, randomBytes }
    const actions = new AccountActions({ ...kept, server: () => api, hasServer: () => true })
    const { signing, box } = this.secrets
    const identity: IdentityRow = { account, seed: signing.seed, boxSecret: box.secretKey, name: '', label: '' }
    const gone = await continueAsNewDevice({ accountStore: home, identity, actions: actions, clock, randomBytes })
    if (gone.type === 'done') {
      this.timesNew++
      this.#actAs(gone.device)
      this.afterAccount()
    }
    return gone.type
  }

  /** F3: whether it has begun to continue as a new device. */
  get isGoingOn(): boolean {
    return isContinuing(this.#now!.home)
  }

  /** F3: its vault acts as the device that it is now. */
  async follow(): Promise<void> {
    if (this.machine.device !== this.secrets) await detachUnsent(this.machine, this.secrets)
  }

  /** Power fails: what was not promised may be lost, tasks end where they are. */
  die(): void {
    if (this.#now !== null) this.#now.alive = false
    this.#now = null
    this.parked = null
    this.busy = false
    this.lastOutcome = 'died'
    this.#wakeScheduler()
  }

  /** F3: what was on its disks before its commit `at` is there again, whatever it had promised. */
  putBack(at: number): void {
    this.die()
    this.isCopied = true
    this.replaced.push(this.disk)
    this.disk = diskBefore(this.disk, at)
    this.home = diskBefore(this.home, at)
  }

  /** F3: a second machine with what was on the disks of this one before its commit `at`. Both continue. */
  copy(name: string, at: number): SimDevice {
    this.isCopied = true
    const image = { home: diskBefore(this.home, at), disk: diskBefore(this.disk, at) }
    const input = { ...this.#first, name }
    const copy = new SimDevice(input, this.#server, this.#vault, this.#seed, this.#ports, { image })
    copy.isCopied = true
    copy.clockOffset = this.clockOffset
    return copy
  }

  /** What the disk had not promised may be gone after a crash; answers how many commits are. */
  loseSuffix(int: (below: number) => number): number {
    return this.#store.losesSuffix ? loseSuffix(this.disk, int) : 0
  }

  /** Lets go of files and connections. */
  close(): Promise<void> {
    this.die()
    return this.#store.close()
  }

  #wakeScheduler(): void {
    this.#signal?.()
    this.#signal = null
  }

  #untilStill(): Promise<void> {
    return new Promise((resolve) => {
      this.#signal = resolve
    })
  }

  /** Starts a task and answers when it is parked, over, or the device has died. */
  async begin(task: (server: SimApi) => Promise<string>): Promise<void> {
    if (this.busy || this.#now === null) throw new Error('a device has one task at a time')
    this.busy = true
    this.calls = 0
    const incarnation = this.#now
    const api = simApi(this, this.#server, this.#ports)
    const still = this.#untilStill()
    void task(this.#ports.api?.(api, this) ?? api).then(
      (outcome) => this.#over(incarnation, outcome),
      (error: unknown) => {
        const full = error instanceof Error && error.name === 'QuotaExceededError'
        this.#over(
          incarnation,
          full ? 'full' : `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        )
      },
    )
    await still
  }

  #over(incarnation: Incarnation, outcome: string): void {
    if (!incarnation.alive) return
    this.busy = false
    this.lastOutcome = outcome
    this.#wakeScheduler()
  }

  /** Lets the parked call continue with this fate; answers when the task is parked again, over, or the device has died. */
  async resume(fate: CallFate): Promise<void> {
    const { parked } = this
    if (parked === null) throw new Error('nothing is parked')
    this.parked = null
    const still = this.#untilStill()
    parked.resume(fate)
    await still
  }

  /** Called by the network: stops the task until the scenario lets it continue. */
  park(call: string): Promise<CallFate> {
    this.calls++
    return new Promise((resolve) => {
      this.parked = { call, resume: resolve }
      this.#wakeScheduler()
    })
  }

  /** Runs a person's action, which needs no network, to its end. False when the device died in it or its disk was full. */
  async act(action: () => Promise<unknown>): Promise<'done' | 'died' | 'full'> {
    const incarnation = this.#now!
    const died = new Promise<'died'>((resolve) => {
      this.#signal = () => resolve('died')
    })
    this.#isActing = true
    const done = action().then(
      () => 'done' as const,
      (error: unknown) => {
        if (error instanceof Error && error.name === 'QuotaExceededError') return 'full' as const
        throw error
      },
    )
    const outcome = await Promise.race([done, died]).finally(() => {
      this.#isActing = false
    })
    if (incarnation.alive) this.#signal = null
    return outcome
  }

  /** True when no change of the vault's state is under way: a person's save would not have to wait. */
  async isLaneFree(): Promise<boolean> {
    let free = false
    void this.machine.lane.then(() => {
      free = true
    })
    for (let i = 0; i < 4; i++) await Promise.resolve()
    return free
  }

  /** Asks the server for everything of these streams, whatever the device knows of its rights, and for bodies: what a revoked device would do. */
  async grab(streams: Uint8Array[], bodiesOf: Uint8Array[]): Promise<void> {
    const request = { streams: streams.map((stream) => ({ stream, after: 0 })), budget: 1 << 20 }
    const { id, signing } = this.secrets
    const own = { account: this.person.account, id, signing }
    const api = this.#server.reach(this.#ports.serveAs?.('pull', this) ?? own)
    const answer = await api.pull(this.#vault, request)
    this.onAnswer('pull', [this.#vault, request], answer.type === 'ok' ? answer.value : answer)
    for (const stream of bodiesOf) {
      const bodies = await api.fetchBodies(this.#vault, stream, [1, 2, 3])
      this.onAnswer('fetchBodies', [this.#vault, stream, [1, 2, 3]], bodies.type === 'ok' ? bodies.value : bodies)
    }
  }

  /** The own account log has grown: keys that its new box key opens are opened. */
  afterAccount(): void {
    refreshKeys(this.machine)
  }
}

type Shown = SyncOutcome | { type: string }

/** What a session does at each sync: own account log, then the vault, then intents and ended access, as packages/sync/src/session/session.ts. */
export async function syncTask(device: SimDevice, server: ServerApi): Promise<string> {
  const ended = await passTask(device, server)
  // Y6: every other time, as a session that nobody writes in for a second.
  if (ended === 'offline' && device.timesAway++ % 2 === 0) while ((await sealWhileAway(device.machine)) > 0);
  return ended
}

async function passTask(device: SimDevice, server: ServerApi, mayGoOn = true): Promise<string> {
  const { machine, book, person } = device
  const refreshed = await book.refresh(person.account, server, machine.serverKey()!)
  if (refreshed.type !== 'ok') return shown(refreshed)
  if (refreshed.changed) device.afterAccount()
  if (device.isGoingOn) return mayGoOn ? goOn(device, server) : 'copied'
  await device.follow()
  let outcome: SyncOutcome = await syncVault(machine, server)
  if (outcome.type === 'copied' && mayGoOn && (await provesCopy(machine, server))) return goOn(device, server)
  if (outcome.type === 'synced' || outcome.type === 'waiting') {
    if (await settleAccess(machine, server)) outcome = await syncVault(machine, server)
  }
  return shown(outcome)
}

/** F3: what only the old id can do, then the same pass as a new device. */
async function goOn(device: SimDevice, server: ServerApi): Promise<string> {
  const { machine } = device
  if (machine.rows.table(TABLE.undelivered).size > 0)
    await submitLate({ ...machine, device: machine.device.id }, server)
  const gone = await device.goOn(server)
  return gone === 'done' ? passTask(device, server, false) : `not new: ${gone}`
}

function shown(outcome: Shown): string {
  const { type, ...rest } = outcome
  return [type, ...Object.values(rest).map(String)].join(' ')
}
