/**
 * Why a session ended, carried over the reload that ends it, and the reload itself. Locking drops plaintext for certain
 * only with the whole document: docs/decisions/0020. What is carried holds no name and no content.
 */
import type { DiskTrouble } from '@chartkeep/store'

/**
 * `moved`: another tab asked for the account. `lost`: it was taken while this tab gave no answer. `restore`: by hand, to
 * bring the account back from the server.
 */
export type Ending =
  | { why: 'hand' | 'sleep' | 'moved' | 'lost' | 'restore' }
  | { why: 'idle'; minutes: number }
  | { why: 'trouble'; trouble: DiskTrouble }

const KEY = 'chartkeep-ending'
/** How long the answer to "can this page be loaded again" may take. */
const ANSWER_MS = 3_000

/** Keeps the reason for the document that comes next in this tab. */
export function keepEnding(ending: Ending): void {
  globalThis.sessionStorage?.setItem(KEY, JSON.stringify(ending))
}

/** The reason that the document before has left; once. */
export function takeEnding(): Ending | null {
  const text = globalThis.sessionStorage?.getItem(KEY)
  globalThis.sessionStorage?.removeItem(KEY)
  if (!text) return null
  try {
    const kept = JSON.parse(text) as Partial<Ending & { minutes: unknown }>
    if (kept.why === 'idle') return { why: 'idle', minutes: Number(kept.minutes) }
    return kept.why === undefined ? null : (kept as Ending)
  } catch {
    return null
  }
}

/**
 * Reloads the document and never resolves; or resolves if it could not be reloaded (no service worker stores the app and its server does
 * not answer): then everything stays as the caller left it.
 */
export async function leaveDocument(): Promise<void> {
  if (!(await canLoadAgain())) return
  location.reload()
  await new Promise(() => {})
}

/** Asks as the reload would: a service worker answers from what it keeps. The desktop shell brings the file itself. */
async function canLoadAgain(): Promise<boolean> {
  try {
    const answer = await fetch('/index.html', { cache: 'no-store', signal: AbortSignal.timeout(ANSWER_MS) })
    await answer.body?.cancel()
    return answer.ok
  } catch {
    return false
  }
}

/** Resolves with the work, or after `timeMs`, or when it fails; whoever locks must get on. */
export async function atMost(timeMs: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeMs)
  })
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}
