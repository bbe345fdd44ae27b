/**
 * A server that is in its answers to a push. Whatever it says, what a person saved stays here until a signed chain holds it, the very
 * bytes that were sealed are sent again, and the other streams continue (S2, S3, Y6).
 */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import type { PushAnswer } from '@chartkeep/protocol/messages'
import { outboxOf, provesCopy, TABLE, waitingCount, type Answer } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createAttackWorld,
  forge,
  holds,
  honestStream,
  leaked,
  resourceOf,
  rowOf,
  save,
  shown,
  texts,
  type AttackWorld,
} from '../support/attack-world.ts'
import { makeUpStream, onePage, serveInstead, signHeadAs } from '../support/hostile-server.ts'

let world: AttackWorld
let medications: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  medications = world.stream('medications')
  await save(world.laptop, 'medications', 'first')
  expect(await world.laptop.sync()).toEqual({ type: 'synced' })
})

afterEach(() => world.close())

type Bend = (honest: PushAnswer) => PushAnswer | Promise<PushAnswer>

/** Stores honestly, answers wrongly. */
function answering(bend: Bend) {
  world.laptop.server.lies = {
    push: async (honest) => {
      const answer = await honest()
      return answer.type === 'ok' ? { type: 'ok', value: await bend(answer.value) } : answer
    },
  }
}

/** Nothing counts as confirmed; when the server answers truly, everything arrives once. */
async function keepsUntilTrue(wanted: string[]): Promise<void> {
  const { laptop, phone } = world
  expect(waitingCount(laptop.machine)).toBeGreaterThan(0)
  for (const text of wanted) expect(holds(laptop, resourceOf('medications', text))).toBe(true)
  await laptop.reopen()
  expect(waitingCount(laptop.machine)).toBeGreaterThan(0)
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(waitingCount(laptop.machine)).toBe(0)
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(shown(phone, 'medications')).toEqual(texts('medications', ...wanted))
  expect(leaked(laptop)).toBe(false)
}

const wrong: [string, Bend, string][] = [
  [
    'names another hash',
    (a) => ({ ...a, results: a.results.map((r) => ({ ...r, hash: randomBytes(32) })) }),
    'wrong-answer',
  ],
  [
    'names another stream',
    (a) => ({ ...a, results: a.results.map((r) => ({ ...r, stream: randomBytes(16) })) }),
    'wrong-answer',
  ],
  ['names a number that is taken', (a) => ({ ...a, results: a.results.map((r) => ({ ...r, n: 1 })) }), 'wrong-answer'],
  [
    'calls the current one a conflict',
    (a) => ({ ...a, results: a.results.map((r) => ({ ...r, outcome: 'conflict' })) }),
    'wrong-answer',
  ],
  [
    'is off the chain',
    (a) => ({ ...a, results: a.results.map((r) => ({ ...r, h: randomBytes(32) })) }),
    'wrong-answer',
  ],
  ['brings no head', (a) => ({ ...a, heads: [] }), 'unsigned-answer'],
  [
    'brings a head of the wrong kind',
    async (a) => ({
      ...a,
      heads: await Promise.all(a.heads.map((h) => signHeadAs(world.key, { ...h, kind: 'account' }))),
    }),
    'unsigned-answer',
  ],
  [
    'brings a head with a broken signature',
    (a) => ({ ...a, heads: a.heads.map((h) => ({ ...h, signature: randomBytes(64) })) }),
    'server-key',
  ],
  [
    'brings a signed head of another chain',
    async (a) => ({
      ...a,
      heads: await Promise.all(a.heads.map((h) => signHeadAs(world.key, { ...h, h: randomBytes(32) }))),
    }),
    'wrong-answer',
  ],
  ['answers for nothing, without end', (a) => ({ ...a, results: [], heads: [] }), 'wrong-answer'],
  ['answers twice', (a) => ({ ...a, results: [...a.results, ...a.results] }), 'wrong-answer'],
  ['refuses what it has answered', (a) => ({ ...a, refused: 'quota' }), 'wrong-answer'],
]

