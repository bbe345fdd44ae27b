/**
 * What a new device takes after its person has said yes (K8), and what it refuses: logs written here, apart from packages/sync, behind the places of
 * the real server.
 */
import { generateSigningKeyPair, randomBytes, sign } from '@chartkeep/crypto'
import type { SyncError } from '@chartkeep/protocol'
import type { AccountLogPage } from '@chartkeep/protocol/messages'
import {
  PairingAnswer,
  pairingDevice,
  pairingPlace,
  PairingReveal,
  readPairingCode,
  type PairingCode,
} from '@chartkeep/protocol/pairing'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import { headMessage } from '@chartkeep/protocol/streams'
import { PairingJoiner, openPairing, sealPairing, type Answer, type PairingRelay } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addDevice,
  createPerson,
  extendAccount,
  nextPlace,
  wrapBoxKey,
  type Device,
  type Person,
} from '../../support/protocol-people.ts'
import { createServerWorld, newMember, type ServerWorld } from '../../support/server-world.ts'

let world: ServerWorld
beforeAll(() => {
  world = createServerWorld()
})
afterAll(() => world.close())

const serverKeys = generateSigningKeyPair()

/** The places of the real server, asked without a network. */
let households = 0

function relay(): PairingRelay {
  const { pairing } = world.core
  // H9: each household has its own.
  const address = `192.0.2.${++households}`
  const told = <T extends object>(value: T | SyncError): Promise<Answer<T>> =>
    Promise.resolve(
      'type' in value && value.type === 'error' ? (value as SyncError) : { type: 'ok', value: value as T },
    )
  return {
    info: () => told({ ...world.core.info(), key: serverKeys.publicKey }),
    open: (place) => told(pairing.open(address, { place })),
    read: (place) => told(pairing.read({ place })),
    write: (place, token, kind, sealed) => told(pairing.write({ place, token, kind, sealed })),
    close: (place, token) => told(pairing.close(null, { place, token })),
  }
}

async function page(entries: SignedEntry[], person: Person, key = serverKeys): Promise<AccountLogPage> {
  const head = { kind: 'account' as const, id: person.state.account, n: person.state.n, h: person.state.h, time: 1 }
  return { entries, head: { ...head, signature: await sign(key, headMessage(head)) } }
}

/** An honest server of this account's log, which a test may bend. */
const logOf = (
  person: Person,
  bend: (honest: AccountLogPage) => AccountLogPage | Promise<AccountLogPage> = (p) => p,
) => ({
  accountLog: async (_account: Uint8Array, after: number): Promise<Answer<AccountLogPage>> => ({
    type: 'ok',
    value: await bend(await page(person.entries.slice(after), person)),
  }),
})

interface Waiting {
  pairing: PairingJoiner
  code: PairingCode
}

/** A new device whose person has compared, and said yes; `before` happens between its code and the answer. */
async function compared(
  person: Person,
  answer: Partial<PairingAnswer> = {},
  before: (waiting: Waiting) => Promise<void> = () => Promise.resolve(),
): Promise<Waiting> {
  const pairing = await PairingJoiner.open({
    relay: relay(),
    address: 'http://localhost',
    deviceName: 'Phone',
    randomBytes,
    wait: () => Promise.resolve(),
  })
  if (!(pairing instanceof PairingJoiner)) throw new Error(pairing.type)
  const code = readPairingCode(pairing.code)!
  await before({ pairing, code })
  const { session } = await newMember(world.core)
  const said: PairingAnswer = {
    v: 1,
    account: person.state.account,
    device: person.device.id,
    n: person.state.n,
    h: person.state.h,
    serverKey: serverKeys.publicKey,
    name: 'Mei',
    reply: person.device.box.publicKey,
    nonce: randomBytes(32),
    vaults: [],
    ...answer,
  }
  const sealed = sealPairing('answer', code, code.ephemeral, said, randomBytes)
  world.core.pairing.answer(session, { place: pairingPlace(code), sealed })
  expect((await pairing.answered()).type).toBe('compare')
  return { pairing, code }
}

async function enrolDevice(person: Person, { code }: Waiting, signer: Device = person.device, wrap?: Uint8Array) {
  const generation = person.boxKeys.length
  const target = { id: pairingDevice(code), box: code.box }
  await extendAccount(
    person,
    {
      ...nextPlace(person.state, signer),
      type: 'device-added',
      device: { kind: 'device', sign: code.sign, box: code.box, lookup: null, name: new Uint8Array() },
      wrap: wrap ?? wrapBoxKey(person.random, generation, person.boxKeys[generation - 1]!, target),
    },
    signer,
  )
}

test('K8: admitted after the compared head, by the device that answered, it takes the account with all entries', async () => {
  const person = await createPerson('pairing.good')
  const waiting = await compared(person)
  await enrolDevice(person, waiting)
  const entered = await waiting.pairing.enter(logOf(person))
  expect(entered).toMatchObject({ entries: person.entries, state: { n: 2 } })
})

