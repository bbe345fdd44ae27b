/** Measures what a finger meets: every control that is seen, with the label that belongs to it. */
import type { Page } from 'playwright-core'

/** Smaller ones are missed by thumbs. */
const LEAST = 48
/** From the middle of a link inside a sentence to whatever else is pressed (WCAG 2.5.8). */
const LEAST_APART = 24

/**
 * Controls smaller than 48 px on either side, one line each. A link inside a sentence may be as small as its words, if nothing else that is pressed
 * comes nearer than 24 px (WCAG 2.5.8); a link that stands alone in its line may not. What is drawn smaller but pressed by its label or its whole
 * row counts as that.
 */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(
    ({ least, leastApart }) => {
      // What is behind an open sheet is not pressed.
      const sheet = document.querySelector('[role="dialog"]')
      /** Inside of a box that nobody sees, as the head of a table is on a phone. */
      const isClipped = (control: Element) => {
        let box = control.parentElement
        while (box && (box.clientWidth !== 1 || getComputedStyle(box).overflowX !== 'hidden')) box = box.parentElement
        return box !== null
      }
      const controls = [
        ...document.querySelectorAll<HTMLElement>(
          'a[href], button, input:not([type="hidden"]), select, textarea, summary, [role="button"], [role="tab"]',
        ),
      ].filter(
        (control) =>
          control.checkVisibility({ visibilityProperty: true }) &&
          !control.closest('[aria-hidden="true"], .ck-hidden, .ck-skip') &&
          !isClipped(control) &&
          (!sheet || sheet.contains(control)) &&
          !(control as HTMLButtonElement).disabled,
      )
      const boxOf = (control: HTMLElement) => {
        const label = (control as HTMLInputElement).labels?.[0]
        const isTicked = control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type)
        // A link that is spread over its row by a box of its own (`::after`, in front of all of it).
        const isSpread = getComputedStyle(control, '::after').position === 'absolute'
        let row = isSpread ? control.parentElement : null
        while (row && getComputedStyle(row).position === 'static') row = row.parentElement
        const pressed = [control, ...(isTicked && label ? [label] : []), ...(row ? [row] : [])]
        const boxes = pressed.map((each) => each.getBoundingClientRect())
        const end = (read: (box: DOMRect) => number) => Math.max(...boxes.map(read))
        const start = (read: (box: DOMRect) => number) => Math.min(...boxes.map(read))
        return {
          width: end(({ right }) => right) - start(({ left }) => left),
          height: end(({ bottom }) => bottom) - start(({ top }) => top),
        }
      }
      /** Words of its own paragraph are before or behind it. */
      const isInSentence = (control: HTMLElement) => {
        if (getComputedStyle(control).display !== 'inline') return false
        let block = control.parentElement
        while (block && getComputedStyle(block).display === 'inline') block = block.parentElement
        const own = control.textContent?.trim() ?? ''
        return (block?.textContent?.trim() ?? '').length > own.length
      }
      const isNear = (control: HTMLElement) => {
        const own = control.getBoundingClientRect()
        const [x, y] = [own.x + own.width / 2, own.y + own.height / 2]
        return controls.some((other) => {
          if (other === control || other.contains(control) || control.contains(other)) return false
          const box = other.getBoundingClientRect()
          const acrossX = Math.max(box.left - x, 0, x - box.right)
          const acrossY = Math.max(box.top - y, 0, y - box.bottom)
          return Math.hypot(acrossX, acrossY) < leastApart / 2
        })
      }
      return controls.flatMap((control) => {
        const { width, height } = boxOf(control)
        // Half a pixel is rounding.
        if (width <= 1 || height <= 1 || (width >= least - 0.5 && height >= least - 0.5)) return []
        if (control.tagName === 'A' && isInSentence(control) && !isNear(control)) return []
        const label = (control as HTMLInputElement).labels?.[0]
        const name = control.ariaLabel ?? label?.textContent ?? control.textContent ?? ''
        return [`touch: ${Math.round(width)} x ${Math.round(height)}: ${control.tagName} ${name.trim().slice(0, 40)}`]
      })
    },
    { least: LEAST, leastApart: LEAST_APART },
  )
}
