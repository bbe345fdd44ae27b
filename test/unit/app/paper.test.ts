/** Text of the one-page summary and of the emergency card: nothing cut without a word, nothing chosen by itself, both languages, a code that reads back. */
import { describe, parseJsonOrNull, shownText } from '@chartkeep/domain'
import { cardTrouble } from '@chartkeep/app/src/app/chart/card-state.ts'
import { RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { firstPart } from '@chartkeep/app/src/ui/display/first-part.ts'
import { sectionOf, SECTIONS } from '@chartkeep/app/src/app/glance/summary.ts'
import type { SummarySource } from '@chartkeep/app/src/app/words/summary-lines.ts'
import { cardItems, chosenItems, type CardItem } from '@chartkeep/app/src/features/card/card-items.ts'
import { planPicture, pictureSize, wrap } from '@chartkeep/app/src/features/card/card-picture.ts'
import { itemText, QR_BYTES, qrText } from '@chartkeep/app/src/features/card/card-text.ts'
import { pageBlocks } from '@chartkeep/app/src/features/page/page-blocks.ts'
import { firstLayout, moved, readLayout } from '@chartkeep/app/src/features/page/page-layout.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { asWritten, lineOf } from '@chartkeep/app/src/i18n/said.ts'
import { fillColumns, groupsAfter, pagesOf } from '@chartkeep/app/src/ui/paper/paginate.ts'
import type { ChartRecord } from '@chartkeep/sync'
import * as fc from 'fast-check'
import { encodeQR } from 'qr'
import { decodeQR } from 'qr/decode.js'
import { beforeAll, expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

beforeAll(() => void startLanguages('en'))

let count = 0
function record(resource: object, change: Partial<ChartRecord> = {}): ChartRecord {
  const text = JSON.stringify(resource)
  const { collection, type, title, date, status, code } = describe(parseJsonOrNull(text))
  count += 1
  return {
    id: `r${count}`,
    doc: `r${count}`,
    collection,
    type,
    title,
    date,
    status,
    code: code === null ? '' : `${code.system}|${code.code}`,
    text: '',
    resource: text,
    revision: String(count),
    author: { account: '', device: '', member: '', name: '', me: true },
    byOwner: true,
    savedAt: count,
    importSource: '',
    late: null,
    waiting: false,
    conflict: false,
    kept: false,
    ...change,
  }
}

const allergy = (text: string, more: object = {}) =>
  record({
    resourceType: 'AllergyIntolerance',
    clinicalStatus: { coding: [{ code: 'active' }] },
    code: { text },
    ...more,
  })
const medicine = (text: string, more: object = {}, change: Partial<ChartRecord> = {}) =>
  record(
    { resourceType: 'MedicationStatement', status: 'active', medicationCodeableConcept: { text }, ...more },
    change,
  )
const result = (text: string, value: number, date: string, more: object = {}) =>
  record({
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ code: 'laboratory' }] }],
    code: { text },
    effectiveDateTime: date,
    valueQuantity: { value, unit: '%' },
    ...more,
  })
const patient = record({
  resourceType: 'Patient',
  name: [{ text: 'Mei Chen' }],
  birthDate: '1992-03-04',
  contact: [
    {
      name: { text: 'Mum' },
      relationship: [{ text: 'mother' }],
      telecom: [{ system: 'phone', value: '0912 345 678' }],
    },
  ],
})
const source = (records: ChartRecord[], unread: string[] = []): SummarySource => ({
  records,
  views: new RecordViews(),
  mayRead: (collection) => !unread.includes(collection),
  now: new Date('2026-11-21T12:00:00Z'),
})
const textsOf = (found: SummarySource, name: (typeof SECTIONS)[number], newest = 12) =>
  pageBlocks([sectionOf(name, found)], newest)
    .filter(({ isHeading }) => !isHeading)
    .map(({ said, line }) =>
      line === null
        ? lineOf(said, LANGUAGES)
        : [line.what, line.words, line.when].map((part) => lineOf(part, LANGUAGES)).join(' | '),
    )

