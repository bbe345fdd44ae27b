/**
 * What a server makes of bytes that it holds: older versions in the place of newer ones, true entries under another epoch, changed nonces and
 * signatures, logs with devices and keys that nobody admitted. Each is named, nothing readable leaves, and nothing saved here is lost.
 */
import { generateBoxKeyPair, randomBytes, sign, type SigningKeyPair } from '@chartkeep/crypto'
import { sha256 } from '@chartkeep/crypto/hash'
import { accountIdOf, decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { decodeAccountEntry, newestBoxKey, type AccountEntryBody } from '@chartkeep/protocol/account'
import { ControlBody, controlHead, makePart, partHash, PartOpen, type ControlEntry } from '@chartkeep/protocol/control'
import { entryHash, entryMessage, type SignedEntry } from '@chartkeep/protocol/signed'
import {
  decodeHeader,
  encodeHeader,
  envelopeHashOf,
  type SignedHead,
  type StreamEntry,
} from '@chartkeep/protocol/streams'
import {
  createDevice,
  cutEntry,
  cutGrantNow,
  deviceAddedEntry,
  deviceRemovedEntry,
  genesisEntry,
  recoveryDevice,
  sealPart,
  TABLE,
  type DeviceSecrets,
} from '@chartkeep/sync/testing'
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
  type Device,
} from '../support/attack-world.ts'
import { makeUpStream, onePage, serveInstead, signHeadAs } from '../support/hostile-server.ts'
import { SMALL_ORDER_KEY, secondForm, signedUnderSmallOrder } from '../support/weak-signatures.ts'

let world: AttackWorld
let medications: Uint8Array

/** The phone wrote three records, then changed the first; the laptop has the three, and one of its own that nobody has. */
beforeEach(async () => {
  world = await createAttackWorld()
  medications = world.stream('medications')
  const { laptop, phone } = world
  for (const text of ['one', 'two', 'three']) await save(phone, 'medications', text)
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  await save(phone, 'medications', 'one, changed', rowOf(phone, '"one"').id)
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await save(laptop, 'medications', 'mine')
})

afterEach(() => world.close())

const known = () => texts('medications', 'one', 'two', 'three', 'mine')
const changed = () => texts('medications', 'one, changed', 'two', 'three', 'mine')
const stopped = (fault: string, what: string) => ({ type: 'stopped', fault, what })

/** What the server makes of its own stream: numbered, chained and signed again. */
async function rewritten(entries: StreamEntry[]) {
  return serveInstead(medications, await makeUpStream(world.key, world.vault, medications, entries))
}

/** None of the device is lost, nothing readable has left, and it takes the truth once that is told. */
async function goesOn(device: Device = world.laptop, wanted = changed()): Promise<void> {
  expect(holds(device, resourceOf('medications', 'mine'))).toBe(true)
  expect(leaked(device)).toBe(false)
  device.server.lies = {}
  expect(await device.sync()).toEqual({ type: 'synced' })
  expect(shown(device, 'medications')).toEqual(wanted)
}

/** The same where the lie was under the server's own signature: the stream stands still for good, with both heads, and nothing goes. */
async function staysStopped(wanted: string[]): Promise<void> {
  const { laptop } = world
  expect(shown(laptop, 'medications')).toEqual(wanted)
  expect(holds(laptop, resourceOf('medications', 'mine'))).toBe(true)
  expect(leaked(laptop)).toBe(false)
  laptop.server.lies = {}
  expect((await laptop.sync()).type).toBe('stopped')
  expect(laptop.rows.table(TABLE.stopped).size).toBe(1)
  expect(shown(laptop, 'medications')).toEqual(wanted)
}

