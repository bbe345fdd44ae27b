/** A value as written, with all its digits; number and unit never part over a line (ux.md 8, check 9). */

/** Longer texts are sentences and may wrap. */
export const LONGEST_IN_ONE_LINE = 28

/** One value. */
export function ValueText({ text }: { text: string }) {
  return <span className={text.length <= LONGEST_IN_ONE_LINE ? 'ck-number ck-nowrap' : 'ck-number'}>{text}</span>
}
