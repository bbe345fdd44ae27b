/**
 * Where the focus goes when a form refuses what it was given: to the summary of errors where it has one, else to the first field that it marks. Who
 * listens, or sees a part of the page only, would else notice nothing. An answer that takes its time counts until the person does something else.
 */

/** An error summary, a group of choices and a field, as a form marks them. */
const MARKED = '[data-refused], [aria-invalid="true"]'

/** What a person does next. */
const DEEDS = ['keydown', 'pointerdown'] as const

let stop = () => {}

/** For as long as the page lives: every form of it. */
export function showRefused(): void {
  document.addEventListener('submit', ({ target }) => {
    if (target instanceof HTMLElement) watchRefused(target)
  })
}

/** @param form - in which something was asked for just now; where nothing is marked, nothing changes */
export function watchRefused(form: HTMLElement): void {
  stop()
  const changes = new MutationObserver(() => look())
  const end = () => {
    clearTimeout(timer)
    changes.disconnect()
    for (const deed of DEEDS) document.removeEventListener(deed, end, true)
  }
  const look = () => {
    const refused = form.querySelector<HTMLElement>(MARKED)
    if (refused === null) return form.querySelector('[role="alert"]')?.scrollIntoView({ block: 'nearest' })
    end()
    const fold = refused.closest('details')
    if (fold !== null) fold.open = true
    refused.focus()
  }
  // What the form marks at once is drawn by then.
  const timer = setTimeout(() => {
    changes.observe(form, { subtree: true, childList: true, attributeFilter: ['aria-invalid', 'data-refused'] })
    look()
  })
  for (const deed of DEEDS) document.addEventListener(deed, end, true)
  stop = end
}
