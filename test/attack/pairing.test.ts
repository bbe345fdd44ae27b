/**
 * Pairing (K8) through a server that lies, and next to people who saw the code: keys swapped, an old pairing played again, another account in the
 * answer, another log after it, grinding for equal words. Real devices, a real server behind a proxy that bends what it says.
 */
import { readdirSync } from 'node:fs'
import { generateBoxKeyPair, generateSigningKeyPair, randomBytes } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { AccountLogPage, ControlLogPage, ServerInfo } from '@chartkeep/protocol/messages'
import {
  PairingAnswer,
  pairingCommitment,
  PairingMail,
  pairingNumber,
  pairingPlace,
  PairingReveal,
  readPairingCode,
  writePairingCode,
  type PairingCode,
} from '@chartkeep/protocol/pairing'
import type { NewDevice, Session } from '@chartkeep/sync'
import { openPairing, pairingRelay, sealPairing } from '@chartkeep/sync/testing'
import { filter, firstValueFrom, timeout } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bendMessage, type HostileProxy } from '../support/hostile-proxy.ts'
import { confirmed, createBentWorld, type DeviceWorld } from '../support/device-world.ts'
import type { NodeDevice } from '../support/node-device.ts'
import { seededBytes } from '../support/seeded-bytes.ts'

let world: DeviceWorld
let proxy: HostileProxy

beforeEach(async () => {
  const bent = await createBentWorld()
  world = bent
  proxy = bent.proxy
})
afterEach(() => world.close())

async function account(name: string): Promise<Session> {
  const { session } = await world.account(name, world.device(`${name}-Laptop`))
  await confirmed(session)
  return session
}

async function showsCode(phone: NodeDevice, address = proxy.address): Promise<NewDevice> {
  const paired = await phone.accountManager.pair(world.asked(address))
  if (paired.type !== 'pairing') throw new Error(paired.type)
  return paired.device
}

async function answers(session: Session, code: string) {
  const added = await session.addDevice(code)
  if (added.type !== 'pairing') throw new Error(added.type)
  return added.addition
}

/** Devices of the account, as the server's own log has them. */
async function liveNames(session: Session): Promise<string[]> {
  proxy.bend = null
  await session.syncNow()
  const all = await firstValueFrom(session.devices$)
  return all.filter(({ kind, removed }) => kind === 'device' && !removed).map(({ name }) => name)
}

/** A device that came in by pairing, with nobody in between. */
async function pairedWith(mine: Session, phone: NodeDevice): Promise<Session> {
  const shows = await showsCode(phone)
  const addition = await answers(mine, shows.code)
  await Promise.all([shows.answered(), addition.revealed()])
  const [entered] = await Promise.all([shows.confirm(), addition.confirm()])
  return world.unlocked(entered)
}

const isEmpty = (phone: NodeDevice) => readdirSync(phone.folder).every((name) => name.startsWith('k.sqlite'))

/** Words and digits of a side that compares. */
function shown(side: { type: string }): { words: { en: string[] }; digits: string } {
  if (side.type !== 'compare') throw new Error(side.type)
  return side as unknown as { words: { en: string[] }; digits: string }
}

test('K8: keys swapped on the way of the code: both screens differ, nobody is admitted, nothing stays on the new device', async () => {
  const [mine, thief] = [await account('Mei'), await account('Thief')]
  const phone = world.device('Phone')
  const real = await showsCode(phone)
  // Who carries the code gives the laptop one of its own, and answers the phone's in the laptop's place.
  const swapped = await showsCode(world.device('Phone of the thief'))
  const toLaptop = await answers(mine, swapped.code)
  const toPhone = await answers(thief, real.code)
  const [atPhone, atThief, atLaptop] = [await real.answered(), await swapped.answered(), await toLaptop.revealed()]
  await toPhone.revealed()
  expect(shown(atPhone).words.en).not.toEqual(shown(atLaptop).words.en)
  expect(shown(atPhone).digits).not.toBe(shown(atLaptop).digits)
  expect(shown(atThief).digits).toBe(shown(atLaptop).digits)
  // Before any yes the thief's device is in no log and has no key.
  expect(await liveNames(mine)).toEqual(['Mei-Laptop'])
  await Promise.all([toLaptop.cancel(), real.cancel()])
  expect(await swapped.confirm()).toEqual({ type: 'ended' })
  expect(await liveNames(mine)).toEqual(['Mei-Laptop'])
  expect(isEmpty(phone)).toBe(true)
}, 60_000)