test('P3, S1: one record rolled back: its newest version left out of a chain made again breaks the sequence, or the chain that was read', async () => {
  const { laptop, phone } = world
  await save(phone, 'medications', 'four')
  await phone.sync()
  const without = await rewritten((await honestStream(world, medications)).filter(({ n }) => n !== 4))
  laptop.server.lies = without
  expect(await laptop.sync()).toEqual(stopped('withheld', 'sequence'))
  expect(shown(laptop, 'medications')).toEqual(known())
  await goesOn(laptop, texts('medications', 'one, changed', 'two', 'three', 'four', 'mine'))
  // Now that it has read the newer version, the chain without it is another history.
  laptop.server.lies = without
  expect(await laptop.sync()).toEqual(stopped('fork', 'stream-head'))
  await staysStopped(texts('medications', 'one, changed', 'two', 'three', 'four', 'mine'))
})

test('P3, S2: a deleted record replayed is refused by whoever saw the deletion and by whoever did not', async () => {
  const { laptop, phone } = world
  const two = (await honestStream(world, medications))[1]!
  const { doc } = decodeHeader(two.header)!
  const gone = await forge(phone, medications, {
    doc,
    parent: envelopeHashOf(two.header, two.bodyHash),
    deleted: true,
  })
  expect((await phone.server.push(world.vault, [{ ...gone, body: gone.body!, proof: gone.proof! }])).type).toBe('ok')
  const newcomer = await world.addDevice('newcomer')
  for (const reader of [newcomer, laptop]) {
    reader.server.lies = await rewritten([...(await honestStream(world, medications)), two])
    expect(await reader.sync()).toEqual(stopped('withheld', 'sequence'))
    reader.server.lies = {}
    expect((await reader.sync()).type).toBe('synced')
    expect(shown(reader, 'medications').some((text) => text.includes('"two"'))).toBe(false)
  }
  await goesOn(laptop, texts('medications', 'one, changed', 'three', 'mine'))
})

/** The last entry of the phone with other bytes, at the head of a chain that the server made for it. */
async function lastEntryBent(bend: (entry: StreamEntry) => StreamEntry) {
  const entries = await honestStream(world, medications)
  return rewritten([...entries.slice(0, -1), bend(entries.at(-1)!)])
}

test('E2, E5: an entry moved to another epoch is no longer what its author signed', async () => {
  const { laptop } = world
  for (const epoch of [2, 99]) {
    laptop.server.lies = await lastEntryBent((entry) => ({
      ...entry,
      header: encodeHeader({ ...decodeHeader(entry.header)!, epoch }),
    }))
    await laptop.sync()
    expect(aside(laptop)).toEqual(['signature'])
    expect(shown(laptop, 'medications')).toEqual(known())
    // That chain was the server's word, so the true one is a fork from now on.
    if (epoch === 2) await laptop.reopen()
  }
  await staysStopped(known())
})

test.each([
  ['nonce', 0],
  ['commitment', 24],
])('E2: a swapped %s is refused where the hash stays, and quarantined where the server fits it', async (_, at) => {
  const { laptop } = world
  const other = (await honestStream(world, medications))[1]!.body!
  const swap = (body: Uint8Array, length: number) => {
    const swapped = body.slice()
    swapped.set(other.subarray(at, at + length), at)
    return swapped
  }
  const bent = (entry: StreamEntry) => ({ ...entry, body: swap(entry.body!, at === 0 ? 24 : 32) })
  laptop.server.lies = {
    pull: (honest) => onePage(honest, medications, (page) => ({ ...page, entries: page.entries.map(bent) })),
  }
  expect(await laptop.sync()).toEqual(stopped('withheld', 'body'))
  expect(shown(laptop, 'medications')).toEqual(known())
  laptop.server.lies = await lastEntryBent(bent)
  await laptop.sync()
  expect(aside(laptop)).toEqual(['signature'])
  await staysStopped(known())
})

