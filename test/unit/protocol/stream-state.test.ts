/** Streams as every reader recomputes them (S1, S2, S4, S5, S6): a server's word on an entry counts for nothing. */
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import {
  contradict,
  decodeHeader,
  emptyStream,
  hasStreamHead,
  headMessage,
  holdsPin,
  matchFetched,
  nextStreamHash,
  noteBare,
  noteFetched,
  noteVerified,
  OUTCOMES,
  outcomeOf,
  standingParent,
  stepStream,
  streamHead,
  streamStart,
  uncovered,
  verifyHead,
  type SignedHead,
  type SteppedEntry,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import { pull, serve, store, toEntry, createWriter, write, type Sealed } from '../../support/protocol-stream.ts'
import { createVault, type Vault } from '../../support/protocol-vault.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

let owner: Person
let vault: Vault
let stream: Uint8Array
beforeAll(async () => {
  owner = await createPerson('stream-owner')
  vault = await createVault(owner)
  stream = vault.streams[0]!
})

const fault = (name: string) => ({ type: 'fault', fault: name })
const fresh = () => emptyStream(vault.id, stream)

/** Steps an entry that must count. */
function stepped(state: StreamState, entry: StreamEntry): SteppedEntry {
  const outcome = stepStream(state, entry)
  if ('type' in outcome) throw new Error(outcome.fault)
  return outcome
}

/** Three new records by one device, as an honest server serves them. */
async function threeRecords() {
  const writer = createWriter(vault, stream, owner)
  const served = serve(vault, stream)
  const sealed: Sealed[] = []
  for (let i = 0; i < 3; i++) sealed.push(await write(writer, {}, served.state))
  const entries = sealed.map((each) => store(served, each))
  return { writer, served, sealed, entries }
}

describe('the chain', () => {
  test('S1: the start of a chain differs by vault and by stream', () => {
    const [a, b] = [new Uint8Array(16), new Uint8Array(16).fill(1)]
    const starts = [streamStart(a, a), streamStart(a, b), streamStart(b, a), streamStart(b, b)]
    expect(new Set(starts.map(idText)).size).toBe(4)
    expect(streamHead(emptyStream(a, b))).toEqual({ n: 0, h: streamStart(a, b) })
  })

  test('S1: h depends on the hash before, the number, the outcome and the envelope', () => {
    const [a, b] = [new Uint8Array(32), new Uint8Array(32).fill(1)]
    const hashes = [
      ...OUTCOMES.map((outcome) => nextStreamHash(a, 1, outcome, a)),
      nextStreamHash(b, 1, 'current', a),
      nextStreamHash(a, 2, 'current', a),
      nextStreamHash(a, 1, 'current', b),
    ]
    expect(new Set(hashes.map(idText)).size).toBe(6)
  })

  test('S1: an honest run is read to the same head by every reader, from its start and from any position', async () => {
    const { entries, served } = await threeRecords()
    const state = fresh()
    for (const entry of entries) stepped(state, entry)
    expect(streamHead(state)).toEqual(streamHead(served.state))
    expect([0, 1, 2, 3].every((n) => hasStreamHead(state, { n, h: served.state.hashes[n]! }))).toBe(true)
    expect(hasStreamHead(state, { n: 2, h: served.state.hashes[3]! })).toBe(false)
    expect(hasStreamHead(state, { n: 4, h: served.state.hashes[3]! })).toBe(false)
  })

  test('S4: a hole, a reordered run, a number given twice and a number that goes back stop the stream', async () => {
    const { entries } = await threeRecords()
    const [first, second, third] = entries as [StreamEntry, StreamEntry, StreamEntry]
    const runs = [[first, third], [second], [first, first], [first, second, { ...third, n: 2 }], [{ ...first, n: 0 }]]
    for (const run of runs) {
      const state = fresh()
      const last = run.pop()!
      for (const entry of run) stepped(state, entry)
      expect(stepStream(state, last)).toEqual(fault('number'))
    }
  })

  test('S2: the numbers of one device follow without a gap, a repeat or another history behind them', async () => {
    const { sealed } = await threeRecords()
    const at = (index: number, n: number) => toEntry(sealed[index]!, n, 'current')
    const skipped = fresh()
    stepped(skipped, at(0, 1))
    expect(stepStream(skipped, at(2, 2))).toEqual(fault('sequence'))
    expect(stepStream(skipped, at(0, 2))).toEqual(fault('sequence'))
    expect(stepStream(fresh(), at(1, 1))).toEqual(fault('sequence'))

    const copied = createWriter(vault, stream, owner)
    const twin = await write(copied)
    const reused = fresh()
    stepped(reused, at(0, 1))
    expect(stepStream(reused, toEntry(twin, 2, 'current'))).toEqual(fault('sequence'))
    const other = await write({ ...copied, seq: 1, previous: twin.hash })
    expect(stepStream(reused, toEntry(other, 2, 'current'))).toEqual(fault('sequence'))
  })

  test('S4: an entry of another vault or stream is no entry of this one', async () => {
    const elsewhere = await createVault(owner)
    const foreign = [
      await write(createWriter(vault, vault.streams[1]!, owner)),
      await write(createWriter(elsewhere, elsewhere.streams[0]!, owner)),
      await write(createWriter(elsewhere, stream, owner)),
    ]
    for (const sealed of foreign) expect(stepStream(fresh(), toEntry(sealed, 1, 'current'))).toEqual(fault('place'))
  })

  test('S4: a header that is none, a body that is not the one hashed, and a void with a body stop the stream', async () => {
    const { entries } = await threeRecords()
    const [first] = entries as [StreamEntry]
    const body = first.body!.slice()
    body[60]! ^= 1
    expect(stepStream(fresh(), { ...first, header: first.header.subarray(1) })).toEqual(fault('malformed'))
    expect(stepStream(fresh(), { ...first, body })).toEqual(fault('body'))
    expect(stepStream(fresh(), { ...first, body: new Uint8Array() })).toEqual(fault('body'))
    expect(stepStream(fresh(), { ...first, outcome: 'void' })).toEqual(fault('void-with-body'))
    expect(stepStream(fresh(), { ...first, body: null })).toHaveProperty('n', 1)
  })

  test('S4: a refused entry leaves the state as it was', async () => {
    const { entries } = await threeRecords()
    const state = fresh()
    stepped(state, entries[0]!)
    const before = streamHead(state)
    for (const entry of [
      entries[2]!,
      { ...entries[1]!, outcome: 'conflict' as const },
      { ...entries[1]!, body: new Uint8Array() },
    ])
      expect(stepStream(state, entry)).toHaveProperty('type', 'fault')
    expect(streamHead(state)).toEqual(before)
    expect(state.envelopes.size).toBe(1)
    expect(stepped(state, entries[1]!).n).toBe(2)
  })
})

describe('outcomes', () => {
  test("S2: current follows the record's current envelope, or is its first; all else is a conflict", () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    expect(outcomeOf(ZERO_HASH, null)).toBe('current')
    expect(outcomeOf(a, a)).toBe('current')
    expect(outcomeOf(a, null)).toBe('conflict')
    expect(outcomeOf(a, b)).toBe('conflict')
    expect(outcomeOf(ZERO_HASH, a)).toBe('conflict')
    const nearly = ZERO_HASH.slice()
    nearly[31] = 1
    expect(outcomeOf(nearly, null)).toBe('conflict')
  })

  test('S2: an outcome that the server shows wrong, either way, stops the stream', async () => {
    const { entries, sealed, writer, served } = await threeRecords()
    expect(stepStream(fresh(), { ...entries[0]!, outcome: 'conflict' })).toEqual(fault('outcome'))
    const stale = await write(writer, { doc: sealed[0]!.header.doc, parent: new Uint8Array(32).fill(9) }, served.state)
    const state = fresh()
    for (const entry of entries) stepped(state, entry)
    expect(stepStream(state, toEntry(stale, 4, 'current'))).toEqual(fault('outcome'))
    expect(stepped(state, toEntry(stale, 4, 'conflict')).outcome).toBe('conflict')
    expect(state.records.get(idText(stale.header.doc))?.conflicts.size).toBe(1)
  })

  test('S2: a current envelope takes in the conflicts that it names, of its own record only', async () => {
    const { sealed, writer, served } = await threeRecords()
    const [one, two] = sealed as [Sealed, Sealed]
    const stale = (of: Sealed) => write(writer, { doc: of.header.doc, parent: ZERO_HASH }, served.state)
    const conflictOne = await stale(one)
    store(served, conflictOne)
    const conflictTwo = await stale(two)
    store(served, conflictTwo)
    const taking = await write(
      writer,
      { doc: one.header.doc, parent: one.hash, merged: [conflictOne.hash, conflictTwo.hash] },
      served.state,
    )
    expect(store(served, taking).outcome).toBe('current')
    expect(served.state.records.get(idText(one.header.doc))?.conflicts.size).toBe(0)
    expect(served.state.records.get(idText(two.header.doc))?.conflicts.size).toBe(1)
  })

  test('S2: a conflict that names conflicts leaves them open', async () => {
    const { sealed, writer, served } = await threeRecords()
    const doc = sealed[0]!.header.doc
    const first = await write(writer, { doc }, served.state)
    store(served, first)
    const second = await write(writer, { doc, merged: [first.hash] }, served.state)
    expect(store(served, second).outcome).toBe('conflict')
    expect(served.state.records.get(idText(doc))?.conflicts.size).toBe(2)
  })
})

