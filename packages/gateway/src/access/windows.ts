/**
 * What clients read, for the patient's audit log (W20 to W24): an entry before the first answer of a window and of each list in it, and at its end
 * entries with the number of requests and the ids of all records read. At most one window is open for each client and chart.
 */
import type { Clock, ProgramNote, Shelf } from '../device/contract.ts'

const MINUTE_MS = 60_000
const QUIET_MS = 2 * MINUTE_MS
const FIRST_OF_DAY_MS = 15 * MINUTE_MS
const LATER_MS = 60 * MINUTE_MS
const KEEP_MS = 5_000
const KEEP_IDS = 1_000
/** Ids in one audit entry. */
export const MOST_IDS = 4_096

/** The client, the chart and the grant of a window. */
export interface WindowOwner {
  client: string
  name: string
  /** As {@link ChartSummary.id}. */
  chart: string
  grant: string
}

/** Writes one audit entry; true once it is durable. */
export type WriteNote = (
  owner: WindowOwner,
  action: 'program-reading' | 'program-read',
  program: ProgramNote,
) => Promise<boolean>

interface OpenWindow {
  owner: WindowOwner
  opened: number
  last: number
  longest: number
  lists: Map<string, { requests: number; docs: Set<string> }>
  /** Lists that an entry on the disk has named. */
  named: Set<string>
  naming: Promise<boolean>
  unkept: number
  keptAt: number
}

/** The row of the shelf for a window: what a start after a crash tells. */
interface KeptWindow {
  owner: WindowOwner
  lists: { collection: string; requests: number; docs: string[] }[]
}

export class Windows {
  readonly #shelf: Shelf
  readonly #clock: Clock
  readonly #note: WriteNote
  readonly #open = new Map<string, OpenWindow>()
  readonly #timer: NodeJS.Timeout
  #keeping: Promise<void> = Promise.resolve()

  constructor(shelf: Shelf, clock: Clock, note: WriteNote) {
    this.#shelf = shelf
    this.#clock = clock
    this.#note = note
    this.#timer = setInterval(() => void this.tick(), 1_000)
    this.#timer.unref()
  }

  /** W24: closes what a crash left open, with what was kept and not complete. Call once, before the first answer. */
  async closeLeft(): Promise<void> {
    for (const [key, value] of this.#shelf.entries('window/')) {
      const { owner, lists } = JSON.parse(value) as KeptWindow
      await this.#tell(owner, lists, false)
      await this.#shelf.commit([[key, null]])
    }
  }

