/**
 * Random names for the targets of addresses: no id, kind or title reaches the browser's history (P1). Drawn at each unlock and kept in
 * memory only; an address of another session resolves to nothing.
 */

/** What a slot can stand for inside one chart. */
export type Target =
  | { type: 'list'; collection: string }
  | { type: 'record'; id: string }
  /** One of the files of a record, by its place. */
  | { type: 'file'; id: string; index: number }
  /** A thread of messages, by its opaque id. */
  | { type: 'thread'; thread: string }
  /** A request or a booking, by its `doc`. */
  | { type: 'appointment'; id: string }
  /** `about`: the record that a new one is about, e.g. the medicine of a dose. */
  | { type: 'form'; collection: string; id: string | null; kind: string; about?: string }

/** A name that says nothing. */
export function randomSlot(): string {
  return [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => (byte % 36).toString(36)).join('')
}

/** One session's slots. */
export class SlotBook {
  private readonly targets = new Map<string, Target>()
  private readonly slots = new Map<string, string>()

  /** The slot of a target; the same target keeps its slot while the session lives. */
  slotOf(target: Target): string {
    const key = JSON.stringify(target)
    const known = this.slots.get(key)
    if (known) return known
    const slot = randomSlot()
    this.slots.set(key, slot)
    this.targets.set(slot, target)
    return slot
  }

  /** What the slot stands for; null for one of another session. */
  targetOf(slot: string | undefined): Target | null {
    return (slot === undefined ? undefined : this.targets.get(slot)) ?? null
  }
}