test('K2: a second form of a signature is none: not under a head, not under an envelope', async () => {
  const { laptop } = world
  laptop.server.lies.pull = (honest) =>
    onePage(honest, medications, (page) => ({
      ...page,
      head: { ...page.head, signature: secondForm(page.head.signature) },
    }))
  expect(await laptop.sync()).toEqual(stopped('refused', 'stream-head'))
  laptop.server.lies = await lastEntryBent((entry) => ({
    ...entry,
    proof: { ...entry.proof!, signature: secondForm(entry.proof!.signature) },
  }))
  await laptop.sync()
  expect(aside(laptop)).toEqual(['signature'])
  expect(shown(laptop, 'medications')).toEqual(known())
  await goesOn()
})

test('E1: a header in another form, of another suite, or with an unknown flag is malformed', async () => {
  const { laptop } = world
  const merged = [randomBytes(32), randomBytes(32)]
  const forms: ((header: Uint8Array) => Uint8Array)[] = [
    (header) => Uint8Array.of(...header, 0),
    (header) => header.slice(0, -1),
    ...[0, 2, 255].map((suite) => (header: Uint8Array) => header.with(2, suite)),
    // The flags are the fifth byte from the end.
    (header) => header.with(header.length - 5, header.at(-5)! | 2),
    (header) => {
      const twice = encodeHeader({ ...decodeHeader(header)!, merged })
      // Two merged hashes behind the parent, put into descending order.
      const at = 3 + 4 * 16 + 32 + 1
      return Uint8Array.of(
        ...twice.subarray(0, at),
        ...twice.subarray(at + 32, at + 64),
        ...twice.subarray(at, at + 32),
        ...twice.subarray(at + 64),
      )
    },
  ]
  for (const form of forms) {
    laptop.server.lies = await lastEntryBent((entry) => ({ ...entry, header: form(entry.header) }))
    expect(await laptop.sync()).toEqual(stopped('withheld', 'malformed'))
    expect(shown(laptop, 'medications')).toEqual(known())
  }
  await goesOn()
})

test('S4: a cursor that does not move, the same page again and again, ends the pass', async () => {
  const { laptop } = world
  const all = await honestStream(world, medications)
  laptop.server.lies.pull = (honest) => onePage(honest, medications, (page) => ({ ...page, entries: all.slice(0, 2) }))
  const calls = laptop.server.calls.length
  expect(await laptop.sync()).toEqual(stopped('withheld', 'number'))
  // One entry at a time, and always the first that was asked for.
  let first: StreamEntry | undefined
  laptop.server.lies.pull = (honest) =>
    onePage(honest, medications, (page) => {
      first ??= page.entries[0]
      return { ...page, entries: [first!], head: page.head }
    })
  await save(world.phone, 'medications', 'four')
  await world.phone.sync()
  expect(await laptop.sync()).toEqual(stopped('withheld', 'number'))
  expect(laptop.server.calls.length - calls).toBeLessThan(60)
  await goesOn(laptop, texts('medications', 'one, changed', 'two', 'three', 'four', 'mine'))
})

test('E6, S2: a parent in another record makes nobody’s version: quarantined as a conflict, refused as current', async () => {
  const { laptop, phone } = world
  const entries = await honestStream(world, medications)
  const parent = envelopeHashOf(entries[1]!.header, entries[1]!.bodyHash)
  const foreign = await forge(phone, medications, { parent })
  laptop.server.lies = await rewritten([...entries, { ...foreign, outcome: 'current' }])
  expect(await laptop.sync()).toEqual(stopped('fork', 'outcome'))
  laptop.server.lies = await rewritten([...entries, { ...foreign, outcome: 'conflict' }])
  await laptop.sync()
  expect(aside(laptop)).toEqual(['no-right'])
  expect(shown(laptop, 'medications')).toEqual(changed())
  expect(leaked(laptop)).toBe(false)
})

// --- logs of accounts ---

