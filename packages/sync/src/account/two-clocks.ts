/**
 * H8: the time by the server's clock and by this device's own, either of which may be wrong by years. What cannot be undone waits until both have
 * passed a moment; what only locks or hides goes by the later one. The server's time is the newest that it signed, and continues with the device's
 * steady clock between contacts.
 */
import type { CborValue } from '@chartkeep/crypto'
import { idText, verifyHead, type SignedHead } from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { Clock, AccountRows } from '../ports/ports.ts'

/** By how much processes of one server may differ, in milliseconds. */
const SLACK_MS = 60_000

/** From this difference on people are told that the clocks disagree, in milliseconds. */
export const APART_MS = 3_600_000

/** How far the kept time may be from the newest one before it is written again, in milliseconds. */
const KEEP_MS = 10 * 60_000

/** Row of `self`: the newest time that the server of this key (32 bytes) has signed, milliseconds since 1970. */
const SERVER_TIME = 'server-time'

interface ServerTimeRow {
  key: Uint8Array
  time: number
}

interface Line {
  key: string
  /** The newest time that the server signed. */
  signed: number
  /** The server's time when the steady clock said `at`. */
  time: number
  at: number
}

export class TwoClocks {
  readonly #clock: Clock
  readonly #serverKey: () => Uint8Array | null
  #line: Line | null = null
  /** What the last head said, counted or not, and when: by this device's clock, and by its steady one. */
  #last: { key: string; ahead: number; time: number; own: number; at: number } | null = null
  #kept: ServerTimeRow | null = null
  /** By server and log, the head with the newest time that was seen since the start. */
  readonly #heads = new Map<string, SignedHead>()

  constructor(clock: Clock, serverKey: () => Uint8Array | null) {
    this.#clock = clock
    this.#serverKey = serverKey
  }

  /** Takes up the time that an earlier session kept. */
  restore(accountStore: AccountRows): void {
    const row = accountStore.get(ACCOUNT_TABLE.self, SERVER_TIME) as unknown as ServerTimeRow | undefined
    if (row === undefined) return
    this.#kept = row
    this.#line = { key: idText(row.key), signed: row.time, time: row.time, at: this.#steady() }
  }

  /** The row that keeps the time for the next session; none where what is kept is recent. */
  rowsToKeep(): SyncRow[] {
    const [reading, key] = [this.#current(), this.#serverKey()]
    if (reading === null || key === null) return []
    const kept = this.#kept
    if (kept !== null && idText(kept.key) === reading.key && Math.abs(reading.signed - kept.time) < KEEP_MS) return []
    this.#kept = { key, time: reading.signed } satisfies ServerTimeRow
    return [{ table: ACCOUNT_TABLE.self, key: SERVER_TIME, value: this.#kept as unknown as CborValue }]
  }

  /**
   * A time that the server signed, verified. It counts unless it lies more than a minute before the newest one. Then it counts all the same where
   * it agrees with this device's clock within an hour and the newest one does not: the newest one was wrong. `asked`: this device's clock when it
   * asked; all in milliseconds since 1970.
   */
  hear(time: number, asked: number): void {
    const key = this.#serverKey()
    if (key === null) return
    const [name, own, at] = [idText(key), this.#clock.now(), this.#steady()]
    const ahead = clockError(asked, time, own)
    this.#last = { key: name, ahead, time, own, at }
    const reading = this.#current()
    if (reading === null) {
      this.#line = { key: name, signed: time, time, at }
    } else if (time >= reading.signed - SLACK_MS) {
      reading.signed = Math.max(reading.signed, time)
      if (time >= this.server) Object.assign(reading, { time, at })
    } else if (Math.abs(ahead) <= APART_MS && this.server - own > APART_MS) {
      this.#line = { key: name, signed: time, time, at }
    }
  }

  /** Notes a verified head. Answers the one of its log that was seen since the start and has the newest time; null for none. */
  noteHead(head: SignedHead): SignedHead | null {
    const log = `${this.#keyText()} ${head.kind} ${idText(head.id)}`
    const newest = this.#heads.get(log) ?? null
    if (newest === null || newest.time < head.time) this.#heads.set(log, head)
    return newest
  }

  /** The server's time, milliseconds since 1970; 0 before it has signed any. */
  get server(): number {
    const reading = this.#current()
    return reading === null ? 0 : reading.time + Math.max(0, this.#steady() - reading.at)
  }

  /** The moment that both clocks have passed; 0 before the server's time is known. Grants that ended by then have ended. */
  get due(): number {
    return Math.min(this.server, this.#clock.now())
  }

  /** The moment that one of the clocks has passed. Grants that ended by then are locked, and may open again. */
  get later(): number {
    return Math.max(this.server, this.#clock.now())
  }

  /** By which an owner's screen tells what is over: this device's clock, as far as the server's last answer does not say that it is ahead. */
  get shown(): number {
    return this.#clock.now() - Math.max(0, this.ahead)
  }

  /** By how much this device's clock was certainly ahead of the server's at the last answer, in milliseconds, less than 0 behind; 0 where none came since the start. */
  get ahead(): number {
    return this.#last?.key === this.#keyText() ? this.#last.ahead : 0
  }

  /** What both clocks say where they were over an hour apart at the server's last answer; null where they were not, or where it is not known now. */
  get apart(): { server: number; own: number } | null {
    if (this.#last === null || Math.abs(this.ahead) <= APART_MS) return null
    const own = this.#clock.now()
    const gone = this.#steady() - this.#last.at
    // This clock was set since, or the device slept: the next answer tells.
    if (Math.abs(own - this.#last.own - gone) > SLACK_MS) return null
    return { server: this.#last.time + gone, own }
  }

  #current(): Line | null {
    return this.#line?.key === this.#keyText() ? this.#line : null
  }

  #keyText(): string | null {
    const key = this.#serverKey()
    return key === null ? null : idText(key)
  }

  #steady(): number {
    return Math.floor(this.#clock.steady?.() ?? 0)
  }
}

/**
 * Of earlier heads of the log of `head`, one that the same server signed and whose time runs against the numbers: a lower number, and a time more
 * than a minute later. Null where there is none.
 */
export async function runningBack(
  head: SignedHead,
  earlier: readonly (SignedHead | null)[],
  serverKey: Uint8Array | null,
): Promise<SignedHead | null> {
  for (const each of earlier) {
    if (each === null || serverKey === null || each.n >= head.n || each.time - head.time <= SLACK_MS) continue
    // A log that was moved has heads of another server, whose clock is another one.
    if (await verifyHead(each, serverKey)) return each
  }
  return null
}

/**
 * By how much a clock is certainly wrong that said `before` when the server was asked and `after` when its answer was here, while the server's said
 * `signed` in between: ahead, or less than 0 behind; 0 where it may be right. Never more than it is wrong: what goes by it ends no later for it.
 */
export function clockError(before: number, signed: number, after: number): number {
  return Math.min(Math.max(0, before - signed), after - signed)
}
