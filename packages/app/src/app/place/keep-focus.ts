/**
 * Where the focus goes when what had it is gone: a button at work cannot be pressed and loses it, a deed may take its own row or button away, and
 * who works by keys, or listens, would begin at the top of the page again. It goes back to the button once that can be pressed, else to what
 * stands in its place, else to the title of the screen.
 */
import { focusScreen } from './screen.tsx'

/** A dialogue that closes gives the focus back by itself, and a new screen takes it; both come first. */
const WAIT_MS = 100
/** What a deed stands in, from the inside out; further away nothing is a neighbour. */
const PLACES = 'li, tr, ul, ol, table, details, fieldset, section, [role="dialog"]'
const PRESSED = 'a[href], button:not(:disabled), summary'

interface Place {
  element: HTMLElement
  /** Around the element, from the inside out, with how many that can be pressed stood before it in each. */
  around: { part: HTMLElement; before: number }[]
}

/** For as long as the page lives. */
export function keepFocus(): void {
  let last: Place | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const changes = new MutationObserver(() => look())
  const forget = () => {
    last = null
    changes.disconnect()
    clearTimeout(timer)
  }
  const mend = () => {
    if (last === null || isHeld()) return changes.disconnect()
    const { element, around } = last
    if (!element.isConnected) (neighbourIn(around) ?? focusScreen)()
    else if (!element.matches(':disabled')) element.focus({ preventScroll: true })
    if (isHeld()) changes.disconnect()
  }
  const look = () => {
    clearTimeout(timer)
    timer = setTimeout(mend, WAIT_MS)
  }
  document.addEventListener('focusin', ({ target }) => {
    forget()
    if (target instanceof HTMLElement) last = placeOf(target)
  })
  document.addEventListener('focusout', ({ target, relatedTarget }) => {
    // A window that is left keeps its focus for when one comes back.
    if (relatedTarget !== null || last?.element !== target || !document.hasFocus()) return
    // The event of what is taken away comes before it is gone.
    queueMicrotask(() => {
      if (last === null || isHeld()) return
      if (last.element.isConnected && !last.element.matches(':disabled')) return forget()
      changes.observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] })
      look()
    })
  })
  // Who points elsewhere has gone there.
  document.addEventListener('pointerdown', ({ target }) => {
    if (!isHeld() && target instanceof Node && last?.element.contains(target) !== true) forget()
  })
}

function isHeld(): boolean {
  return document.activeElement !== null && document.activeElement !== document.body
}

/** Null for what may go without a trace: rows of long lists, which come and go while one scrolls, and what stands around the screen. */
function placeOf(element: HTMLElement): Place | null {
  const screen = element.closest('main, [role="dialog"]')
  if (screen === null || element.dataset['row'] !== undefined) return null
  const around: Place['around'] = []
  let part = element.parentElement?.closest<HTMLElement>(PLACES)
  while (part && screen.contains(part)) {
    const before = [...part.querySelectorAll(PRESSED)].filter(
      (other) => element.compareDocumentPosition(other) === Node.DOCUMENT_POSITION_PRECEDING,
    ).length
    around.push({ part, before })
    part = part.parentElement?.closest<HTMLElement>(PLACES)
  }
  return { element, around }
}

/** What stands where it stood, or at the end of what is left there. */
function neighbourIn(around: Place['around']): (() => void) | null {
  for (const { part, before } of around) {
    if (!part.isConnected) continue
    const pressed = [...part.querySelectorAll<HTMLElement>(PRESSED)].filter((other) => other.checkVisibility())
    const next = pressed[before] ?? pressed.at(-1)
    if (next) return () => next.focus({ preventScroll: true })
  }
  return null
}