test('None known, not asked, nothing recorded, only past and not shared are five different answers, in both languages', () => {
  expect(textsOf(source([]), 'allergies')).toEqual(['None recorded · 無紀錄'])
  const notAsked = { code: { coding: [{ code: 'notasked' }], text: 'Not asked about allergies' } }
  expect(textsOf(source([allergy('', notAsked)]), 'allergies')).toEqual(['Allergies: not asked · 過敏：尚未詢問 |  | '])
  const noneKnown = { code: { coding: [{ system: 'http://snomed.info/sct', code: '716186003' }] } }
  expect(textsOf(source([allergy('', noneKnown)]), 'allergies')).toEqual(['No known allergies · 無已知過敏 |  | '])
  // None known of one kind is no answer about the others.
  const noFood = { code: { coding: [{ code: '429625007', display: 'No known food allergy' }] } }
  expect(textsOf(source([record({ resourceType: 'AllergyIntolerance', ...noFood })]), 'allergies')).toEqual([
    'No known food allergies · 無已知食物過敏 |  | ',
  ])
  expect(textsOf(source([]), 'medications')).toEqual(['None recorded · 無紀錄'])
  // A line that there is none is not printed next to something that there is.
  expect(textsOf(source([allergy('', noneKnown), allergy('Dust')]), 'allergies')).toEqual([
    'Dust | Severity not given · 未註明嚴重程度 | ',
  ])
  const resolved = allergy('Milk', { clinicalStatus: { coding: [{ code: 'resolved' }] } })
  expect(textsOf(source([resolved]), 'allergies')).toEqual([
    'None now. What’s recorded has ended or starts later · 沒有現行項目；紀錄中的項目都已結束或尚未開始',
  ])
  expect(textsOf(source([allergy('Milk')], ['allergies']), 'allergies')[0]).toMatch(/n’t shared/u)
})

test('What carries an unknown condition is on no paper, which says that it left it out; "none known" does not are next to it', () => {
  const unclear = allergy('Nuts', { modifierExtension: [{ url: 'https://elsewhere.example/x' }] })
  const said =
    '1 entry has a condition that this app doesn’t know. See the original · 1 筆帶有本程式不認得的條件，請看原始資料'
  expect(unclear.status).toBe('unclear')
  expect(textsOf(source([unclear]), 'allergies')).toEqual([said])
  expect(textsOf(source([unclear, allergy('No known allergies')]), 'allergies')).toEqual([said])
  expect(textsOf(source([unclear, allergy('Dust')]), 'allergies')).toEqual([
    said,
    'Dust | Severity not given · 未註明嚴重程度 | ',
  ])
  const items = cardItems({ ...source([unclear, allergy('Dust')]), isBrief: true }, 'Mei')
  expect(items.filter(({ group }) => group === 'allergies').map(({ what }) => lineOf(what, ['en']))).toEqual(['Dust'])
})

test('That no procedure is known is not told as that no condition is', () => {
  const none = record({
    resourceType: 'Procedure',
    status: 'unknown',
    code: { coding: [{ code: 'no-known-procedures', display: 'No known procedures' }] },
  })
  expect(textsOf(source([none]), 'procedures')).toEqual(['No known procedures |  | '])
})

test('Allergies come with their risk, the high ones first; a wrong entry and a private one never come', () => {
  const penicillin = allergy('Penicillin', {
    criticality: 'high',
    reaction: [{ manifestation: [{ text: 'Rash' }], severity: 'severe' }],
  })
  const wrong = allergy('Nuts', {
    clinicalStatus: undefined,
    verificationStatus: { coding: [{ code: 'entered-in-error' }] },
  })
  const refuted = allergy('Eggs', {
    verificationStatus: { coding: [{ system: 'http://snomed.info/sct', code: '410516002' }, { code: 'refuted' }] },
  })
  const secret = { ...allergy('Latex'), collection: 'allergies-private' }
  expect(textsOf(source([allergy('Dust'), penicillin, wrong, refuted, secret]), 'allergies')).toEqual([
    'Penicillin | Severe, Rash · 重度, Rash | ',
    'Dust | Severity not given · 未註明嚴重程度 | ',
  ])
})