test('K8: a log that comes in short pages is the same log', async () => {
  const person = await createPerson('pairing.pages')
  for (let i = 0; i < 3; i++) await addDevice(person)
  const waiting = await compared(person)
  await enrolDevice(person, waiting)
  const short = logOf(person, (honest) => ({ ...honest, entries: honest.entries.slice(0, 2) }))
  expect(await waiting.pairing.enter(short)).toMatchObject({ entries: person.entries })
})

test('K8: admitted by another device than the one that answered, it takes nothing', async () => {
  const person = await createPerson('pairing.other')
  const thief = await addDevice(person)
  const waiting = await compared(person)
  await enrolDevice(person, waiting, thief)
  expect(await waiting.pairing.enter(logOf(person))).toEqual({ type: 'fork' })
})

test('K8: an entry that was there before the compared head does not count', async () => {
  const person = await createPerson('pairing.early')
  const waiting = await compared(person, {}, (opened) => enrolDevice(person, opened))
  expect(await waiting.pairing.enter(logOf(person))).toEqual({ type: 'fork' })

  const cheated = await createPerson('pairing.early.2')
  const again = await compared(cheated, { n: 2, h: randomBytes(32) })
  await enrolDevice(cheated, again)
  expect(await again.pairing.enter(logOf(cheated))).toEqual({ type: 'fork' })
})

test('K8: another account than the compared one, and another history of the same account, are refused', async () => {
  const person = await createPerson('pairing.account')
  const stranger = await createPerson('pairing.stranger')
  const waiting = await compared(person)
  await enrolDevice(stranger, waiting)
  expect(await waiting.pairing.enter(logOf(stranger))).toEqual({ type: 'fork' })

  // The right log under another account's name.
  const misnamed = await compared(person, { account: stranger.state.account })
  await enrolDevice(person, misnamed)
  expect(await misnamed.pairing.enter(logOf(person))).toEqual({ type: 'fork' })

  // The same first entry, and another second one: the history that was compared is not this.
  const [mine, twin] = [await createPerson('pairing.twin'), await createPerson('pairing.twin')]
  mine.random(7)
  await addDevice(mine)
  await addDevice(twin)
  expect(mine.state.account).toEqual(twin.state.account)
  const forked = await compared(mine)
  await enrolDevice(twin, forked)
  expect(await forked.pairing.enter(logOf(twin))).toEqual({ type: 'fork' })
})

test('K8, S6: a head that the named server did not sign, or that does not fit the entries, is refused', async () => {
  const person = await createPerson('pairing.head')
  const waiting = await compared(person)
  await enrolDevice(person, waiting)
  const other = generateSigningKeyPair()
  const signedByOther = logOf(person, (honest) => page(honest.entries, person, other))
  expect(await waiting.pairing.enter(signedByOther)).toEqual({ type: 'fork' })
  const shorter = logOf(person, async (honest) => {
    const head = { ...honest.head, n: 1 }
    return { ...honest, head: { ...head, signature: await sign(serverKeys, headMessage(head)) } }
  })
  expect(await waiting.pairing.enter(shorter)).toEqual({ type: 'fork' })
})

test('K4, K8: a key of the account that does not open is refused before anything is kept', async () => {
  const person = await createPerson('pairing.wrap')
  const waiting = await compared(person)
  await enrolDevice(person, waiting, person.device, randomBytes(112))
  expect(await waiting.pairing.enter(logOf(person))).toEqual({ type: 'bad-answer' })
})

test('K8: what was committed to is said only after the answer, and the first answer stays', async () => {
  const person = await createPerson('pairing.order')
  const writes: string[] = []
  const honest = relay()
  const pairing = await PairingJoiner.open({
    relay: {
      ...honest,
      write: (place, token, kind, sealed) => {
        writes.push(kind)
        return honest.write(place, token, kind, sealed)
      },
    },
    address: 'http://localhost',
    deviceName: 'Phone',
    randomBytes,
    wait: () => Promise.resolve(),
  })
  if (!(pairing instanceof PairingJoiner)) throw new Error(pairing.type)
  // Ten minutes of asking, and no answer: nothing was said.
  expect(await pairing.answered()).toEqual({ type: 'expired' })
  expect(writes).toEqual([])
  const code = readPairingCode(pairing.code)!
  expect(openPairing('answer', code, person.device.box, PairingAnswer, randomBytes(200))).toBeNull()
})

test('K8: a sealed message opens for its own code and its own step only', async () => {
  const person = await createPerson('pairing.sealed')
  const { code } = await compared(person)
  const other: PairingCode = { ...code, commitment: randomBytes(32) }
  const { box } = person.device
  const reveal: PairingReveal = { v: 1, nonce: randomBytes(32), name: 'Phone' }
  const sealed = sealPairing('reveal', code, box.publicKey, reveal, randomBytes)
  expect(openPairing('reveal', code, box, PairingReveal, sealed)).toEqual(reveal)
  expect(openPairing('reveal', other, box, PairingReveal, sealed)).toBeNull()
  expect(openPairing('end', code, box, PairingReveal, sealed)).toBeNull()
  expect(openPairing('reveal', code, person.recovery.box, PairingReveal, sealed)).toBeNull()
  const changed = sealed.map((byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte))
  expect(openPairing('reveal', code, box, PairingReveal, changed)).toBeNull()
})
