/** What is unsent, what is sealed, and what survives: crashes at every commit, refusals of every kind, clocks of any kind (Y1, Y5, Y6). */
import { openBody, pad, sealBody } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, SYNC_ERRORS, type SyncErrorCode } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import {
  commitAndSeal,
  cutGrantNow,
  entryAt,
  entryTable,
  exclusive,
  headOf,
  pullControl,
  sealAhead,
  sealBatch,
  sealWhileAway,
  startPush,
  takePushAnswer,
  outboxOf,
  readEntry,
  rebuildEntry,
  prepareVersion,
  rowToPlaintext,
  rowValue,
  TABLE,
  waitingCount,
  type OutboxItem,
  type OutboxRow,
  type Prepared,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createAttackWorld,
  holds,
  honestStream,
  resourceOf,
  rowOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import type { CommitFate } from '../../support/memory-rows.ts'

type Ready = Extract<Prepared, { type: 'row' }>

let world: AttackWorld

beforeEach(async () => {
  world = await createAttackWorld()
})

afterEach(() => world.close())

/** Runs the task until it ends or the device dies in its commit number `at`; false when it never got that far. */
async function diesIn(device: Device, at: number, fate: CommitFate, task: () => Promise<unknown>): Promise<boolean> {
  let commits = 0
  let dead = false
  device.fate = () => {
    if (dead) return 'die-before'
    if (commits++ !== at) return 'write'
    dead = true
    return fate
  }
  await Promise.race([device.died, task().catch(() => {})])
  device.fate = () => 'write'
  await device.reopen()
  return dead
}

/** Every envelope that ever left, by stream and number: the same bytes each time. */
function distinctEnvelopes(device: Device): { count: number; isOneEach: boolean } {
  const byNumber = new Map<string, Set<string>>()
  for (const { header, body, proof } of device.server.pushed) {
    const { stream, deviceSeq } = decodeHeader(header)!
    const key = `${idText(stream)} ${deviceSeq}`
    const bytes = [header, body, proof.signature].map(idText).join(' ')
    byNumber.set(key, (byNumber.get(key) ?? new Set()).add(bytes))
  }
  return { count: byNumber.size, isOneEach: [...byNumber.values()].every((all) => all.size === 1) }
}

test.each(['die-before', 'die-after'] as const)(
  'Y6: after a crash (%s) in any commit of a sync, the very same envelope bytes are sent, and each record arrives once',
  async (fate) => {
    const { laptop, phone } = world
    const wanted: string[] = []
    let at = 0
    for (let crashed = true; crashed; at++) {
      wanted.push(`record ${at}`)
      await save(laptop, 'medications', `record ${at}`)
      await save(laptop, 'labs', `lab ${at}`)
      await save(phone, 'medications', `of the phone ${at}`)
      wanted.push(`of the phone ${at}`)
      expect(await phone.sync()).toEqual({ type: 'synced' })
      crashed = await diesIn(laptop, at, fate, () => laptop.sync())
      for (const text of wanted)
        if (text.startsWith('record')) expect(holds(laptop, resourceOf('medications', text))).toBe(true)
      expect(await laptop.sync()).toEqual({ type: 'synced' })
      expect(waitingCount(laptop.machine)).toBe(0)
      expect(distinctEnvelopes(laptop)).toEqual({ count: 2 * (at + 1), isOneEach: true })
    }
    expect(at).toBeGreaterThan(3)
    expect(await phone.sync()).toEqual({ type: 'synced' })
    for (const device of [laptop, phone]) expect(shown(device, 'medications')).toEqual(texts('medications', ...wanted))
    expect((await honestStream(world, world.stream('medications'))).length).toBe(wanted.length)
  },
  120_000,
)

test('Y6: an answer that is lost after the server stored, and a crash then, still give one record', async () => {
  const { laptop, phone } = world
  await save(laptop, 'medications', 'once')
  laptop.server.lies = {
    push: async (honest) => {
      await honest()
      return { type: 'offline' }
    },
  }
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  await laptop.reopen()
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'once'))
  expect((await honestStream(world, world.stream('medications'))).length).toBe(1)
})

