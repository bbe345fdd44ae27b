/** Which description of a chart's person goes before the others: a file brings another Patient next to the one that was typed, and so may a practice. */

/** A Patient of a chart, as its order needs it. */
export interface Description {
  id: string
  /** Whether somebody who owns the chart wrote it, and not somebody with whom it is shared. */
  byOwner: boolean
  /** Where a file brought it, '' for what was written by hand. */
  importSource: string
  /** Milliseconds since 1970, by the author's clock: nobody but the author vouches for it. */
  savedAt: number
}

/** What an owner wrote goes first, then what was written by hand, then what was saved first. */
export function compareDescriptions(a: Description, b: Description): number {
  const isImported = ({ importSource }: Description) => Number(importSource !== '')
  return (
    Number(b.byOwner) - Number(a.byOwner) ||
    isImported(a) - isImported(b) ||
    a.savedAt - b.savedAt ||
    (a.id < b.id ? -1 : 1)
  )
}
