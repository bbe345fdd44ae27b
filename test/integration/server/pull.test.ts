/** Pull and fetch at the server (S4, S6, S8, C3, C6, C7): what is in an answer, and what never is. */
import { randomBytes } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { APPEND, encodeMessage, idText, READ } from '@chartkeep/protocol'
import {
  BatchVerifier,
  emptyStream,
  envelopeHashOf,
  noteBare,
  noteVerified,
  stepStream,
  uncovered,
  verifyHead,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addCut,
  addGrant,
  createVault,
  createWriter,
  sealDrafts,
  type TestAccount,
  type TestVault,
} from '../../support/author.ts'
import {
  accepted,
  createServerWorld,
  errorOf,
  newMember,
  newVault,
  postNewest,
  pull,
  push,
  signIn,
  type Member,
  type ServerWorld,
} from '../../support/server-world.ts'

let world: ServerWorld
let owner: Member
let grantee: Member
let stranger: Member

beforeAll(async () => {
  world = createServerWorld()
  ;[owner, grantee, stranger] = [await newMember(world.core), await newMember(world.core), await newMember(world.core)]
})
afterAll(() => world.close())

const postedVault = () => newVault(world.core, owner)

const post = (vault: TestVault) => postNewest(world.core, owner.session, vault)

const hour = 3_600_000

/** Reads entries as a device does: chain, outcomes, signatures, coverage. */
async function readAs(state: StreamState, entries: StreamEntry[], authors: TestAccount[]): Promise<void> {
  const verifier = new BatchVerifier()
  for (const entry of entries) {
    const stepped = stepStream(state, entry)
    if ('type' in stepped) throw new Error(stepped.fault)
    if (entry.body === null) {
      noteBare(state, stepped)
      continue
    }
    const author = authors.find(({ id }) => idText(id) === idText(stepped.header.account))!
    const signing = author.state.devices.get(idText(stepped.header.device))!.sign
    if (!(await verifier.verify(stepped.hash, stepped.header, entry.proof!, signing))) throw new Error('signature')
    noteVerified(state, stepped.header)
  }
}