test('Y6, Y2: a page whose commit fails leaves memory where the rows are, and is read again', async () => {
  const { laptop, phone } = world
  for (const text of ['one', 'two', 'three']) await save(phone, 'medications', text)
  await phone.sync()
  const stream = idText(world.stream('medications'))
  let full = true
  laptop.fate = () => (full ? 'refuse' : 'write')
  await expect(laptop.sync()).rejects.toThrow('quota')
  expect(laptop.machine.streams.get(stream)!.n).toBe(0)
  expect(laptop.machine.unsent.size).toBe(0)
  full = false
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'one', 'two', 'three'))
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
})

test('Y6: a full disk at every commit of a sync leaves a device that continues when there is room', async () => {
  const { laptop, phone } = world
  for (let at = 0; at < 12; at++) {
    await save(laptop, 'labs', `mine ${at}`)
    await save(phone, 'labs', `theirs ${at}`)
    await phone.sync()
    let commits = 0
    laptop.fate = () => (commits++ === at ? 'refuse' : 'write')
    await laptop.sync().catch((error: unknown) => expect(String(error)).toContain('quota'))
    laptop.fate = () => 'write'
    expect(await laptop.sync()).toEqual({ type: 'synced' })
  }
  await phone.sync()
  expect(shown(phone, 'labs')).toEqual(shown(laptop, 'labs'))
  expect(shown(phone, 'labs')).toHaveLength(24)
})

const TEN_YEARS = 3650 * 24 * 60 * 60_000

test.each([TEN_YEARS, -TEN_YEARS, Number.NEGATIVE_INFINITY])(
  'Y1: what is unsent is found without clocks: a clock that is off by %d milliseconds, stepped between edits and over a restart',
  async (offset) => {
    const { laptop, phone } = world
    await save(laptop, 'medications', 'first')
    await laptop.sync()
    laptop.clock.offset = Number.isFinite(offset) ? offset : -world.time.now
    const { id } = await save(laptop, 'medications', 'second')
    laptop.clock.offset = 0
    await save(laptop, 'medications', 'second, changed', id)
    laptop.clock.offset = Number.isFinite(offset) ? -offset : 0
    await laptop.reopen()
    expect([...laptop.machine.unsent]).toEqual([id])
    await save(laptop, 'medications', 'second, changed twice', id)
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    await phone.sync()
    expect(shown(phone, 'medications')).toEqual(texts('medications', 'first', 'second, changed twice'))
    // The other device's clocks were not taken along.
    const own = await save(phone, 'medications', 'of the phone')
    expect(Math.abs(Number(own.clock.split('.')[0]) - world.time.now)).toBeLessThanOrEqual(5 * 60_000)
  },
)

test('Y1: a restart finds exactly what the server is not known to hold: unsent, sealed and confirmed are told apart', async () => {
  const { laptop } = world
  await save(laptop, 'medications', 'confirmed')
  await laptop.sync()
  await save(laptop, 'medications', 'sealed')
  laptop.server.lies = { push: async () => ({ type: 'offline' }) }
  await laptop.sync()
  const { id } = await save(laptop, 'medications', 'unsent')
  await laptop.reopen()
  expect([...laptop.machine.unsent]).toEqual([id])
  expect(outboxOf(laptop.machine).map(({ row }) => row.resource)).toEqual([resourceOf('medications', 'sealed')])
  expect(waitingCount(laptop.machine)).toBe(2)
})

test('E6: a record goes into no list that every other device would not take it from, and nothing is written', async () => {
  const { laptop } = world
  const { id } = await save(laptop, 'medications', 'aspirin')
  const resource = resourceOf('allergies', 'peanut')
  for (const draft of [
    { collection: 'medications', resource },
    { collection: 'medications', resource, id },
    { collection: 'medications', resource: '{' },
  ])
    expect(() => prepareVersion(laptop.machine, draft)).toThrow('the list medications takes no such record')
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'aspirin'))
})