test.each(wrong)('S3, Y6: an answer that %s confirms nothing', async (_, bend, error) => {
  const { laptop } = world
  await save(laptop, 'medications', 'second')
  answering(bend)
  expect(await laptop.sync()).toEqual({ type: 'error', error })
  await keepsUntilTrue(['first', 'second'])
})

test('S3: "stored" but dropped, under a signed head: the server is `behind` its own word and the envelope is sent again', async () => {
  const { laptop } = world
  await save(laptop, 'medications', 'second')
  laptop.server.lies = { push: (_, envelopes) => dropped(envelopes.length) }
  async function dropped(count: number): Promise<Answer<PushAnswer>> {
    const item = outboxOf(laptop.machine)[0]!
    // Numbers beyond the next: the device cannot check the chain before it has pulled.
    const head = { kind: 'stream', id: medications, n: 1 + count + 5, h: randomBytes(32) } as const
    const result = { stream: medications, hash: item.hash, n: head.n, h: head.h, outcome: 'current' as const }
    return { type: 'ok', value: { results: [result], heads: [await signHeadAs(world.key, head)], refused: null } }
  }
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'stream-head' })
  expect(waitingCount(laptop.machine)).toBe(1)
  expect(holds(laptop, resourceOf('medications', 'second'))).toBe(true)
  const calls = laptop.server.calls.length
  expect(calls).toBeLessThan(40)
  // The signed word is evidence against the server for good, and other streams continue.
  laptop.server.lies = {}
  await save(laptop, 'allergies', 'nuts')
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'stream-head' })
  await world.phone.sync()
  expect(shown(world.phone, 'allergies')).toEqual(texts('allergies', 'nuts'))
})

test('S6: a signed head beyond what this device has read binds the server: another one for the same number is a fork', async () => {
  const { laptop, phone } = world
  await phone.sync()
  await save(laptop, 'medications', 'second')
  const head = await signHeadAs(world.key, { kind: 'stream', id: medications, n: 3, h: randomBytes(32) })
  laptop.server.lies = {
    push: async () => {
      const item = outboxOf(laptop.machine)[0]!
      const result = { stream: medications, hash: item.hash, n: 3, h: head.h, outcome: 'current' as const }
      return { type: 'ok', value: { results: [result], heads: [head], refused: null } }
    },
  }
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'stream-head' })
  await save(phone, 'medications', 'of the phone')
  await save(phone, 'medications', 'of the phone too')
  expect(await phone.sync()).toEqual({ type: 'synced' })
  laptop.server.lies = { pull: (honest) => onePage(honest, medications, (page) => ({ ...page, entries: [] })) }
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'stream-head' })
  const kept = laptop.rows.get(TABLE.stopped, idText(medications)) as { evidence: Uint8Array }
  expect(Buffer.from(kept.evidence).includes(Buffer.from(head.signature))).toBe(true)
  expect(holds(laptop, resourceOf('medications', 'second'))).toBe(true)
  expect(waitingCount(laptop.machine)).toBe(1)
})

test('S3: an answer that gives the number of another envelope proves false at the pull, and the envelope is sent again', async () => {
  const { laptop, phone } = world
  await phone.sync()
  await save(phone, 'medications', 'of the phone')
  await save(phone, 'medications', 'of the phone too')
  await save(laptop, 'medications', 'second')
  laptop.server.lies = {
    push: async () => {
      await phone.sync()
      const item = outboxOf(laptop.machine)[0]!
      const entries = await honestStream(world, medications)
      const { hashes } = phone.machine.streams.get(idText(medications))!
      const n = entries.length
      const head = await signHeadAs(world.key, { kind: 'stream', id: medications, n, h: hashes[n]! })
      const result = { stream: medications, hash: item.hash, n, h: hashes[n]!, outcome: 'current' as const }
      return { type: 'ok', value: { results: [result], heads: [head], refused: null } }
    },
  }
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'acknowledged' })
  await keepsUntilTrue(['first', 'second', 'of the phone', 'of the phone too'])
})

