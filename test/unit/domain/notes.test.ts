/** Visits and notes (N6, N7): what their records say, what a closed visit takes, the state of a note, how versions are compared. */
import {
  appendedTo,
  cancelledVisit,
  changedNote,
  changedVisit,
  chartReference,
  checkResource,
  closedVisit,
  collectionOf,
  compareLines,
  EMPTY_NOTE,
  isBlankNote,
  isJsonObject,
  meaningFor,
  type PracticeRole,
  newAddendum,
  newNote,
  newSignRequest,
  newVisit,
  noteForm,
  noteStateOf,
  parseJsonOrNull,
  readSections,
  requestsOf,
  settledRequest,
  signRequestOf,
  stringifyJson,
  takesMore,
  visitContents,
  visitEnd,
  visitForm,
  visitStateOf,
  waitsForMember,
  type JsonObject,
  type NoteForm,
  type NoteSignature,
  type SignRequest,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'

const person = chartReference('chart-of-mei', 'Chen Mei') as unknown as JsonObject
const lin = { id: 'm-lin', name: 'Lin Wei' }
const wu = { id: 'm-wu', name: 'Wu An' }
const AT = '2026-11-21T09:00:00Z'
const written = (resource: JsonObject): JsonObject => {
  const read = parseJsonOrNull(stringifyJson(resource))
  if (!isJsonObject(read)) throw new Error('no object')
  return read
}

const VISIT = {
  number: '2026-77',
  kind: 'AMB',
  department: 'Cardiology',
  attending: lin,
  start: AT,
  end: '',
  reason: 'Chest pain',
} as const
const visit = written(newVisit(VISIT, person))
const form: NoteForm = {
  ...EMPTY_NOTE,
  title: 'First visit',
  sections: { subjective: 'Pain <3 days\n\n& "worse" at night', objective: 'BP 128/82', assessment: '', plan: 'Rest' },
}
const context = { person, visit: 'v1', author: wu, at: AT }
const note = written(newNote(form, context, 'final'))

test('N6: a visit is written and read back in each of its kinds, and is open until it is closed or cancelled', () => {
  expect(checkResource(visit)).toEqual([])
  expect(collectionOf(visit)).toBe('encounters')
  for (const kind of ['AMB', 'IMP', 'EMER', 'VR'] as const) {
    const changed = written(changedVisit(visit, { ...VISIT, kind, attending: wu }))
    expect(visitForm(changed)).toEqual({ ...VISIT, kind, attending: wu })
    expect([visitStateOf(changed), takesMore(changed)]).toEqual(['open', true])
  }
  const cancelled = written(cancelledVisit(visit, 'Patient did not come', lin, AT))
  expect(checkResource(cancelled)).toEqual([])
  expect([visitStateOf(cancelled), takesMore(cancelled)]).toEqual(['cancelled', false])
  expect(visitEnd(cancelled)).toEqual({ by: lin, at: AT, reason: 'Patient did not come' })
  expect(checkResource(written(newVisit({ ...VISIT, start: '' }, person))).map(({ key }) => key)).toContain('required')
})

test('N6: "forms added to a locked encounter": a closed visit takes nothing, and what comes later is shown apart whenever it was written', () => {
  const record = (doc: string, revision = 'r1', resource: JsonObject = note) => ({ doc, revision, resource })
  const parts = [
    { record: 'n1', revision: 'r1', type: 'Composition' },
    { record: 'n2', revision: 'r1', type: 'Composition' },
  ]
  const closed = written(closedVisit(visit, parts, lin, AT))
  expect(checkResource(closed)).toEqual([])
  expect([visitStateOf(closed), takesMore(closed)]).toEqual(['closed', false])
  // Written offline against the open visit, arrived after it was closed; its clock may say anything.
  const offline = record('n3', 'r9', written(newNote(form, { ...context, at: '2020-01-01T00:00:00Z' }, 'final')))
  const other = record('n4', 'r1', written(newNote(form, { ...context, visit: 'v2' }, 'final')))
  const addendum = record(
    'n5',
    'r1',
    written(newAddendum({ doc: 'n1', resource: note }, 'More', { author: lin, at: AT })),
  )
  const all = [record('n1'), record('n2', 'r2'), offline, other, addendum]
  const docs = (found: { doc: string }[]) => found.map(({ doc }) => doc)
  const shown = visitContents({ doc: 'v1', resource: closed }, all)
  expect([docs(shown.inside), docs(shown.later), docs(shown.changed)]).toEqual([['n1'], ['n3'], ['n2']])
  const open = visitContents({ doc: 'v1', resource: visit }, all)
  expect([docs(open.inside), docs(open.later)]).toEqual([['n1', 'n2', 'n3'], []])
  const empty = visitContents({ doc: 'v1', resource: closedVisit(visit, [], lin, AT) }, all)
  expect([docs(empty.inside), docs(empty.later)]).toEqual([[], ['n1', 'n2', 'n3']])
})

test('N7: a note keeps its four sections letter for letter, and a new version says what changed and who wrote', () => {
  expect(checkResource(note)).toEqual([])
  expect(collectionOf(note)).toBe('notes')
  expect(noteForm(note)).toEqual(form)
  expect(readSections(note).map(({ name }) => name)).toEqual(['subjective', 'objective', 'plan'])
  const next = { ...form, sections: { ...form.sections, plan: 'Rest\nCome back' }, change: 'Added the next visit' }
  const second = written(changedNote(note, next, { author: lin, at: AT }, 'amended'))
  expect(noteForm(second)).toEqual(next)
  expect(JSON.stringify(second['author'])).toMatch(/Wu An.*Lin Wei/u)
  expect(noteForm(written(changedNote(second, form, { author: lin, at: AT }, 'amended'))).change).toBe('')
  const addendum = written(newAddendum({ doc: 'n1', resource: note }, 'One more thing', { author: lin, at: AT }))
  expect(checkResource(addendum)).toEqual([])
  expect([appendedTo(addendum), appendedTo(note)]).toEqual(['n1', ''])
  expect(readSections(addendum)).toEqual([{ name: null, title: 'Addendum', text: 'One more thing' }])
})

test('N7: "blank form shown as completed": a note without a word is blank, whatever its title and status say', () => {
  const blank = written(newNote({ ...form, sections: { ...EMPTY_NOTE.sections, plan: ' \n ' } }, context, 'final'))
  expect(isBlankNote(noteForm(blank))).toBe(true)
  expect(readSections(blank)).toEqual([])
  expect(isBlankNote(form)).toBe(false)
})

test('N7: "note shows another visit’s text": a note names its visit, and no visit shows another one’s', () => {
  const second = written(newNote({ ...form, title: 'Second' }, { ...context, visit: 'v2' }, 'final'))
  const all = [
    { doc: 'n1', revision: 'r', resource: note },
    { doc: 'n2', revision: 'r', resource: second },
  ]
  expect(visitContents({ doc: 'v1', resource: visit }, all).inside.map(({ doc }) => doc)).toEqual(['n1'])
  expect(visitContents({ doc: 'v2', resource: visit }, all).inside.map(({ doc }) => doc)).toEqual(['n2'])
})

const signature = (change: Partial<NoteSignature> = {}): NoteSignature => ({
  record: 'n1',
  revision: 'r1',
  meaning: 'author',
  comment: '',
  state: { type: 'holds' },
  who: { member: lin.id, name: lin.name, roles: ['physician'] },
  at: Date.parse(AT) + 1000,
  ...change,
})
const request = (change: Partial<Parameters<typeof newSignRequest>[0]> = {}): SignRequest => {
  const task = newSignRequest({
    note: 'n1',
    revision: 'r1',
    person,
    by: wu,
    signer: lin,
    role: 'physician',
    meaning: 'author',
    at: AT,
    due: '2026-11-25',
    message: 'Please',
    ...change,
  })
  expect(checkResource(task)).toEqual([])
  expect(collectionOf(written(task))).toBe('notes')
  return signRequestOf(written(task))!
}

test('N7: the state of a note follows from its signatures and requests: draft, under review, signed, amended, broken', () => {
  const at = { doc: 'n1', revision: 'r1', status: 'final' }
  const [author, second] = [request(), request({ signer: null, role: 'nurse', meaning: 'co-sign' })]
  const nurse = signature({ meaning: 'co-sign', who: { member: wu.id, name: wu.name, roles: ['nurse'] } })
  expect(noteStateOf({ ...at, status: 'preliminary' }, [], [])).toBe('draft')
  expect(noteStateOf(at, [], [])).toBe('written')
  expect(noteStateOf(at, [author, second], [])).toBe('under-review')
  expect(noteStateOf(at, [author, second], [signature()])).toBe('under-review')
  expect(noteStateOf(at, [author, second], [signature(), nurse])).toBe('signed')
  expect(noteStateOf(at, [], [signature()])).toBe('signed')
  expect(noteStateOf(at, [], [signature({ record: 'other' })])).toBe('written')
  expect(noteStateOf(at, [], [signature({ meaning: 'review' })])).toBe('written')
  expect(noteStateOf(at, [], [signature({ state: { type: 'waiting' } })])).toBe('written')
  expect(noteStateOf(at, [author], [signature(), nurse, signature({ state: { type: 'broken' } })])).toBe('broken')
  const next = { ...at, revision: 'r2', status: 'amended' }
  expect(noteStateOf(next, [author], [signature()])).toBe('written')
  expect(noteStateOf(next, [author], [signature(), signature({ revision: 'r2' })])).toBe('amended')
})

test('N7: a request waits for its signer or for whoever has the role, is answered by a signature or a decline, and goes out of date with its version', () => {
  const at = { doc: 'n1', revision: 'r1' }
  const states = (...args: Parameters<typeof requestsOf>) => requestsOf(...args).map(({ state }) => state)
  expect(states(at, [request()], [])).toEqual(['waiting'])
  expect(states(at, [request()], [signature({ who: { member: wu.id, name: '', roles: ['nurse'] } })])).toEqual([
    'waiting',
  ])
  expect(states(at, [request()], [signature({ meaning: 'review' })])).toEqual(['waiting'])
  const no = signature({ meaning: 'decline', comment: 'Dose is missing' })
  const later = { ...no, at: no.at + 60_000 }
  expect(states(at, [request(), request({ at: '2026-11-21T09:00:30Z' })], [signature(), later])).toEqual([
    'signed',
    'declined',
  ])
  expect(requestsOf(at, [request()], [no])).toMatchObject([
    { state: 'declined', answer: { comment: 'Dose is missing' } },
  ])
  expect(states({ ...at, revision: 'r2' }, [request()], [])).toEqual(['outdated'])
  expect(states(at, [request({ at: '2026-12-24T00:00:00Z' })], [signature()])).toEqual(['waiting']) // asked again later
  const task = newSignRequest({
    note: 'n1',
    revision: 'r1',
    person,
    by: wu,
    signer: lin,
    role: 'physician',
    meaning: 'review',
    at: AT,
    due: '',
    message: '',
  })
  const back = signRequestOf(written(settledRequest(task, 'cancelled', AT, wu)))!
  expect([back.signer, back.message, back.due]).toEqual([lin, '', ''])
  expect(states(at, [back], [])).toEqual(['cancelled'])

  const forRole = request({ signer: null, role: 'nurse', due: '2026-11-22' })
  const judged = requestsOf(at, [request({ due: '' }), request(), forRole], [])
  expect(
    waitsForMember(judged, { id: lin.id, roles: ['physician', 'nurse'] }).map(({ request: { due } }) => due),
  ).toEqual(['2026-11-22', '2026-11-25', ''])
  expect(waitsForMember(judged, { id: wu.id, roles: ['scribe'] })).toEqual([])
  const second = (role: PracticeRole) => meaningFor([signature()], 'r1', null, [role])
  expect(meaningFor([], 'r1', null, ['nurse'])).toBe('author')
  expect(meaningFor([], 'r1', 'review', ['physician'])).toBe('review')
  // Who may not co-sign signs next to another as having read it.
  expect([second('physician'), second('nurse')]).toEqual(['co-sign', 'review'])
})

test('N7: two versions are compared line by line', () => {
  const lines = compareLines('a\nb\nc', 'a\nx\nc\nd').map(({ kind, text }) => `${kind} ${text}`)
  expect(lines).toEqual(['same a', 'removed b', 'added x', 'same c', 'added d'])
  expect(compareLines('', '')).toEqual([])
  expect(compareLines('', 'a')).toEqual([{ kind: 'added', text: 'a' }])
  const long = Array.from({ length: 2001 }, (_, at) => String(at)).join('\n')
  expect(compareLines(long, 'a').at(-1)).toEqual({ kind: 'added', text: 'a' })
})