test('Y1, Y3: a version that lost and is next to the current one is not sealed again at each start', async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'medications', 'base')
  await laptop.sync()
  await phone.sync()
  await save(laptop, 'medications', 'of the laptop', id)
  await save(phone, 'medications', 'of the phone', id)
  await phone.sync()
  await laptop.sync()
  const { length } = await honestStream(world, world.stream('medications'))
  for (let i = 0; i < 3; i++) {
    await laptop.reopen()
    expect(laptop.machine.unsent.size).toBe(0)
    expect(await laptop.sync()).toEqual({ type: 'synced' })
  }
  expect((await honestStream(world, world.stream('medications'))).length).toBe(length)
})

const CODES = Object.keys(SYNC_ERRORS) as SyncErrorCode[]

test.each(CODES)(
  'Y5: a server that answers everything with %s deletes nothing here, and work continues afterwards',
  async (error) => {
    const { laptop, phone } = world
    await save(laptop, 'medications', 'confirmed')
    await laptop.sync()
    await save(laptop, 'medications', 'unsent')
    await save(laptop, 'labs', 'also unsent')
    const before = laptop.rows.all().map(({ id, revision }) => `${id} ${revision}`)
    laptop.server.lies = { everything: () => ({ type: 'error', error }) }
    expect(await laptop.sync()).toEqual({ type: 'error', error })
    expect(laptop.rows.all().map(({ id, revision }) => `${id} ${revision}`)).toEqual(before)
    await save(laptop, 'medications', 'written meanwhile')
    await laptop.reopen()
    laptop.server.lies = {}
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    await phone.sync()
    expect(shown(phone, 'medications')).toEqual(texts('medications', 'confirmed', 'unsent', 'written meanwhile'))
  },
)

test("S9, E2: every current body can be rebuilt byte for byte from the rows, own ones and others', after edits and a restart", async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'medications', 'one')
  await save(phone, 'medications', 'two')
  await laptop.sync()
  await phone.sync()
  await laptop.sync()
  await save(laptop, 'medications', 'one, changed', id)
  await save(laptop, 'medications', 'two, changed', rowOf(laptop, '"two"').id)
  await laptop.sync()
  await phone.sync()
  for (const device of [laptop, phone]) {
    await device.reopen()
    expect(device.rows.all()).toHaveLength(2)
    for (const row of device.rows.all()) {
      const { n, epoch } = headOf(device.machine, row.id)!
      const entry = entryAt(device, row.stream, n)!
      const key = device.machine.keys.streams.get(row.stream)!.byEpoch.get(epoch)!
      const padded = pad(rowToPlaintext(idText(world.vault), row))
      const body = sealBody(key, entry.header, padded, entry.nonce!)
      expect(sha256(body)).toEqual(entry.bodyHash)
      expect(openBody(key, entry.header, body)).toEqual(padded)
    }
  }
})

test('Y6, S2: what is saved while a push is under way is sealed meanwhile and sent next; a lost answer and a crash give each record once', async () => {
  const { laptop, phone } = world
  const { machine, server } = laptop
  const blocked = new Set<string>()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await save(laptop, 'medications', 'first')
  expect(await sealBatch(machine)).toBe(1)
  const push = startPush(machine, server, blocked)!
  await save(laptop, 'medications', 'second')
  expect(await sealAhead(machine, blocked)).toBe(1)
  await push.answer
  server.lies = {
    push: async (honest) => {
      await honest()
      return { type: 'offline' }
    },
  }
  // Sent before the first answer is taken in; its own is lost.
  const next = startPush(machine, server, blocked, push)!
  expect([push, next].map(({ batch }) => batch.length)).toEqual([1, 1])
  expect(await takePushAnswer(machine, push, blocked)).toMatchObject({ type: 'ok', sent: 1 })
  expect(await takePushAnswer(machine, next, blocked)).toEqual({ type: 'offline' })
  server.lies = {}
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(distinctEnvelopes(laptop)).toEqual({ count: 2, isOneEach: true })
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first', 'second'))
})

