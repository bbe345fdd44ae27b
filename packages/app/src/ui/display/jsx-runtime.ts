/**
 * The JSX runtime of the app (`jsxImportSource`): React's, and each text on its way to the page is made safe to show. Names, titles and values come
 * from records that others wrote; here none of them is forgotten. What a field holds (`value`) stays as it is.
 */
import { isolated, shownText } from '@chartkeep/domain'
import { Fragment, jsx as reactJsx, jsxs as reactJsxs } from 'react/jsx-runtime'

export type { JSX } from 'react/jsx-runtime'
export { Fragment }

/** Properties of elements and of Mantine's fields that people read or hear. */
const READ = ['children', 'aria-label', 'title', 'alt', 'placeholder', 'label', 'description', 'error'] as const

type Props = Readonly<Record<string, unknown>>

function withShownTexts(props: Props, isOneOfSeveral: boolean): Props {
  let shown: Record<string, unknown> | null = null
  for (const name of READ) {
    const text = props[name]
    const safe =
      typeof text === 'string'
        ? shownText(text)
        : name === 'children' && isOneOfSeveral && Array.isArray(text)
          ? withIsolatedTexts(text)
          : text
    if (safe !== text) (shown ??= { ...props })[name] = safe
  }
  return shown ?? props
}

/** Texts beside others in one line: each is isolated. */
function withIsolatedTexts(children: readonly unknown[]): readonly unknown[] {
  let shown: unknown[] | null = null
  children.forEach((child, at) => {
    const safe = typeof child === 'string' ? isolated(child) : child
    if (safe !== child) (shown ??= [...children])[at] = safe
  })
  return shown ?? children
}

/** An element with one child or none. */
export const jsx: typeof reactJsx = (type, props, key) => reactJsx(type, withShownTexts(props as Props, false), key)

/** An element with several children, as the source wrote them. */
export const jsxs: typeof reactJsxs = (type, props, key) => reactJsxs(type, withShownTexts(props as Props, true), key)

/** The same for a development server, without the places in the source. */
export function jsxDEV(
  type: Parameters<typeof reactJsx>[0],
  props: unknown,
  key: Parameters<typeof reactJsx>[2],
  hasSeveral: boolean,
): ReturnType<typeof reactJsx> {
  return hasSeveral ? jsxs(type, props, key) : jsx(type, props, key)
}
