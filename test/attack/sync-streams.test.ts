/**
 * A server that lies about a stream, against the very machine that ships. Each attack: it is detected, the verdict is right, no plaintext
 * leaves, nothing that this device has is lost, and the other streams continue.
 */
import { randomBytes } from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf, type SignedHead, type StreamEntry } from '@chartkeep/protocol/streams'
import { cutGrantNow, evidenceFile, evidenceViews, syncBriefly, TABLE, type SyncOutcome } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  entriesOf,
  forge,
  holds,
  honestStream,
  leaked,
  resourceOf,
  rowOf,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
} from '../support/attack-world.ts'
import { makeUpStream, onePage, serveInstead, signHeadAs, type Lies } from '../support/hostile-server.ts'

let world: AttackWorld
let medications: Uint8Array

/** The phone wrote three records that the laptop has, then three more and an edit; the laptop has two that nobody has. */
beforeEach(async () => {
  world = await createAttackWorld()
  medications = world.stream('medications')
  const { laptop, phone } = world
  for (const text of ['one', 'two', 'three']) await save(phone, 'medications', text)
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await save(phone, 'medications', 'one, changed', rowOf(phone, '"one"').id)
  for (const text of ['four', 'five', 'six']) await save(phone, 'medications', text)
  await save(phone, 'allergies', 'nuts')
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await save(laptop, 'medications', 'mine')
  await save(laptop, 'allergies', 'pollen')
})

afterEach(() => world.close())

const before = () => texts('medications', 'one', 'two', 'three', 'mine')
const after = () => texts('medications', 'one, changed', 'two', 'three', 'four', 'five', 'six', 'mine')

async function sealsNothingOpen(): Promise<void> {
  const { laptop, phone } = world
  // The good stream continued in both directions.
  expect(shown(laptop, 'allergies')).toEqual(texts('allergies', 'nuts', 'pollen'))
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(shown(phone, 'allergies')).toEqual(texts('allergies', 'nuts', 'pollen'))
  expect(leaked(laptop)).toBe(false)
  expect(holds(laptop, resourceOf('medications', 'mine'))).toBe(true)
}

const ALL_OFFLINE: Lies = { everything: () => ({ type: 'offline' }) }

/**
 * S7: the same lie brought with a hint, by a server that answers nothing else: it is judged as if it had been pulled, or it is not what would be
 * pulled, and not read.
 */
async function broughtInstead(lies: Lies): Promise<SyncOutcome> {
  const { laptop } = world
  laptop.server.lies = lies
  const from = laptop.machine.streams.get(idText(medications))!.n
  const answer = await laptop.server.pull(world.vault, {
    streams: [{ stream: medications, after: from }],
    budget: 1 << 20,
  })
  const pages = answer.type === 'ok' ? answer.value.streams : []
  laptop.server.lies = ALL_OFFLINE
  const hinted = Math.max(from + 1, ...pages.flatMap(({ entries }) => entries.map(({ n }) => n)))
  return syncBriefly(laptop.machine, laptop.server, new Map([[idText(medications), hinted]]), pages)
}

/** For what the two devices wrote. */
const WRITTEN = ['one, changed', 'three', 'pollen']

/** F1: what is kept and may be given away shows nothing that is written in the chart. */
function givesNothingOpen(): void {
  const { rows } = world.laptop
  const file = Buffer.from(evidenceFile(rows.table(TABLE.evidence), rows.table(TABLE.stopped))).toString()
  for (const text of WRITTEN)
    for (const form of [text, Buffer.from(text).toString('hex')]) expect(file.includes(form), text).toBe(false)
}

/** Runs one lie about the stream; afterwards none of it may be in the rows, and the truth, told again, is taken. */
async function attack(lies: Lies, verdict: { fault: string; what: string }, recovers = true): Promise<void> {
  const { laptop } = world
  expect([{ type: 'stopped', ...verdict }, { type: 'offline' }]).toContainEqual(await broughtInstead(lies))
  expect(shown(laptop, 'medications')).toEqual(before())
  laptop.server.lies = lies
  expect(await laptop.sync()).toEqual({ type: 'stopped', ...verdict })
  expect(shown(laptop, 'medications')).toEqual(before())
  expect(aside(laptop)).toEqual([])
  await sealsNothingOpen()
  expect(evidence()).toBeGreaterThan(0)
  givesNothingOpen()
  // The same again after a restart: memory was never ahead of the rows.
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'stopped', ...verdict })
  laptop.server.lies = {}
  if (!recovers) {
    expect(await laptop.sync()).toEqual({ type: 'stopped', ...verdict })
    expect(shown(laptop, 'medications')).toEqual(before())
    await save(laptop, 'allergies', 'dust')
    await laptop.sync()
    await world.phone.sync()
    expect(shown(world.phone, 'allergies')).toEqual(texts('allergies', 'nuts', 'pollen', 'dust'))
    return
  }
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
}

