/** The vertical positions of a document's pages, and which of them is in view. Pure. */

export interface PageSize {
  width: number
  height: number
}

/** Tops of the pages in CSS pixels at `scale`, `gap` between them; one more at the end, where the document ends. */
export function pageTops(sizes: readonly PageSize[], scale: number, gap: number): number[] {
  const tops = [0]
  for (const { height } of sizes) tops.push(tops.at(-1)! + Math.round(height * scale) + gap)
  return tops
}

/** The page, from 1, that holds the line `y`; the first or the last beyond them. */
export function pageAt(tops: readonly number[], y: number): number {
  let [from, to] = [0, tops.length - 2]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    if (tops[middle]! <= y) from = middle
    else to = middle - 1
  }
  return from + 1
}

/** Page numbers, from 1, of all pages between two vertical positions, and one more on either side. */
export function pagesBetween(tops: readonly number[], top: number, bottom: number): number[] {
  const count = tops.length - 1
  const first = Math.max(1, pageAt(tops, top) - 1)
  const last = Math.min(count, pageAt(tops, bottom) + 1)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index)
}

/** A typed page number within the document; null for anything else. */
export function typedPage(text: string, count: number): number | null {
  const page = /^\s*\d{1,6}\s*$/u.test(text) ? Number(text) : 0
  return page >= 1 && page <= count ? page : null
}

const STEP = 1.25

/** The next larger or smaller size, between a quarter and four times the fitting one. */
export function zoomed(zoom: number, direction: 1 | -1): number {
  const next = direction > 0 ? zoom * STEP : zoom / STEP
  const rounded = Math.abs(next - 1) < 0.01 ? 1 : next
  return Math.min(4, Math.max(0.25, rounded))
}
