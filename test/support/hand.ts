/**
 * A person's hand, counted: each press on something, each field filled in and each key that is no text is one interaction, and each letter one
 * keystroke next to it. What nobody does (waiting, looking) is not counted.
 */
import type { Locator, Page } from 'playwright-core'

export interface Hand {
  /** A click, or a tap where the screen is touched. */
  press(target: Locator): Promise<void>
  /** Text into a field: the press that puts the hand there, where it is not there yet, and the text as one interaction. */
  write(target: Locator, text: string): Promise<void>
  /** One key, for example `/`. */
  key(name: string): Promise<void>
  /** Something outside of the page, as taking the picture that the phone's camera asks for. */
  elsewhere(): void
  readonly interactions: number
  readonly keystrokes: number
}

export function createHand(page: Page, { touches }: { touches: boolean }): Hand {
  let interactions = 0
  let keystrokes = 0
  const press = async (target: Locator) => {
    interactions++
    await (touches ? target.tap() : target.click())
  }
  return {
    press,
    async write(target, text) {
      const isThere = await target.evaluate((field) => field === document.activeElement)
      if (!isThere) await press(target)
      interactions++
      keystrokes += text.length
      await target.pressSequentially(text)
    },
    async key(name) {
      interactions++
      keystrokes++
      await page.keyboard.press(name)
    },
    elsewhere() {
      interactions++
    },
    get interactions() {
      return interactions
    },
    get keystrokes() {
      return keystrokes
    },
  }
}