const evidence = () => world.laptop.rows.table(TABLE.evidence).size + world.laptop.rows.table(TABLE.stopped).size

type Bend = (entries: StreamEntry[], head: SignedHead, after: number) => { entries: StreamEntry[]; head?: SignedHead }

/** Bends the page that the laptop asks for: entries 4 and up. */
function bend(change: Bend): Lies {
  return {
    pull: (honest, { streams }) => {
      const from = streams.find(({ stream }) => idText(stream) === idText(medications))?.after ?? 0
      return onePage(honest, medications, (page) => ({ ...page, ...change(page.entries, page.head, from) }))
    },
    fetchBodies: () => ({ entries: [] }),
  }
}

/** Numbers, chains and signs what the server makes of its own stream. */
async function rewritten(change: (entries: StreamEntry[]) => StreamEntry[]): Promise<Lies> {
  const entries = change(await honestStream(world, medications))
  return serveInstead(medications, await makeUpStream(world.key, world.vault, medications, entries))
}

async function headAt(n: number, h?: Uint8Array): Promise<SignedHead> {
  const made = await makeUpStream(world.key, world.vault, medications, await honestStream(world, medications))
  return signHeadAs(world.key, { kind: 'stream', id: medications, n, h: h ?? made.hashes[n]! })
}

test('S7: what is brought with a hint is read without a request where it is what would be pulled; where nothing is brought, a pull asks', async () => {
  const { laptop } = world
  const honest = bend((entries) => ({ entries }))
  // Taken, and only then is there something to send, for which the server is away.
  expect(await broughtInstead(honest)).toEqual({ type: 'offline' })
  expect(shown(laptop, 'medications')).toEqual(after())
  const reads = laptop.server.calls.length
  expect(await broughtInstead(bend(() => ({ entries: [] })))).toEqual({ type: 'offline' })
  expect(laptop.server.calls.slice(reads + 1)).toContain('pull')
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
})

test.each([
  ['an old page again', (entries: StreamEntry[]) => entries.slice(0, 1)],
  ['entries out of order', (entries: StreamEntry[]) => entries.toReversed()],
  ['a page that does not begin where this device stands', (entries: StreamEntry[]) => entries.slice(1)],
])('S7: %s, brought with a hint, is not read', async (name, change) => {
  const { laptop } = world
  const all = await honestStream(world, medications)
  const lies = bend((entries) => ({ entries: change(name === 'an old page again' ? all : entries) }))
  expect((await broughtInstead(lies)).type).not.toBe('synced')
  expect(shown(laptop, 'medications')).toEqual(before())
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
})

test.each([
  ['a body', (entry: StreamEntry) => ({ ...entry, body: flipped(entry.body!) })],
  ['a header', (entry: StreamEntry) => ({ ...entry, header: flipped(entry.header) })],
  ['a hash of a body', (entry: StreamEntry) => ({ ...entry, bodyHash: flipped(entry.bodyHash) })],
])('S7: %s that was changed, brought with a hint, stops the stream as it does in a pull', async (_name, change) => {
  const { laptop } = world
  const lies = bend((entries) => ({ entries: [change(entries[0]!), ...entries.slice(1)] }))
  const told = await broughtInstead(lies)
  expect(told.type).toBe('stopped')
  expect(shown(laptop, 'medications')).toEqual(before())
  await laptop.reopen()
  laptop.server.lies = lies
  expect(await laptop.sync(), 'the same verdict').toEqual(told)
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
})

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte))
}

test('F1, S9: a stream rolled back to an older head is `behind`; nothing is removed and the head is kept', async () => {
  const head = await headAt(1)
  await attack(
    bend(() => ({ entries: [], head })),
    { fault: 'behind', what: 'stream-head' },
  )
})

