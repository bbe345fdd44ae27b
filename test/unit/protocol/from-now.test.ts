/** A grant that begins at a head (C3) and the chain of a reader who gets only hashes before it, without any device or server around. */
import { AMEND, APPEND, idText, READ, ZERO_HASH } from '@chartkeep/protocol'
import { applyControlEntry, continuedAuthor, rightVerdict, type PartOpen } from '@chartkeep/protocol/control'
import {
  bareEntry,
  emptyStream,
  hasStreamHead,
  isBareHash,
  stepBare,
  stepStream,
  streamHead,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import { beforeAll, describe, expect, test } from 'vitest'
import { createPerson, type Person } from '../../support/protocol-people.ts'
import {
  createWriter,
  pull,
  serve,
  store,
  toEntry,
  write,
  type ServedStream,
  type Writer,
} from '../../support/protocol-stream.ts'
import {
  createPart,
  createVault,
  epochOf,
  extendVault,
  freshEpochs,
  grantParts,
  lookupOf,
  makeGrant,
  ownerParts,
  signAs,
  type Vault,
} from '../../support/protocol-vault.ts'

const refusal = (reason: string) => ({ type: 'refused', reason })
const fault = (name: string) => ({ type: 'fault', fault: name })

let owner: Person
let doctor: Person
let second: Person
beforeAll(async () => {
  owner = await createPerson('now-owner')
  doctor = await createPerson('now-doctor')
  second = await createPerson('now-second')
})

/** A grant of `doctor` that begins after `start` in the first stream, and brings its next epoch. */
function fromNow(
  vault: Vault,
  start: { n: number; h: Uint8Array },
  change: (open: PartOpen) => PartOpen = (open) => open,
) {
  const [stream] = vault.streams
  const keys = freshEpochs(vault, [stream!])
  const made = grantParts(
    vault,
    { grantee: doctor, scopes: [{ stream: stream!, rights: READ | APPEND | AMEND }] },
    (open) =>
      change({
        ...open,
        streams: open.streams.map((each) =>
          idText(each.stream) === idText(stream!) ? { ...each, from: start } : each,
        ),
      }),
  )
  const parts = [made.parts[0]!, ...ownerParts(vault, [made.audit, ...keys])]
  const body = { ...made.body, epochs: [...made.body.epochs!, ...keys.map(epochOf)] }
  return { ...made, body, parts, keys }
}

async function tried(vault: Vault, { body, parts }: Pick<ReturnType<typeof fromNow>, 'body' | 'parts'>) {
  return applyControlEntry(vault.state, await signAs(vault, owner, body, parts), lookupOf(owner, doctor, second))
}

describe('the grant', () => {
  test('C3: it names the head after which it begins and opens a new epoch of that stream in the same entry', async () => {
    const vault = await createVault(owner)
    const start = { n: 4, h: new Uint8Array(32).fill(4) }
    const made = fromNow(vault, start)
    await extendVault(vault, await signAs(vault, owner, made.body, made.parts), made.keys)
    const [stream] = vault.streams
    const grant = vault.state.grants.get(idText(made.grant))!
    expect(grant.streams.get(idText(stream!))).toEqual({ rights: READ | APPEND | AMEND, start })
    expect(grant.streams.get(idText(made.audit.stream))).toMatchObject({ start: null })
    expect(vault.state.streams.get(idText(stream!))!.epoch).toBe(2)
  })

  test('C3: without the new epoch, with a number for a head, or for the audit log of the grant it is refused', async () => {
    const vault = await createVault(owner)
    const start = { n: 1, h: ZERO_HASH }
    const made = fromNow(vault, start)
    const without = { ...made.body, epochs: made.body.epochs.slice(0, 1) }
    expect(await tried(vault, { body: without, parts: made.parts })).toEqual(refusal('bad-grant'))
    const bend = (from: unknown, audit = false) =>
      fromNow(vault, start, (open) => ({
        ...open,
        streams: open.streams.map((each, index) =>
          (index === 1) === audit ? { ...each, from: from as number } : each,
        ),
      }))
    expect(await tried(vault, bend(1))).toEqual(refusal('bad-parts'))
    expect(await tried(vault, bend({ n: 1 }))).toEqual(refusal('bad-parts'))
    expect(await tried(vault, bend(start, true))).toEqual(refusal('bad-grant'))
  })

  test('C3, C4: the new epoch reaches whoever reads the stream already by a part of their own', async () => {
    const vault = await createVault(owner)
    const { grant } = await makeGrant(vault, { grantee: second, scopes: [{ stream: vault.streams[0]!, rights: READ }] })
    const made = fromNow(vault, { n: 0, h: emptyStream(vault.id, vault.streams[0]!).h })
    const parts = [...made.parts, createPart({ vault: vault.id, recipient: second, grant, keys: made.keys })]
    expect(await tried(vault, { body: made.body, parts })).toHaveProperty('n', 3)
  })
})

interface World {
  vault: Vault
  served: ServedStream
  byOwner: Writer
  byDoctor: Writer
}

async function world(): Promise<World> {
  const vault = await createVault(owner)
  const [stream] = vault.streams
  await makeGrant(vault, { grantee: doctor, scopes: [{ stream: stream!, rights: READ | APPEND | AMEND }] })
  const served = serve(vault, stream!)
  return { vault, served, byOwner: createWriter(vault, stream!, owner), byDoctor: createWriter(vault, stream!, doctor) }
}

async function put({ served }: World, writer: Writer, fields: Parameters<typeof write>[1] = {}) {
  const sealed = await write(writer, fields, served.state)
  store(served, sealed)
  return sealed
}

/** What a reader gets whose grant begins after `start`: hashes up to it, the entries as they are from there on. */
function shownFrom({ served }: World, start: number): StreamEntry[] {
  return pull(served).map((entry, i) => {
    const { sealed, outcome } = served.stored[i]!
    return entry.n <= start ? bareEntry(entry.n, outcome, sealed.hash) : entry
  })
}

/** Steps a run; the first fault, null when all of it holds. */
function run(state: StreamState, entries: StreamEntry[]): unknown {
  for (const entry of entries) {
    const stepped = isBareHash(entry) ? stepBare(state, entry) : stepStream(state, entry)
    if (typeof stepped === 'string') return fault(stepped)
    if (stepped !== null && 'type' in stepped) return stepped
  }
  return null
}

const reader = (at: World, start: number) => emptyStream(at.vault.id, at.vault.streams[0]!, start)

describe('the chain of its reader', () => {
  test('C3, C7: hashes alone lead to the very chain of everybody else, and what was written after continues from it', async () => {
    const at = await world()
    const first = await put(at, at.byOwner)
    await put(at, at.byDoctor)
    await put(at, at.byOwner)
    await put(at, at.byOwner, { doc: first.header.doc, parent: first.hash })
    await put(at, at.byOwner)
    const state = reader(at, 3)
    expect(run(state, shownFrom(at, 3))).toBeNull()
    expect(streamHead(state)).toEqual(streamHead(at.served.state))
    expect([state.before.size, state.envelopes.size]).toEqual([3, 2])
    expect(hasStreamHead(state, { n: 2, h: at.served.state.hashes[2]! }), 'heads of before can be named').toBe(true)
    expect(state.devices.get(idText(owner.device.id))).toMatchObject({ seq: 4, voids: 0 })
  })

  test('C3: a bare hash is an entry up to the start and no further, once, in its order, and without a body', async () => {
    const at = await world()
    for (let i = 0; i < 3; i++) await put(at, at.byOwner)
    const bare = shownFrom(at, 3)
    expect(run(reader(at, 2), bare)).toEqual(fault('malformed'))
    expect(run(reader(at, 0), bare)).toEqual(fault('malformed'))
    expect(run(reader(at, 3), bare.slice(1))).toEqual(fault('number'))
    expect(run(reader(at, 3), [bare[0]!, { ...bare[0]!, n: 2 }])).toEqual(fault('sequence'))
    expect(run(reader(at, 3), [{ ...bare[0]!, body: new Uint8Array(1) }])).toEqual(fault('malformed'))
    expect(stepStream(reader(at, 3), bare[0]!), 'a header of no bytes is none').toEqual(fault('malformed'))
    // What came as a hash cannot come once more as an entry.
    expect(run(reader(at, 3), [bare[0]!, { ...pull(at.served)[0]!, n: 2 }])).toEqual(fault('sequence'))
  })

  test('C3, S2: outcomes and sequences that only who reads the past could know are taken, all others are recomputed', async () => {
    const at = await world()
    const old = await put(at, at.byOwner)
    const next = await put(at, at.byOwner, { doc: old.header.doc, parent: old.hash })
    await put(at, at.byOwner, { doc: old.header.doc, parent: next.hash })
    const [, , last] = shownFrom(at, 2)
    const upTo = () => {
      const state = reader(at, 2)
      run(state, shownFrom(at, 2).slice(0, 2))
      return state
    }
    // Its record began before: `current` or not is the word of the chain that all share.
    expect(run(upTo(), [last!])).toBeNull()
    expect(run(upTo(), [{ ...last!, outcome: 'conflict' }])).toBeNull()
    // A parent of which nobody has even a hash.
    const state = upTo()
    run(state, [last!])
    const parent = new Uint8Array(32).fill(9)
    const stray = toEntry(await write({ ...at.byOwner }, { parent }, at.served.state), 4, 'current')
    expect(run(state, [stray])).toEqual(fault('outcome'))
    // A device that begins in the middle of a sequence with which no earlier hash goes.
    const middle = { ...at.byDoctor, seq: 4, previous: new Uint8Array(32).fill(5) }
    expect(run(state, [toEntry(await write(middle, {}, at.served.state), 4, 'current')])).toEqual(fault('sequence'))
  })

  test('C3, E6: of an earlier record an owner, and who may amend, are believed; who may only append is not', async () => {
    const at = await world()
    const old = await put(at, at.byDoctor)
    const state = reader(at, 1)
    run(state, shownFrom(at, 1))
    const claim = { ...old.header, parent: old.hash, control: { n: at.vault.state.n, h: at.vault.state.h } }
    const continued = continuedAuthor(at.vault.state, state, claim, null, lookupOf(owner, doctor))
    expect(continued).toBe('before')
    const byOwner = { ...claim, account: owner.state.account, device: owner.device.id }
    expect(rightVerdict(at.vault.state, claim, null, 2, continued, null)).toEqual({ type: 'admitted' })
    expect(rightVerdict(at.vault.state, byOwner, null, 2, continued, null)).toEqual({ type: 'admitted' })
    const stranger = { ...claim, account: second.state.account, device: second.device.id }
    expect(rightVerdict(at.vault.state, stranger, null, 2, continued, null)).toEqual({
      type: 'quarantine',
      reason: 'no-right',
    })
  })
})
