/**
 * C10: locks lists of a shared chart once every grant by which this account reads them is past its end, by this device's clock or by the
 * server's, while another grant continues. Nothing is removed: the data and this person's work stay on the disk until a verified cut or
 * both clocks end the grant (partial-revocation.ts). Until then no view shows them.
 */
import { collectionOfStreamName } from '@chartkeep/domain'
import { idText, READ, rightWords, type RightWord } from '@chartkeep/protocol'
import type { Grant } from '@chartkeep/protocol/control'
import type { StoredRecord, VaultStore } from '@chartkeep/store'
import { isVaultOwner, ownGrants, rightsByStream } from '../vault/vault-rights.ts'
import { streamName, type VaultMachine } from '../vault/vault-state.ts'

/** An end that locks at once, whatever the clocks say. */
export const AT_ONCE = 1

export interface ExpiredGrantLocks {
  /** Streams, by id text. */
  locked: ReadonlySet<string>
  /** When the next list locks, milliseconds since 1970; 0 if none does before the whole chart. */
  next: number
}

const NOTHING: ExpiredGrantLocks = { locked: new Set(), next: 0 }

/** When a grant locks by this device's own clock: at its end; for an emergency grant, when the opening ends (C13). */
export function lockEnd(machine: VaultMachine, { id, notAfter }: Pick<Grant, 'id' | 'notAfter'>): number {
  return machine.locks?.().get(idText(id)) ?? notAfter
}

export function locksOf(machine: VaultMachine): ExpiredGrantLocks {
  if (machine.control === null || isVaultOwner(machine)) return NOTHING
  const now = machine.clock.now()
  const ends = new Map<string, number>()
  for (const grant of ownGrants(machine)) {
    const own = grant.cut === null ? lockEnd(machine, grant) : 0
    // H8: whichever clock passes the end first.
    const end = grant.notAfter <= machine.clocks.server ? Math.min(own, now) : own
    for (const [id, { rights }] of grant.streams)
      if ((rights & READ) !== 0) ends.set(id, Math.max(ends.get(id) ?? 0, end))
  }
  const last = Math.max(0, ...ends.values())
  // If all grants have ended, the whole chart locks (session-charts.ts). A chart that the person ended shows nothing, even where it is
  // still open.
  if (last <= now) return last === AT_ONCE ? { locked: new Set(ends.keys()), next: 0 } : NOTHING
  const coming = [...ends.values()].filter((end) => end > now && end < last)
  return {
    locked: new Set([...ends].flatMap(([id, end]) => (end <= now ? [id] : []))),
    next: coming.length === 0 ? 0 : Math.min(...coming),
  }
}

/** The collections that this account can read, with rights as words; locked ones are left out. */
export function readableCollections(machine: VaultMachine): { collection: string; rights: RightWord[] }[] {
  const { locked } = locksOf(machine)
  const found = new Map<string, number>()
  for (const [id, bits] of rightsByStream(machine)) {
    const name = streamName(machine, id)
    if (locked.has(id) || name === '' || name === 'audit' || collectionOfStreamName(name) === null) continue
    found.set(name, (found.get(name) ?? 0) | bits)
  }
  return [...found].map(([collection, bits]) => ({ collection, rights: rightWords(bits) }))
}

/** The records of an open chart that views may show: everything in its store except locked lists. */
export class ShownRecords {
  readonly #machine: VaultMachine
  readonly #store: VaultStore
  #locks: ExpiredGrantLocks
  /** When the locks were last computed. */
  #at: number

  constructor(machine: VaultMachine, store: VaultStore) {
    this.#machine = machine
    this.#store = store
    this.#at = machine.clock.now()
    this.#locks = locksOf(machine)
  }

  /** The number of the store's last durable entry. */
  get sequence(): number {
    return this.#store.sequence
  }

  /** Call when grants or this device's emergency openings have changed. */
  refresh(): void {
    this.#at = this.#machine.clock.now()
    this.#locks = locksOf(this.#machine)
  }

  /** `id`: of a record; it begins with its stream's id. */
  isLocked(id: string): boolean {
    const locked = this.#locked()
    return locked.size > 0 && locked.has(id.slice(0, id.indexOf('.')))
  }

  read(id: string): StoredRecord | null {
    return this.isLocked(id) ? null : this.#store.read(id)
  }

  all(): StoredRecord[] {
    return this.#open(this.#store.all())
  }

  dates(): { id: string; date: string }[] {
    return this.#open(this.#store.dates())
  }

  /** Ids of records that are stored and not shown. */
  lockedIds(): string[] {
    return this.#store.all().flatMap(({ id }) => (this.isLocked(id) ? [id] : []))
  }

  #open<Row extends { id: string }>(rows: Row[]): Row[] {
    return this.#locked().size === 0 ? rows : rows.filter(({ id }) => !this.isLocked(id))
  }

  #locked(): ReadonlySet<string> {
    const { next } = this.#locks
    const { clock, clocks } = this.#machine
    // A clock that was set back may unlock lists again.
    if (clock.now() < this.#at || (next > 0 && clocks.later >= next)) this.refresh()
    return this.#locks.locked
  }
}