test('K8: an answer with another account: the owner is told that the code was answered, and no screen shows what the phone shows', async () => {
  const [mine, thief] = [await account('Mei'), await account('Thief')]
  const phone = world.device('Phone')
  const real = await showsCode(phone)
  const stolen = await answers(thief, real.code)
  expect(await mine.addDevice(real.code)).toEqual({ type: 'taken' })
  const [here, there] = [shown(await real.answered()), shown(await stolen.revealed())]
  // Its own screen shows the same, and that is all it has: the person holds the two own devices side by side.
  expect(here.digits).toBe(there.digits)
  await real.cancel()
  expect(isEmpty(phone)).toBe(true)
  expect(await liveNames(mine)).toEqual(['Mei-Laptop'])
}, 60_000)

test('K8: an old pairing played again is refused on both sides, by name', async () => {
  const mine = await account('Mei')
  let old: PairingMail | null = null
  proxy.bend = bendMessage('/pairing/read', PairingMail, (mail) => {
    if (mail.answer !== null && mail.reveal !== null) old = mail
    return mail
  })
  const first = await showsCode(world.device('Phone'))
  const addition = await answers(mine, first.code)
  await first.answered()
  await addition.revealed()
  await Promise.all([first.cancel(), addition.cancel()])
  expect(old).not.toBeNull()

  // The earlier answer, for the current code.
  proxy.bend = bendMessage('/pairing/read', PairingMail, (mail) => ({ ...mail, answer: old!.answer }))
  const second = await showsCode(world.device('Phone'))
  expect(await second.answered()).toEqual({ type: 'bad-answer' })

  // The earlier reveal, for the current answer.
  proxy.bend = bendMessage('/pairing/read', PairingMail, (mail) => ({ ...mail, reveal: old!.reveal }))
  const third = await showsCode(world.device('Phone'))
  const again = await answers(mine, third.code)
  expect(await again.revealed()).toEqual({ type: 'bad-answer' })
  expect(await again.confirm()).toEqual({ type: 'cancelled' })
  expect(await liveNames(mine)).toEqual(['Mei-Laptop'])

  // A photograph of the old code: its place has ended.
  proxy.bend = null
  expect(await mine.addDevice(first.code)).toMatchObject({ type: expect.stringMatching(/expired|taken/u) })
}, 60_000)

test('K8: a reveal that was not committed to is refused, even when it is sealed to the right key', async () => {
  const mine = await account('Mei')
  const phone = await showsCode(world.device('Phone'))
  const code = readPairingCode(phone.code)!
  const addition = await answers(mine, phone.code)
  // Only the phone could read the key for the reply; the lie is a reveal with another nonce under a key of the liar.
  const forged: PairingReveal = { v: 1, nonce: randomBytes(32), name: 'Phone' }
  const sealed = sealPairing('reveal', code, generateBoxKeyPair().publicKey, forged, randomBytes)
  proxy.bend = bendMessage('/pairing/read', PairingMail, (mail) => ({ ...mail, reveal: sealed }))
  expect(await addition.revealed()).toEqual({ type: 'bad-answer' })
  expect(await liveNames(mine)).toEqual(['Mei-Laptop'])
}, 60_000)