test('F1, S6: each different thing that the server said of a kind is kept, the same one once, and never more than eight', async () => {
  const { laptop } = world
  const kept = () => laptop.rows.table(TABLE.evidence).size
  const told = async (head: SignedHead) => {
    laptop.server.lies = bend(() => ({ entries: [], head }))
    await laptop.sync()
    await laptop.sync()
    return kept()
  }
  expect(await told(await headAt(1))).toBe(1)
  expect(await told(await headAt(0))).toBe(2)
  for (let fill = 1; fill < 10; fill++)
    await told(await signHeadAs(world.key, { ...(await headAt(1)), time: 1_800_000_000_000 + fill }))
  const perKind = new Map<string, number>()
  for (const key of laptop.rows.table(TABLE.evidence).keys()) {
    const kind = key.split('#')[0]!
    perKind.set(kind, (perKind.get(kind) ?? 0) + 1)
  }
  expect(Math.max(...perKind.values())).toBe(8)
})

test('F1: an emptied stream is `behind` as well', async () => {
  const head = await headAt(0)
  await attack(
    bend(() => ({ entries: [], head })),
    { fault: 'behind', what: 'stream-head' },
  )
})

test('F1: an older head that is off the chain is a fork, and the stream stays stopped though the server repents', async () => {
  const head = await headAt(2, randomBytes(32))
  await attack(
    bend(() => ({ entries: [], head })),
    { fault: 'fork', what: 'stream-head' },
    false,
  )
})

test('S6: two signed heads for one position are proof of misbehaviour, and both are kept', async () => {
  const head = await headAt(3, randomBytes(32))
  await attack(
    bend(() => ({ entries: [], head })),
    { fault: 'fork', what: 'stream-head' },
    false,
  )
  const { rows } = world.laptop
  const kept = rows.get(TABLE.stopped, idText(medications)) as { evidence: Uint8Array }
  expect(Buffer.from(kept.evidence).includes(Buffer.from(head.signature))).toBe(true)
  // F1: it is kept apart from the stop too, which may end. Whoever is given it reads none of what is written.
  expect(evidenceViews(rows.table(TABLE.evidence))).toEqual([
    { place: 'records', fault: 'fork', count: 1, signed: head.time },
  ])
  const file = evidenceFile(rows.table(TABLE.evidence), rows.table(TABLE.stopped))
  const { kept: told } = JSON.parse(Buffer.from(file).toString()) as { kept: Record<string, unknown>[] }
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ id: bytesToHex(medications), serverKey: bytesToHex(world.key.publicKey) })
  expect(Buffer.from(file).toString()).toContain(bytesToHex(head.signature))
})

test('S4: a dropped tail under the true head is withheld; what came before it holds and stays', async () => {
  const { laptop } = world
  laptop.server.lies = bend((entries) => ({ entries: entries.filter(({ n }) => n <= 5) }))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'empty page' })
  expect(entriesOf(laptop, medications)).toBe(5)
  await sealsNothingOpen()
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
})

test('F1: a tail dropped after this device has seen its signed head is `behind`, also after a restart', async () => {
  const { laptop } = world
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const head = await headAt(7)
  laptop.server.lies = bend(() => ({ entries: [], head }))
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'stream-head' })
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'behind', what: 'stream-head' })
  expect(shown(laptop, 'medications')).toEqual(after())
})

test('S4: a hole is refused', async () => {
  await attack(
    bend((entries) => ({ entries: entries.filter(({ n }) => n !== 5) })),
    {
      fault: 'withheld',
      what: 'number',
    },
  )
})

test('S4: entries out of order are refused', async () => {
  await attack(
    bend((entries) => ({ entries: entries.toReversed() })),
    { fault: 'withheld', what: 'number' },
  )
})

test('E6: entries renumbered in another order break the sequence of their device', async () => {
  await attack(await rewritten(([a, b, c, d, e, f, g]) => [a!, b!, c!, d!, f!, e!, g!]), {
    fault: 'withheld',
    what: 'sequence',
  })
})

test('S1: a number given twice is refused', async () => {
  await attack(
    bend(([first, second, ...rest]) => ({ entries: [first!, first!, second!, ...rest] })),
    {
      fault: 'withheld',
      what: 'number',
    },
  )
})

test('S1: an entry repeated under a new number is refused', async () => {
  await attack(await rewritten((entries) => [...entries, entries.at(-1)!]), { fault: 'withheld', what: 'sequence' })
})