describe('S4: a contiguous run', () => {
  test('S4: bodies and proofs come for current and open conflict envelopes only, and a device reads the run to the signed head', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    const writer = createWriter(vault, owner.account, stream!)
    const [a1, b1] = await sealDrafts(writer, [{}, {}])
    const [a2, open, closed] = await sealDrafts(writer, [
      { doc: a1!.doc, parent: a1!.hash },
      { doc: b1!.doc },
      { doc: a1!.doc, parent: a1!.hash },
    ])
    const [a3] = await sealDrafts(writer, [{ doc: a1!.doc, parent: a2!.hash, merged: [closed!.hash] }])
    await push(world.core, owner.session, vault, [a1!, b1!, a2!, open!, closed!, a3!])
    const { entries, head } = await pull(world.core, owner.session, vault, stream!)
    expect(entries.map(({ n, outcome, body, proof }) => [n, outcome, body !== null, proof !== null])).toEqual([
      [1, 'current', false, false],
      [2, 'current', true, true],
      [3, 'current', false, false],
      [4, 'conflict', true, true],
      [5, 'conflict', false, false],
      [6, 'current', true, true],
    ])
    const state = emptyStream(vault.id, stream!)
    await readAs(state, entries, [owner.account])
    expect([state.n, idText(state.h)]).toEqual([head.n, idText(head.h)])
    expect(uncovered(state)).toEqual([])
    expect(await verifyHead(head, world.serverKey)).toBe(true)
  })

  test('S4: many streams come in one answer, each from its own cursor, with a signed head also where nothing is new', async () => {
    const vault = await postedVault()
    const [labs, meds] = vault.streams
    await push(
      world.core,
      owner.session,
      vault,
      await sealDrafts(createWriter(vault, owner.account, labs!), [{}, {}, {}]),
    )
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, meds!), [{}]))
    const request = {
      streams: [
        { stream: labs!, after: 2 },
        { stream: meds!, after: 1 },
        { stream: vault.streams[2]!, after: 0 },
      ],
      budget: 1 << 20,
    }
    const { streams } = accepted(await world.core.pull(owner.session, vault.id, request))
    expect(streams.map(({ stream, entries, head }) => [idText(stream), entries.map(({ n }) => n), head.n])).toEqual([
      [idText(labs!), [3], 3],
      [idText(meds!), [], 1],
      [idText(vault.streams[2]!), [], 0],
    ])
    for (const { head } of streams) expect(await verifyHead(head, world.serverKey)).toBe(true)
  })

  test('S4, S8: pages stay under the byte budget, make progress whatever it is, and join to the whole run', async () => {
    const vault = await postedVault()
    const [stream, second] = vault.streams
    const large = Array.from({ length: 12 }, () => ({ bytes: new Uint8Array(512 * 1024) }))
    for (let at = 0; at < 12; at += 6) {
      const writer = { ...createWriter(vault, owner.account, at === 0 ? stream! : second!) }
      await push(world.core, owner.session, vault, await sealDrafts(writer, large.slice(at, at + 6)))
    }
    for (const budget of [0, 1, 700_000, 1 << 22, 1 << 40]) {
      const cursors = new Map([stream!, second!].map((id) => [idText(id), { stream: id, after: 0 }]))
      const state = new Map([stream!, second!].map((id) => [idText(id), emptyStream(vault.id, id)]))
      for (let page = 0; ; page++) {
        const answer = accepted(
          await world.core.pull(owner.session, vault.id, { streams: [...cursors.values()], budget }),
        )
        const size = encodeMessage(answer).length
        expect(size).toBeLessThanOrEqual(Math.max(Math.min(budget, 1 << 22), 530_000))
        for (const { stream: id, entries } of answer.streams) {
          await readAs(state.get(idText(id))!, entries, [owner.account])
          cursors.get(idText(id))!.after += entries.length
        }
        if (answer.streams.every(({ entries }) => entries.length === 0)) break
        expect(page).toBeLessThan(13)
      }
      expect([...state.values()].map(({ n }) => n)).toEqual([6, 6])
    }
  })

  test('S4: an answer made while the stream moves is of one moment: at its head nothing without a body is left unnamed', async () => {
    const moving = createServerWorld()
    const { account, session } = await newMember(moving.core)
    const vault = await newVault(moving.core, { account, session })
    const [stream] = vault.streams
    const writer = createWriter(vault, account, stream!)
    const [first] = await sealDrafts(writer, [{}])
    await push(moving.core, session, vault, [first!])
    const { doc } = first!
    let parent = first!.hash
    const progress = { pushing: true }
    const answers = [0, 0, 0, 0]
    const read = async (reader: number) => {
      while (progress.pushing) {
        // A head older than a second is signed again: the answer waits in the middle of being made.
        moving.time.jump(1001)
        const { entries, head } = await pull(moving.core, session, vault, stream!)
        const state = emptyStream(vault.id, stream!)
        for (const entry of entries) {
          const stepped = stepStream(state, entry)
          if ('type' in stepped) throw new Error(stepped.fault)
          if (entry.body === null) noteBare(state, stepped)
          else noteVerified(state, stepped.header)
        }
        expect([state.n, uncovered(state)]).toEqual([head.n, []])
        answers[reader]!++
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const reading = answers.map((_, reader) => read(reader).finally(() => (progress.pushing = false)))
    // What failed is thrown where all of them are awaited.
    for (const each of reading) each.catch(() => undefined)
    // However a machine divides its time: past 60 pushes each further one waits for the answer of the reader that is behind.
    for (let i = 0; progress.pushing && (i < 60 || Math.min(...answers) <= 5); i++) {
      const [next] = await sealDrafts(writer, [{ doc, parent }])
      await push(moving.core, session, vault, [next!])
      parent = next!.hash
      const least = Math.min(...answers)
      while (i >= 60 && least <= 5 && Math.min(...answers) === least)
        await new Promise((resolve) => setImmediate(resolve))
    }
    progress.pushing = false
    await Promise.all(reading)
    for (const count of answers) expect(count).toBeGreaterThan(5)
    await moving.close()
  })

  test('S4: a fetch by number brings the bodies of older revisions, which are the history', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    const writer = createWriter(vault, owner.account, stream!)
    const [first] = await sealDrafts(writer, [{ text: '{"v":1}' }])
    const [next] = await sealDrafts(writer, [{ text: '{"v":2}', doc: first!.doc, parent: first!.hash }])
    await push(world.core, owner.session, vault, [first!, next!])
    const { entries } = accepted(
      await world.core.fetchBodies(owner.session, vault.id, { stream: stream!, numbers: [1, 99, 2] }),
    )
    expect(entries.map(({ n }) => n)).toEqual([1, 2])
    expect(entries[0]!.body).toEqual(first!.body)
    expect(envelopeHashOf(entries[0]!.header, sha256(entries[0]!.body!))).toEqual(first!.hash)
  })

  test('S6: a head carries the time of the server, and no two heads of one position differ', async () => {
    const vault = await postedVault()
    const before = (await pull(world.core, owner.session, vault, vault.streams[0]!)).head
    await world.time.advance(5000)
    const after = (await pull(world.core, owner.session, vault, vault.streams[0]!)).head
    expect(after.time - before.time).toBe(5000)
    expect(after.h).toEqual(before.h)
  })
})

