/** What every door of files keeps to (packages/interop/src/contract/door.ts), tried with samples of each kind. */
import { describe as group, expect, test } from 'vitest'
import { doorOf, fileKindOf, OPENED_KINDS, readForImport, sourceOf, type ImportEvent } from '@chartkeep/interop'
import { DOOR_SAMPLES, type DoorSample } from '../support/door-samples.ts'

/** Cuts of a sample, and changes of one byte: with the same seed the same ones. */
const CUTS = 150
const CHANGES = 400

async function eventsOf({ kind, name }: DoorSample, bytes: Uint8Array, signal?: AbortSignal): Promise<ImportEvent[]> {
  const door = await doorOf(kind)
  const input = { source: sourceOf(bytes), name, path: '', kind, siblings: [] }
  const events: ImportEvent[] = []
  for await (const event of door.read(input, signal === undefined ? {} : { signal })) events.push(event)
  return events
}

/** What must hold for the events of any bytes. */
function check(events: readonly ImportEvent[], of: string): void {
  const ends = events.filter((event) => event.type === 'done')
  expect(ends, of).toHaveLength(1)
  expect(events.at(-1), of).toBe(ends[0])
  const { outcome, counts } = ends[0]!
  expect(counts.taken + counts.skipped + counts.refused, of).toBe(counts.found)
  const count = (type: ImportEvent['type']) => events.filter((event) => event.type === type).length
  expect(counts.resources, of).toBe(count('resource'))
  expect(counts.skipped, of).toBe(count('skipped'))
  expect(counts.refused, of).toBe(count('refused'))
  if (outcome === 'read') expect(counts.resources, of).toBeGreaterThan(0)
  if (outcome === 'refused') expect(count('refused') + count('skipped') + count('notice'), of).toBeGreaterThan(0)
  const names = events.flatMap((event) => (event.type === 'resource' ? [event.item.identity] : []))
  expect(new Set(names).size, of).toBe(names.length)
}

test('there is a sample of every kind that a door opens', () => {
  const kinds = new Set(DOOR_SAMPLES.map(({ kind }) => kind))
  expect(OPENED_KINDS.filter((kind) => !kinds.has(kind))).toEqual([])
})

for (const sample of DOOR_SAMPLES) {
  group(`${sample.kind}: ${sample.name}`, () => {
    const { bytes, name, kind } = sample

    test('its kind is told by its bytes, under any name', async () => {
      expect(await fileKindOf(sourceOf(bytes))).toBe(kind)
    })

    test('everything found is taken, skipped or refused, and the bytes are counted to the end', async () => {
      const events = await eventsOf(sample, bytes)
      check(events, name)
      const done = events.at(-1)
      expect(done?.type === 'done' && done.outcome).toBe('read')
      const progress = events.filter((event) => event.type === 'progress').at(-1)
      expect(progress).toEqual({ type: 'progress', bytesRead: bytes.length, totalBytes: bytes.length })
    })

    test('two runs give the same events', async () => {
      expect(await eventsOf(sample, bytes)).toEqual(await eventsOf(sample, bytes))
    })

    test('cancelled before it begins it ends at once and gives nothing', async () => {
      const events = await eventsOf(sample, bytes, AbortSignal.abort())
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({ type: 'done', outcome: 'cancelled' })
      expect(await readForImport(sourceOf(bytes), name, { signal: AbortSignal.abort() })).toBeNull()
    })

    test('a file that fails on the way is refused as unreadable', async () => {
      const source = {
        size: bytes.length,
        async *stream() {
          yield bytes.subarray(0, bytes.length / 2)
          throw new Error('the disk is gone')
        },
      }
      const door = await doorOf(kind)
      const events: ImportEvent[] = []
      for await (const event of door.read({ source, name, path: '', kind, siblings: [] }, {})) events.push(event)
      expect(events.filter((event) => event.type === 'refused').map(({ reason }) => reason)).toContain('unreadable')
      expect(events.at(-1)).toMatchObject({ type: 'done' })
    })

    test('no cut of it and no changed byte makes it throw, and the sums hold', { timeout: 240_000 }, async () => {
      for (let cut = 0; cut < CUTS; cut++) {
        const end = Math.floor((bytes.length * cut) / CUTS)
        check(await eventsOf(sample, bytes.subarray(0, end)), `cut at ${end}`)
      }
      let state = 34
      const next = (below: number) => (state = (state * 1103515245 + 12345) % 2147483648) % below
      for (let change = 0; change < CHANGES; change++) {
        const spoiled = Uint8Array.from(bytes)
        const at = next(bytes.length)
        spoiled[at] = next(256)
        check(await eventsOf(sample, spoiled), `byte ${at} as ${spoiled[at]}`)
      }
    })
  })
}
