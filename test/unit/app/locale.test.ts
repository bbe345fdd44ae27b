/** What is shown in the way of the reader's language: counts, dates in texts, lists of names, the order of a list. Values of records stay as their source wrote them. */
import { collectionLabel } from '@chartkeep/app/src/app/words/collection-label.ts'
import { formatDate, formatMoment } from '@chartkeep/app/src/i18n/dates.ts'
import { type Language, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { FRESH_LIST } from '@chartkeep/app/src/ui/lists/record-list.tsx'
import { type ListRow, shownRows } from '@chartkeep/app/src/ui/lists/list-rows.ts'
import { describe, parseJsonOrNull } from '@chartkeep/domain'
import { expect, test } from 'vitest'

const i18next = startLanguages('en')
const texts = (language: Language) => i18next.getFixedT(language)

test('Locale: counts are grouped and take the form for one only where the language has one', () => {
  const [english, chinese] = [texts('en'), texts('zh-Hant-TW')]
  expect(english('list.count', { count: 1 })).toBe('1 entry')
  expect(english('list.count', { count: 10_412 })).toBe('10,412 entries')
  expect(chinese('list.count', { count: 1 })).toBe('1 筆紀錄')
  expect(chinese('list.count', { count: 10_412 })).toBe('10,412 筆紀錄')
  expect(chinese('list.ofAll', { shown: 1234, all: 56_789 })).toBe('56,789 筆中的 1,234 筆')
})

test('Locale: the name of a private list has the brackets of the language', () => {
  expect(collectionLabel('documents-private', texts('en'))).toBe('Documents (Private)')
  expect(collectionLabel('documents-private', texts('zh-Hant-TW'))).toBe('文件（私人）')
})

test('Locale: a moment of another day carries its date in the words of the language, one of today its time alone', () => {
  const now = new Date(2026, 10, 21, 12, 0)
  const yesterday = new Date(2026, 10, 20, 9, 5)
  expect(formatMoment(yesterday, 'en', now)).toBe('20 Nov 2026 09:05')
  expect(formatMoment(yesterday, 'zh-Hant-TW', now)).toBe('2026年11月20日 09:05')
  expect(formatMoment(new Date(2026, 10, 21, 9, 5), 'zh-Hant-TW', now)).toBe('09:05')
  expect(formatDate('2026-11-20', 'en', 'roc')).toBe('20 Nov ROC 115')
})

test('Locale: a value is shown as its source wrote it, with its digits and its decimal sign, in both languages', () => {
  const { detail } = describe(
    parseJsonOrNull('{"resourceType":"Observation","valueQuantity":{"value":12345.60,"unit":"copies/mL"}}'),
  )
  expect(detail).toBe('12345.60 copies/mL')
})

test('Locale: names of both scripts are sorted as readers expect, numbers in them by their size', () => {
  const titles = ['王大文', 'Vitamin B12', 'åland', 'Vitamin B2', '李小美', 'Aspirin', '丁一']
  const rows = titles.map((title) => ({ title, rank: 0, dateKey: '', search: '' }) as ListRow)
  const sorted = shownRows(rows, '', [], [], { ...FRESH_LIST.sort, column: 'title', descending: false })
  const order = sorted.map(({ title }) => title)
  const latin = order.filter((title) => /^\p{Script=Latin}/u.test(title))
  expect(latin).toEqual(['åland', 'Aspirin', 'Vitamin B2', 'Vitamin B12'])
  // By strokes, as in Taiwan: 丁 has two, 王 four, 李 seven.
  expect(order.filter((title) => !latin.includes(title))).toEqual(['丁一', '王大文', '李小美'])
})

test.each<Language>(['en', 'zh-Hant-TW'])(
  'Words: a name of another person turns no sentence of ours, and is no placeholder (%s)',
  (language) => {
    const { t } = startLanguages(language)
    expect(t('import.intoThis', { name: 'محمد (2)' })).toContain('\u2068محمد (2)\u2069')
    const sentence = t('import.intoThis', { name: 'Mei\u202e{name}$t(deed.cancel)<b>' })
    expect(sentence).toBe(
      t('import.intoThis', { name: 'NAME' }).replace('NAME', () => 'Mei⟦RLO⟧{name}$t(deed.cancel)<b>'),
    )
  },
)
