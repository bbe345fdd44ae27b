/** A1: what the audit log says of a record that was put away, brought back or marked, in words. */
import { reportSentence } from '@chartkeep/app/src/features/who/sentences.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import type { AuditLine } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const line = (action: string): AuditLine => ({
  id: 'a',
  at: 0,
  author: { account: 'a', device: 'd', member: '', name: 'Ann', me: false, roles: [] },
  action,
  collection: 'medications',
  subject: 'Aspirin',
  records: [],
  count: 0,
  confirmed: true,
  state: 'proved',
  unnoted: false,
  program: null,
})

const EN = [
  ['trashed', 'Ann deleted Aspirin from Medicines'],
  ['restored', 'Ann restored Aspirin to Medicines'],
  ['marked-error', 'Ann marked Aspirin in Medicines as an error'],
  ['made-private', 'Ann made Aspirin private: it’s now in Medicines'],
  ['made-shared', 'Ann made Aspirin no longer private: it’s now in Medicines'],
] as const

test('A1: "Who saw what" names the trash, the private list and the mark as an error, in both languages, and never says only "changed"', () => {
  for (const language of LANGUAGES) {
    const { t } = startLanguages(language)
    const said = EN.map(([action]) => reportSentence(line(action), 'Ann', t))
    if (language === 'en') expect(said).toEqual(EN.map(([, sentence]) => sentence))
    const changed = reportSentence(line('changed'), 'Ann', t)
    expect(new Set([...said, changed]).size).toBe(EN.length + 1)
    const unknown = EN.map(([what]) => t('audit.did.other', { who: 'Ann', what }))
    for (const sentence of said) expect(unknown, language).not.toContain(sentence)
  }
})

test('W22: "Who saw what" says which program read how many records of which list, and that a gateway was interrupted', () => {
  const read = (action: string, complete: boolean): AuditLine => ({
    ...line(action),
    count: 2,
    program: {
      client: 'c',
      name: 'Lab viewer',
      complete,
      lists: [{ collection: 'medications', requests: 3, docs: ['a', 'b'] }],
    },
  })
  const lines = [read('program-reading', true), read('program-read', true), read('program-read', false)]
  for (const language of LANGUAGES) {
    const { t } = startLanguages(language)
    const said = lines.map((each) => reportSentence(each, 'Home computer', t))
    if (language === 'en')
      expect(said).toEqual([
        'Lab viewer, a program of Home computer, began to read Medicines',
        'Lab viewer, a program of Home computer, read 2 entries in Medicines',
        'Lab viewer, a program of Home computer, read at least 2 entries in Medicines. Its gateway was interrupted before it could report all',
      ])
    for (const each of said) expect(each, language).toContain('Lab viewer')
    expect(new Set(said).size).toBe(3)
  }
})
