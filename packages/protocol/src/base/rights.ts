/** Rights of a grant on a stream (C3), as bits of one number. */
export const READ = 1
export const APPEND = 2
export const AMEND = 4
export const SIGN = 8
/** What owners hold on every stream. */
export const ALL_RIGHTS = READ | APPEND | AMEND | SIGN
/** Rights that produce envelopes. */
export const WRITE_RIGHTS = APPEND | AMEND | SIGN

export type RightWord = 'read' | 'append' | 'amend' | 'sign'
const BIT: Record<RightWord, number> = { read: READ, append: APPEND, amend: AMEND, sign: SIGN }

export function rightsOf(words: readonly RightWord[]): number {
  return words.reduce((bits, word) => bits | BIT[word], 0)
}

export function rightWords(bits: number): RightWord[] {
  return (Object.keys(BIT) as RightWord[]).filter((word) => (bits & BIT[word]) !== 0)
}