test('A dose is written as it was written; none, on hold and two versions are said', () => {
  const onHold = medicine('Metformin', { status: 'on-hold', dosage: [{ text: '500 mg' }] })
  const two = medicine('Aspirin', {}, { conflict: true })
  const taken = record({
    resourceType: 'MedicationAdministration',
    status: 'completed',
    medicationCodeableConcept: { text: 'X' },
  })
  expect(textsOf(source([onHold, two, taken, medicine('Old', { status: 'stopped' })]), 'medications')).toEqual([
    'Aspirin | dose not given, Two versions · 未註明劑量, 兩個版本 | ',
    'Metformin | 500 mg, On hold · 500 mg, 暫停 | ',
  ])
})

test('The newest result of each test is printed, with flag and range; a limit says how many it leaves out', () => {
  const range = { referenceRange: [{ low: { value: 4 }, high: { value: 5.6 } }] }
  const found = source([
    result('HbA1c', 7.9, '2025-01-01'),
    result('HbA1c', 6.9, '2026-10-12', { ...range, interpretation: [{ coding: [{ code: 'H' }] }] }),
    result('LDL', 2, '2026', { status: 'preliminary' }),
  ])
  expect(textsOf(found, 'labs')).toEqual([
    'LDL | 2 %, Preliminary · 2 %, 初步報告 | 2026 · 2026年',
    expect.stringMatching(
      /^HbA1c \| 6\.9 %, Above range, range .*4.*5\.6.* · 6\.9 %, 高於範圍, .* \| 12 Oct 2026 · 2026年10月12日$/u,
    ),
  ])
  expect(textsOf(found, 'labs', 1)).toHaveLength(2)
  expect(textsOf(found, 'labs', 1)[0]).toBe('1 of 2 shown, newest first · 共 2 項，列出最新 1 項')
})

test('What comes next: appointments ahead, plans that run, vaccines due, also one that is late; contacts with their numbers', () => {
  const due = record({
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: { text: 'Flu' },
    occurrenceDateTime: '2024-10-01',
    extension: [{ url: 'urn:chartkeep:extension:next-dose-due', valueDate: '2025-10' }],
  })
  const visit = (start: string) => record({ resourceType: 'Appointment', status: 'booked', description: start, start })
  const plan = record({ resourceType: 'CarePlan', status: 'active', intent: 'plan', title: 'Diabetes' })
  const texts = textsOf(source([due, visit('2026-11-20T08:00:00Z'), visit('2027-01-05T08:00:00Z'), plan]), 'plans')
  expect(texts.map((text) => text.split(' | ')[0])).toEqual(['Diabetes', '2027-01-05T08:00:00Z', 'Flu'])
  expect(texts[2]).toContain('next due Oct 2025 · 下次應接種 2025年10月')
  expect(textsOf(source([patient]), 'contacts')).toEqual(['Mum | mother, 0912 345 678 | '])
})

const block = (key: string, group: string, isHeading = false) => ({ key, group, isHeading })

test('Pages: every block is there once and in order, no heading at a foot, what continues is named and repeats its heading', () => {
  const blocks = [
    block('A', 'a', true),
    ...['1', '2', '3'].map((key) => block(key, 'a')),
    block('B', 'b', true),
    block('4', 'b'),
  ]
  const heights = new Map(blocks.map(({ key }) => [key, 10]))
  const columns = fillColumns(blocks, heights, 35)
  expect(
    columns.map((column) =>
      column.map(({ block: { key }, isContinued }) => (isContinued ? `(${key})` : key)).join(' '),
    ),
  ).toEqual(['A 1 2', '(A) 3', 'B 4'])
  expect(groupsAfter(pagesOf(columns, 2), 0)).toEqual(['b'])
  expect(groupsAfter(pagesOf(columns, 1), 0)).toEqual(['a', 'b'])
  expect(fillColumns([], new Map(), 10)).toEqual([[]])
})

