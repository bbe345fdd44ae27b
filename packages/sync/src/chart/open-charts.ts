/**
 * The open charts of a session: at most four, the least recently used is closed first. A chart that a screen or an import holds is never
 * closed; if all four are held, more may open, up to RxDB's limit of 13 collections (two for each chart).
 */
import type { OpenChart } from './chart.ts'

const MAX_OPEN = 4
const MAX_HELD = 6

/** A screen or an import holds every chart that can be open. */
export class TooManyChartsError extends Error {
  override name = 'TooManyChartsError'
}

interface Entry {
  chart: OpenChart
  /** Increases with each use; the device's clock may stop or go back. */
  used: number
  holders: number
}

export class OpenCharts {
  readonly #entries = new Map<string, Entry>()
  #uses = 0

  /** The open chart; counts as a use. */
  use(vault: string): OpenChart | undefined {
    const entry = this.#entries.get(vault)
    if (entry !== undefined) entry.used = ++this.#uses
    return entry?.chart
  }

  /** The open chart, without counting as a use. */
  get(vault: string): OpenChart | undefined {
    return this.#entries.get(vault)?.chart
  }

  has(vault: string): boolean {
    return this.#entries.has(vault)
  }

  entries(): [vault: string, chart: OpenChart][] {
    return [...this.#entries].map(([vault, { chart }]) => [vault, chart])
  }

  add(vault: string, chart: OpenChart): void {
    this.#entries.set(vault, { chart, used: ++this.#uses, holders: 0 })
  }

  /** Prevents a chart from being closed to make room; call the returned function once. Does nothing for a closed chart. */
  hold(vault: string, chart: object): () => void {
    const entry = this.#entries.get(vault)
    if (entry?.chart !== chart) return () => {}
    entry.holders++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      entry.holders--
      entry.used = ++this.#uses
    }
  }

  /** Closes charts that nobody holds until another may open. Throws {@link TooManyChartsError} if there is no room. */
  async makeRoom(): Promise<void> {
    while (this.#entries.size >= MAX_OPEN) {
      const [oldest] = [...this.#entries]
        .filter(([, { holders }]) => holders === 0)
        .toSorted(([, a], [, b]) => a.used - b.used)
      if (oldest === undefined) break
      await this.close(oldest[0])
    }
    if (this.#entries.size >= MAX_HELD) throw new TooManyChartsError('every chart that can be open is in use')
  }

  async close(vault: string): Promise<void> {
    const entry = this.#entries.get(vault)
    this.#entries.delete(vault)
    await entry?.chart.close()
  }

  async closeAll(): Promise<void> {
    for (const vault of this.#entries.keys()) await this.close(vault)
  }
}
