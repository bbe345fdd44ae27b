/** A form's draft: written after a quiet time, and never again once its text was saved. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDraftWork, draftPlace } from '@chartkeep/app/src/app/drafts/draft-work.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A disk that takes `ms` for each write; `written` is what it got, in order. */
function slowDisk(ms: number) {
  const written: (string | null)[] = []
  let value: string | null = null
  return {
    written,
    read: () => value,
    async write(text: string | null) {
      await new Promise((resolve) => setTimeout(resolve, ms))
      value = text
      written.push(text)
    },
  }
}
const asText = (text: string) => text

test('Drafts: what was typed within the quiet time is one write, the last of it', async () => {
  const disk = slowDisk(0)
  const work = createDraftWork(disk, asText, 1_000)
  work.keep('i')
  work.keep('influenza')
  await vi.advanceTimersByTimeAsync(999)
  expect(disk.written).toEqual([])
  await vi.advanceTimersByTimeAsync(2)
  expect(disk.written).toEqual(['influenza'])
})

test('Drafts: a draft on its way to the disk when the form is saved does not come back', async () => {
  const disk = slowDisk(500)
  const work = createDraftWork(disk, asText, 1_000)
  work.keep('influenza')
  await vi.advanceTimersByTimeAsync(1_100)
  const saved = work.end()
  await vi.advanceTimersByTimeAsync(2_000)
  await saved
  expect(disk.read()).toBeNull()
  expect(disk.written).toEqual(['influenza', null])
})

test('Drafts: a form that is saved keeps nothing more, one that was begun again does', async () => {
  const disk = slowDisk(0)
  const work = createDraftWork(disk, asText, 1_000)
  work.keep('one')
  const cleared = work.clear()
  await vi.advanceTimersByTimeAsync(0)
  await cleared
  work.keep('two')
  await vi.advanceTimersByTimeAsync(1_001)
  expect(disk.written).toEqual(['two'])
  const saved = work.end()
  await vi.advanceTimersByTimeAsync(0)
  await saved
  work.keep('three')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(disk.read()).toBeNull()
})

test('Drafts: a write that the disk refused does not stop the next', async () => {
  const disk = slowDisk(0)
  let refusals = 1
  const work = createDraftWork(
    {
      read: disk.read,
      write: (text) => (refusals-- > 0 ? Promise.reject(new Error('full')) : disk.write(text)),
    },
    asText,
    1_000,
  )
  work.keep('one')
  await expect(work.flush()).rejects.toThrow('full')
  work.keep('two')
  const flushed = work.flush()
  await vi.advanceTimersByTimeAsync(0)
  await flushed
  expect(disk.read()).toBe('two')
})

test('Drafts: a form that is opened again before the disk has what was typed finds it, and what the disk refused too', async () => {
  let goOn: (() => void)[] = []
  const kept = new Map<string, string | null>()
  let isFull = false
  const session = {
    setting: (key: string) => kept.get(key) ?? null,
    async setSetting(key: string, text: string | null) {
      await new Promise<void>((resolve) => goOn.push(resolve))
      if (isFull) throw new Error('quota')
      kept.set(key, text)
    },
  }
  const letGo = async () => {
    for (const each of goOn) each()
    goOn = []
    await Promise.resolve()
  }
  const first = draftPlace(session, 'draft.a')
  const writing = first.write('begun')
  expect([session.setting('draft.a'), draftPlace(session, 'draft.a').read()]).toEqual([null, 'begun'])
  expect([draftPlace(session, 'draft.b').read(), draftPlace({ ...session }, 'draft.a').read()]).toEqual([null, null])
  await letGo()
  await writing
  expect([kept.get('draft.a'), first.read()]).toEqual(['begun', 'begun'])
  isFull = true
  const refused = first.write('begun and more')
  await letGo()
  await expect(refused).rejects.toThrow('quota')
  expect([kept.get('draft.a'), draftPlace(session, 'draft.a').read()]).toEqual(['begun', 'begun and more'])
  isFull = false
  const gone = first.write(null)
  await letGo()
  await gone
  expect([kept.get('draft.a'), first.read()]).toEqual([null, null])
})
