/** Windows of what a program reads, with a virtual clock: entries, ids and ends. */
import { MOST_IDS, Windows, type WindowOwner } from '@chartkeep/gateway/src/access/windows.ts'
import { afterEach, expect, test } from 'vitest'

type Note = Parameters<ConstructorParameters<typeof Windows>[2]>

const owner: WindowOwner = { client: 'c', name: 'Reader', chart: 'k', grant: 'g' }
const doc = (n: number) => String(n).padStart(22, 'A')
const running: Windows[] = []
afterEach(() => {
  for (const windows of running.splice(0)) windows.forget()
})

function begin() {
  const clock = { at: Date.UTC(2026, 10, 25, 8) }
  const rows = new Map<string, string>()
  const notes: Note[] = []
  const disk = { takes: true }
  const shelf = {
    get: (key: string) => rows.get(key) ?? null,
    entries: (prefix: string) => [...rows].filter(([key]) => key.startsWith(prefix)),
    commit: async (changes: readonly (readonly [string, string | null])[]) => {
      for (const [key, value] of changes) {
        if (value === null) rows.delete(key)
        else rows.set(key, value)
      }
    },
  }
  const start = () => {
    const windows = new Windows(shelf, { now: () => clock.at, steady: () => clock.at }, async (...note) => {
      if (disk.takes) notes.push(note)
      return disk.takes
    })
    running.push(windows)
    return windows
  }
  return { clock, rows, notes, disk, windows: start(), start }
}

/** What the entries of a kind say was read, in order. */
const idsOf = (notes: readonly Note[]) =>
  notes.flatMap(([, action, { lists }]) => (action === 'program-read' ? lists.flatMap(({ docs }) => docs) : []))

test('W22: 10,000 reads of one list are one opening and three closings, with the id of every record once', async () => {
  const { windows, notes } = begin()
  for (let n = 0; n < 10_000; n++) {
    if (!(await windows.touch(owner, ['labs']))) throw new Error('not noted')
    windows.read(owner, [{ collection: 'labs', doc: doc(n) }])
    windows.read(owner, [{ collection: 'labs', doc: doc(n) }])
  }
  await windows.stop()
  expect(notes.map(([, action]) => action)).toEqual(['program-reading', ...Array(3).fill('program-read')])
  expect(idsOf(notes)).toEqual(Array.from({ length: 10_000 }, (_, n) => doc(n)))
  const read = notes.slice(1).flatMap(([, , { lists }]) => lists)
  expect(read.map(({ docs }) => docs.length)).toEqual([MOST_IDS, MOST_IDS, 10_000 - 2 * MOST_IDS])
  expect(read.reduce((sum, { requests }) => sum + requests, 0)).toBe(10_000)
})

test('W20: a window ends after two quiet minutes, the first of a day after 15 and a later one after 60', async () => {
  const { windows, notes, clock } = begin()
  const readFor = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      await windows.touch(owner, ['labs'])
      clock.at += 60_000
      await windows.tick()
    }
  }
  const openings = () => notes.filter(([, action]) => action === 'program-reading').length
  await readFor(15)
  expect(openings()).toBe(1)
  await readFor(60)
  expect(openings()).toBe(2)
  await readFor(1)
  expect(openings()).toBe(3)
  clock.at += 2 * 60_000
  await windows.tick()
  expect(windows.open()).toEqual([])
  expect(notes.filter(([, action]) => action === 'program-read')).toHaveLength(3)
})

test('W21: a list gets its own entry before its first answer, also for requests at one time; where none can be written the answer is no', async () => {
  const { windows, notes, disk } = begin()
  await Promise.all(Array.from({ length: 20 }, (_, n) => windows.touch(owner, [n % 2 === 0 ? 'labs' : 'vitals'])))
  expect(notes.flatMap(([, , { lists }]) => lists.map(({ collection }) => collection))).toEqual(['labs', 'vitals'])
  disk.takes = false
  expect(await windows.touch(owner, ['labs'])).toBe(true)
  expect(await windows.touch(owner, ['notes'])).toBe(false)
  disk.takes = true
  expect(await windows.touch(owner, ['notes'])).toBe(true)
})

test('W24: after a crash at any moment the next start names what was kept, every id that went out more than five seconds before', async () => {
  for (let seed = 0; seed < 200; seed++) {
    const { windows, notes, clock, start } = begin()
    const sent: { at: number; doc: string }[] = []
    const steps = 1 + ((seed * 7919) % 40)
    for (let n = 0; n < steps; n++) {
      await windows.touch(owner, ['labs'])
      windows.read(owner, [{ collection: 'labs', doc: doc(n) }])
      sent.push({ at: clock.at, doc: doc(n) })
      clock.at += 700
      await windows.tick()
    }
    windows.forget()
    await start().closeLeft()
    const told = new Set(idsOf(notes))
    const must = sent.filter(({ at }) => at <= clock.at - 5_700).map((each) => each.doc)
    expect(
      must.filter((each) => !told.has(each)),
      `seed ${seed}`,
    ).toEqual([])
    expect(notes[0]![1]).toBe('program-reading')
    for (const [, action, { complete }] of notes) expect(complete).toBe(action === 'program-reading')
  }
})