describe('C6: rights at every answer', () => {
  test('C6: a grantee gets its streams and no byte of others, in one request for all of them', async () => {
    const vault = await postedVault()
    const [labs, meds] = vault.streams
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, labs!), [{}]))
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, meds!), [{}]))
    await addGrant(vault, grantee.account, {
      streams: [{ stream: labs!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const all = [...vault.streams, randomBytes(16)].map((stream) => ({ stream, after: 0 }))
    const { streams } = accepted(await world.core.pull(grantee.session, vault.id, { streams: all, budget: 1 << 20 }))
    expect(streams.map(({ stream }) => idText(stream))).toEqual([idText(labs!)])
    for (const stream of [meds!, randomBytes(16)]) {
      expect(await world.core.pull(grantee.session, vault.id, { streams: [{ stream, after: 0 }], budget: 1 })).toEqual({
        type: 'error',
        error: 'not-found',
      })
      expect(await world.core.fetchBodies(grantee.session, vault.id, { stream, numbers: [1] })).toEqual({
        type: 'error',
        error: 'not-found',
      })
    }
  })

  test('C6: a right to append without read reads nothing', async () => {
    const vault = await postedVault()
    await addGrant(vault, grantee.account, {
      streams: [{ stream: vault.streams[0]!, rights: APPEND }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const request = { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 }
    expect(errorOf(await world.core.pull(grantee.session, vault.id, request))).toBe('not-found')
  })

  test('C6: ids of another tenant, guessed or leaked, open nothing: the answer is that of an id that never was', async () => {
    const vault = await postedVault()
    await push(
      world.core,
      owner.session,
      vault,
      await sealDrafts(createWriter(vault, owner.account, vault.streams[0]!), [{}]),
    )
    const own = await createVault(stranger.account)
    accepted(await world.core.postControl(stranger.session, own.id, { entries: own.entries }))
    const ask = (id: Uint8Array, stream: Uint8Array) =>
      world.core.pull(stranger.session, id, { streams: [{ stream, after: 0 }], budget: 1 << 20 })
    const never = await ask(randomBytes(16), randomBytes(16))
    expect(errorOf(never)).toBe('not-found')
    expect(await ask(vault.id, vault.streams[0]!)).toEqual(never)
    expect(await ask(own.id, vault.streams[0]!)).toEqual(never)
    expect(await world.core.control(stranger.session, vault.id, 0)).toEqual(never)
    expect(accepted(await world.core.vaults(stranger.session)).vaults.map(({ vault: id }) => idText(id))).toEqual([
      idText(own.id),
    ])
  })

  test('C6: a stream id of another vault made into an own stream is another stream', async () => {
    const vault = await postedVault()
    const [stream] = vault.streams
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, stream!), [{}]))
    const copy = await createVault(stranger.account, 1, [stream!])
    accepted(await world.core.postControl(stranger.session, copy.id, { entries: copy.entries }))
    expect((await pull(world.core, stranger.session, copy, stream!)).entries).toEqual([])
    await push(
      world.core,
      stranger.session,
      copy,
      await sealDrafts(createWriter(copy, stranger.account, stream!), [{}]),
    )
    expect((await pull(world.core, owner.session, vault, stream!)).head.n).toBe(1)
  })

  test('C6: the very next answer after a cut holds none of the vault, and the owner continues', async () => {
    const vault = await postedVault()
    const [labs] = vault.streams
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, labs!), [{}]))
    const grant = await addGrant(vault, grantee.account, {
      streams: [{ stream: labs!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    expect((await pull(world.core, grantee.session, vault, labs!)).entries).toHaveLength(1)
    await addCut(vault, grant)
    await post(vault)
    const ended = { type: 'error', error: 'not-found' }
    const request = { streams: [{ stream: labs!, after: 0 }], budget: 1 << 20 }
    expect(await world.core.pull(grantee.session, vault.id, request)).toEqual(ended)
    expect(await world.core.pull(grantee.session, vault.id, { streams: [], budget: 0 })).toEqual(ended)
    expect(await world.core.fetchBodies(grantee.session, vault.id, { stream: labs!, numbers: [1] })).toEqual(ended)
    expect((await pull(world.core, owner.session, vault, labs!)).entries).toHaveLength(1)
  })

  test('C6: pulls under way while a cut is acknowledged: none that ends later holds anything', async () => {
    const vault = await postedVault()
    const [labs] = vault.streams
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, labs!), [{}, {}]))
    const grant = await addGrant(vault, grantee.account, {
      streams: [{ stream: labs!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    await addCut(vault, grant)
    const order: string[] = []
    const asking = Array.from({ length: 200 }, async (_, index) => {
      for (let i = 0; i < index % 20; i++) await Promise.resolve()
      // A head older than a second is signed again: the answer waits in the middle of being made.
      world.time.jump(2000)
      const answer = await world.core.pull(grantee.session, vault.id, {
        streams: [{ stream: labs!, after: 0 }],
        budget: 1 << 20,
      })
      order.push('type' in answer ? 'nothing' : 'data')
    })
    const cutting = post(vault).then(() => order.push('cut'))
    await Promise.all([...asking, cutting])
    expect(order.slice(order.indexOf('cut'))).not.toContain('data')
  })

  test('C3, C6: outside its window a grant reads nothing, by the clock of the server and without anybody acting', async () => {
    const vault = await postedVault()
    const [labs] = vault.streams
    const begin = world.time.now() + 60_000
    await addGrant(vault, grantee.account, {
      streams: [{ stream: labs!, rights: READ }],
      notBefore: begin,
      notAfter: begin + 60_000,
    })
    await post(vault)
    const request = { streams: [{ stream: labs!, after: 0 }], budget: 1 }
    const ask = async () => errorOf(await world.core.pull(grantee.session, vault.id, request))
    expect(await ask()).toBe('not-found')
    await world.time.advance(60_000)
    expect(await ask()).toBeNull()
    await world.time.advance(59_999)
    expect(await ask()).toBeNull()
    await world.time.advance(1)
    expect(await ask()).toBe('not-found')
  })

  test('C7: a late grant reads all history from cursor 0', async () => {
    const vault = await postedVault()
    const [labs] = vault.streams
    await push(world.core, owner.session, vault, await sealDrafts(createWriter(vault, owner.account, labs!), [{}, {}]))
    await addGrant(vault, grantee.account, {
      streams: [{ stream: labs!, rights: READ }],
      notAfter: world.time.now() + hour,
    })
    await post(vault)
    const state = emptyStream(vault.id, labs!)
    await readAs(state, (await pull(world.core, grantee.session, vault, labs!)).entries, [owner.account])
    expect(state.n).toBe(2)
  })

  test('H1: an ended session reads nothing', async () => {
    const vault = await postedVault()
    const session = await signIn(world.core, owner.account)
    await world.time.advance(hour)
    expect(await world.core.session(session.token)).toBeNull()
    const request = { streams: [{ stream: vault.streams[0]!, after: 0 }], budget: 1 }
    expect(errorOf(await world.core.pull(session, vault.id, request))).toBe('unauthenticated')
  })
})
