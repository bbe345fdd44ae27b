/**
 * A clock inside a page, the same for the app and for the plain page next to it: from an action of the person to the frame that answers it, and how
 * evenly frames come. Times are those of events and frames, so that the way between this process and the browser counts nowhere.
 */
import type { Page } from 'playwright-core'
import { waitFor } from '../../test/support/app-world.ts'

/** From an action to the first frame after it, and to the frame after the last change that it made, in ms. */
export interface Answer {
  firstMs: number
  lastMs: number
}

/** One frame: time since the one before, and whether something of the list was in the middle of the screen. */
export interface Frame {
  gapMs: number
  isFull: boolean
}

interface Clock {
  answers: { at: number; first: number; last: number }[]
  frames: Frame[]
}

declare const window: typeof globalThis & { benchClock?: Clock }

export interface ClockOptions {
  /** The event that an action begins with. */
  event: 'keydown' | 'click' | 'wheel'
  /** A frame answers only once this is on the page. */
  wanted: string
  /** What fills the middle of the screen while nothing is missing there. */
  row?: string
}

/** Puts the clock into the page as it is. */
export async function startClock(page: Page, { event, wanted, row = wanted }: ClockOptions): Promise<void> {
  await page.evaluate(
    ([eventName, wantedSelector, rowSelector]) => {
      const clock: Clock = { answers: [], frames: [] }
      window.benchClock = clock
      let isChanged = false
      let before = performance.now()
      const note = ({ timeStamp }: Event) => clock.answers.push({ at: timeStamp, first: 0, last: 0 })
      document.addEventListener(eventName, note, { capture: true, passive: true })
      const watch = new MutationObserver(() => (isChanged = true))
      watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
      const painted = new MessageChannel()
      painted.port1.onmessage = () => {
        const now = performance.now()
        const newest = clock.answers.at(-1)
        if (newest !== undefined) newest.last = now
        // Several turns of the wheel may be answered by one frame.
        for (const answer of clock.answers.filter(({ first }) => first === 0)) answer.first = answer.last = now
      }
      const frame = () => {
        if (window.benchClock !== clock) {
          document.removeEventListener(eventName, note, { capture: true })
          watch.disconnect()
          return
        }
        const now = performance.now()
        const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2)
        clock.frames.push({ gapMs: now - before, isFull: middle?.closest(rowSelector) != null })
        before = now
        const answer = clock.answers.at(-1)
        const isAnswer = answer !== undefined && (isChanged || answer.first === 0)
        // The message comes after the frame's own work, layout and paint.
        if (isAnswer && document.querySelector(wantedSelector) !== null) painted.port2.postMessage(null)
        isChanged = false
        requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
    },
    [event, wanted, row] as const,
  )
}

/** Takes the clock out: the answers to all actions, and the frames. */
export async function stopClock(page: Page): Promise<{ answers: Answer[]; frames: Frame[] }> {
  const { answers, frames } = await page.evaluate(() => {
    const clock = window.benchClock
    delete window.benchClock
    return clock ?? { answers: [], frames: [] }
  })
  if (answers.length === 0 || answers.some(({ first }) => first === 0)) throw new Error('a deed was never answered')
  return { answers: answers.map(({ at, first, last }) => ({ firstMs: first - at, lastMs: last - at })), frames }
}

/** Until the page's main part has not changed for so long. */
export async function atRest(page: Page, ms = 500): Promise<void> {
  await waitFor(
    'the page to be at rest',
    () =>
      page.evaluate(async (wanted) => {
        let isChanged = false
        const watch = new MutationObserver(() => (isChanged = true))
        const root = document.querySelector('#main-content') ?? document.body
        watch.observe(root, { subtree: true, childList: true, characterData: true, attributes: true })
        await new Promise((resolve) => setTimeout(resolve, wanted))
        watch.disconnect()
        return !isChanged
      }, ms),
    120,
  )
}
