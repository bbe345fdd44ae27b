/** Lines on pages: nothing is cut, a heading never stands alone at the foot, and what goes over a page repeats its heading there. */

/** One block of a paper by its height; `heading` opens a group and stays with what follows. */
export interface PaperBlock {
  key: string
  /** The group that it belongs to. */
  group: string
  isHeading: boolean
}

/** A block at its place; `isContinued`: a heading that is repeated at the top of a column. */
export interface PlacedBlock<Block extends PaperBlock> {
  block: Block
  isContinued: boolean
}

/**
 * Fills columns of `room` with blocks of `heights` (the same unit), in order. A block that is taller than a whole column gets one of its own, so
 * that the caller's paper grows rather than loses it. Always answers with one column at least.
 */
export function fillColumns<Block extends PaperBlock>(
  blocks: readonly Block[],
  heights: ReadonlyMap<string, number>,
  room: number,
): PlacedBlock<Block>[][] {
  const columns: PlacedBlock<Block>[][] = [[]]
  let left = room
  const heightOf = (block: Block | undefined) => (block === undefined ? 0 : (heights.get(block.key) ?? 0))
  const put = (block: Block, isContinued = false) => {
    columns.at(-1)?.push({ block, isContinued })
    left -= heightOf(block)
  }
  blocks.forEach((block, index) => {
    const needed = heightOf(block) + (block.isHeading ? heightOf(blocks[index + 1]) : 0)
    if (needed > left && (columns.at(-1)?.length ?? 0) > 0) {
      columns.push([])
      left = room
      const heading = blocks.slice(0, index).findLast((other) => other.isHeading && other.group === block.group)
      if (!block.isHeading && heading !== undefined) put(heading, true)
    }
    put(block)
  })
  return columns
}

/** Columns as pages of `perPage` columns each. */
export function pagesOf<Column>(columns: readonly Column[], perPage: number): Column[][] {
  return Array.from({ length: Math.ceil(columns.length / perPage) }, (_, page) =>
    columns.slice(page * perPage, (page + 1) * perPage),
  )
}

/** The groups that are on later pages, each once, in order. */
export function groupsAfter<Block extends PaperBlock>(
  pages: readonly PlacedBlock<Block>[][][],
  page: number,
): string[] {
  return [...new Set(pages.slice(page + 1).flatMap((columns) => columns.flat().map(({ block }) => block.group)))]
}