describe('void entries', () => {
  test('S2: the next envelope of the device counts its void ones, exactly', async () => {
    for (const [voids, expected] of [
      [0, fault('voids')],
      [1, fault('voids')],
      [2, null],
      [3, fault('voids')],
    ] as const) {
      const writer = createWriter(vault, stream, owner)
      const state = fresh()
      for (const n of [1, 2]) stepped(state, toEntry(await write(writer), n, 'void'))
      const next = await write(writer, { voids })
      const outcome = stepStream(state, toEntry(next, 3, 'current'))
      if (expected === null) expect(outcome).toHaveProperty('n', 3)
      else expect(outcome).toEqual(expected)
    }
  })

  test('S2: a server that shows a current envelope as void is contradicted by the next envelope of its device', async () => {
    const { entries } = await threeRecords()
    const state = fresh()
    stepped(state, { ...entries[0]!, outcome: 'void', body: null, proof: null })
    expect(stepStream(state, entries[1]!)).toEqual(fault('voids'))
  })

  test("S2: a void is no record's envelope: nothing continues it", async () => {
    const writer = createWriter(vault, stream, owner)
    const state = fresh()
    const first = await write(writer)
    stepped(state, toEntry(first, 1, 'void'))
    expect(state.records.size).toBe(0)
    const next = await write(writer, { doc: first.header.doc, parent: first.hash, voids: 1 })
    expect(stepStream(state, toEntry(next, 2, 'current'))).toEqual(fault('outcome'))
    expect(stepped(state, toEntry(next, 2, 'conflict')).n).toBe(2)
  })

  test('C5: what was written over voids continues from what the first of them was on, or from nothing', async () => {
    for (const isNew of [false, true]) {
      const writer = createWriter(vault, stream, owner)
      const state = fresh()
      const first = await write(writer)
      stepped(state, toEntry(first, 1, isNew ? 'void' : 'current'))
      let parent = first
      for (const n of [2, 3]) {
        parent = await write(writer, { doc: first.header.doc, parent: parent.hash })
        stepped(state, toEntry(parent, n, 'void'))
      }
      const stands = isNew ? ZERO_HASH : first.hash
      for (const hash of [first.hash, parent.hash, stands]) expect(standingParent(state, idText(hash))).toEqual(stands)
    }
    const put = await threeRecords()
    const state = fresh()
    for (const entry of put.entries) stepped(state, entry)
    const [first] = put.sealed
    expect(standingParent(state, idText(first!.hash), (n) => n === 1)).toEqual(ZERO_HASH)
    expect(standingParent(state, idText(first!.hash), (n) => n === 2)).toEqual(first!.hash)
    const unknown = sha256(new Uint8Array(1))
    expect(standingParent(fresh(), idText(unknown))).toEqual(unknown)
    expect(standingParent(fresh(), '')).toEqual(ZERO_HASH)
  })

  test('S4: a void needs no body and covers nothing that it names: its signature is never shown', async () => {
    const { entries, sealed } = await threeRecords()
    const state = fresh()
    const bare = stepped(state, { ...entries[0]!, body: null, proof: null })
    noteBare(state, bare)
    const thief = createWriter(vault, stream, await createPerson('forger'))
    const forged = await write(thief, { doc: sealed[0]!.header.doc, parent: sealed[0]!.hash })
    noteBare(state, stepped(state, toEntry(forged, 2, 'void')))
    expect(uncovered(state)).toEqual([1])
  })
})

