/**
 * Parts of the app that are fetched when first shown. React's `lazy` remembers a failed fetch for as long as the document lives, so the
 * screen stays dead after the network is back; here a failed fetch is retried at once, and again whenever the part is shown again.
 */
import { createElement, lazy, type ReactNode } from 'react'

/** A server that is being restarted, a line that comes and goes: waited for before a fetch counts as failed. */
const PAUSES_MS = [200, 1_000, 3_000]
/** The resets that {@link forgetFailedParts} runs. */
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

/**
 * Makes failed parts fetch again when they are next shown. Called by the error boundary after it has shown the error, not earlier, because
 * React renders twice before.
 */
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