test('Pages: random blocks of random heights lose nothing, also one that is taller than a page', () => {
  const someBlocks = fc.array(
    fc.record({
      group: fc.constantFrom('a', 'b', 'c'),
      isHeading: fc.boolean(),
      height: fc.integer({ min: 1, max: 60 }),
    }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(someBlocks, (made) => {
      const blocks = made.map((one, index) => ({ ...one, key: String(index) }))
      const heights = new Map(blocks.map(({ key, height }) => [key, height]))
      const columns = fillColumns(blocks, heights, 50)
      expect(columns.flat().flatMap(({ block: { key }, isContinued }) => (isContinued ? [] : [key]))).toEqual(
        blocks.map(({ key }) => key),
      )
      for (const column of columns) {
        const height = column.reduce((sum, { block: one }) => sum + one.height, 0)
        const own = column.filter(({ isContinued }) => !isContinued)
        if (own.length > 1) expect(height).toBeLessThanOrEqual(50)
      }
    }),
    seeded(300),
  )
})

test('The layout of the page survives nonsense and newer apps, and a section moves by one place', () => {
  const first = firstLayout('en', 'a4')
  for (const text of [null, '', '{', '[]', '7', '{"order":3,"left":"x","newest":-1,"language":"xx","paper":"a0"}'])
    expect(readLayout(text, first)).toEqual(first)
  const kept = readLayout('{"order":["plans","gone","plans","labs"],"left":["labs"],"paper":"letter"}', first)
  expect(kept).toMatchObject({ left: ['labs'], paper: 'letter' })
  expect(kept.order.slice(0, 3)).toEqual(['plans', 'labs', 'allergies'])
  expect([...kept.order].sort()).toEqual([...SECTIONS].sort())
  expect(moved(['labs', 'plans'], 'plans', -1)).toEqual(['plans', 'labs'])
  expect(moved(['labs', 'plans'], 'plans', 1)).toEqual(['labs', 'plans'])
})

test('An emergency card offers what the chart holds, and shows nothing that its owner did not tick', () => {
  const high = allergy('Penicillin', { criticality: 'high' })
  const items = cardItems(source([patient, high, medicine('Metformin')]), 'Mei')
  expect(items.map((item) => itemText(item, ['en']))).toEqual([
    'Mei Chen',
    'Born 4 Mar 1992',
    'Born 1992',
    'Penicillin: Severe',
    'Metformin',
    'Mum: mother, 0912 345 678',
  ])
  expect(chosenItems(items, [])).toEqual({ lines: [], gone: 0 })
  const chosen = chosenItems(items, ['contact Mum', `record ${high.id}`, 'record taken-out', 'contact Mum'])
  expect(chosen.lines.map((item) => itemText(item, LANGUAGES))).toEqual([
    'Penicillin: Severe / 重度',
    'Mum: mother, 0912 345 678',
  ])
  expect(chosen.gone).toBe(1)
})

test('A card that was printed is asked about after six months, or once something on it has changed; one that was not is not', () => {
  const choice = { shows: ['name'], language: 'both', checked: '2026-01-01T00:00:00.000Z' } as const
  const trouble = (now: string, savedAt = 0, change = {}) =>
    cardTrouble({ ...choice, shows: ['name'], ...change }, [{ savedAt }], new Date(now))
  expect(trouble('2026-06-30T00:00:00Z')).toBeNull()
  expect(trouble('2026-07-02T00:00:00Z')).toBe('old')
  expect(trouble('2026-02-01T00:00:00Z', Date.parse('2026-01-02'))).toBe('changed')
  expect(trouble('2027-01-01T00:00:00Z', 0, { checked: '' })).toBeNull()
  expect(trouble('2027-01-01T00:00:00Z', 0, { shows: [] })).toBeNull()
})

/** What a phone's camera would read, from the modules of the code. */
function scanned(text: string): string {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 4 })
  const side = modules.length * 4
  const pixels = new Uint8Array(side * side * 4).fill(255)
  modules.forEach((row, y) =>
    row.forEach((isDark, x) => {
      for (let line = 0; isDark && line < 4; line++)
        for (let column = 0; column < 4; column++)
          pixels.fill(0, ((y * 4 + line) * side + x * 4 + column) * 4, ((y * 4 + line) * side + x * 4 + column) * 4 + 3)
    }),
  )
  return decodeQR({ width: side, height: side, data: pixels })
}