test('E6: an entry dropped from the middle of a chain made up again breaks the sequence of its device', async () => {
  await attack(await rewritten((entries) => entries.filter((_, index) => index !== 4)), {
    fault: 'withheld',
    what: 'sequence',
  })
})

test('S1: an honest run under a head of another chain is a fork', async () => {
  const head = await headAt(7, randomBytes(32))
  await attack(
    bend((entries) => ({ entries, head })),
    { fault: 'fork', what: 'head' },
  )
})

test('S6: a head that the pinned key did not sign is no answer', async () => {
  await attack(
    bend((entries, head) => ({ entries, head: { ...head, signature: randomBytes(64) } })),
    { fault: 'refused', what: 'stream-head' },
  )
})

test('S6: the signed head of another stream does not pass', async () => {
  const allergies = world.stream('allergies')
  const h = (await makeUpStream(world.key, world.vault, allergies, await honestStream(world, allergies))).head
  await attack(
    bend((entries) => ({ entries, head: h })),
    { fault: 'refused', what: 'stream-head' },
  )
})

test('E6: an entry spliced in from another stream is out of place', async () => {
  const [foreign] = await honestStream(world, world.stream('allergies'))
  await attack(await rewritten((entries) => [...entries, foreign!]), { fault: 'withheld', what: 'place' })
})

test('E6: an entry spliced in from another vault is out of place', async () => {
  const other = await createAttackWorld()
  await save(other.phone, 'medications', 'elsewhere')
  await other.phone.sync()
  const [foreign] = await honestStream(other, other.stream('medications'))
  await other.close()
  await attack(await rewritten((entries) => [...entries, foreign!]), { fault: 'withheld', what: 'place' })
})

test('E4: the body of one record spliced under the header of another does not match its hash', async () => {
  await attack(
    bend((entries) => ({
      entries: entries.map((entry, index) => ({ ...entry, body: entries[(index + 1) % entries.length]!.body })),
    })),
    { fault: 'withheld', what: 'body' },
  )
})

test('S2: a conflict shown as current, and a current one shown as conflict, are told by every reader', async () => {
  await attack(await rewritten((entries) => [...entries.slice(0, 6), { ...entries[6]!, outcome: 'conflict' }]), {
    fault: 'fork',
    what: 'outcome',
  })
})

test('S2: a current revision shown as void is refused, for its epoch is the newest', async () => {
  await attack(
    await rewritten((entries) => [
      ...entries.slice(0, 6),
      { ...entries[6]!, outcome: 'void', body: null, proof: null },
    ]),
    { fault: 'withheld', what: 'void' },
  )
})

test.each([
  ['with neither body nor signature', { body: null, proof: null }],
  ['without its body, under its signature', { body: null }],
  ['without its signature', { proof: null }],
])(
  'S4: a current revision shown %s is asked for, and what does not come is withheld, after a restart too',
  async (_, change) => {
    const { laptop } = world
    laptop.server.lies = await rewritten((entries) =>
      entries.map((entry) => (entry.n === 7 ? { ...entry, ...change } : entry)),
    )
    laptop.server.lies.fetchBodies = () => ({ entries: [] })
    expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'bare' })
    expect(shown(laptop, 'medications')).toEqual(
      texts('medications', 'one, changed', 'two', 'three', 'four', 'five', 'mine'),
    )
    await sealsNothingOpen()
    await laptop.reopen()
    expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'bare' })
    laptop.server.lies = {}
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    expect(shown(laptop, 'medications')).toEqual(after())
  },
)

test('S4: bare entries that an honest server fetches on demand are read and judged like any other', async () => {
  const { laptop } = world
  const honest = await honestStream(world, medications)
  const made = await makeUpStream(world.key, world.vault, medications, honest)
  const bare = { ...made, entries: made.entries.map((entry) => ({ ...entry, body: null, proof: null })) }
  const { pull } = serveInstead(medications, bare)
  // Only the first pull is bare; the fetch is the real server's.
  laptop.server.lies = {
    pull: (answer, request) => {
      laptop.server.lies = {}
      return pull!(answer, request)
    },
  }
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(laptop.server.calls).toContain('fetch')
  expect(shown(laptop, 'medications')).toEqual(after())
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
})