test('Y6: what waits is sealed push by push while no server answers, leaves as it was sealed, and what was written over it comes behind', async () => {
  const { laptop, phone } = world
  const { machine } = laptop
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const wanted = Array.from({ length: 600 }, (_, at) => `record ${at}`)
  const saved = []
  for (const text of wanted) saved.push(await save(laptop, 'medications', text))
  laptop.server.lies = { everything: () => ({ type: 'offline' }) }
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  expect([await sealWhileAway(machine), await sealWhileAway(machine), await sealWhileAway(machine)]).toEqual([
    512, 88, 0,
  ])
  expect([machine.unsent.size, waitingCount(machine)]).toEqual([0, 600])
  const sealed = outboxOf(machine).map(({ hash }) => idText(hash))
  await save(laptop, 'medications', 'record 7, corrected', saved[7]!.id)
  // One version of a record waits for its answer; the next is sealed behind it.
  expect(await sealWhileAway(machine)).toBe(0)
  await laptop.reopen()
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(distinctEnvelopes(laptop)).toEqual({ count: 601, isOneEach: true })
  const stream = await honestStream(world, world.stream('medications'))
  expect(stream.slice(0, 600).map(({ header, bodyHash }) => idText(envelopeHashOf(header, bodyHash)))).toEqual(sealed)
  expect(new Set(stream.map(({ outcome }) => outcome))).toEqual(new Set(['current']))
  await phone.sync()
  wanted[7] = 'record 7, corrected'
  for (const device of [laptop, phone]) expect(shown(device, 'medications')).toEqual(texts('medications', ...wanted))
})

test('Y6, P6: on a line that is too slow for a whole push what waits leaves in smaller ones, and in large ones again once it is quick', async () => {
  const { laptop, phone } = world
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const wanted = Array.from({ length: 300 }, (_, at) => `record ${at}`)
  for (const text of wanted) await save(laptop, 'medications', text)
  const counts: number[] = []
  let bytesPerSecond = 2000
  laptop.server.lies = {
    push: async (honest, envelopes) => {
      counts.push(envelopes.length)
      const bytes = envelopes.reduce((sum, { header, body }) => sum + header.length + body.length, 0)
      const took = Math.ceil((1000 * bytes) / bytesPerSecond)
      // Nobody waits longer for an answer.
      world.time.now += Math.min(took, 30_000)
      return took > 30_000 ? { type: 'offline' } : honest()
    },
  }
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(counts[0]).toBe(300)
  expect(Math.max(...counts.slice(1))).toBeLessThan(60)
  bytesPerSecond = 10_000_000
  counts.length = 0
  const more = wanted.map((text) => `${text} more`)
  for (const text of more) await save(laptop, 'medications', text)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(Math.max(...counts)).toBeGreaterThan(100)
  expect(distinctEnvelopes(laptop)).toEqual({ count: 600, isOneEach: true })
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', ...wanted, ...more))
})

/** A push is under way in a stream, and another device ends its epoch. */
async function epochEnds(isSealedBefore: boolean) {
  const { laptop, phone } = world
  const grant = await share(world, await world.provider(), { medications: ['read'] })
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await save(laptop, 'medications', 'first')
  await sealBatch(laptop.machine)
  await save(laptop, 'medications', 'second')
  if (isSealedBefore) expect(await sealAhead(laptop.machine, new Set())).toBe(1)
  expect(await cutGrantNow(phone.machine, phone.server, grant, 'revoked')).toMatchObject({ type: 'done' })
  if (!isSealedBefore) {
    expect(await pullControl(laptop.machine, laptop.server)).toMatchObject({ type: 'ok' })
    expect(await sealAhead(laptop.machine, new Set())).toBe(0)
  }
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(await phone.sync()).toEqual({ type: 'synced' })
  for (const device of [laptop, phone])
    expect(shown(device, 'medications')).toEqual(texts('medications', 'first', 'second'))
  return (await honestStream(world, world.stream('medications'))).map(({ outcome }) => outcome)
}

test('S2, C5: what was sealed ahead under an epoch that ends is void with what it followed, and both records arrive under the next', async () => {
  expect(await epochEnds(true)).toEqual(['void', 'void', 'current', 'current'])
})

test('S2, C5: under a new epoch nothing is sealed ahead of what waits under an old one, for it could not count the voids before it', async () => {
  expect(await epochEnds(false)).toEqual(['void', 'current', 'current'])
})