/** An account log as the server tells it from a position on, under a head of its own. */
async function tellsAccount(device: Device, account: Uint8Array, entries: SignedEntry[], n: number): Promise<void> {
  const head = await signHeadAs(world.key, {
    kind: 'account',
    id: account,
    n,
    h: entryHash('account-entry', entries.at(-1)!.body),
  })
  device.server.lies.accountLog = (honest, id) =>
    idText(id) === idText(account) ? { type: 'ok', value: { entries, head } } : honest
}

async function signedBy(signing: SigningKeyPair, body: AccountEntryBody): Promise<SignedEntry> {
  const encoded = encodeMessage(body)
  return { body: encoded, signature: await sign(signing, entryMessage('account-entry', encoded)) }
}

test('K4, K5: a device certificate that is forged, of a removed device, or used again lets nobody in, and nothing is sent', async () => {
  const { laptop, phone, owner } = world
  const book = () => laptop.book.lookup(owner.account)!
  const stranger = createDevice(randomBytes)
  const removal = await deviceRemovedEntry(book(), laptop.secrets, phone.secrets.id, laptop.boxKeys(), randomBytes)
  const beforeRemoval = book()
  expect((await laptop.server.postAccount(owner.account, removal)).type).toBe('ok')
  await laptop.book.append(owner.account, [removal])
  const added = (by: DeviceSecrets, device: DeviceSecrets) =>
    deviceAddedEntry(book(), by, device, 'mine too', laptop.boxKeys(), randomBytes)
  const forged = await added(laptop.secrets, stranger)
  const cases: Record<string, SignedEntry> = {
    'signed by nobody of the account': await signedBy(stranger.signing, decodeAccountEntry(forged.body)!),
    'under the name of a device that did not sign it': { ...forged, signature: randomBytes(64) },
    'signed by the device that was removed': await added(phone.secrets, stranger),
    'the removed device let in once more': await added(laptop.secrets, phone.secrets),
    'the entry that had let it in, again': laptop.book.entries(owner.account)[1]!,
    'the removal of before, again': removal,
    'an entry over an older head': await deviceAddedEntry(
      beforeRemoval,
      phone.secrets,
      stranger,
      'mine too',
      laptop.boxKeys(),
      randomBytes,
    ),
  }
  const pushes = laptop.server.pushed.length
  for (const [what, entry] of Object.entries(cases)) {
    await tellsAccount(laptop, owner.account, [entry], book().n + 1)
    expect(await laptop.sync(), what).toEqual(stopped('fork', 'account'))
    expect(book().devices.size, what).toBe(3)
  }
  expect(laptop.server.pushed.length).toBe(pushes)
  await goesOn()
})

/** A first entry with one key changed, sound in everything else. */
async function genesisWith(change: (body: Extract<AccountEntryBody, { type: 'genesis' }>) => void) {
  const device = createDevice(randomBytes)
  const { entry } = await genesisEntry(device, recoveryDevice(randomBytes(20)), 'clinic', randomBytes)
  const body = decodeAccountEntry(entry.body)!
  if (body.type !== 'genesis') throw new Error(body.type)
  change(body)
  return signedBy(device.signing, body)
}

test.each<[string, Parameters<typeof genesisWith>[0]]>([
  ['a signing key of small order', (body) => void (body.device.sign = SMALL_ORDER_KEY)],
  ['a recovery device with a signing key of small order', (body) => void (body.recovery.sign = SMALL_ORDER_KEY)],
  ['a device’s box key with which every exchange is all zero', (body) => void (body.device.box = new Uint8Array(32))],
  [
    'an account’s box key with which every exchange is all zero',
    (body) => void (body.boxKey.public = new Uint8Array(32)),
  ],
])('K2: no account with %s is taken, and nothing could be shared with it', async (_, change) => {
  const { laptop } = world
  const first = await genesisWith(change)
  const account = accountIdOf(first.body)
  await tellsAccount(laptop, account, [first], 1)
  const refreshed = await laptop.book.refresh(account, laptop.server, world.key.publicKey)
  laptop.server.detected(`account, ${refreshed.type}`)
  expect(refreshed).toEqual({ type: 'fork' })
  expect(laptop.book.lookup(account)).toBeNull()
  await goesOn()
})