test('S4: a forged header without a body covers nothing and is withheld; a conflict that it claims to take in stays reachable', async () => {
  const { laptop, phone } = world
  const { id } = rowOf(laptop, '"two"')
  await save(laptop, 'medications', 'two of the laptop', id)
  await save(phone, 'medications', 'two of the phone', id)
  await phone.sync()
  await laptop.sync()
  await phone.sync()
  const [conflict] = [...phone.rows.table(TABLE.conflict).keys()]
  expect(conflict).toBeDefined()
  const honest = await honestStream(world, medications)
  const current = phone.machine.streams.get(idText(medications))!.records.get(id.split('.')[1]!)!.current!
  const forged = await forge(phone, medications, {
    doc: new Uint8Array(Buffer.from(id.split('.')[1]!, 'base64url')),
    parent: current.hash,
    merged: [new Uint8Array(Buffer.from(conflict!, 'base64url'))],
    device: randomBytes(16),
    deviceSeq: 1,
    devicePrevious: new Uint8Array(32),
  })
  const made = await makeUpStream(world.key, world.vault, medications, [
    ...honest,
    { ...forged, body: null, proof: null },
  ])
  phone.server.lies = serveInstead(medications, made)
  expect(await phone.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'bare' })
  for (const text of ['two of the laptop', 'two of the phone'])
    expect(holds(phone, resourceOf('medications', text))).toBe(true)
})

/** A new device reads a stream in which entry 2 has no body and a stranger's unsigned version is over it. */
async function readOver(isGiven: boolean, isCovered: boolean) {
  const { laptop, phone } = world
  if (isCovered) {
    // A cut makes the old epoch one in which a void is lawful.
    const clinic = await world.provider()
    const grant = await share(world, clinic, { medications: ['read'] })
    await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')
  }
  const honest = await honestStream(world, medications)
  const second = honest[1]!
  const hash = envelopeHashOf(second.header, second.bodyHash)
  const { doc } = decodeHeader(second.header)!
  const stranger = () => ({ device: randomBytes(16), deviceSeq: 1, devicePrevious: new Uint8Array(32) })
  const forged = await forge(phone, medications, { ...stranger(), doc, parent: hash })
  const covering = await forge(phone, medications, { ...stranger(), doc, parent: hash })
  const made = await makeUpStream(world.key, world.vault, medications, [
    ...honest.map((entry) => (entry.n === 2 ? { ...entry, body: null, proof: null } : entry)),
    forged,
    ...(isCovered ? [{ ...covering, outcome: 'void' as const, body: null, proof: null }] : []),
  ])
  const tablet = await world.addDevice('tablet')
  tablet.server.lies = serveInstead(medications, made)
  if (isGiven) tablet.server.lies.fetchBodies = () => ({ entries: [second] })
  return { tablet, outcome: await tablet.sync() }
}

test.each([false, true])(
  'S4: an unsigned version covers nothing under it, nor does a void (with one: %s)',
  async (isCovered) => {
    const { tablet, outcome } = await readOver(false, isCovered)
    expect(outcome).toEqual({ type: 'stopped', fault: 'withheld', what: 'bare' })
    await tablet.reopen()
    expect(await tablet.sync()).toEqual({ type: 'stopped', fault: 'withheld', what: 'bare' })
  },
)

test('Y4: the version under one that was quarantined is shown, whether it came with the stream or was fetched', async () => {
  const { tablet } = await readOver(true, false)
  expect(aside(tablet)).toEqual(['device-not-live'])
  expect(shown(tablet, 'medications')).toContain(resourceOf('medications', 'two'))
  await tablet.reopen()
  expect(shown(tablet, 'medications')).toContain(resourceOf('medications', 'two'))
})

test('E5, K3: a true entry shown under a false signature is quarantined, asked for again at each sync, and read when the proof holds', async () => {
  const { laptop } = world
  const falsely = (entry: StreamEntry) =>
    entry.n === 6 ? { ...entry, proof: { ...entry.proof!, signature: randomBytes(64) } } : entry
  laptop.server.lies = {
    ...bend((entries) => ({ entries: entries.map(falsely) })),
    fetchBodies: (honest) => ({ entries: honest.entries.map(falsely) }),
  }
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(aside(laptop)).toEqual(['signature'])
  expect(shown(laptop, 'medications')).toHaveLength(6)
  await laptop.reopen()
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(aside(laptop)).toEqual([])
  expect(shown(laptop, 'medications')).toEqual(after())
  await laptop.reopen()
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
})