/** Keeps the pushes of a device from the server until it is called. */
function holdBack({ server }: Device): () => void {
  server.lies = { push: async () => ({ type: 'offline' }) }
  return () => {
    server.lies = {}
  }
}

const bytesOf = ({ machine }: Device) => outboxOf(machine).map(({ header, body, proof }) => ({ header, body, proof }))

test('Y6: the outbox holds no second text of a record, and gives the very bytes again after a restart', async () => {
  const { laptop } = world
  const goOn = holdBack(laptop)
  await save(laptop, 'medications', 'first')
  await save(laptop, 'labs', 'second')
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  const stored = [...laptop.rows.table(TABLE.outbox).values()] as unknown as OutboxRow[]
  expect(stored.map(({ row }) => row)).toEqual([null, null])
  const sent = bytesOf(laptop)
  await laptop.reopen()
  expect(bytesOf(laptop)).toEqual(sent)
  goOn()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(distinctEnvelopes(laptop)).toEqual({ count: 2, isOneEach: true })
})

test.each([
  ['whole, body and record', ({ stream, header, body, proof }: OutboxItem) => ({ stream, header, body, proof })],
  [
    'in parts',
    ({ stream, header, body, bodyHash, proof }: OutboxItem) => {
      return { stream, header, bodyHash, nonce: body.slice(0, 24), proof, row: null }
    },
  ],
] as const)('Y6: an outbox that an earlier version stored %s goes out as it was sealed', async (_, partsOf) => {
  const { laptop, phone } = world
  const goOn = holdBack(laptop)
  const { id } = await save(laptop, 'medications', 'of before')
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  const whole = outboxOf(laptop.machine).map((item) => {
    const { key, hash, row, base, ack } = item
    return { table: TABLE.outbox, key, value: rowValue({ id, hash, row, base, ack, ...partsOf(item) }) }
  })
  const sent = bytesOf(laptop)
  await laptop.rows.commit({ sync: whole })
  await laptop.reopen()
  expect(waitingCount(laptop.machine)).toBe(1)
  expect([...laptop.machine.unsent]).toEqual([])
  expect(bytesOf(laptop)).toEqual(sent)
  await save(laptop, 'medications', 'of now', id)
  await laptop.reopen()
  goOn()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'of now'))
  expect(distinctEnvelopes(laptop)).toEqual({ count: 2, isOneEach: true })
})

test('S9: entries that an earlier version stored as maps are read, and continue, as before', async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'medications', 'of before')
  await laptop.sync()
  const maps = [...laptop.machine.streams.keys()].flatMap((stream) =>
    [...laptop.rows.table(entryTable(stream))].map(([key, value]) => {
      expect(value).toBeInstanceOf(Uint8Array)
      return { table: entryTable(stream), key, value: rowValue(readEntry(value)) }
    }),
  )
  expect(maps.length).toBeGreaterThan(0)
  await laptop.rows.commit({ sync: maps })
  await laptop.reopen()
  await save(laptop, 'medications', 'of now', id)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'of now'))
  const stream = world.stream('medications')
  const [, last] = await honestStream(world, stream)
  expect(rebuildEntry(laptop.machine, idText(stream), 2)).toEqual(last)
})

test.each([
  [
    'a later edit',
    async ({ laptop }: AttackWorld, id: string): Promise<unknown> => save(laptop, 'medications', 'later', id),
  ],
  [
    'the removal of its copy here',
    ({ laptop }: AttackWorld, id: string) => laptop.machine.rows.commit({ remove: [id] }),
  ],
] as const)('Y6: %s takes nothing from a sealed version that waits for its answer', async (_, takeOver) => {
  const { laptop } = world
  const goOn = holdBack(laptop)
  const { id } = await save(laptop, 'medications', 'sealed')
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  const sent = bytesOf(laptop)
  await takeOver(world, id)
  await laptop.reopen()
  expect(bytesOf(laptop)).toEqual(sent)
  expect(outboxOf(laptop.machine)[0]!.row.resource).toBe(resourceOf('medications', 'sealed'))
  goOn()
  await laptop.sync()
  expect(distinctEnvelopes(laptop).isOneEach).toBe(true)
  const [entry] = await honestStream(world, world.stream('medications'))
  expect(entry!.bodyHash).toEqual(sha256(sent[0]!.body))
})

