/** Writes a form's draft a while after it was typed, one write after the other: a draft that was cleared does not come back. */

import type { Session } from '@chartkeep/sync'

/** Where one draft is kept, as text; null when there is none. */
export interface DraftPlace {
  read(): string | null
  write(text: string | null): Promise<void>
}

/** What is on its way to the disk, by session and key; what the disk refused stays until it takes something. */
const onTheWay = new WeakMap<object, Map<string, { text: string | null }>>()

/** A setting of the session; what was given to it is read back at once, for a form may be opened again before the disk has it. */
export function draftPlace(session: Pick<Session, 'setting' | 'setSetting'>, key: string): DraftPlace {
  const waiting = onTheWay.get(session) ?? new Map<string, { text: string | null }>()
  onTheWay.set(session, waiting)
  return {
    read() {
      const one = waiting.get(key)
      return one === undefined ? session.setting(key) : one.text
    },
    async write(text) {
      const one = { text }
      waiting.set(key, one)
      await session.setSetting(key, text)
      if (waiting.get(key) === one) waiting.delete(key)
    },
  }
}

export interface DraftWork<Content> {
  /** Written after the quiet time, with all that was typed until then. */
  keep(content: Content): void
  /** Writes now what waits. */
  flush(): Promise<void>
  /** No draft any more, whatever was on its way to the disk; what is kept later is a draft again. */
  clear(): Promise<void>
  /** As `clear`, and what is kept later is forgotten: the form's text is saved. */
  end(): Promise<void>
}

/** @param toText - called when the draft is written */
export function createDraftWork<Content>(
  place: DraftPlace,
  toText: (content: Content) => string,
  quietMs: number,
): DraftWork<Content> {
  let waiting: { content: Content } | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  let lastWrite: Promise<void> = Promise.resolve()
  let isOver = false

  const takeWaiting = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const taken = waiting
    waiting = null
    return taken
  }
  const inOrder = (write: () => Promise<void>) => {
    lastWrite = lastWrite.catch(() => {}).then(write)
    return lastWrite
  }
  const flush = async () => {
    const taken = takeWaiting()
    if (taken !== null) await inOrder(() => place.write(toText(taken.content)))
  }
  const clear = async () => {
    takeWaiting()
    await inOrder(async () => {
      if (place.read() !== null) await place.write(null)
    })
  }
  return {
    keep(content) {
      if (isOver) return
      waiting = { content }
      // A disk that refuses is told by its own banner; the text is still in the form.
      timer ??= setTimeout(() => void flush().catch(() => {}), quietMs)
    },
    flush,
    clear,
    end() {
      isOver = true
      return clear()
    },
  }
}
