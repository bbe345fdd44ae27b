/** Which text the check of words reads, what it refuses, and how the list of folders that are not yet rewritten shrinks. */
import { describe, expect, test } from 'vitest'
import { BANNED, complaintsOf, faultsOf, NOT_YET, passagesOf } from '../../../scripts/check-words.mjs'

const wordsIn = (source: string, file: string): string[] =>
  faultsOf(source, file).map(({ line, say }) => `${line} ${say.split('"')[1]}`)

describe('text that is read', () => {
  test('comments of a source: blocks, line comments that continue, and those within JSX', () => {
    const source = [
      '/** The grantee’s device',
      ' * begins anew. */',
      'const a = 1 // it goes on',
      '// for somebody',
      '// else',
      'const b = <p>{/* beside it */}</p>',
    ].join('\n')
    expect(wordsIn(source, 'a.tsx')).toEqual(['1 anew', '3 somebody else', '3 goes on', '6 beside'])
  })

  test('no code: names, texts, templates, regular expressions and JSX keep their words', () => {
    const source = [
      "import { beside } from './beside.ts'",
      "const anew = 'anew // beside'",
      'const b = `${anew} /* beside */ anew`',
      'const c = /\\/\\* anew \\*\\/ beside/',
      'const d = <p title="beside">anew // beside</p>',
    ].join('\n')
    expect(wordsIn(source, 'a.tsx')).toEqual([])
  })

  test('names of tests, with the texts between the holes of a template', () => {
    const source = 'test(`S2: ${what} begins anew`, () => {})\ntest.each([1])("stands beside %i", () => {})'
    expect(wordsIn(source, 'a.test.ts')).toEqual(['1 anew', '2 beside', '2 stands'])
    expect(wordsIn(source, 'a.ts')).toEqual([])
  })

  test('paragraphs, items and rows of a page; neither code blocks nor the targets of links', () => {
    const page = [
      '# Anew',
      '',
      'A paragraph that goes',
      'on, [a page](0020-anew.md), `anew`, "anew".',
      '```',
      'anew',
      '```',
      '- beside',
      '| aside |',
      '| ----- |',
    ].join('\n')
    expect(wordsIn(page, 'a.md')).toEqual(['1 Anew', '3 goes on', '8 beside', '9 aside'])
    expect(passagesOf(page, 'a.md').map(({ line }) => line)).toEqual([1, 3, 8, 9, 10])
  })
})

test.each([
  'stands for a rule, a standalone program, withstands a crash',
  'has not arrived, does not count, knows not only this',
  'one of the devices, in one of which',
  'no more than ten, no more entries than these',
  'the server was over the limit, 20 letters over 5 days',
  'the connection shuts down; a homekeeper; a recommendation',
])('words that are used as everybody does are no fault: %j', (text) => {
  expect(faultsOf(`// ${text}`, 'a.ts')).toEqual([])
})

test.each([
  ['The cut pins not what it says', 'pins not'],
  ['Of a device that left, the last hash', 'Of a'],
  ['for who holds the key', 'for who'],
  ['The grant is over.', 'is over'],
  ['the entry of before', 'of before'],
  ['What was handed in late', 'handed in'],
])('an inverted or private phrase is a fault: %j', (text, found) => {
  expect(wordsIn(`// ${text}`, 'a.ts')).toEqual([`1 ${found}`])
})

test('every banned word says what to write instead, and stays one entry', () => {
  expect(BANNED.filter(([, say]) => say.trim() === '')).toEqual([])
  expect(new Set(BANNED.map(([{ source }]) => source)).size).toBe(BANNED.length)
})

describe('folders that are not yet rewritten', () => {
  const fault = (file: string) => ({ file, line: 3, words: 'begins anew', say: '"anew": again' })

  test('may have as many faults as the list says, and none more', () => {
    const notYet = { 'packages/a/': 2 }
    expect(complaintsOf([fault('packages/a/x.ts'), fault('packages/a/y.ts')], notYet)).toEqual([])
    expect(
      complaintsOf(
        [1, 2, 3].map((at) => fault(`packages/a/${at}.ts`)),
        notYet,
      )[0],
    ).toBe('packages/a/: 3 banned words, 2 at most:')
  })

  test('do not excuse any other folder', () => {
    expect(complaintsOf([fault('packages/ab/x.ts'), fault('packages/a/x.ts')], { 'packages/a/': 1 })).toEqual([
      'packages/ab/x.ts:3: … begins anew …\n  "anew": again',
    ])
  })

  test('leave the list once they have no fault', () => {
    expect(complaintsOf([], { 'packages/a/': 2 })).toEqual([expect.stringContaining('take it off the list')])
    expect(Object.values(NOT_YET).filter((most) => most < 1)).toEqual([])
  })
})
