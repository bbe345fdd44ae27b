import {
  importIdOf,
  importSourceOf,
  importSourceOver,
  importSourceText,
  newSignatureRecord,
  recordReference,
  stringifyJson,
  undoneSource,
  undoPlan,
  type UndoRecord,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'

const A = 'a'.repeat(22)
const B = 'b'.repeat(22)
const FROM_A = importSourceText(A, 'export: of 2026.json')

test('C14: an import source tells its import, its file, and what became of the record since', () => {
  expect(importIdOf('Zm9v'.repeat(10) + 'Zm8')).toHaveLength(22)
  expect(importSourceOf(FROM_A)).toEqual({ id: A, over: '', name: 'export: of 2026.json', state: 'imported' })
  expect(importSourceOf(`edited:${FROM_A}`)).toMatchObject({ id: A, state: 'edited' })
  expect(importSourceOf(undoneSource(FROM_A))).toMatchObject({ id: A, state: 'undone' })
  expect(importSourceOf(`edited:${undoneSource(FROM_A)}`)).toMatchObject({ id: A, state: 'edited' })
})

test('C14: no name of a file passes for what it is not', () => {
  const late = `late:${A}:envelope`
  for (const name of [late, `edited:${late}`, 'edited:x', 'undone:x', `import:${B}::x`, 'two\nlines']) {
    expect(importSourceOf(importSourceText(A, name))).toEqual({ id: A, over: '', name, state: 'imported' })
  }
  for (const text of ['', 'export.json', late, `edited:${late}`, 'import::x', `import:${A}:x`])
    expect(importSourceOf(text)).toBeNull()
})

test('C14: an import that writes over a record says of which import that was', () => {
  const from = (before: string) => importSourceOf(importSourceOver(importSourceText(B, 'b.json'), before))
  expect(from(FROM_A)).toMatchObject({ id: B, over: A, name: 'b.json' })
  expect(from('')).toMatchObject({ id: B, over: '-' })
  expect(from('old.json')).toMatchObject({ id: B, over: '-' })
  // What was taken back before was not there.
  expect(from(undoneSource(FROM_A))).toMatchObject({ id: B, over: '' })
  // Written over by the same import a second time.
  expect(from(importSourceText(B, 'b.json'))).toMatchObject({ id: B, over: '' })
  expect(from(importSourceOver(importSourceText(B, 'b.json'), FROM_A))).toMatchObject({ id: B, over: A })
})

function record(id: string, importSource: string, resource: object = {}, more: Partial<UndoRecord> = {}): UndoRecord {
  const text = JSON.stringify({ resourceType: 'Observation', id: `own-${id}`, ...resource })
  return { id, doc: `doc-${id}`, importSource, resource: text, status: 'active', conflict: false, ...more }
}

/** The plan for the import A: ids that go, and why the others stay. */
function planned(...records: UndoRecord[]): { goes: string[]; stays: Record<string, string> } {
  const { goes, stays } = undoPlan(records, A)
  return {
    goes: goes.map(({ id }) => id).toSorted(),
    stays: Object.fromEntries(stays.map(({ record: { id }, why }) => [id, why])),
  }
}

test('C14: what an import brought goes, and nothing else', () => {
  expect(
    planned(record('1', FROM_A), record('2', importSourceText(B, 'b.json')), record('3', ''), record('4', 'old.json')),
  ).toEqual({
    goes: ['1'],
    stays: {},
  })
})

test('C14: a record that was changed since stays, with the reason', () => {
  const newer = importSourceOver(importSourceText(B, 'b.json'), FROM_A)
  const before = importSourceOver(FROM_A, importSourceText(B, 'b.json'))
  expect(
    planned(
      record('1', FROM_A),
      record('2', `edited:${FROM_A}`),
      record('3', newer),
      record('4', before),
      record('5', FROM_A, {}, { conflict: true }),
      record('6', `edited:${newer}`),
    ),
  ).toEqual({ goes: ['1'], stays: { 2: 'edited', 3: 'updated', 4: 'before', 5: 'conflict', 6: 'updated' } })
})

test('C14: what is in the trash is in neither list, whoever put it there', () => {
  expect(
    planned(
      record('1', undoneSource(FROM_A), {}, { status: 'trash' }),
      record('2', `edited:${FROM_A}`, {}, { status: 'trash' }),
      record('3', FROM_A),
    ),
  ).toEqual({ goes: ['3'], stays: {} })
})

test('C14: a record to which another one refers stays, and what that one refers to, too', () => {
  const dose = { resourceType: 'MedicationAdministration', request: { reference: 'MedicationRequest/own-m' } }
  expect(
    planned(
      record('m', FROM_A, { resourceType: 'MedicationRequest', encounter: { reference: 'Encounter/own-e' } }),
      record('e', FROM_A, { resourceType: 'Encounter', location: [{ location: { reference: 'Location/own-l' } }] }),
      record('l', FROM_A, { resourceType: 'Location' }),
      record('x', FROM_A),
      record('dose', '', dose),
    ),
  ).toEqual({ goes: ['x'], stays: { m: 'linked', e: 'linked', l: 'linked' } })
})

test('C14: references by urn:uuid, by the id of this app and by identifier hold a record as well', () => {
  const uuid = '0b2f7c1e-1111-4222-8333-444455556666'
  expect(
    planned(
      record('1', FROM_A, { id: uuid }),
      record('2', FROM_A, { id: undefined }),
      record('3', FROM_A),
      record('4', FROM_A),
      record('a', '', { derivedFrom: [{ reference: `urn:uuid:${uuid}` }] }),
      record('b', '', { resourceType: 'DocumentReference', context: { related: [{ reference: 'Observation/2' }] } }),
      record('c', '', { resourceType: 'Communication', about: [recordReference('doc-3', 'Observation')] }),
    ),
  ).toEqual({ goes: ['4'], stays: { 1: 'linked', 2: 'linked', 3: 'linked' } })
})

test('C14: whose a record is holds no description of the person', () => {
  const about = { subject: { reference: 'Patient/own-p' } }
  expect(
    planned(
      record('p', FROM_A, { resourceType: 'Patient' }),
      record('1', FROM_A, about),
      record('2', `edited:${FROM_A}`, about),
    ),
  ).toEqual({
    goes: ['1', 'p'],
    stays: { 2: 'edited' },
  })
})

test('C14: records of the import that refer to each other hold nothing', () => {
  const report = { resourceType: 'DiagnosticReport', result: [{ reference: 'Observation/own-2' }] }
  expect(planned(record('1', FROM_A, report), record('2', FROM_A))).toEqual({ goes: ['1', '2'], stays: {} })
})

test('C14: a signed record stays', () => {
  const signature = stringifyJson(
    newSignatureRecord({
      record: 'doc-1',
      revision: 'r1',
      type: 'Observation',
      meaning: 'review',
      at: 0,
      who: recordReference('x', 'Practitioner'),
      data: 'AA==',
    }),
  )
  expect(planned(record('1', FROM_A), record('2', FROM_A), { ...record('s', ''), resource: signature })).toEqual({
    goes: ['2'],
    stays: { 1: 'signed' },
  })
})