test('K8: a new device that reveals another nonce than it committed to is refused: it cannot choose once it knows the answer', async () => {
  const mine = await account('Mei')
  const [ephemeral, signing, box] = [generateBoxKeyPair(), generateSigningKeyPair(), generateBoxKeyPair()]
  const committed: PairingReveal = { v: 1, nonce: randomBytes(32), name: 'Phone' }
  const code: PairingCode = {
    v: 1,
    ephemeral: ephemeral.publicKey,
    sign: signing.publicKey,
    box: box.publicKey,
    commitment: pairingCommitment(committed),
    server: proxy.address,
  }
  for (const [reveal, seen] of [
    [{ ...committed, nonce: randomBytes(32) }, 'bad-answer'],
    [{ ...committed, name: 'phone' }, 'bad-answer'],
    [committed, 'compare'],
  ] as const) {
    const place = pairingPlace({ ...code, server: `${proxy.address}/${seen}${reveal.name}` })
    const bent: PairingCode = { ...code, server: `${proxy.address}/${seen}${reveal.name}` }
    const relay = pairingRelay(proxy.address)
    const opened = await relay.open(place)
    if (opened.type !== 'ok') throw new Error(opened.type)
    const addition = await answers(mine, writePairingCode(bent))
    const mail = await relay.read(place)
    const answer = openPairing(
      'answer',
      bent,
      ephemeral,
      PairingAnswer,
      mail.type === 'ok' ? mail.value.answer! : new Uint8Array(),
    )!
    await relay.write(
      place,
      opened.value.token,
      'reveal',
      sealPairing('reveal', bent, answer.reply, reveal, randomBytes),
    )
    expect((await addition.revealed()).type).toBe(seen)
    await addition.cancel()
  }
}, 60_000)

test('K8, S6: another server key than the one that the other device has pinned is refused before any word is shown', async () => {
  const mine = await account('Mei')
  const phone = world.device('Phone')
  const shows = await showsCode(phone)
  await answers(mine, shows.code)
  proxy.bend = bendMessage('/v1/server', ServerInfo, (info) => ({ ...info, key: randomBytes(32) }))
  expect(await shows.answered()).toEqual({ type: 'other-server' })
  expect(isEmpty(phone)).toBe(true)
}, 60_000)

const logLies: [string, (page: AccountLogPage, other: AccountLogPage | null) => AccountLogPage][] = [
  ['with an entry twice', (page) => ({ ...page, entries: page.entries.flatMap((entry) => [entry, entry]) })],
  ['without its last entry', (page) => ({ ...page, entries: page.entries.slice(0, -1) })],
  ['of another account', (_page, other) => other!],
  ['empty', (page) => ({ ...page, entries: [] })],
]
for (const [what, lie] of logLies)
  test(`K8, F1: after equal words the log of the account comes ${what}: the new device keeps nothing`, async () => {
    const [mine, other] = [await account('Mei'), await account('Other')]
    let foreign: AccountLogPage | null = null
    proxy.bend = bendMessage('/log', AccountLogPage, (page) => (foreign = page))
    await other.readSharingCode((await other.sharingCode()).code)
    await other.syncNow()
    proxy.bend = null
    const phone = world.device('Phone')
    const shows = await showsCode(phone)
    const addition = await answers(mine, shows.code)
    expect(shown(await shows.answered()).digits).toBe(shown(await addition.revealed()).digits)
    await addition.confirm()
    proxy.bend = bendMessage('/log', AccountLogPage, (page) => lie(page, foreign))
    expect(await shows.confirm()).toEqual({ type: 'fork' })
    expect(isEmpty(phone)).toBe(true)
    expect(await phone.accountManager.accounts()).toEqual([])
    proxy.bend = null
    // The laptop learns that it did not come in, and takes it out.
    expect(await addition.entered()).toBe('refused')
    expect(await liveNames(mine)).toEqual(['Mei-Laptop'])
  }, 60_000)