test('S4: an endless answer without entries ends the pass', async () => {
  const head = await headAt(7)
  await attack(
    bend(() => ({ entries: [], head })),
    { fault: 'withheld', what: 'empty page' },
  )
  expect(world.laptop.server.calls.filter((call) => call === 'pull').length).toBeLessThan(20)
})

test('S4: a head that grows with every page ends the pass at the head named first', async () => {
  const { laptop } = world
  laptop.server.lies = {
    async pull(honest, { streams }) {
      const from = streams.find(({ stream }) => idText(stream) === idText(medications))?.after ?? 0
      const head = await headAt(Math.min(7, from + 1))
      return onePage(honest, medications, (page) => ({ ...page, entries: page.entries.slice(0, 1), head }))
    },
  }
  await laptop.sync()
  const pulls = laptop.server.calls.filter((call) => call === 'pull').length
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(shown(laptop, 'medications')).toEqual(after())
  expect(pulls).toBeLessThan(10)
})

test('S4: a stream that the answer leaves out is withheld, and the others are read', async () => {
  await attack({ pull: (honest) => onePage(honest, medications, () => null) }, { fault: 'withheld', what: 'stream' })
})

test('S4: answers with the pages of two streams exchanged are refused for both', async () => {
  const { laptop } = world
  const allergies = world.stream('allergies')
  laptop.server.lies = {
    pull: (honest) => ({
      streams: honest.streams.map((page) => {
        const other = idText(page.stream) === idText(medications) ? allergies : medications
        const pages = [medications, allergies].map(idText)
        const found = honest.streams.find(({ stream }) => idText(stream) === idText(other))
        return pages.includes(idText(page.stream)) && found !== undefined ? { ...found, stream: page.stream } : page
      }),
    }),
  }
  expect(await laptop.sync()).toMatchObject({ type: 'stopped', fault: 'refused' })
  expect(shown(laptop, 'medications')).toEqual(before())
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'synced' })
})

test('E6, Y5: a stranger between every two records poisons none of them', async () => {
  const { laptop, phone } = world
  const honest = await honestStream(world, medications)
  const mixed: StreamEntry[] = []
  for (const entry of honest) {
    mixed.push(entry)
    if (entry.n <= 3) continue
    const stranger = {
      account: randomBytes(16),
      device: randomBytes(16),
      deviceSeq: 1,
      devicePrevious: new Uint8Array(32),
    }
    mixed.push(await forge(phone, medications, stranger))
  }
  laptop.server.lies = serveInstead(medications, await makeUpStream(world.key, world.vault, medications, mixed))
  const calls = laptop.server.calls.length
  await laptop.sync()
  expect(shown(laptop, 'medications')).toEqual(after())
  expect(aside(laptop)).toEqual(['no-right', 'no-right', 'no-right', 'no-right'])
  // No stranger is asked for: the own log alone was.
  expect(laptop.server.calls.slice(calls).filter((call) => call === 'accountLog').length).toBe(1)
  expect(shown(laptop, 'allergies')).toEqual(texts('allergies', 'nuts', 'pollen'))
})

test('E6: an envelope of a stranger that names a log position nobody has is quarantined after one more look, and blocks nothing', async () => {
  const { laptop, phone } = world
  const { id } = rowOf(laptop, '"two"')
  const chain = laptop.machine.streams.get(idText(medications))!.records.get(id.split('.')[1]!)!
  const forged = await forge(phone, medications, {
    doc: new Uint8Array(Buffer.from(id.split('.')[1]!, 'base64url')),
    parent: chain.current!.hash,
    device: randomBytes(16),
    account: randomBytes(16),
    deviceSeq: 1,
    devicePrevious: new Uint8Array(32),
    control: { n: 2 ** 40, h: randomBytes(32) },
  })
  const honest = await honestStream(world, medications)
  const made = await makeUpStream(world.key, world.vault, medications, [...honest, { ...forged, n: 8 }])
  laptop.server.lies = serveInstead(medications, made)
  await laptop.sync()
  expect(aside(laptop)).toEqual(['heads'])
  expect(laptop.rows.table(TABLE.waiting).size).toBe(0)
  expect(shown(laptop, 'medications')).toEqual(after())
  // An owner's next version supersedes what was quarantined (E6).
  await save(laptop, 'medications', 'two, changed', id)
  const unsent = laptop.rows.read(id)!
  expect(unsent.parent).toBe(idText(forged.hash))
})

