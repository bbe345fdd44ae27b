/** A text in which the words that were looked for stand out: heavier and underlined, as `mark` elements, not by colour alone. */
import { foundPlaces } from '@chartkeep/domain'
import { Fragment, useMemo } from 'react'
import styles from './marked-text.module.css'

const NO_WORDS: readonly string[] = []

/** `words` as `queryWords` reads them; without any the text alone. */
export function MarkedText({ text, words = NO_WORDS }: { text: string; words?: readonly string[] | undefined }) {
  const places = useMemo(() => foundPlaces(text, words), [text, words])
  let at = 0
  return (
    <>
      {places.map(([from, to]) => {
        const before = text.slice(at, from)
        at = to
        return (
          <Fragment key={from}>
            {before}
            <mark className={styles.mark}>{text.slice(from, to)}</mark>
          </Fragment>
        )
      })}
      {text.slice(at)}
    </>
  )
}
