/** Properties of streams and encodings over random inputs; each run prints its seed. */
import { decodeCbor, encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import {
  emptyStream,
  encodeHeader,
  envelopeHashOf,
  noteBare,
  noteVerified,
  stepStream,
  streamHead,
  uncovered,
  type Header,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'
import { cbor, cborOf, type Value } from './second-reader.ts'

const { value: anyCbor } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.nat(300),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.string({ maxLength: 30 }), tie('value'), { maxKeys: 6, noNullPrototype: false }),
  ),
}))

/** The second reader speaks of Buffers. */
function buffered(value: CborValue): Value {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(buffered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, buffered(each)]))
}

test('K1: the second reader and packages/ encode every value to the same bytes and read it back', () => {
  const property = fc.property(anyCbor, (value) => {
    const encoded = encodeCbor(value)
    expect(Buffer.from(encoded).equals(cborOf(buffered(value)))).toBe(true)
    expect(Buffer.from(encodeCbor(decodeCbor(encoded)!.value)).equals(encoded)).toBe(true)
    expect(cborOf(cbor(encoded)).equals(encoded)).toBe(true)
  })
  fc.assert(property, seeded(500))
})

test('K1: whatever bytes are read as a value are the one encoding of it', () => {
  let readable = 0
  const property = fc.property(
    anyCbor,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
    (value, changes) => {
      const bytes = encodeCbor(value)
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      const decoded = decodeCbor(bytes)
      if (decoded === null) return
      readable++
      expect(Buffer.from(encodeCbor(decoded.value)).equals(bytes)).toBe(true)
    },
  )
  fc.assert(property, seeded(2000))
  expect(readable).toBeGreaterThan(200)
})

/** One action: which device, which record, whether it has seen the newest revision, whether it takes conflicts in. */
interface Action {
  device: number
  record: number
  fresh: boolean
  merges: boolean
  deleted: boolean
}
const anyActions = fc.array(
  fc.record({ device: fc.nat(2), record: fc.nat(3), fresh: fc.boolean(), merges: fc.boolean(), deleted: fc.boolean() }),
  { maxLength: 40 },
)
const id = (kind: number, number: number) => new Uint8Array(16).fill(16 * kind + number)
const [vault, stream] = [id(1, 0), id(2, 0)]

/** Numbers the actions as an honest server would; all bodies are the bytes of their number. */
function serve(actions: readonly Action[]): { state: StreamState; full: StreamEntry[] } {
  const state = emptyStream(vault, stream)
  const seen = new Map<number, Uint8Array>()
  const full = actions.map((action, i) => {
    const doc = id(3, action.record)
    const chain = state.records.get(idText(doc))
    const device = state.devices.get(idText(id(4, action.device)))
    const parent = action.fresh ? (chain?.current?.hash ?? ZERO_HASH) : (seen.get(action.record) ?? ZERO_HASH)
    const conflicts = [...(chain?.conflicts.values() ?? [])].map(({ hash }) => hash)
    const header: Header = {
      vault,
      stream,
      doc,
      revision: id(5, i % 16),
      parent,
      merged: action.merges ? conflicts.slice(0, 4) : [],
      epoch: 1,
      account: id(6, 0),
      device: id(4, action.device),
      deviceSeq: (device?.seq ?? 0) + 1,
      devicePrevious: device?.previous ?? ZERO_HASH,
      control: { n: 1, h: ZERO_HASH },
      accountLog: { n: 1, h: ZERO_HASH },
      streamHead: streamHead(state),
      voids: 0,
      deleted: action.deleted,
      paddedLength: 256,
    }
    const bodyHash = new Uint8Array(32).fill(i + 1)
    const encoded = encodeHeader(header)
    const current = chain?.current?.hash ?? ZERO_HASH
    const outcome = Buffer.from(current).equals(parent) ? 'current' : 'conflict'
    const entry: StreamEntry = { n: i + 1, outcome, header: encoded, bodyHash, body: null, proof: null }
    const stepped = stepStream(state, entry)
    if ('type' in stepped) throw new Error(stepped.fault)
    if (i % 3 === 0) seen.set(action.record, envelopeHashOf(encoded, bodyHash))
    return entry
  })
  return { state, full }
}

const isOpen = (state: StreamState, n: number) =>
  [...state.records.values()].some(({ current, conflicts }) => {
    return current?.n === n || [...conflicts.values()].some((each) => each.n === n)
  })

/** A reader to whom the entries named in `bare` come without a body. */
function read(full: readonly StreamEntry[], bare: (n: number) => boolean): StreamState {
  const state = emptyStream(vault, stream)
  for (const entry of full) {
    const stepped = stepStream(state, entry)
    if ('type' in stepped) throw new Error(stepped.fault)
    if (bare(entry.n)) noteBare(state, stepped)
    else noteVerified(state, stepped.header)
  }
  return state
}

test("S4: whatever is done in whatever order, an honest pull withholds nothing and every reader comes to the server's state", () => {
  const property = fc.property(anyActions, (actions) => {
    const { state, full } = serve(actions)
    const reader = read(full, (n) => !isOpen(state, n))
    expect(streamHead(reader)).toEqual(streamHead(state))
    expect(reader.records).toEqual(state.records)
    expect(uncovered(reader)).toEqual([])
  })
  fc.assert(property, seeded(300))
})

test('S4: of a pull with any bodies left out, exactly the open ones and what they alone reach are missed', () => {
  const property = fc.property(
    anyActions,
    fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
    (actions, drops) => {
      const { state, full } = serve(actions)
      const bare = (n: number) => !isOpen(state, n) || drops[n - 1]!
      const missed = uncovered(read(full, bare))
      const dropped = full.map(({ n }) => n).filter((n) => isOpen(state, n) && drops[n - 1]!)
      for (const n of dropped) expect(missed).toContain(n)
      if (dropped.length === 0) expect(missed).toEqual([])
      for (const n of missed) expect(bare(n)).toBe(true)
    },
  )
  fc.assert(property, seeded(300))
})

test('S1: no change of an outcome, an order or a number leaves the head as it was', () => {
  const property = fc.property(anyActions, fc.nat(), fc.nat(2), (actions, at, kind) => {
    const { state, full } = serve(actions)
    if (full.length < 2) return
    const index = at % (full.length - 1)
    const changed = full.slice()
    const entry = full[index]!
    if (kind === 0) changed[index] = { ...entry, outcome: entry.outcome === 'current' ? 'conflict' : 'current' }
    else if (kind === 1) changed.splice(index, 2, { ...full[index + 1]!, n: entry.n }, { ...entry, n: entry.n + 1 })
    else changed.splice(index, 1)
    const reader = emptyStream(vault, stream)
    const held = changed.every((each) => !('type' in stepStream(reader, each)))
    expect(held && Buffer.from(reader.h).equals(state.h)).toBe(false)
  })
  fc.assert(property, seeded(300))
})