test.each(['current', 'conflict'] as const)(
  'Y6, Y3: an edit while the push is under way takes nothing from the version whose answer comes then (%s)',
  async (outcome) => {
    const { laptop, phone } = world
    const { id } = await save(laptop, 'medications', 'base')
    await laptop.sync()
    await phone.sync()
    await save(laptop, 'medications', 'sealed', id)
    if (outcome === 'conflict') {
      await save(phone, 'medications', 'of the phone', id)
      await phone.sync()
    }
    laptop.server.lies = {
      push: async (honest) => {
        laptop.server.lies = {}
        const answer = await honest()
        await save(laptop, 'medications', 'later', id)
        return answer
      },
    }
    await laptop.sync()
    for (let turn = 0; turn < 2; turn++) for (const device of [laptop, phone]) await device.sync()
    for (const device of [laptop, phone])
      for (const text of outcome === 'conflict' ? ['sealed', 'of the phone', 'later'] : ['later'])
        expect(holds(device, resourceOf('medications', text))).toBe(true)
    expect(waitingCount(laptop.machine)).toBe(0)
    expect(distinctEnvelopes(laptop).isOneEach).toBe(true)
  },
)

test('Y6: a version whose bytes cannot be made again is not sent as anything else, and stays', async () => {
  const { laptop } = world
  holdBack(laptop)
  const row = await save(laptop, 'medications', 'sealed')
  await laptop.sync()
  // Damage that no store shows: another text under the same revision.
  await laptop.rows.commit({ records: [{ ...row, resource: resourceOf('medications', 'another') }] })
  await laptop.reopen()
  laptop.server.lies = {}
  const before = laptop.server.pushed.length
  await expect(laptop.sync()).rejects.toThrow('cannot be made again')
  expect(laptop.server.pushed).toHaveLength(before)
  expect(waitingCount(laptop.machine)).toBe(1)
})

test.each(['write', 'die-before', 'die-after'] as const)(
  'Y6: a save that is sealed at once is one durable entry (%s): record and envelope are both there, or neither',
  async (fate) => {
    const { laptop, phone } = world
    const { machine } = laptop
    const prepared = ['medications', 'allergies'].map((collection) =>
      prepareVersion(machine, { collection, resource: resourceOf(collection, 'at once') }),
    )
    if (prepared.some(({ type }) => type !== 'row')) throw new Error('not prepared')
    await diesIn(laptop, 0, fate, () => exclusive(machine, () => commitAndSeal(machine, prepared as Ready[])))
    const there = fate !== 'die-before'
    expect(outboxOf(laptop.machine)).toHaveLength(there ? 2 : 0)
    expect(holds(laptop, resourceOf('medications', 'at once'))).toBe(there)
    expect(laptop.machine.unsent.size).toBe(0)
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    await phone.sync()
    expect(shown(phone, 'allergies')).toEqual(there ? texts('allergies', 'at once') : [])
    expect(distinctEnvelopes(laptop)).toEqual({ count: there ? 2 : 0, isOneEach: true })
  },
)

test('Y6, Y3: a save in a stream that waits for an answer is not sealed at once, and takes in what it names once it is', async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'medications', 'base')
  await laptop.sync()
  await phone.sync()
  const atOnce = async (resource: string) => {
    const prepared = prepareVersion(laptop.machine, { collection: 'medications', id, resource })
    if (prepared.type !== 'row') throw new Error(prepared.type)
    await exclusive(laptop.machine, () => commitAndSeal(laptop.machine, [prepared]))
  }
  const goOn = holdBack(laptop)
  await atOnce(resourceOf('medications', 'edited'))
  expect(outboxOf(laptop.machine).map(({ base }) => base)).toEqual([resourceOf('medications', 'base')])
  await laptop.sync()
  await atOnce(resourceOf('medications', 'edited again'))
  expect(outboxOf(laptop.machine)).toHaveLength(1)
  expect([...laptop.machine.unsent]).toEqual([id])
  goOn()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'edited again'))
  expect(distinctEnvelopes(laptop)).toEqual({ count: 3, isOneEach: true })
})
