/**
 * Parts of the app that are fetched when they are first shown. React's `lazy` remembers a fetch that failed for as long as the document lives, and
 * the screen stays dead when the line is back; here a fetch is tried again at once, and once more whenever the part is shown anew.
 */
import { createElement, lazy, type ReactNode } from 'react'

/** A server that is being restarted, a line that comes and goes: waited for before a fetch counts as failed. */
const PAUSES_MS = [200, 1_000, 3_000]
/** What begins anew at {@link forgetFailedParts}. */
let failed: (() => void)[] = []

/** The component that `pick` takes from the module of `load`. What `load` throws in the end reaches the next error boundary. */
export function lazyPart<Module, Props extends object>(
  load: () => Promise<Module>,
  pick: (module: Module) => (props: Props) => ReactNode,
): (props: Props) => ReactNode {
  const begun = () =>
    lazy(async () => {
      try {
        return { default: pick(await loadPatiently(load)) }
      } catch (error) {
        failed.push(() => (newest = begun()))
        throw error
      }
    })
  let newest: ReturnType<typeof lazy<(props: Props) => ReactNode>> = begun()
  return function LazyPart(props) {
    return createElement(newest, props)
  }
}

/** Parts that failed are fetched anew when they are shown again. For the error boundary that has shown it, and no sooner: React renders twice before. */
export function forgetFailedParts(): void {
  for (const again of failed) again()
  failed = []
}

async function loadPatiently<Part>(load: () => Promise<Part>): Promise<Part> {
  for (const pause of PAUSES_MS) {
    try {
      return await load()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  return load()
}
