/** Each edge of a stream by itself (S1, S2, S4, C3): one thing wrong at a time, and what is known of an entry beforehand. */
import { sha256 } from '@chartkeep/crypto/hash'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import { continuedAuthor } from '@chartkeep/protocol/control'
import {
  bareEntry,
  emptyStream,
  entryNode,
  envelopeHashOf,
  hasStreamHead,
  matchFetched,
  noteBare,
  noteVerified,
  stepBare,
  stepStream,
  streamHead,
  uncovered,
  type SteppedEntry,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import { createWriter, serve, store, toEntry, write, type Sealed } from '../../support/protocol-stream.ts'
import { createVault, lookupOf, type Vault } from '../../support/protocol-vault.ts'
import { countingBytes } from '../../support/vectors.ts'

let owner: Person
let other: Person
let vault: Vault
let stream: Uint8Array
beforeAll(async () => {
  owner = await createPerson('edges-owner')
  other = await createPerson('edges-other')
  vault = await createVault(owner)
  stream = vault.streams[0]!
})

const fault = (name: string) => ({ type: 'fault', fault: name })
const fresh = (start = 0) => emptyStream(vault.id, stream, start)
const by = (person = owner) => createWriter(vault, stream, person)

function stepped(
  state: StreamState,
  entry: Parameters<typeof stepStream>[1],
  known?: Parameters<typeof stepStream>[2],
): SteppedEntry {
  const outcome = stepStream(state, entry, known)
  if ('type' in outcome) throw new Error(outcome.fault)
  return outcome
}

const bare = (entry: StreamEntry): StreamEntry => ({ ...entry, body: null, proof: null })

describe('the sequence of a device', () => {
  test('S2: its number follows, and the hash of the one before, each by itself', async () => {
    const writer = by()
    const first = await write(writer)
    const after = async (fields: object) => {
      const state = fresh()
      stepped(state, toEntry(first, 1, 'current'))
      return stepStream(state, toEntry(await write({ ...writer }, fields), 2, 'current'))
    }
    expect(await after({})).toHaveProperty('n', 2)
    expect(await after({ deviceSeq: 3 })).toEqual(fault('sequence'))
    expect(await after({ deviceSeq: 1 })).toEqual(fault('sequence'))
    expect(await after({ devicePrevious: countingBytes(32) })).toEqual(fault('sequence'))
  })

  test('S2: who has had no void counts none', async () => {
    for (const voids of [1, 65_535])
      expect(stepStream(fresh(), toEntry(await write(by(), { voids }), 1, 'current'))).toEqual(fault('voids'))
  })

  test('S2: an entry that was there is not there once more', async () => {
    const writer = by()
    const state = fresh()
    const sealed = await write(writer)
    stepped(state, toEntry(sealed, 1, 'current'))
    expect(stepStream(state, toEntry(sealed, 2, 'current'))).toEqual(fault('sequence'))
    expect(stepStream(state, toEntry(sealed, 2, 'void'))).toEqual(fault('sequence'))
  })

  test('C3, S2: voids of whoever wrote before the start are not known until its next envelope counts them', async () => {
    const writer = by()
    const served = serve(vault, stream)
    const before = await write(writer, {}, served.state)
    store(served, before)
    const state = fresh(1)
    expect(stepBare(state, bareEntry(1, 'current', before.hash))).toBeNull()
    // One void here, and perhaps others before.
    const lost = await write(writer)
    stepped(state, toEntry(lost, 2, 'void'))
    expect(state.devices.get(idText(owner.device.id))).toMatchObject({ seq: 2, voids: -1 })
    const next = await write({ ...writer }, { voids: 3 })
    stepped(state, toEntry(next, 3, 'current'))
    expect(state.devices.get(idText(owner.device.id))).toMatchObject({ seq: 3, voids: 0 })
    const counted = await write({ ...writer, seq: 3, previous: next.hash }, { voids: 1 })
    expect(stepStream(state, toEntry(counted, 4, 'current'))).toEqual(fault('voids'))
  })
})

describe('outcomes', () => {
  test('S2: a void of a record that is there changes none of it, and is nobody’s to continue with', async () => {
    const state = fresh()
    const made = await write(by())
    const { doc } = made.header
    stepped(state, toEntry(made, 1, 'current'))
    const lost = await write(by(other), { doc, parent: made.hash })
    stepped(state, toEntry(lost, 2, 'void'))
    const chain = state.records.get(idText(doc))!
    expect([chain.founder, idText(chain.current!.hash), chain.conflicts.size]).toEqual([
      idText(made.hash),
      idText(made.hash),
      0,
    ])
    expect(state.envelopes.get(idText(lost.hash))).toMatchObject({ n: 2, isVoid: true })
    expect(state.envelopes.get(idText(made.hash))).toMatchObject({ n: 1, isVoid: false })
    const claim = { ...made.header, parent: lost.hash }
    expect(continuedAuthor(vault.state, state, claim, null, lookupOf(owner, other))).toBeNull()
  })

  test('C3: of a record with a current entry after the start everybody knows the outcome; before it the chain says', async () => {
    const writer = by()
    const served = serve(vault, stream)
    const before = await write(writer, {}, served.state)
    store(served, before)
    const made = await write(writer, {}, served.state)
    store(served, made)
    const { doc } = made.header
    const reader = () => {
      const state = fresh(1)
      stepBare(state, bareEntry(1, 'current', before.hash))
      stepped(state, toEntry(made, 2, 'current'))
      return state
    }
    const beside = await write({ ...writer }, { doc })
    expect(stepStream(reader(), toEntry(beside, 3, 'current'))).toEqual(fault('outcome'))
    expect(stepStream(reader(), toEntry(beside, 3, 'conflict'))).toHaveProperty('n', 3)
    // Nobody knows the parent: it is in no record of after the start, and is no earlier hash.
    const stray = await write({ ...writer }, { parent: countingBytes(32) })
    expect(stepStream(reader(), toEntry(stray, 3, 'current'))).toEqual(fault('outcome'))
    expect(stepStream(reader(), toEntry(stray, 3, 'conflict'))).toHaveProperty('n', 3)
  })

  test('E6: what later envelopes are judged by: who, to what record, over which parent, and with what it takes in', async () => {
    const { header } = await write(by())
    const node = (change: object) => entryNode({ ...header, ...change }, 'hash', 7, 'current')
    expect(node({})).toEqual({
      n: 7,
      hash: 'hash',
      account: owner.state.account,
      device: owner.device.id,
      doc: idText(header.doc),
      parent: null,
      merges: false,
      deleted: false,
      controlN: header.control.n,
      accountN: header.accountLog.n,
      isVoid: false,
    })
    expect(node({ parent: countingBytes(32) }).parent).toBe(idText(countingBytes(32)))
    expect(node({ merged: [countingBytes(32)] }).merges).toBe(true)
    expect(node({ deleted: true }).deleted).toBe(true)
    expect(entryNode(header, 'hash', 7, 'void').isVoid).toBe(true)
    expect(entryNode(header, 'hash', 7, 'conflict').isVoid).toBe(false)
  })
})

describe('what is known beforehand', () => {
  test('S4: of an entry with its body the hashes that the reader computed are taken, and compared with what is said', async () => {
    const sealed = await write(by())
    const entry = toEntry(sealed, 1, 'current')
    const known = { bodyHash: entry.bodyHash, hash: sealed.hash }
    const state = fresh()
    expect(stepped(state, entry, known).hash).toEqual(sealed.hash)
    expect(stepStream(fresh(), { ...entry, bodyHash: countingBytes(32) }, known)).toEqual(fault('body'))
    expect(stepStream(fresh(), { ...entry, bodyHash: countingBytes(32) })).toEqual(fault('body'))
  })

  test('S4: what is known of a body says nothing about an entry without one, unless its reader sealed it', async () => {
    const sealed = await write(by())
    const entry = bare(toEntry(sealed, 1, 'current'))
    const foreign = { bodyHash: entry.bodyHash, hash: countingBytes(32) }
    expect(stepped(fresh(), entry, foreign).hash).toEqual(envelopeHashOf(entry.header, entry.bodyHash))
    const own = { bodyHash: entry.bodyHash, hash: sealed.hash, decoded: sealed.header }
    expect(stepped(fresh(), { ...entry, header: new Uint8Array(3) }, own)).toMatchObject({ hash: sealed.hash, n: 1 })
  })

  test('S4: an entry that leaves its body out is as one whose body is null', async () => {
    const { header, bodyHash } = toEntry(await write(by()), 1, 'current')
    const facts = { n: 1, outcome: 'current' as const, header, bodyHash }
    expect(stepStream(fresh(), facts)).toHaveProperty('n', 1)
    expect(stepBare(fresh(1), { ...facts, header: new Uint8Array() })).toBeNull()
  })
})

describe('what is fetched later', () => {
  test('S4: it is where this reader has been, and nowhere else', async () => {
    const writer = by()
    const state = fresh()
    const first = toEntry(await write(writer), 1, 'current')
    const second = toEntry(await write(writer), 2, 'current')
    stepped(state, first)
    stepped(state, second)
    expect(matchFetched(state, second)).toMatchObject({ n: 2 })
    for (const wrong of [
      { ...second, n: 0 },
      { ...second, n: 3 },
      { ...second, n: 4 },
      { ...first, n: 2 },
      { ...second, header: second.header.subarray(1) },
      bare(second),
    ])
      expect(matchFetched(state, wrong)).toBeNull()
  })

  test('S1: the head of a stream is at its number alone', async () => {
    const state = fresh()
    stepped(state, toEntry(await write(by()), 1, 'current'))
    const { h } = streamHead(state)
    expect([0, 1, 2, -1].map((n) => hasStreamHead(state, { n, h }))).toEqual([false, true, false, false])
  })

  test('S4: numbers come in their order, whatever order they were noted in', () => {
    const state = fresh()
    for (const n of [3, 1, 2, 20, 10]) state.bare.set(`hash ${n}`, { n, doc: 'doc', names: [], covered: false })
    expect(uncovered(state)).toEqual([1, 2, 3, 10, 20])
  })

  test('S4: a conflict that was named while it was open stays covered once it is taken in', async () => {
    const writer = by()
    const served = serve(vault, stream)
    const put = async (fields: object = {}) => {
      const sealed = await write(writer, fields, served.state)
      return { sealed, entry: store(served, sealed) }
    }
    const first = await put()
    const { doc } = first.sealed.header
    const open = await put({ doc })
    const naming = await put({ doc, merged: [open.sealed.hash] })
    const state = fresh()
    const verified = (entry: StreamEntry) => noteVerified(state, stepped(state, entry).header)
    verified(first.entry)
    noteBare(state, stepped(state, bare(open.entry)))
    expect(uncovered(state)).toEqual([2])
    verified(naming.entry)
    expect(uncovered(state), 'open, so it comes with a body').toEqual([2])
    const taking = await put({ doc, parent: first.sealed.hash, merged: [open.sealed.hash, naming.sealed.hash] })
    noteBare(state, stepped(state, bare(taking.entry)))
    expect(uncovered(state)).toEqual([4])
  })

  test('S4: in a record that has conflicts and no current entry each of them comes with its body', async () => {
    const writer = by()
    const state = fresh()
    const parent = countingBytes(32)
    const one = await write(writer, { parent })
    const { doc } = one.header
    noteBare(state, stepped(state, toEntry(one, 1, 'conflict', true)))
    const two: Sealed = await write(writer, { doc, parent: one.hash })
    noteVerified(state, stepped(state, toEntry(two, 2, 'conflict')).header)
    expect(state.records.get(idText(doc))!.current).toBeNull()
    expect(uncovered(state)).toEqual([1])
    expect(state.bare.get(idText(one.hash))).toMatchObject({ covered: true, names: [idText(parent)] })
  })

  test('S4: a current entry comes with its body, though a conflict that takes it in was verified', async () => {
    const writer = by()
    const state = fresh()
    const current = await write(writer)
    const { doc } = current.header
    noteBare(state, stepped(state, bare(toEntry(current, 1, 'current'))))
    const naming = await write(writer, { doc, merged: [current.hash] })
    noteVerified(state, stepped(state, toEntry(naming, 2, 'conflict')).header)
    expect(state.bare.get(idText(current.hash))!.covered).toBe(true)
    expect(uncovered(state)).toEqual([1])
  })

  test('S4: a bare entry notes what it names, of which it covers nothing by itself', async () => {
    const writer = by()
    const state = fresh()
    const first = await write(writer)
    const { doc } = first.header
    const step = (sealed: Sealed, n: number) => noteBare(state, stepped(state, bare(toEntry(sealed, n, 'current'))))
    step(first, 1)
    step(await write(writer, { doc, parent: first.hash }), 2)
    expect([...state.bare.values()].map(({ n, names }) => [n, names])).toEqual([
      [1, [idText(ZERO_HASH)]],
      [2, [idText(first.hash)]],
    ])
    expect(uncovered(state)).toEqual([1, 2])
    expect(sha256(first.body)).toEqual(toEntry(first, 1, 'current').bodyHash)
  })
})
