/**
 * Which document changed when, by the log's own sequence numbers: what "changed since" and checkpoints run on.
 *
 * No clock is involved, so a clock that steps back loses no write (RxDB's default cursor is `_meta.lwt`).
 */

/** The documents of one storage instance in the order of their last change. */
export interface ChangeOrder {
  /** The greatest sequence number seen, 0 for none. */
  readonly latest: number
  /** Notes a change; `sequence` is greater than every one before. */
  put(id: string, sequence: number): void
  forget(id: string): void
  /** Up to `limit` ids whose last change came after `sequence`, oldest change first. */
  after(sequence: number, limit: number): { id: string; sequence: number }[]
  /** Every id with its sequence number, oldest change first, as arrays that no later change touches. */
  all(): { ids: string[]; sequences: number[] }
  clear(): void
}

/** An empty order. Each put costs O(1) on average; stale places are swept when they are the majority. */
export function createChangeOrder(): ChangeOrder {
  const sequenceById = new Map<string, number>()
  let ids: string[] = []
  let sequences: number[] = []

  /** Leaves out the places of changes that later ones of the same document overtook. */
  function sweep(): void {
    let kept = 0
    for (let at = 0; at < ids.length; at += 1) {
      if (sequenceById.get(ids[at]!) !== sequences[at]) continue
      ids[kept] = ids[at]!
      sequences[kept] = sequences[at]!
      kept += 1
    }
    ids.length = kept
    sequences.length = kept
  }

  /** The first index whose sequence is greater. */
  function indexAfter(sequence: number): number {
    let low = 0
    let high = sequences.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sequences[middle]! > sequence) high = middle
      else low = middle + 1
    }
    return low
  }

  let latest = 0
  return {
    get latest() {
      return latest
    },
    put(id, sequence) {
      sequenceById.set(id, sequence)
      ids.push(id)
      sequences.push(sequence)
      latest = sequence
      if (ids.length > 64 && ids.length > sequenceById.size * 2) sweep()
    },
    forget(id) {
      sequenceById.delete(id)
    },
    after(sequence, limit) {
      const found: { id: string; sequence: number }[] = []
      for (let index = indexAfter(sequence); index < ids.length && found.length < limit; index += 1) {
        const id = ids[index]!
        if (sequenceById.get(id) === sequences[index]) found.push({ id, sequence: sequences[index]! })
      }
      return found
    },
    all() {
      if (ids.length > sequenceById.size) sweep()
      return { ids: ids.slice(), sequences: sequences.slice() }
    },
    clear() {
      sequenceById.clear()
      ids = []
      sequences = []
    },
  }
}