describe('what may come without its body', () => {
  /** Record A with three revisions, then record B; the server holds all bodies. */
  async function revised() {
    const writer = createWriter(vault, stream, owner)
    const served = serve(vault, stream)
    const first = await write(writer, {}, served.state)
    store(served, first)
    const { doc } = first.header
    const second = await write(writer, { doc, parent: first.hash }, served.state)
    store(served, second)
    const third = await write(writer, { doc, parent: second.hash }, served.state)
    store(served, third)
    const other = await write(writer, {}, served.state)
    store(served, other)
    return { writer, served, first, second, third, other }
  }

  function readAll(entries: StreamEntry[], verified: (n: number) => boolean = () => true): StreamState {
    const state = fresh()
    for (const entry of entries) {
      const each = stepped(state, entry)
      if (entry.body === null) noteBare(state, each)
      else if (verified(each.n)) noteVerified(state, each.header)
    }
    return state
  }
  const bared = (entries: StreamEntry[], ...numbers: number[]) =>
    entries.map((entry) => (numbers.includes(entry.n) ? { ...entry, body: null, proof: null } : entry))

  test('S4: superseded revisions come bare and are covered down the whole line of parents', async () => {
    const { served } = await revised()
    const entries = pull(served)
    expect(entries.map(({ body }) => body === null)).toEqual([true, true, false, false])
    const state = readAll(entries)
    expect(uncovered(state)).toEqual([])
    expect(state.bare.size).toBe(0)
  })

  test('S4: a current revision shown bare is withheld', async () => {
    const { served } = await revised()
    const entries = pull(served)
    expect(uncovered(readAll(bared(entries, 3)))).toEqual([1, 2, 3])
    expect(uncovered(readAll(bared(entries, 4)))).toEqual([4])
  })

  test('S4: what only an unverified envelope names stays withheld', async () => {
    const { served } = await revised()
    expect(uncovered(readAll(pull(served), (n) => n !== 3))).toEqual([1, 2])
  })

  test('S4: an envelope covers nothing in another record, whatever it names', async () => {
    const { served, third, writer } = await revised()
    const helper = await write(writer, { merged: [third.hash] }, served.state)
    store(served, helper)
    const foreignParent = await write(writer, { parent: third.hash }, served.state)
    store(served, foreignParent, 'conflict')
    expect(uncovered(readAll(bared(pull(served), 3)))).toEqual([1, 2, 3])
  })

  test('S4: an open conflict shown bare is withheld, also when a later conflict names it', async () => {
    const { served, first, writer } = await revised()
    const { doc } = first.header
    const stale = await write(writer, { doc, parent: first.hash }, served.state)
    store(served, stale)
    const naming = await write(writer, { doc, parent: stale.hash, merged: [stale.hash] }, served.state)
    store(served, naming)
    expect(uncovered(readAll(pull(served)))).toEqual([])
    expect(uncovered(readAll(bared(pull(served), 5)))).toEqual([5])
  })

  test('S4: a conflict that was taken in comes bare', async () => {
    const { served, first, third, writer } = await revised()
    const { doc } = first.header
    const stale = await write(writer, { doc, parent: first.hash }, served.state)
    store(served, stale)
    const taking = await write(writer, { doc, parent: third.hash, merged: [stale.hash] }, served.state)
    store(served, taking)
    const entries = pull(served)
    expect(entries.map(({ body }) => body === null)).toEqual([true, true, true, false, true, false])
    expect(uncovered(readAll(entries))).toEqual([])
  })

  test('S4: a bare entry that is fetched with its own body, and no other, is covered', async () => {
    const { served, second, other } = await revised()
    const state = readAll(pull(served), (n) => n !== 3)
    const full = toEntry(second, 2, 'current')
    const changed = full.body!.slice()
    changed[70]! ^= 1
    const wrong: StreamEntry[] = [
      { ...full, body: null },
      { ...full, body: changed },
      { ...full, body: changed, bodyHash: sha256(changed) },
      { ...full, n: 3 },
      { ...full, n: 9 },
      { ...full, outcome: 'conflict' },
      { ...toEntry(other, 2, 'current') },
    ]
    for (const entry of wrong) expect(matchFetched(state, entry)).toBeNull()
    noteFetched(state, matchFetched(state, full)!)
    expect(uncovered(state)).toEqual([])
  })

  test('S4: a chain of 20,000 bare revisions is covered without a deep call', async () => {
    const state = fresh()
    const { first } = await revised()
    const random = seededBytes('long')
    const doc = idText(first.header.doc)
    const hashes = Array.from({ length: 20_000 }, () => random(32))
    hashes.forEach((hash, i) => {
      const names = i === 0 ? [] : [idText(hashes[i - 1]!)]
      state.bare.set(idText(hash), { n: i + 1, doc, names, covered: false })
    })
    expect(uncovered(state)).toHaveLength(20_000)
    noteVerified(state, { ...first.header, parent: hashes.at(-1)! })
    expect(uncovered(state)).toEqual([])
  })
})

