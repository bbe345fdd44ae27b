/** Around every screen: the title of the page (its fixed word and our name, nothing else) and the focus on its h1. */
import { type ReactNode, useEffect, useLayoutEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { ScreenWord } from './addresses.ts'

/** `word` names the screen; `focusKey` changes when the content becomes another screen (another record). */
export function Screen({
  word,
  focusKey = '',
  children,
}: {
  word: ScreenWord
  focusKey?: string
  children: ReactNode
}) {
  const { t } = useTranslation()
  const title = t(`screen.${word}`)
  useEffect(() => {
    document.title = `${title} – ${t('app.name')}`
  }, [title, t])
  // Before the screen is painted: a later focus could interrupt a person who already types into a field.
  useLayoutEffect(() => {
    if (!isScrollKept(word)) window.scrollTo(0, 0)
    focusScreen()
  }, [word, focusKey])
  return children
}

/** To the title of the screen in view: where who listens begins, and where the focus goes when what had it is gone. */
export function focusScreen(): void {
  document.getElementById('screen-title')?.focus({ preventScroll: true })
}

/** Lists put their own position back. */
function isScrollKept(word: ScreenWord): boolean {
  return word === 'list' || word === 'timeline'
}
