/**
 * Where the focus goes when a form refuses what it was given: to the summary of errors where it has one, else to the first field that it marks. Who
 * listens, or sees a part of the page only, would else notice nothing. An answer that takes its time counts until the person does something else.
 */

/** An error summary, a group of choices and a field, as a form marks them. */
const MARKED = '[data-refused], [aria-invalid="true"]'

/** What a person does next. */
const ACTIONS = ['keydown', 'pointerdown'] as const

let stop = () => {}

/** For as long as the page lives: every form of it. */
export function showRefused(): void {
  document.addEventListener('submit', ({ target }) => {
    if (target instanceof HTMLElement) watchRefused(target)
  })
}

/**
 * Holds only weak references to the form: its typed text is dropped with its screen (ST12), even if nobody presses anything more.
 *
 * @param form - the form that was just submitted; if nothing in it is marked, nothing changes
 */
export function watchRefused(form: HTMLElement): void {
  stop()
  const watched = new WeakRef(form)
  // What the form marks at once is drawn by then.
  let isDrawn = false
  const changes = new MutationObserver(() => isDrawn && look())
  const timer = setTimeout(() => {
    isDrawn = true
    look()
  })
  const end = () => {
    clearTimeout(timer)
    changes.disconnect()
    for (const action of ACTIONS) document.removeEventListener(action, end, true)
  }
  const look = () => {
    const here = watched.deref()
    const refused = here?.querySelector<HTMLElement>(MARKED) ?? null
    if (refused === null) return here?.querySelector('[role="alert"]')?.scrollIntoView({ block: 'nearest' })
    end()
    const fold = refused.closest('details')
    if (fold !== null) fold.open = true
    refused.focus()
  }
  changes.observe(form, { subtree: true, childList: true, attributeFilter: ['aria-invalid', 'data-refused'] })
  for (const action of ACTIONS) document.addEventListener(action, end, true)
  stop = end
}