describe('signed heads', () => {
  const server = generateSigningKeyPair(seededBytes('server'))
  const head = (fields: Partial<SignedHead> = {}): SignedHead => {
    const id = new Uint8Array(16).fill(5)
    return {
      kind: 'stream',
      id,
      n: 3,
      h: new Uint8Array(32).fill(1),
      time: 9,
      signature: new Uint8Array(64),
      ...fields,
    }
  }
  const signed = async (fields: Partial<SignedHead> = {}) => {
    const plain = head(fields)
    return { ...plain, signature: await sign(server, headMessage(plain)) }
  }

  test("S6: a head holds under the server's key, and any change of it does not", async () => {
    const good = await signed()
    expect(await verifyHead(good, server.publicKey)).toBe(true)
    const other = generateSigningKeyPair(seededBytes('other server'))
    expect(await verifyHead(good, other.publicKey)).toBe(false)
    const changes: Partial<SignedHead>[] = [
      { kind: 'control' },
      { kind: 'account' },
      { id: new Uint8Array(16) },
      { n: 4 },
      { h: new Uint8Array(32) },
      { time: 10 },
    ]
    for (const change of changes) expect(await verifyHead({ ...good, ...change }, server.publicKey)).toBe(false)
  })

  test('S6: two heads contradict each other when one position of one chain has two hashes, and only then', () => {
    const a = head()
    const other = { h: new Uint8Array(32).fill(2) }
    expect(contradict(a, head(other))).toBe(true)
    expect(contradict(a, head({ time: 99 }))).toBe(false)
    expect(contradict(a, head({ ...other, n: 4 }))).toBe(false)
    expect(contradict(a, head({ ...other, id: new Uint8Array(16) }))).toBe(false)
    expect(contradict(a, head({ ...other, kind: 'control' }))).toBe(false)
  })

  test("C9: a cut that pins a position off this reader's chain is seen; one beyond it is not judged yet", async () => {
    const { served } = await threeRecords()
    const { hashes } = served.state
    expect(holdsPin(hashes, { n: 2, h: hashes[2]! })).toBe(true)
    expect(holdsPin(hashes, { n: 2, h: hashes[1]! })).toBe(false)
    expect(holdsPin(hashes, { n: 0, h: hashes[0]! })).toBe(true)
    expect(holdsPin(hashes, { n: 0, h: ZERO_HASH })).toBe(false)
    expect(holdsPin(hashes, { n: 9, h: ZERO_HASH })).toBe(true)
    expect(decodeHeader(served.stored[0]!.sealed.headerBytes)).toEqual(served.stored[0]!.sealed.header)
  })
})
