/** C13: what the report of an import may say, for every combination of what can have happened. */
import {
  type ImportResult,
  type Original,
  reportState,
  whoseQuestion,
} from '@chartkeep/app/src/features/import/report-state.ts'
import { importing as en } from '@chartkeep/app/src/i18n/en/import.ts'
import { importing as zh } from '@chartkeep/app/src/i18n/zh/import.ts'
import { type Refusal, refusal } from '@chartkeep/interop'
import type { PersonComparison } from '@chartkeep/interop/people'
import { expect, test } from 'vitest'

const ORIGINALS: Original[] = [
  { type: 'kept', record: 'r' },
  ...(['not-read', 'too-large', 'full', 'unreadable', 'cancelled', 'failed'] as const).map((type) => ({ type })),
]
const FILE: (Refusal | null)[] = [
  null,
  refusal('file', 'empty'),
  refusal('file', 'pdf'),
  refusal('file', 'damaged-archive'),
]
const ENDED = [null, 'stopped', 'full', 'failed'] as const
const COUNTS = ['added', 'unchanged', 'corrected', 'conflicts', 'notWritten', 'trashed', 'left'] as const

const NOTHING: ImportResult = {
  id: 'i',
  fileName: 'a.json',
  sizeBytes: 10,
  kind: 'fhir-json',
  added: 0,
  unchanged: 0,
  corrected: 0,
  conflicts: 0,
  notWritten: 0,
  trashed: 0,
  kept: 0,
  describesToo: false,
  others: [],
  otherPerson: 0,
  left: 0,
  ended: null,
  original: { type: 'kept', record: 'r' },
  refusals: [],
  fileRefusal: null,
  notices: [],
  skipped: [],
  inside: [],
}

/** Everything that can have come together, with two records for each count that is not 0. */
function* everything(): Generator<ImportResult> {
  for (let bits = 0; bits < 2 ** (COUNTS.length + 1); bits++) {
    const counts = Object.fromEntries(COUNTS.map((name, at) => [name, (bits >> at) % 2 === 1 ? 2 : 0]))
    const refusals = bits >> COUNTS.length === 1 ? [refusal('resource', 'syntax'), refusal('resource', 'syntax')] : []
    for (const original of ORIGINALS) {
      for (const fileRefusal of FILE) {
        for (const ended of ENDED) {
          for (const sizeBytes of [0, 10])
            yield { ...NOTHING, ...counts, refusals, original, fileRefusal, ended, sizeBytes }
        }
      }
    }
  }
}

test('C13: of all that can come together, a report is green only where everything is in, and says kept only of a kept file', () => {
  let seen = 0
  const heads = new Set<string>()
  const wrong: unknown[] = []
  for (const result of everything()) {
    const state = reportState(result)
    seen++
    heads.add(state.head)
    const { added, unchanged, corrected, conflicts, notWritten, trashed, left, refusals, original } = result
    const isIn = added + unchanged + corrected + conflicts
    const isOut = notWritten + trashed + left + refusals.length
    const isWhole = isIn > 0 && isOut === 0 && result.ended === null && result.fileRefusal === null
    const isKept = original.type === 'kept'
    const holds = [
      state.inChart === isIn && state.notIn === isOut,
      (state.tone === 'good') === isWhole,
      isIn === 0 || !['none', 'bare', 'empty', 'unread'].includes(state.head),
      state.head !== 'same' || added + corrected + conflicts === 0,
      state.isKept === isKept,
      state.mayKeep === (!isKept && original.type !== 'too-large' && result.sizeBytes > 0),
      state.mayUndo === added > 0,
    ]
    if (holds.includes(false)) wrong.push({ result, state, holds })
  }
  expect(wrong.slice(0, 3)).toEqual([])
  expect(seen).toBe(256 * 7 * 4 * 4 * 2)
  expect([...heads].toSorted()).toEqual(['all', 'bare', 'cut', 'empty', 'ended', 'none', 'part', 'same', 'unread'])
})

const CASES: [what: string, more: Partial<ImportResult>, head: string, tone: string][] = [
  ['all of it is new', { added: 3 }, 'all', 'good'],
  ['all of it was here', { unchanged: 3 }, 'same', 'good'],
  ['some could not be taken', { added: 3, refusals: [refusal('resource', 'syntax')] }, 'part', 'attention'],
  ['all of it was refused', { refusals: [refusal('resource', 'syntax')] }, 'none', 'attention'],
  ['all of it lies in the trash', { trashed: 3 }, 'none', 'attention'],
  ['a file without records', {}, 'bare', 'attention'],
  ['a file that says it has no records', { fileRefusal: refusal('file', 'no-records') }, 'bare', 'attention'],
  [
    'a search that was cut off',
    { added: 3, notices: [{ kind: 'more-pages', here: 3, total: 240 }] },
    'all',
    'attention',
  ],
  ['an empty file', { fileRefusal: refusal('file', 'empty') }, 'empty', 'danger'],
  ['a PDF', { fileRefusal: refusal('file', 'pdf') }, 'unread', 'danger'],
  ['an archive that breaks off', { added: 3, fileRefusal: refusal('file', 'damaged-archive') }, 'cut', 'attention'],
  ['stopped before the first record', { left: 9, ended: 'stopped' }, 'ended', 'attention'],
  ['a full disk', { added: 3, left: 9, ended: 'full' }, 'ended', 'attention'],
  ['written whole, and the log was full', { added: 3, ended: 'full' }, 'ended', 'attention'],
]

test.each(CASES)('C13: the report of an import: %s', (_what, more, head, tone) => {
  expect(reportState({ ...NOTHING, ...more })).toMatchObject({ head, tone })
})

test('C13: in both languages only one sentence says that the file is kept', () => {
  for (const [texts, isKept] of [
    [en, /\bis kept\b/u],
    [zh, /已保留/u],
  ] as const) {
    const said = Object.entries(texts.import.original).filter(([, text]) => isKept.test(text))
    expect(said.map(([type]) => type)).toEqual(['kept'])
  }
})

const compared = (more: Partial<PersonComparison>): PersonComparison => ({
  verdict: 'unsure',
  name: 'same',
  birthDate: 'none',
  sex: 'none',
  number: 'none',
  ...more,
})

test('C14: a press is enough only where the person agrees, or the name does and nothing speaks against it', () => {
  expect(whoseQuestion(compared({ verdict: 'same', birthDate: 'same' }))).toBe('agrees')
  expect(whoseQuestion(compared({}))).toBe('likely')
  expect(whoseQuestion(compared({ birthDate: 'year' }))).toBe('likely')
  for (const more of [
    { name: 'alike' },
    { name: 'script', birthDate: 'same' },
    { name: 'none', birthDate: 'same' },
    { sex: 'differs' },
    { number: 'differs' },
    { number: 'same', birthDate: 'differs' },
  ] as const)
    expect(whoseQuestion(compared(more))).toBe('doubt')
  expect(whoseQuestion(compared({ verdict: 'different' }))).toBe('different')
  expect(whoseQuestion(compared({ verdict: 'nothing', name: 'none' }))).toBe('nothing')
})
