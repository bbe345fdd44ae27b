/** Names that others chose, as they are in our sentences. */
import { shownName } from '@chartkeep/sync/testing'
import { expect, test } from 'vitest'

test('C3: a name that another person chose is one line of at most 80 characters, and hides and turns nothing', () => {
  expect(shownName(' Dr\nLin\u0000 ')).toBe('Dr Lin⟦U+0000⟧')
  expect(shownName('Lin\u202Eretsim\u2066 \u200Fx\u2028y')).toBe('Lin⟦RLO⟧retsim⟦LRI⟧ ⟦RLM⟧x y')
  expect(shownName('a\u202E'.repeat(1000))).toHaveLength(80)
  // What names are written with stays: other scripts, joiners, signs of several parts.
  for (const name of ['陳美', 'محمد', 'क्\u200Dष', '👩\u200D⚕️ Mei']) expect(shownName(name)).toBe(name)
  expect(shownName('👩'.repeat(90))).toBe('👩'.repeat(80))
})