const item = (what: string, words = '', group: CardItem['group'] = 'medications'): CardItem => ({
  key: what,
  group,
  what: asWritten(what),
  words: asWritten(words),
  isHigh: group === 'allergies',
  isSuggested: false,
  savedAt: 0,
})

test('The QR code holds the text itself, reads back letter by letter, and holds no address', () => {
  const items = [
    item('陳美', '', 'person'),
    item('Penicillin', 'Severe', 'allergies'),
    item('Metformin', '500 mg'),
    item('Aspirin'),
  ]
  const { text, left } = qrText(items, LANGUAGES, '2026-11-21')
  expect(text).toBe(
    'EMERGENCY CARD 緊急資訊卡 2026-11-21\n陳美\nALLERGY 過敏: (!) Penicillin: Severe\nMEDICINE 藥品: Metformin: 500 mg\nAspirin',
  )
  expect(left).toEqual([])
  expect(scanned(text)).toBe(text)
  expect(text).not.toMatch(/https?:|www\.|:\/\//u)
})

test('The QR code has room for 300 bytes: what does not fit is counted in it and told, and whole lines only are in it', () => {
  const words = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
    .filter((text) => text.trim() !== '' && !text.includes('\n'))
  fc.assert(
    fc.property(fc.uniqueArray(words, { maxLength: 12 }), (names) => {
      const items = names.map((name) => item(name))
      const { text, left } = qrText(items, LANGUAGES, '2026-11-21')
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(QR_BYTES)
      const lines = text.split('\n').slice(1)
      const kept = items.filter((one) => !left.includes(one))
      expect(lines.slice(0, kept.length).map((line) => line.replace('MEDICINE 藥品: ', ''))).toEqual(
        kept.map(({ key }) => shownText(key).replaceAll('\n', ' ')),
      )
      expect(lines.slice(kept.length)).toEqual(
        left.length === 0 ? [] : [expect.stringContaining(`+${left.length} line`)],
      )
    }),
    seeded(300),
  )
  expect(qrText([item('x'.repeat(400)), item('Aspirin')], ['en'], '2026-11-21').text).toContain('+1 line on the card')
})

/** Half an em for a Latin letter, a whole one for an ideograph. */
const measure = (text: string, pixels: number) =>
  [...text].reduce((sum, letter) => sum + (letter > '\u2E80' ? pixels : pixels / 2), 0)

test('The lock-screen picture keeps clear of the clock, breaks no dose, and says what it has no room for', () => {
  const size = pictureSize({ width: 390, height: 844 }, 3)
  expect(size).toEqual({ width: 1170, height: 2532, scale: 3 })
  expect(pictureSize({ width: 1280, height: 800 }, 1)).toEqual({ width: 1080, height: 2400, scale: 3 })
  const content = (names: string[]) => ({
    heading: ['EMERGENCY CARD', '緊急資訊卡'],
    lines: names.map((text) => ({ text, isBold: false })),
    side: ['Scan for this text. 掃描可見這些文字'],
    qr: 'x',
    more: (left: number) => `+${left} lines`,
  })
  const few = planPicture(size, content(['Mei Chen', 'Penicillin: Severe']), measure)
  expect(few.left).toEqual([])
  expect(few.fontPixels).toBe(66)
  const many = planPicture(
    size,
    content(Array.from({ length: 60 }, (_, index) => `Medicine ${index} 陳美陳美陳美陳美陳美陳美: 500 mg`)),
    measure,
  )
  expect(many.fontPixels).toBe(42)
  expect(many.left.length).toBeGreaterThan(30)
  expect(many.rows.at(-1)?.text.replace('\u00A0', ' ')).toBe(`+${many.left.length} lines`)
  for (const plan of [few, many]) {
    for (const { text, x, y } of plan.rows) {
      expect(y).toBeGreaterThan(size.height * 0.33)
      expect(y + plan.fontPixels).toBeLessThanOrEqual(plan.qr.y)
      expect(x + measure(text, plan.fontPixels)).toBeLessThanOrEqual(plan.panel.x + plan.panel.width)
      expect(text).not.toMatch(/500$/u)
    }
    expect(plan.qr.y + plan.qr.side).toBeLessThan(size.height * 0.9)
  }
  expect(wrap('aaaaaaaaaaaa', 10, (text) => text.length * 2)).toEqual(['aaaaa', 'aaaaa', 'aa'])
})

test('A date of the page keeps what is known of it: a year, a month, a day; a time is its local day, and never no date', () => {
  const local = new Date(2024, 2, 9, 8, 30)
  const dates = ['2024', '2024-03', '2024-03-09', local.toISOString(), '2024-03-09T08:30:00', '2016-12-31T12:59:60Z']
  const lines = dates.map((date) => {
    const [line] = sectionOf(
      'conditions',
      source([record({ resourceType: 'Condition', code: { text: 'Gout' }, onsetDateTime: date })]),
    ).lines
    return [line?.when.en, line?.when['zh-Hant-TW'], line?.day]
  })
  const day = ['9 Mar 2024', '2024年3月9日', '2024-03-09']
  expect(lines).toEqual([
    ['2024', '2024年', '2024'],
    ['Mar 2024', '2024年3月', '2024-03'],
    day,
    day,
    day,
    ['31 Dec 2016', '2016年12月31日', '2016-12-31'],
  ])
})

test('Long text of a record is one line of the page, and says that there is more', () => {
  const report = `${'regular glands '.repeat(2000)}end`
  const long = [
    record({
      resourceType: 'AllergyIntolerance',
      code: { text: 'A'.repeat(5000) },
      reaction: [{ manifestation: [{ text: report }] }],
    }),
    medicine('Pill', { dosage: [{ text: report }] }),
    record({
      resourceType: 'Observation',
      status: 'final',
      category: [{ coding: [{ code: 'laboratory' }] }],
      code: { text: 'Pathology' },
      valueString: Array.from({ length: 3000 }, (_, line) => `line ${line}`).join('\n'),
    }),
  ]
  for (const name of ['allergies', 'medications', 'labs'] as const) {
    const { lines } = sectionOf(name, source(long))
    expect(lines).toHaveLength(1)
    const text = `${lines[0]!.what.en} ${lines[0]!.words.en}`
    expect(text).toContain('…')
    expect(text.length).toBeLessThan(700)
    expect(text).not.toContain('\n')
  }
})

test('The first part of a text ends between words, cuts no letter, and is the text itself where it fits', () => {
  expect(firstPart('short  text\n here')).toBe('short text here')
  expect(firstPart('one two three four', 12)).toBe('one two…')
  expect(firstPart('A'.repeat(5000), 10)).toBe(`${'A'.repeat(10)}…`)
  expect(firstPart(`${'A'.repeat(9)}😀 and more`, 10)).toBe(`${'A'.repeat(9)}…`)
  expect(firstPart(`word ${' '.repeat(5000)}end`, 10)).toBe('word…')
})