test('K2, S6: under a server key of small order, where any bytes would be a signature, no head holds', async () => {
  const { laptop, owner } = world
  const { n, h } = laptop.book.lookup(owner.account)!
  const head: SignedHead = {
    kind: 'account',
    id: owner.account,
    n,
    h,
    time: world.time.now,
    signature: signedUnderSmallOrder(),
  }
  laptop.server.lies.accountLog = () => ({ type: 'ok', value: { entries: [], head } })
  const refreshed = await laptop.book.refresh(owner.account, laptop.server, SMALL_ORDER_KEY)
  laptop.server.detected(`account, ${refreshed.type}`)
  expect(refreshed).toEqual({ type: 'fork' })
  await goesOn()
})

test('K4, F1: an old box key: a log that is shown without its newest one is `behind`, and nothing is wrapped to it', async () => {
  const { laptop } = world
  const clinic = await world.provider()
  await share(world, clinic, { labs: ['read'] })
  const tablet = await world.secondDevice(clinic, 'tablet')
  const { account } = clinic.person
  const old = clinic.book.lookup(account)!
  const removal = await deviceRemovedEntry(old, clinic.secrets, tablet.secrets.id, clinic.boxKeys(), randomBytes)
  expect((await clinic.server.postAccount(account, removal)).type).toBe('ok')
  expect(await laptop.book.refresh(account, laptop.server, world.key.publicKey)).toMatchObject({ type: 'ok' })
  const { generation } = newestBoxKey(laptop.book.lookup(account)!)
  expect(generation).toBe(2)
  const head = await signHeadAs(world.key, { kind: 'account', id: account, n: old.n, h: old.h })
  laptop.server.lies.accountLog = (honest, id) =>
    idText(id) === idText(account) ? { type: 'ok', value: { entries: [], head } } : honest
  const refreshed = await laptop.book.refresh(account, laptop.server, world.key.publicKey)
  laptop.server.detected(`account, ${refreshed.type}`)
  expect(refreshed).toEqual({ type: 'behind' })
  expect(newestBoxKey(laptop.book.lookup(account)!).generation).toBe(2)
  await goesOn()
})

// --- keys in the control log ---

/** The next cut of the grant, its parts changed, signed by the laptop: what only an owner's device gone wrong would write. */
async function signedCut(grant: Uint8Array, clinics: Device[], bend: (entry: ControlEntry) => ControlEntry) {
  const { laptop } = world
  const { machine } = laptop
  const control = machine.control!
  const cut = control.grants.get(idText(grant))!
  const streams = [...cut.streams.keys()]
  const remaining = [...control.grants.values()]
    .filter((each) => each !== cut && each.cut === null)
    .map((each) => ({
      account: clinics
        .find(({ person }) => idText(person.account) === idText(each.account!))!
        .book.lookup(each.account!)!,
      grant: each.id,
      streams: new Set(each.streams.keys()),
    }))
  const entry = bend(
    await cutEntry(
      control,
      machine.keys,
      {
        grant,
        account: null,
        device: null,
        reason: 'revoked',
        streams: streams.map((id) => ({
          stream: machine.streams.get(id)!.stream,
          n: machine.streams.get(id)!.n,
          h: machine.streams.get(id)!.h,
        })),
      },
      streams,
      remaining,
      { account: laptop.book.lookup(world.owner.account)!, device: laptop.secrets, time: world.time.now, randomBytes },
    ),
  )
  const body = encodeMessage({ ...decodeAs(ControlBody, entry.body)!, parts: entry.parts.map(partHash) })
  return { ...entry, body, signature: await sign(laptop.secrets.signing, entryMessage('control-entry', body)) }
}