test('Y6: "stored" and never named again: the device sends the very same bytes until a chain holds them', async () => {
  const { laptop, phone } = world
  await save(laptop, 'medications', 'second')
  laptop.server.lies = { push: async () => ({ type: 'offline' }) }
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  const [first] = outboxOf(laptop.machine)
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  const [again] = outboxOf(laptop.machine)
  expect([again!.header, again!.body, again!.proof]).toEqual([first!.header, first!.body, first!.proof])
  // Taken, but the answer is lost: the same envelope again gets the same answer.
  laptop.server.lies = {
    push: async (honest) => {
      await honest()
      return { type: 'offline' }
    },
  }
  await laptop.sync()
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  expect((await honestStream(world, medications)).length).toBe(2)
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first', 'second'))
})

test.each(['no-right', 'sequence', 'heads-unknown', 'refused', 'too-large'])(
  'S2: a refusal with %s holds one stream up and no other, and ends the pass with its code',
  async (code) => {
    const { laptop, phone } = world
    await save(laptop, 'medications', 'second')
    await save(laptop, 'allergies', 'nuts')
    await save(laptop, 'labs', 'HbA1c')
    laptop.server.lies = {
      push: async (honest, envelopes) => {
        const at = envelopes.findIndex(({ header }) => Buffer.from(header).includes(Buffer.from(medications)))
        if (at === -1) return honest()
        return { type: 'ok', value: { results: [], heads: [], refused: at === 0 ? code : 'no-right' } }
      },
    }
    const outcome = await laptop.sync()
    expect(outcome.type).toBe('error')
    expect(laptop.server.calls.length).toBeLessThan(60)
    await phone.sync()
    const arrived = shown(phone, 'allergies').length + shown(phone, 'labs').length
    expect(arrived).toBeGreaterThanOrEqual(1)
    await keepsUntilTrue(['first', 'second'])
  },
)

test('S8: a record that no envelope can hold stays here, is named, and holds nothing else up', async () => {
  const { laptop, phone } = world
  await save(laptop, 'medications', 'x'.repeat(1_100_000))
  await save(laptop, 'medications', 'second')
  expect(await laptop.sync()).toEqual({ type: 'error', error: 'too-large' })
  expect(waitingCount(laptop.machine)).toBe(1)
  await phone.sync()
  expect(shown(phone, 'medications')).toEqual(texts('medications', 'first', 'second'))
})

test('C6: a conflict answer cannot bring a foreign record: answers to a push hold no body, and the pull that follows is judged', async () => {
  const { laptop, phone } = world
  await phone.sync()
  const { id } = rowOf(laptop, '"first"')
  await save(phone, 'medications', 'first, by the phone', id)
  await phone.sync()
  await save(laptop, 'medications', 'first, by the laptop', id)
  await save(phone, 'allergies', 'nuts')
  await phone.sync()
  const [foreign] = await honestStream(world, world.stream('allergies'))
  laptop.server.lies = {
    pull: (honest) =>
      onePage(honest, medications, (page) => ({
        ...page,
        entries: page.entries.map((entry) => ({ ...foreign!, n: entry.n })),
      })),
  }
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'place' })
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'first, by the laptop'))
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await phone.sync()
  for (const device of [laptop, phone])
    for (const text of ['first, by the phone', 'first, by the laptop'])
      expect(holds(device, resourceOf('medications', text))).toBe(true)
  expect(laptop.rows.table(TABLE.conflict).size).toBe(1)
  expect(phone.rows.table(TABLE.conflict).size).toBe(1)
})

test('F3: a device restored from a copy writes nothing more once the other one has written under its id', async () => {
  const { laptop } = world
  const [home, disk] = [[...laptop.home], [...laptop.disk]]
  await save(laptop, 'medications', 'of the original')
  expect(await laptop.sync()).toEqual({ type: 'synced' })

  laptop.home = home
  laptop.disk = disk
  await laptop.reopen()
  await save(laptop, 'medications', 'of the copy')
  expect(await laptop.sync()).toEqual({ type: 'copied' })
  expect(await laptop.sync()).toEqual({ type: 'copied' })
  expect((await honestStream(world, medications)).length).toBe(2)
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'first', 'of the original', 'of the copy'))
})

