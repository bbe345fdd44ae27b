/** How often one client may ask: 600 times in a minute. */
import type { Clock } from '../device/contract.ts'
import { GatewayError } from '../errors.ts'

const MINUTE_MS = 60_000
const MOST_A_MINUTE = 600

export class Rates {
  readonly #clock: Clock
  readonly #minutes = new Map<string, { began: number; count: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws `rate-limited`. */
  take(client: string): void {
    const now = this.#clock.steady()
    const minute = this.#minutes.get(client)
    if (minute === undefined || now - minute.began >= MINUTE_MS) {
      this.#minutes.set(client, { began: now, count: 1 })
      return
    }
    if (++minute.count > MOST_A_MINUTE) throw new GatewayError('rate-limited')
  }
}
