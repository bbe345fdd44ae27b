/**
 * Restores the focus when the focused element disappears: a working button is disabled and loses the focus, and an action may remove its
 * own row or button; a person who uses the keyboard or a screen reader would otherwise start at the top of the page. The focus returns to
 * the button once it is enabled, else to the element in its place, else to the screen's title.
 */
import { focusScreen } from './screen.tsx'

/** A dialogue that closes gives the focus back by itself, and a new screen takes it; both come first. */
const WAIT_MS = 100
/** The containers of an action, from the inside out; elements further away are not neighbours. */
const PLACES = 'li, tr, ul, ol, table, details, fieldset, section, [role="dialog"]'
const PRESSED = 'a[href], button:not(:disabled), summary'

interface Place {
  element: HTMLElement
  /** The element's containers, from the inside out, each with the number of focusable elements before it. */
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

/** Null for elements that may disappear: rows of long lists, which come and go while scrolling, and the frame around the screen. */
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

/** The element now at its place, or at the end of what is left there. */
function neighbourIn(around: Place['around']): (() => void) | null {
  for (const { part, before } of around) {
    if (!part.isConnected) continue
    const pressed = [...part.querySelectorAll<HTMLElement>(PRESSED)].filter((other) => other.checkVisibility())
    const next = pressed[before] ?? pressed.at(-1)
    if (next) return () => next.focus({ preventScroll: true })
  }
  return null
}
