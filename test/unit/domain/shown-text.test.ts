/** What becomes of text that hides or turns something on its way to the screen. */
import { readFileSync } from 'node:fs'
import {
  describe,
  isolated,
  parseJsonOrNull,
  personName,
  shownLine,
  shownText,
  stringAt,
  tidy,
} from '@chartkeep/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

test.each([
  ['an override', 'safe\u202Egpj.exe', 'safe⟦RLO⟧gpj.exe'],
  ['an embedding and its end', '\u202Aa\u202Bb\u202Cc', '⟦LRE⟧a⟦RLE⟧b⟦PDF⟧c'],
  ['an isolate that chooses a direction', 'bill\u2067fdp\u2069.exe', 'bill⟦RLI⟧fdp.exe'],
  ['direction marks among Latin letters', 'a\u200Eb\u200Fc\u061Cd', 'a⟦LRM⟧b⟦RLM⟧c⟦ALM⟧d'],
  ['a space of no width in a word', 'Warf\u200Barin', 'Warf⟦ZWSP⟧arin'],
  ['joiners among Latin letters', 'Warf\u200Dar\u200Cin', 'Warf⟦ZWJ⟧ar⟦ZWNJ⟧in'],
  ['a mark of byte order', '\uFEFFMei', '⟦BOM⟧Mei'],
  ['controls', 'a\u0000b\u001B[2Jc\u009B', 'a⟦U+0000⟧b⟦U+001B⟧[2Jc⟦U+009B⟧'],
  ['tags', 'Mei\u{E0041}\u{E0042}', 'Mei⟦U+E0041⟧⟦U+E0042⟧'],
  ['a blank letter', '\u3164', '⟦U+3164⟧'],
  ['half of a letter', 'a\uD800b', 'a⟦U+D800⟧b'],
  ['separators of lines', 'a\u2028b\u0085c\r\nd', 'a b c d'],
  ['a selector for no letter', 'a \uFE0Fb', 'a ⟦U+FE0F⟧b'],
])('Names: %s is shown', (_, text, shown) => {
  expect(shownLine(text)).toBe(shown)
})

test.each([
  'Mei Chen',
  '陳美玲',
  '葛\u{E0100}城',
  'محمد بن سلمان',
  'می\u200Cخواهم',
  'שלום\u200F (1)',
  'כהן!\u200F',
  'क्\u200Dष',
  'क्\u200C',
  '👩\u200D⚕\uFE0F Mei',
  '❤\uFE0F',
  '👩🏽\u200D🔬',
  '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}',
  'ᠮᠣᠩᠭᠣᠯ\u180B',
  'Blut\u00ADdruck',
])('Names: %s stays as it is written', (text) => {
  expect(shownText(text)).toBe(text)
})

test('Names: what a script writes from right to left is isolated in a sentence, and nothing else is', () => {
  expect(isolated('محمد (2)')).toBe('\u2068محمد (2)\u2069')
  expect(isolated('Mei \u202E')).toBe('Mei ⟦RLO⟧')
  // A sentence with an isolated name in another sentence.
  expect(shownText('for \u2068محمد\u2069, today')).toBe('for \u2068محمد\u2069, today')
  // Cut, or made up: each isolate ends in its line.
  expect(shownText('for \u2068محم\nnext')).toBe('for \u2068محم\u2069\nnext')
  expect(shownText('a\u2069\u2069b\u2068')).toBe('ab\u2068\u2069')
})

test('Names: whatever the text, nothing hidden but needed marks is left, and what was made safe stays the same', () => {
  const part = fc.oneof(
    fc.constantFrom(
      '\u202E',
      '\u2066',
      '\u2067',
      '\u2068',
      '\u2069',
      '\u200D',
      '\u200F',
      '\uFEFF',
      '\n',
      'م',
      'a',
      '\u{E0041}',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = shownText(parts.join(''))
      expect(shownText(text)).toBe(text)
      expect(text).not.toMatch(/[\u202A-\u202E\u2066\u2067\u200B\uFEFF]/u)
      expect(shownLine(text)).not.toMatch(/[\r\n\u2028\u2029]/u)
    }),
  )
})

test('Names: a title, a detail, a value and a name of another person show their overrides; search finds the word without them', () => {
  const file = readFileSync(new URL('../../fixtures/faults/xss-narrative.json', import.meta.url), 'utf8')
  const bundle = parseJsonOrNull(file) as { entry: { resource: unknown }[] }
  const turned = bundle.entry.map(({ resource }) => resource).find((each) => stringAt(each, 'id') === 'bidi')
  const { title, detail, text, value } = describe(turned)
  expect(value?.shown).toBe('abc⟦RLO⟧def')
  expect([title, detail]).toEqual(['safe⟦RLO⟧gpj.exe', 'abc⟦RLO⟧def'])
  expect(text).toContain('safegpj.exe')
  expect(text).toContain('abcdef')
  expect(personName(parseJsonOrNull('{"name":[{"text":"Mei\\u202Enehc"}]}'))).toBe('Mei⟦RLO⟧nehc')
  expect(personName(parseJsonOrNull('{"name":[{"given":["Mei"],"family":"C\\u200Bhen"}]}'))).toBe('Mei C⟦ZWSP⟧hen')
  expect(tidy('Warf\u200Barin \u2066 5 mg\u2069')).toBe('Warfarin 5 mg')
  expect(HIDDEN.test(title + detail)).toBe(false)
})