test('F3: two copies that sealed under the same number are told apart by what they sealed', async () => {
  const { laptop } = world
  const [home, disk] = [[...laptop.home], [...laptop.disk]]
  await save(laptop, 'medications', 'of the original')
  expect(await laptop.sync()).toEqual({ type: 'synced' })

  laptop.home = home
  laptop.disk = disk
  await laptop.reopen()
  await save(laptop, 'medications', 'of the copy')
  // It seals without having seen the other one's envelope, and cannot send.
  laptop.server.lies = {
    pull: async (honest) => ({
      streams: await Promise.all(
        honest.streams.map(async ({ stream }) => {
          const { n, h } = laptop.machine.streams.get(idText(stream))!
          return { stream, entries: [], head: await signHeadAs(world.key, { kind: 'stream', id: stream, n, h }) }
        }),
      ),
    }),
    push: async () => ({ type: 'offline' }),
  }
  expect(await laptop.sync()).toEqual({ type: 'offline' })
  expect(outboxOf(laptop.machine)).toHaveLength(1)
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'copied' })
  expect(await provesCopy(laptop.machine, laptop.server)).toBe(true)
  expect(holds(laptop, resourceOf('medications', 'of the copy'))).toBe(true)
})

test('F3: a longer chain that a server makes up, with a writer of the list who names it, proves no copy: no device is made for it', async () => {
  const { laptop, phone } = world
  expect(await phone.sync()).toEqual({ type: 'synced' })
  const honest = await honestStream(world, medications)
  const state = laptop.machine.streams.get(idText(medications))!
  const { seq, previous } = state.devices.get(idText(laptop.secrets.id))!
  const doc = randomBytes(16)
  const { hash: parent, ...entry } = await forge(phone, medications, {
    doc,
    device: laptop.secrets.id,
    deviceSeq: seq + 1,
    devicePrevious: previous,
  })
  // The phone's own next envelope, as it would sign it over a version that is there.
  const naming = await forge(phone, medications, { doc, parent })
  const stream = await makeUpStream(world.key, world.vault, medications, [
    ...honest,
    { ...entry, body: null, proof: null },
    naming,
  ])
  laptop.server.lies = serveInstead(medications, stream)
  expect(await laptop.sync()).toEqual({ type: 'copied' })
  expect(await provesCopy(laptop.machine, laptop.server)).toBe(false)
  // Nor with a signature that is not this device's.
  laptop.server.lies.fetchBodies = () => ({ entries: [{ ...entry, n: honest.length + 1 }] })
  expect(await provesCopy(laptop.machine, laptop.server)).toBe(false)
  laptop.server.lies.fetchBodies = () => ({ entries: [] })
  expect(await provesCopy(laptop.machine, laptop.server)).toBe(false)
})

test('F3: what a copy wrote and somebody has replaced since came as a name alone; its signature is asked for', async () => {
  const { laptop, phone } = world
  const [home, disk] = [[...laptop.home], [...laptop.disk]]
  const { id } = await save(laptop, 'medications', 'of the original')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await save(phone, 'medications', 'of the original, changed', id)
  expect(await phone.sync()).toEqual({ type: 'synced' })

  laptop.home = home
  laptop.disk = disk
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'copied' })
  const bodies = laptop.server.calls.filter((call) => call === 'fetch').length
  expect(await provesCopy(laptop.machine, laptop.server)).toBe(true)
  expect(laptop.server.calls.filter((call) => call === 'fetch').length).toBeGreaterThan(bodies)
  laptop.server.lies.fetchBodies = () => ({ entries: [] })
  expect(await provesCopy(laptop.machine, laptop.server)).toBe(false)
})
