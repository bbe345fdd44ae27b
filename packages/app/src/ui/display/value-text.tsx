/** A value as written, with all its digits; number and unit never part over a line. */
import { firstPart } from './first-part.ts'
import { MarkedText } from './marked-text.tsx'

/** Longer texts are sentences and may wrap; in Latin letters, of which a Chinese one takes two. As wide as a phone at 400 %. */
const LONGEST_IN_ONE_LINE = 28
const WIDE = /[\p{Script=Han}\u3000-\u303F\uFF00-\uFF60]/gu

/** Kept in one line where it is short. */
function valueClasses(text: string): string {
  const width = text.length + (text.match(WIDE)?.length ?? 0)
  return width <= LONGEST_IN_ONE_LINE ? 'ck-number ck-nowrap' : 'ck-number'
}

/** One value, of a long one the first part; `words` stand out in it. */
export function ValueText({ text, words }: { text: string; words?: readonly string[] | undefined }) {
  return (
    <span className={valueClasses(text)}>
      <MarkedText text={firstPart(text)} words={words} />
    </span>
  )
}
