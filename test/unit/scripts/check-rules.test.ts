/** The check that ties docs/spec to the tests: what it reads as a rule, as a test's name, and what it finds at fault. */
import { describe, expect, test } from 'vitest'
import { faultsOf, MOST_WORDS, rulesOf, testNamesOf } from '../../../scripts/check-rules.mjs'

const names = (source: string) => testNamesOf(source, 'a.test.tsx')

const rule = (number: string, mark: 'built' | 'part' | 'later' | null = 'built', words = 10) => ({
  number,
  mark,
  words,
  file: 'a.md',
  line: 1,
})

describe('rules of a page', () => {
  test('a rule starts a line with its number in bold and its mark', () => {
    const page =
      '# Streams\n\n**S1** [built] A stream is one ...\n  and **S7** is named here\n- **S9** [later] A device keeps ...'
    expect(rulesOf(page, 'docs/spec/streams.md')).toEqual([
      { number: 'S1', mark: 'built', words: 9, file: 'docs/spec/streams.md', line: 3 },
      { number: 'S9', mark: 'later', words: 3, file: 'docs/spec/streams.md', line: 5 },
    ])
  })

  test('a lettered part is a rule of its own, with its own mark', () => {
    const page = '**C13a** [built] The server holds a wrap.\n\n**C13b** [later] A reader ...'
    expect(rulesOf(page, 'a.md')).toMatchObject([
      { number: 'C13a', mark: 'built' },
      { number: 'C13b', mark: 'later' },
    ])
  })

  test('the words of a rule run to the next rule, heading, table or code block', () => {
    for (const end of ['**S2** [built] Two.', '## Heading', '| a | b |', '```mermaid'])
      expect(rulesOf(`**S1** [built] One two\nthree.\n\n1. Four - \n\n${end}\nmore words`, 'a.md')[0]?.words).toBe(5)
  })

  test('a reason and a plan are not counted, and a paragraph after them is', () => {
    const page = '**S1** [part] One two.\n\nWhy: it is so.\n\nLater in S1: more.\n\nThree.'
    expect(rulesOf(page, 'a.md')[0]?.words).toBe(3)
  })

  test.each(['**S1** A stream', '**S1** [done] A stream', '**S1**[built] A stream'])('%s has no mark', (line) => {
    expect(rulesOf(line, 'a.md')[0]?.mark).toBeNull()
  })

  test.each(['S1 [built] A stream', 'See **S1** [built]', '**stream** [built] is', '| **S1** | built |'])(
    '%s states no rule',
    (line) => {
      expect(rulesOf(line, 'a.md')).toEqual([])
    },
  )
})

describe('names of tests', () => {
  test('are read from test, it, describe and their each forms, from strings and templates', () => {
    const source = [
      `describe('E2', () => { it("E3: pads", () => {}) })`,
      'test.each([[1], [2]])(`C4: %i bytes open nothing`, () => {})',
      'test.each`a|b`("F1: $a stops the stream", () => {})',
      'for (const size of sizes) test(`B1: ${size} bytes come back whole`, () => {})',
      `test.skipIf(missing)('K1: vectors', () => {})`,
      `const screen = <Chart title="Y1: is no test" />`,
    ].join('\n')
    expect(names(source)).toEqual([
      'E2',
      'E3: pads',
      'C4: %i bytes open nothing',
      'F1: $a stops the stream',
      'B1:   bytes come back whole',
      'K1: vectors',
    ])
  })

  test('of skipped tests, of whole skipped groups and of tests to be written do not count', () => {
    const source = [
      `test.${'skip'}('S1: a', () => {})`,
      `test.todo('S2: b')`,
      `describe.${'skip'}('S3', () => { test('S4: d', () => {}) })`,
      `test.${'skip'}.each([1])('S5: e', () => {})`,
    ].join('\n')
    expect(names(source)).toEqual([])
  })

  test('in comments and in other calls do not count', () => {
    expect(names(`// test('S1: a')\nexpect('S2: b').toBe(1)\nconst test1 = 'S3: c'`)).toEqual([])
  })
})

describe('faults', () => {
  test('none where each built rule is in a name, alone or among others', () => {
    expect(faultsOf([rule('S1'), rule('S2'), rule('S9', 'later')], ['S1: a', 'E3, S2: b'])).toEqual([])
  })

  test('a built rule that no test names', () => {
    expect(faultsOf([rule('S1'), rule('S2')], ['S2: a'])).toEqual(['a.md:1: rule S1 is built, and no test names it'])
  })

  test('a rule that is built in part needs a test as well', () => {
    expect(rulesOf('**S9** [part] A device keeps ...', 'a.md')[0]?.mark).toBe('part')
    expect(faultsOf([rule('S9', 'part')], ['S9: a'])).toEqual([])
    expect(faultsOf([rule('S9', 'part')], ['S8: a'])).toEqual(['a.md:1: rule S9 is built, and no test names it'])
  })

  test('S1 is not named by S11, nor by a word that holds it', () => {
    expect(faultsOf([rule('S1')], ['S11: a', 'the PS1 prompt', 's1: b'])).toHaveLength(1)
  })

  test('a part is covered by a test that names it or its rule, and by no test of another part', () => {
    const parts = [rule('S1a'), rule('S1b')]
    expect(faultsOf(parts, ['S1: a'])).toEqual([])
    expect(faultsOf(parts, ['S1a: a', 'S1b: b'])).toEqual([])
    expect(faultsOf(parts, ['S1a: a'])).toEqual(['a.md:1: rule S1b is built, and no test names it'])
  })

  test('a part that a test names and no page states, and a rule stated whole and in parts', () => {
    expect(faultsOf([rule('S1a')], ['S1a, S1c: a', 'P7a: b'])).toEqual([
      'a test names S1c, which docs/spec does not state',
    ])
    expect(faultsOf([rule('S1'), rule('S1a')], ['S1: a'])).toEqual(['a.md:1: rule S1 is stated whole and in parts'])
  })

  test('a rule or part of more than 80 words, with its count', () => {
    expect(faultsOf([rule('S1', 'built', MOST_WORDS), rule('S2a', 'later', 81)], ['S1: a'])).toEqual([
      'a.md:1: rule S2a has 81 words, more than 80; split it into lettered parts',
    ])
  })

  test('a rule stated twice, and one without a mark', () => {
    expect(faultsOf([rule('S1'), rule('S1'), rule('S2', null)], ['S1, S2: a'])).toEqual([
      'a.md:1: rule S1 is stated twice',
      'a.md:1: rule S2 is marked neither [built] nor [part] nor [later]',
    ])
  })

  test('a specification without a built rule, because a check of nothing always holds', () => {
    expect(faultsOf([rule('S9', 'later')], ['S9: a'])).toEqual(['docs/spec states no rule that is built'])
  })
})