test.each<[string, (stream: Uint8Array) => { epoch: number; key: Uint8Array }]>([
  ['another content key for the same epoch than the published one', () => ({ epoch: 2, key: randomBytes(32) })],
  [
    'the key of an older epoch under the number of the new one',
    (stream) => ({ epoch: 2, key: world.laptop.machine.keys.streams.get(idText(stream))!.byEpoch.get(1)! }),
  ],
])(
  'K9: a wrap with %s opens nothing: what comes under that epoch waits, and is never shown as something else',
  async (_, given) => {
    const { laptop } = world
    const [first, second] = [await world.provider(), await world.provider()]
    const grant = await share(world, first, { labs: ['read'] })
    await share(world, second, { labs: ['read'] })
    const labs = world.stream('labs')
    const entry = await signedCut(grant, [first, second], (made) => ({
      ...made,
      parts: made.parts.map((part) => {
        const open = decodeAs(PartOpen, part.open!)!
        if (idText(open.recipient) !== idText(second.person.account)) return part
        const key = { stream: labs, name: 'labs', ...given(labs) }
        return sealPart(
          {
            ...open,
            vault: world.vault,
            boxKey: newestBoxKey(second.book.lookup(open.recipient)!),
            keys: [key],
            docSecret: null,
            label: null,
          },
          randomBytes,
        )
      }),
    }))
    expect((await laptop.server.postControl(world.vault, [entry])).type).toBe('ok')
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    await save(laptop, 'labs', 'after')
    expect(await laptop.sync()).toEqual({ type: 'synced' })
    const outcome = await second.sync()
    expect(outcome).toEqual(stopped('withheld', 'waiting for key'))
    expect(shown(second, 'labs')).toEqual([])
    expect(second.machine.keys.streams.get(idText(labs))!.byEpoch.has(2)).toBe(false)
    expect(entriesOf(second, labs)).toBe(1)
    expect(leaked(laptop)).toBe(false)
  },
)

test('K9: the wrap of an older entry, or one made for another person, in the place of a true one does not hash into the chain', async () => {
  const { laptop, phone } = world
  const clinic = await world.provider()
  const grant = await share(world, clinic, { labs: ['read'] })
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toMatchObject({ type: 'done' })
  const ofVault = laptop.machine.controlEntries[0]!.parts[0]!.wrap!
  const ofClinic = laptop.machine.controlEntries[1]!.parts.find(
    ({ open }) => idText(decodeAs(PartOpen, open!)!.recipient) === idText(clinic.person.account),
  )!.wrap!
  const unasked = makePart(laptop.machine.controlEntries[1]!.parts[0]!.open!, generateBoxKeyPair(randomBytes).publicKey)
  for (const bend of [
    (entry: ControlEntry) => ({ ...entry, parts: entry.parts.map((part) => ({ ...part, wrap: ofVault })) }),
    (entry: ControlEntry) => ({
      ...entry,
      parts: entry.parts.map((part) => ({ ...part, wrap: ofVault, wrapHash: sha256(ofVault) })),
    }),
    (entry: ControlEntry) => ({ ...entry, parts: entry.parts.map((part) => ({ ...part, wrap: ofClinic })) }),
    // Keys that nobody asked for: one part more than the entry was signed with.
    (entry: ControlEntry) => ({ ...entry, parts: [...entry.parts, unasked] }),
  ]) {
    phone.server.lies.control = (honest) =>
      honest.type === 'ok'
        ? { type: 'ok', value: { ...honest.value, entries: honest.value.entries.map(bend) } }
        : honest
    expect(await phone.sync()).toEqual(stopped('refused', 'control-entry bad-parts'))
    expect(controlHead(phone.machine.control).n).toBe(2)
  }
  phone.server.lies = {}
  expect(await phone.sync()).toEqual({ type: 'synced' })
  expect(phone.machine.control!.grants.get(idText(grant))!.cut).not.toBeNull()
})
