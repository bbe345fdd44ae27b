/**
 * H8: combines the server's time with this device's clock; either may be wrong by years. An action that cannot be undone waits until both
 * clocks have passed its moment; an action that only locks or hides uses the later clock. The server's time is the newest that it signed,
 * continued by the device's steady clock between contacts.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import { verifyHead, type SignedHead } from '@chartkeep/protocol/streams'
import type { SyncRow } from '@chartkeep/store'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { Clock, AccountRows } from '../ports/ports.ts'

/** The most that two processes of one server may differ, in milliseconds. */
const SLACK_MS = 60_000

/** From this difference on, the app tells people that the clocks disagree; in milliseconds. */
export const APART_MS = 3_600_000

/** The stored time is written again once it differs from the newest by this much, in milliseconds. */
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
  /** The server's time when the steady clock showed `at`. */
  time: number
  at: number
}

export class TwoClocks {
  readonly #clock: Clock
  readonly #serverKey: () => Uint8Array | null
  #line: Line | null = null
  /** The last head's time, whether it counted or not, and when it arrived: by this device's clock and by its steady clock. */
  #last: { key: string; ahead: number; time: number; own: number; at: number } | null = null
  #kept: ServerTimeRow | null = null
  /** By server and log, the head with the newest time that this session has seen. */
  readonly #heads = new Map<string, SignedHead>()

  constructor(clock: Clock, serverKey: () => Uint8Array | null) {
    this.#clock = clock
    this.#serverKey = serverKey
  }

  /** Restores the time that an earlier session stored. */
  restore(accountStore: AccountRows): void {
    const row = accountStore.get(ACCOUNT_TABLE.self, SERVER_TIME) as unknown as ServerTimeRow | undefined
    if (row === undefined) return
    this.#kept = row
    this.#line = { key: idText(row.key), signed: row.time, time: row.time, at: this.#steady() }
  }

  /** The row that stores the time for the next session; none if the stored time is recent. */
  rowsToKeep(): SyncRow[] {
    const [reading, key] = [this.#current(), this.#serverKey()]
    if (reading === null || key === null) return []
    const kept = this.#kept
    if (kept !== null && idText(kept.key) === reading.key && Math.abs(reading.signed - kept.time) < KEEP_MS) return []
    this.#kept = { key, time: reading.signed } satisfies ServerTimeRow
    return [{ table: ACCOUNT_TABLE.self, key: SERVER_TIME, value: this.#kept as unknown as CborValue }]
  }

  /**
   * Records a verified time that the server signed. It counts unless it is more than a minute earlier than the newest. An earlier time
   * still counts if it agrees with this device's clock within an hour and the newest does not: then the newest was wrong. `asked`: this
   * device's clock at the request. All times are milliseconds since 1970.
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

  /** Records a verified head. Returns the head of its log with the newest time that this session has seen; null if there is none. */
  noteHead(head: SignedHead): SignedHead | null {
    const log = `${this.#keyText()} ${head.kind} ${idText(head.id)}`
    const newest = this.#heads.get(log) ?? null
    if (newest === null || newest.time < head.time) this.#heads.set(log, head)
    return newest
  }

  /** The server's time, milliseconds since 1970; 0 before it has signed one. */
  get server(): number {
    const reading = this.#current()
    return reading === null ? 0 : reading.time + Math.max(0, this.#steady() - reading.at)
  }

  /** The moment that both clocks have passed; 0 before the server's time is known. A grant that ended by then has ended. */
  get due(): number {
    return Math.min(this.server, this.#clock.now())
  }

  /** The moment that at least one clock has passed. A grant that ended by then is locked, and may open again. */
  get later(): number {
    return Math.max(this.server, this.#clock.now())
  }

  /**
   * The time by which an owner's screen shows what has ended: this device's clock, corrected if the server's last answer proves that it is
   * ahead.
   */
  get shown(): number {
    return this.#clock.now() - Math.max(0, this.ahead)
  }

  /**
   * How far this device's clock was certainly ahead of the server's at the last answer, in milliseconds; negative if behind; 0 if no answer
   * has come in this session.
   */
  get ahead(): number {
    return this.#last?.key === this.#keyText() ? this.#last.ahead : 0
  }

  /** Both clocks' times, if they differed by over an hour at the server's last answer; null if they did not, or if it is not known now. */
  get apart(): { server: number; own: number } | null {
    if (this.#last === null || Math.abs(this.ahead) <= APART_MS) return null
    const own = this.#clock.now()
    const gone = this.#steady() - this.#last.at
    // The clock was set since, or the device slept; the next answer shows the difference.
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
 * Finds an earlier head of the same log and server whose time contradicts `head`: a lower number with a time more than a minute later. Null
 * if there is none.
 */
export async function runningBack(
  head: SignedHead,
  earlier: readonly (SignedHead | null)[],
  serverKey: Uint8Array | null,
): Promise<SignedHead | null> {
  for (const each of earlier) {
    if (each === null || serverKey === null || each.n >= head.n || each.time - head.time <= SLACK_MS) continue
    // After a move the log has heads of another server, with another clock.
    if (await verifyHead(each, serverKey)) return each
  }
  return null
}

/**
 * The least error of a clock that showed `before` at the request and `after` at the answer, while the server's clock signed `signed` in
 * between: positive if ahead, negative if behind, 0 if it may be right. It never exceeds the true error, so a correction by it ends nothing
 * later than it should.
 */
export function clockError(before: number, signed: number, after: number): number {
  return Math.min(Math.max(0, before - signed), after - signed)
}