test('F2: a control log that does not hold the head that came with the pairing code is named, by the one way that is not the server', async () => {
  const mine = await account('Mei')
  let early: ControlLogPage | null = null
  proxy.bend = bendMessage('/control', ControlLogPage, (page) => {
    if (page.entries.length > 0) early ??= page
    return page
  })
  const first = await pairedWith(mine, world.device('First'))
  await first.syncNow()
  await firstValueFrom(
    first.charts$.pipe(
      filter((charts) => charts.length > 0),
      timeout(20_000),
    ),
  )
  expect(early).not.toBeNull()
  // A device goes out, and its cut is in the control log: this is what the server would hide from the next one.
  expect(await mine.removeDevice(first.device)).toEqual({ type: 'done' })
  await mine.syncNow()
  proxy.bend = bendMessage('/control', ControlLogPage, (page) =>
    page.entries.length > 0 ? early! : { ...page, head: early!.head },
  )
  const second = await pairedWith(mine, world.device('Second'))
  await second.syncNow()
  const status = await firstValueFrom(
    second.sync$.pipe(
      filter(({ state }) => state === 'problem'),
      timeout(20_000),
    ),
  )
  expect(status.problem).toEqual({ key: 'withheld', code: 'control' })
  proxy.bend = null
  await second.syncNow()
  await firstValueFrom(
    second.sync$.pipe(
      filter(({ state }) => state === 'confirmed'),
      timeout(20_000),
    ),
  )
}, 60_000)

test('K8, P1: what goes over the server is legible to nobody: no code, account, device, name or key', async () => {
  const mine = await account('Mei canary-Qp7')
  const phone = world.device('Phone canary-Zr2')
  proxy.sent.length = 0
  const shows = await showsCode(phone)
  const addition = await answers(mine, shows.code)
  await shows.answered()
  await addition.revealed()
  const code = readPairingCode(shows.code)!
  const secrets = [
    code.ephemeral,
    code.sign,
    code.box,
    code.commitment,
    utf8ToBytes('canary'),
    utf8ToBytes(mine.account),
  ]
  const mail = proxy.requests.flatMap((request, index) =>
    request.includes('/pairing/') ? [proxy.sent[proxy.sent.length - proxy.requests.length + index]!] : [],
  )
  expect(mail.length).toBeGreaterThan(3)
  for (const bytes of mail)
    for (const secret of secrets) expect(Buffer.from(bytes).includes(Buffer.from(secret))).toBe(false)
  expect(proxy.requests.filter((request) => request.includes('?') && request.includes('pairing'))).toEqual([])
  await Promise.all([shows.cancel(), addition.cancel()])
}, 60_000)

/**
 * Somebody who saw the code and is between the two wants the phone's first word to be the laptop's. All that it may choose is its answer, and
 * it must choose that before the phone says its nonce.
 */
function betweenTwo(seed: string, tries: number, knowsNonce: boolean): boolean {
  const random = seededBytes(seed)
  const reveal: PairingReveal = { v: 1, nonce: random(32), name: 'Phone' }
  const code: PairingCode = {
    v: 1,
    ephemeral: random(32),
    sign: random(32),
    box: random(32),
    commitment: pairingCommitment(reveal),
    server: 'http://localhost',
  }
  const laptopShows = random(1)[0]!
  const guess: PairingReveal = knowsNonce ? reveal : { v: 1, nonce: random(32), name: 'Phone' }
  const answer = (nonce: Uint8Array): PairingAnswer => ({
    v: 1,
    account: code.sign.slice(0, 16),
    device: code.box.slice(0, 16),
    n: 1,
    h: code.commitment,
    serverKey: code.ephemeral,
    name: 'Thief',
    reply: code.ephemeral,
    nonce,
    vaults: [],
  })
  let chosen = answer(random(32))
  for (let i = 0; i < tries && pairingNumber(code, chosen, guess).words[0] !== laptopShows; i++)
    chosen = answer(random(32))
  // Only now does the phone reveal.
  return pairingNumber(code, chosen, reveal).words[0] === laptopShows
}

test('K8: without the commitment equal first words could be found by trying; with it trying finds nothing', () => {
  const seeds = Array.from({ length: 24 }, (_, i) => `between ${i}`)
  expect(seeds.filter((seed) => betweenTwo(seed, 4096, true))).toHaveLength(24)
  // By chance one word of 256 fits: over 24 tries 0.09 expected. All six words: once in 2^48.
  expect(seeds.filter((seed) => betweenTwo(seed, 4096, false)).length).toBeLessThanOrEqual(1)
})
