/**
 * Searches the live JavaScript heap of a page for texts: a heap snapshot by the DevTools protocol, after a forced
 * collection, read as it streams. It sees what V8 holds in strings (the first 1,024 characters of each), in every
 * document and worker of the target that is attached; not bytes in buffers, and not what the system left in freed memory.
 */
import type { Page } from 'playwright-core'

/** Texts are cut over chunks, so the end of one is kept for the next. */
const OVERLAP = 256

/** @returns those of `texts` that are in the heap, and how large the snapshot was in characters */
export async function searchHeap(page: Page, texts: readonly string[]): Promise<{ found: string[]; size: number }> {
  const session = await page.context().newCDPSession(page)
  const found = new Set<string>()
  let tail = ''
  let size = 0
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
    size += chunk.length
    const text = tail + chunk
    for (const wanted of texts) if (text.includes(wanted)) found.add(wanted)
    tail = text.slice(-OVERLAP)
  })
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return { found: texts.filter((text) => found.has(text)), size }
}
