/** How search reads what is kept and what is typed. */
import { foldText, foundPlaces, otherNames, queryWords, searchTokens } from '@chartkeep/domain'
import { expect, test } from 'vitest'

test('Search: case, accents and full width make no difference', () => {
  expect(foldText('CAFÉ Ｍｅｔｆｏｒｍｉｎ ５００ Ångström Straße')).toBe('cafe metformin 500 angstrom strasse')
  // The voiced kana and its plain one are two letters.
  expect(foldText('ガ')).not.toBe(foldText('カ'))
})

test('Search: Latin words are whole, codes whole and in parts, Chinese by pairs and a last character', () => {
  expect(searchTokens('Beta-blocker, 4548-4; 120/80 1.10 500mg')).toEqual([
    'beta',
    'blocker',
    '4548-4',
    '4548',
    '4',
    '120/80',
    '120',
    '80',
    '1.10',
    '500mg',
    '500',
    'mg',
  ])
  expect(searchTokens('收縮壓 B型肝炎')).toEqual(['收縮', '縮壓', '壓', 'b', '型肝', '肝炎', '炎'])
  expect(searchTokens("1,200 O'Neil 2012-09-07T04:08:51+02:00 𠀀𠀁")).toEqual([
    '1200',
    'oneil',
    '2012-09-07',
    '𠀀𠀁',
    '𠀁',
  ])
  expect(searchTokens('…!?')).toEqual([])
})

test('Search: days are typed as people write them, in both languages and calendars', () => {
  for (const [typed, words] of [
    ['2024/3/9', ['2024-03-09']],
    ['2024.03.09', ['2024-03-09']],
    ['9 March 2024', ['2024-03-09']],
    ['Mar 9, 2024', ['2024-03-09']],
    ['march 2024', ['2024-03']],
    ['2024年3月9日', ['2024-03-09']],
    ['2024年3月 血壓', ['2024-03', '血壓']],
    ['民國113年', ['2024']],
    ['民國 113 年 3 月', ['2024-03']],
    ['113年3月9日', ['2024-03-09']],
    ['ROC 113', ['2024']],
    ['5.6', ['5.6']],
    ['may 500mg', ['may', '500', 'mg']],
  ] as const)
    expect(queryWords(typed), typed).toEqual(words)
})

test('Search: every word that was typed counts once, and a single character counts', () => {
  expect(queryWords('  met Met  ＭＥＴ ')).toEqual(['met'])
  expect(queryWords('糖尿病')).toEqual(['糖尿', '尿病'])
  expect(queryWords('糖')).toEqual(['糖'])
  expect(queryWords(' -.,! ')).toEqual([])
})

test('Search: what was found is marked in the text as it is', () => {
  const marked = (text: string, query: string) =>
    foundPlaces(text, queryWords(query)).map(([from, to]) => text.slice(from, to))
  expect(marked('Crème brûlée, Ｍｅｔformin', 'creme met')).toEqual(['Crème', 'Ｍｅｔ'])
  expect(marked('糖尿病前期', '糖尿病')).toEqual(['糖尿病'])
  expect(marked('Penicillin', 'cillin')).toEqual(['cillin'])
  // Numbers and short words only where a word begins.
  expect(marked('16 mg of gm 84.61', '6 g')).toEqual(['g'])
  expect(marked('Straße', 'strass')).toEqual(['Straß'])
  expect(marked('Nothing', 'else')).toEqual([])
})

test('Search: a thing is found by its other names in both languages', () => {
  expect(otherNames('Hemoglobin A1c/Hemoglobin.total in Blood')).toContain('糖化血色素')
  expect(otherNames('高血壓')).toContain('hypertension')
  expect(otherNames('Environment')).toBe('')
})