  /** W21: resolves true once the log names this client and these lists; false where that cannot be written, and nothing may be answered. */
  async touch(owner: WindowOwner, lists: readonly string[]): Promise<boolean> {
    const key = keyOf(owner)
    let window = this.#open.get(key)
    if (window !== undefined && (this.#isOver(window) || window.owner.grant !== owner.grant)) {
      await this.close(key)
      window = undefined
    }
    window ??= this.#begin(key, owner)
    const current = window
    current.last = this.#clock.now()
    const naming = current.naming.then(async () => {
      const unnamed = lists.filter((list) => !current.named.has(list))
      if (unnamed.length === 0) return true
      const said = unnamed.map((collection) => ({ collection, requests: 0, docs: [] }))
      const isNoted = await this.#written(owner, 'program-reading', {
        client: owner.client,
        name: owner.name,
        complete: true,
        lists: said,
      })
      if (isNoted) for (const list of unnamed) current.named.add(list)
      return isNoted
    })
    current.naming = naming.catch(() => false)
    const isNamed = await current.naming
    if (isNamed)
      for (const collection of lists) {
        const list = current.lists.get(collection) ?? { requests: 0, docs: new Set<string>() }
        list.requests++
        current.lists.set(collection, list)
      }
    return isNamed
  }

  /** W23: these records go to the client now. Call after {@link touch} for their lists, before they are handed to the socket. */
  read(owner: WindowOwner, records: Iterable<{ collection: string; doc: string }>): void {
    const window = this.#open.get(keyOf(owner))
    if (window === undefined) return
    for (const { collection, doc } of records) {
      const list = window.lists.get(collection) ?? { requests: 0, docs: new Set<string>() }
      if (!list.docs.has(doc)) {
        list.docs.add(doc)
        window.unkept++
      }
      window.lists.set(collection, list)
    }
    if (window.unkept >= KEEP_IDS) void this.#keep(keyOf(owner), window)
  }

  /** The windows that are open now, for the page of the gateway. */
  open(): { owner: WindowOwner; opened: number; records: number }[] {
    return [...this.#open.values()].map(({ owner, opened, lists }) => ({
      owner,
      opened,
      records: [...lists.values()].reduce((sum, { docs }) => sum + docs.size, 0),
    }))
  }

  /** Ends what is over and keeps what is new; runs by itself each second. */
  async tick(): Promise<void> {
    const now = this.#clock.now()
    for (const [key, window] of this.#open) {
      if (this.#isOver(window)) await this.close(key)
      else if (window.unkept > 0 && now - window.keptAt >= KEEP_MS) await this.#keep(key, window)
    }
  }

  /** W22: ends one window; its entries are durable when this resolves. */
  async close(key: string): Promise<void> {
    const window = this.#open.get(key)
    if (window === undefined) return
    this.#open.delete(key)
    await window.naming
    await this.#keeping
    const lists = listsOf(window)
    const isTold = lists.length === 0 || (await this.#tell(window.owner, lists, true))
    // What could not be told stays for the next start.
    if (isTold) await this.#shelf.commit([[`window/${key}`, null]])
    else await this.#shelf.commit([[`window/${key}`, keptText(window)]])
  }

  /** Ends the windows of a client. */
  async closeOf(client: string): Promise<void> {
    for (const [key, { owner }] of this.#open) if (owner.client === client) await this.close(key)
  }

  /** Lets go of everything that is in memory alone, as the end of the process does. */
  forget(): void {
    clearInterval(this.#timer)
    this.#open.clear()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const key of this.#open.keys()) await this.close(key)
  }

  #begin(key: string, owner: WindowOwner): OpenWindow {
    const now = this.#clock.now()
    const day = `first/${key}`
    const today = new Date(now).toDateString()
    const isFirst = this.#shelf.get(day) !== today
    if (isFirst) void this.#shelf.commit([[day, today]]).catch(() => {})
    const window: OpenWindow = {
      owner,
      opened: now,
      last: now,
      longest: isFirst ? FIRST_OF_DAY_MS : LATER_MS,
      lists: new Map(),
      named: new Set(),
      naming: Promise.resolve(true),
      unkept: 0,
      keptAt: now,
    }
    this.#open.set(key, window)
    return window
  }

  #isOver({ opened, last, longest }: OpenWindow): boolean {
    const now = this.#clock.now()
    return now - last >= QUIET_MS || now - opened >= longest || now < opened
  }

  async #keep(key: string, window: OpenWindow): Promise<void> {
    window.unkept = 0
    window.keptAt = this.#clock.now()
    this.#keeping = this.#keeping
      .then(() => this.#shelf.commit([[`window/${key}`, keptText(window)]]))
      .catch(() => {
        // A full disk refuses; the next tick tries again.
        window.unkept++
      })
    await this.#keeping
  }

  async #tell(owner: WindowOwner, lists: KeptWindow['lists'], complete: boolean): Promise<boolean> {
    let isTold = true
    for (const program of entriesOf(owner, lists, complete))
      isTold = (await this.#written(owner, 'program-read', program)) && isTold
    return isTold
  }

  async #written(...note: Parameters<WriteNote>): Promise<boolean> {
    try {
      return await this.#note(...note)
    } catch {
      // A disk that takes nothing: then nothing is answered.
      return false
    }
  }
}

export function keyOf({ client, chart }: Pick<WindowOwner, 'client' | 'chart'>): string {
  return `${client}/${chart}`
}

function listsOf({ lists }: OpenWindow): KeptWindow['lists'] {
  return [...lists].map(([collection, { requests, docs }]) => ({ collection, requests, docs: [...docs] }))
}

function keptText(window: OpenWindow): string {
  return JSON.stringify({ owner: window.owner, lists: listsOf(window) } satisfies KeptWindow)
}

/** Lists side by side, {@link MOST_IDS} ids to an entry; what does not fit goes into a further entry with 0 requests. */
function entriesOf(owner: WindowOwner, lists: KeptWindow['lists'], complete: boolean): ProgramNote[] {
  const entries: ProgramNote[] = []
  const { client, name } = owner
  let current: ProgramNote['lists'] = []
  let room = MOST_IDS
  const end = () => {
    if (current.length > 0) entries.push({ client, name, complete, lists: current })
    current = []
    room = MOST_IDS
  }
  for (const { collection, requests, docs } of lists) {
    let at = 0
    let left = requests
    do {
      if (room === 0) end()
      const part = docs.slice(at, at + room)
      current.push({ collection, requests: left, docs: part })
      left = 0
      at += part.length
      room -= part.length
    } while (at < docs.length)
  }
  end()
  return entries
}