test.each([
  ['nonce', 0],
  ['commitment', 30],
  ['box', 80],
])('E2, E5: a changed %s under a chain signed again is no signature of its author', async (_, at) => {
  const { laptop } = world
  laptop.server.lies = await rewritten((entries) => {
    const last = entries.at(-1)!
    const body = last.body!.slice()
    body[at]! ^= 1
    return [...entries.slice(0, -1), { ...last, body }]
  })
  await laptop.sync()
  expect(aside(laptop)).toEqual(['signature'])
  expect(shown(laptop, 'medications')).toEqual(
    texts('medications', 'one, changed', 'two', 'three', 'four', 'five', 'mine'),
  )
  await sealsNothingOpen()
})

test("E6: an envelope under this device's own id that it did not sign stops the stream and is not taken for a copy of it", async () => {
  const { laptop } = world
  const forged = await forge(laptop, medications, {}, { signing: world.phone.secrets.signing })
  await attack(await rewritten((entries) => [...entries, forged]), { fault: 'withheld', what: 'own' })
})

test("S2: a void under this device's own id that it did not seal stops the stream", async () => {
  const { laptop } = world
  const forged = await forge(laptop, medications)
  await attack(await rewritten((entries) => [...entries, { ...forged, outcome: 'void', body: null, proof: null }]), {
    fault: 'withheld',
    what: 'void',
  })
})

test('E6: what a device of the owner seals wrongly is quarantined by its reason, and shows nothing', async () => {
  const { laptop, phone } = world
  const honest = await honestStream(world, medications)
  const text = (value: string) => new TextEncoder().encode(value)
  const seq = phone.machine.streams.get(idText(medications))!.devices.get(idText(phone.secrets.id))!
  let [deviceSeq, devicePrevious] = [seq.seq, seq.previous]
  const forged: StreamEntry[] = []
  const add = async (content: Parameters<typeof forge>[3], fields: Parameters<typeof forge>[2] = {}) => {
    const entry = await forge(phone, medications, { ...fields, deviceSeq: ++deviceSeq, devicePrevious }, content)
    devicePrevious = entry.hash
    forged.push(entry)
  }
  await add({ key: randomBytes(32) })
  await add({ bytes: text('not a record') })
  await add({ bytes: text('{"v":1,"vault":"x","resource":{}}') })
  await add({ text: '{"resourceType":"Patient","id":"in the wrong list"}' })
  await add({ text: '{"resourceType":' })
  await add({}, { paddedLength: 512 })
  const made = await makeUpStream(world.key, world.vault, medications, [...honest, ...forged])
  laptop.server.lies = serveInstead(medications, made)
  await laptop.sync()
  expect(aside(laptop)).toEqual(['seal', 'inner', 'inner', 'collection', 'inner', 'inner'])
  expect(shown(laptop, 'medications')).toEqual(after())
  await laptop.reopen()
  expect(shown(laptop, 'medications')).toEqual(after())
})

test('P4, F1: two devices that were shown different histories find out as soon as one is given what the other wrote', async () => {
  const { laptop, phone } = world
  await laptop.sync()
  await phone.sync()
  const honest = world.core
  const other = world.forkCore()
  await save(laptop, 'medications', 'on the first branch')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  world.replaceCore(other)
  await save(phone, 'medications', 'on the second branch')
  await save(phone, 'medications', 'and once more')
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await save(phone, 'medications', 'late')
  expect(await phone.sync()).toEqual({ type: 'synced' })
  const written = (await honestStream(world, medications)).slice(-3)
  world.replaceCore(honest)

  const joined = await makeUpStream(world.key, world.vault, medications, [
    ...(await honestStream(world, medications)),
    ...written,
  ])
  laptop.server.lies = serveInstead(medications, joined)
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'heads' })
  laptop.server.lies = {}
  expect(await laptop.sync()).toEqual({ type: 'stopped', fault: 'fork', what: 'heads' })
  expect(shown(laptop, 'medications')).toContain(resourceOf('medications', 'on the first branch'))
  await save(laptop, 'allergies', 'still going')
  await laptop.sync()
  expect((await honestStream(world, world.stream('allergies'))).length).toBe(3)
})
