/** The keyboard alone: what a person reaches who uses neither mouse nor touch. */
import type { Locator, Page } from 'playwright-core'
import { waitFor } from './waiting.ts'

/** The question or sheet that was opened has the focus: before that Tab walks through the page behind it. */
export async function dialogFocused(page: Page): Promise<void> {
  await page.locator('[role=dialog] :focus, [role=dialog]:focus').waitFor()
}

/** Tab, as often as it takes, until what has the focus is called so; fails after a round through the page. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = []
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const called = await page.evaluate(() => {
      const element = document.activeElement
      if (!(element instanceof HTMLElement)) return ''
      // Past the last one the page itself has the focus, and every word is its.
      if (element === document.body) return ''
      const labels = 'labels' in element ? [...((element as HTMLInputElement).labels ?? [])] : []
      const shown = element.getBoundingClientRect()
      // A focus that nobody sees is no focus: what is below the edge must have been scrolled to.
      if (shown.bottom < 0 || shown.top > innerHeight) return `not in view: ${element.outerHTML.slice(0, 80)}`
      return [element.getAttribute('aria-label'), ...labels.map((label) => label.textContent), element.textContent]
        .filter(Boolean)
        .join(' ')
    })
    passed.push(called.slice(0, 40))
    if (name.test(called)) return
  }
  throw new Error(`${name} is not reached by Tab: ${passed.join(' | ')}`)
}

/** Whether it has the focus. */
export function hasFocus(element: Locator): Promise<boolean> {
  return element.evaluate((one) => one === document.activeElement)
}

/** A form that was refused has brought the person to what it marks: its summary, the group or the field has the focus, and is in view. */
export async function refusedFocused(page: Page): Promise<void> {
  const marked = page.locator(':is([data-refused], [aria-invalid="true"]):focus')
  await marked.waitFor({ timeout: 10_000 })
  const isSeen = (element: Element) => {
    const { top, bottom } = element.getBoundingClientRect()
    return bottom > 0 && top < innerHeight
  }
  await waitFor('what was refused to be in view', () => marked.evaluate(isSeen))
}
