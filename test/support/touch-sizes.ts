/** Measures what a finger meets: every control that is seen, with the label that belongs to it. */
import type { Page } from 'playwright-core'

/** Smaller ones are missed by thumbs (ux.md 7). */
const LEAST = 48

/**
 * Controls smaller than 48 px on either side, one line each. Links inside a sentence or a line of words are left out (WCAG 2.5.8, inline); what is
 * drawn smaller but pressed by its label or its whole row counts as that.
 */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate((least) => {
    const controls = document.querySelectorAll<HTMLElement>(
      'a[href], button, input:not([type="hidden"]), select, textarea, summary, [role="button"], [role="tab"]',
    )
    return [...controls].flatMap((control) => {
      if (!control.checkVisibility() || control.closest('[aria-hidden="true"], .ck-hidden')) return []
      const isInline = control.tagName === 'A' && getComputedStyle(control).display === 'inline'
      if (isInline || (control as HTMLButtonElement).disabled) return []
      const label = (control as HTMLInputElement).labels?.[0]
      const isTicked = control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type)
      const boxes = [control, ...(isTicked && label ? [label] : [])].map((each) => each.getBoundingClientRect())
      const width = Math.max(...boxes.map((box) => box.width))
      const height = Math.max(...boxes.map((box) => box.height))
      // Half a pixel is rounding.
      if (width <= 1 || height <= 1 || (width >= least - 0.5 && height >= least - 0.5)) return []
      const name = control.ariaLabel ?? label?.textContent ?? control.textContent ?? ''
      return [`${Math.round(width)} x ${Math.round(height)}: ${control.tagName} ${name.trim().slice(0, 40)}`]
    })
  }, LEAST)
}
