/** The kit's replacement and its 24 hours (K7), and names of devices, as every reader of an account log checks them. */
import { generateSigningKeyPair, sign } from '@chartkeep/crypto'
import { idText, KIT_WAIT_MS } from '@chartkeep/protocol'
import {
  applyAccountEntry,
  deviceLiveAt,
  liveDevices,
  mustWait,
  newestBoxKey,
  readAccountLog,
  wrapFor,
  type AccountEntryBody,
  type AccountState,
  type Waited,
} from '@chartkeep/protocol/account'
import { headMessage, type SignedHead } from '@chartkeep/protocol/streams'
import { describe, expect, test } from 'vitest'
import {
  accepted,
  addDevice,
  createPerson,
  createRecovery,
  deviceAddedBody,
  createDevice,
  extendAccount,
  headAt,
  kitReplacedBody,
  nextBoxKey,
  nextPlace,
  publicKeys,
  removeDevice,
  replaceKit,
  signAccountBody,
  type Device,
  type Person,
} from '../../support/protocol-people.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

const refusal = (reason: string) => ({ type: 'refused', reason })
const T0 = 1_800_000_000_000
const server = generateSigningKeyPair(seededBytes('kit.server'))

async function applied(person: Person, body: AccountEntryBody, signer: Device) {
  return applyAccountEntry(person.state, await signAccountBody(body, signer))
}

const holds = (outcome: AccountState | { type: string }) => !('type' in outcome)

function removal(person: Person, device: Uint8Array, signer: Device, waited?: Waited): AccountEntryBody {
  const { grant } = nextBoxKey(person, device)
  const body = { ...nextPlace(person.state, signer), type: 'device-removed' as const, device, boxKey: grant }
  return waited === undefined ? body : { ...body, waited }
}

/** A head of this log under the name of another account, as only a lying server signs it. */
async function headOf(id: Uint8Array, person: Person): Promise<SignedHead> {
  const head = { kind: 'account' as const, id, n: person.state.n, h: person.state.h, time: T0 }
  return { ...head, signature: await sign(server, headMessage(head)) }
}

async function waitedFor(person: Person, ms: number, from = person.state.n): Promise<Waited> {
  return {
    key: server.publicKey,
    first: await headAt(person, server, T0, from),
    last: await headAt(person, server, T0 + ms),
  }
}

describe('K7: replacing the kit', () => {
  test('K7: one entry takes the old kit out, brings the new one and a new box key that the old one cannot open', async () => {
    const person = await createPerson('kit.replace')
    const phone = await addDevice(person)
    const old = person.recovery
    const recovery = await replaceKit(person, phone)
    const { state } = person
    expect(liveDevices(state).map(({ id, kind }) => [idText(id), kind])).toEqual([
      [idText(person.device.id), 'device'],
      [idText(phone.id), 'device'],
      [idText(recovery.id), 'recovery'],
    ])
    expect(deviceLiveAt(state, old.id, state.n - 1)).not.toBeNull()
    expect(deviceLiveAt(state, old.id, state.n)).toBeNull()
    expect(newestBoxKey(state).generation).toBe(2)
    expect(wrapFor(state, old.id)).toBeNull()
    for (const { id } of [person.device, phone, recovery]) expect(wrapFor(state, id)?.generation).toBe(2)
    expect(await readAccountLog(person.entries)).toEqual(state)
  })

  test('K7: the old kit lets nobody in any more, the new one does', async () => {
    const person = await createPerson('kit.old')
    const old = person.recovery
    const recovery = await replaceKit(person)
    const phone = createDevice(person.random)
    expect(await applied(person, deviceAddedBody(person, phone, old), old)).toEqual(refusal('signer-not-live'))
    expect(holds(await applied(person, deviceAddedBody(person, phone, recovery), recovery))).toBe(true)
  })

  test('K7: the kit cannot replace itself, and no device takes it away without bringing another', async () => {
    const person = await createPerson('kit.itself')
    const { body } = kitReplacedBody(person, createRecovery(person.random), person.recovery)
    expect(await applied(person, body, person.recovery)).toEqual(refusal('recovery-may-only-add'))
    expect(await applied(person, removal(person, person.recovery.id, person.device), person.device)).toEqual(
      refusal('recovery-stays'),
    )
  })

  test('K7: an entry that brings an ordinary device, a known key, a wrong generation or too few wraps is refused', async () => {
    const person = await createPerson('kit.bad')
    const fresh = createRecovery(person.random)
    const { body } = kitReplacedBody(person, fresh, person.device)
    const bad = async (change: object) => applied(person, { ...body, ...change }, person.device)
    const ordinary = kitReplacedBody(person, createDevice(person.random), person.device)
    expect(await applied(person, ordinary.body, person.device)).toEqual(refusal('bad-key'))
    expect(await bad({ recovery: publicKeys(person.recovery) })).toEqual(refusal('bad-key'))
    expect(await bad({ recovery: { ...publicKeys(fresh), lookup: null } })).toEqual(refusal('bad-key'))
    expect(await bad({ boxKey: { ...body.boxKey, generation: 3 } })).toEqual(refusal('bad-generation'))
    expect(await bad({ boxKey: { ...body.boxKey, wraps: body.boxKey.wraps.slice(1) } })).toEqual(refusal('bad-key'))
    expect(await bad({ device: person.device.id })).toEqual(refusal('unknown-device'))
    expect(await bad({ device: fresh.id })).toEqual(refusal('unknown-device'))
    expect(holds(await bad({}))).toBe(true)
  })

  test('K7: a kit that was replaced cannot be replaced again', async () => {
    const person = await createPerson('kit.twice')
    const old = person.recovery
    await replaceKit(person)
    const { body } = kitReplacedBody({ ...person, recovery: old }, createRecovery(person.random), person.device)
    expect(await applied(person, body, person.device)).toEqual(refusal('unknown-device'))
  })
})

describe('K7: the 24 hours of a device that came in by the kit', () => {
  async function thief(seed: string) {
    const person = await createPerson(seed)
    const phone = await addDevice(person)
    const late = await addDevice(person, person.recovery)
    return { person, phone, late, since: person.state.n }
  }

  test('K7: it removes no older device without proof of 24 hours, and an older one removes it at once', async () => {
    const { person, phone, late } = await thief('kit.wait')
    for (const older of [person.device, phone])
      expect(await applied(person, removal(person, older.id, late), late)).toEqual(refusal('too-early'))
    await removeDevice(person, late.id, phone)
    expect(deviceLiveAt(person.state, late.id, person.state.n)).toBeNull()
  })

  test('K7: 24 hours between two heads that the server signed are enough, a millisecond less is not', async () => {
    const { person, phone, late } = await thief('kit.ms')
    const early = await waitedFor(person, KIT_WAIT_MS - 1)
    expect(await applied(person, removal(person, phone.id, late, early), late)).toEqual(refusal('too-early'))
    const waited = await waitedFor(person, KIT_WAIT_MS)
    expect(holds(await applied(person, removal(person, phone.id, late, waited), late))).toBe(true)
  })

  test('K7: heads from before the kit was used, of another log, off the chain or badly signed prove nothing', async () => {
    const { person, phone, late, since } = await thief('kit.proof')
    const good = await waitedFor(person, KIT_WAIT_MS)
    const stranger = await createPerson('kit.stranger')
    const other = generateSigningKeyPair(seededBytes('kit.other'))
    const bad: Waited[] = [
      { ...good, first: await headAt(person, server, T0, since - 1) },
      { ...good, first: await headAt(stranger, server, T0) },
      { ...good, first: await headOf(stranger.state.account, person) },
      { ...good, last: { ...good.last, time: good.last.time + 1 } },
      { ...good, last: { ...good.last, h: good.last.h.map((byte) => byte ^ 1) } },
      { ...good, last: { ...good.last, kind: 'stream' } },
      { ...good, first: await headAt(person, other, T0) },
      { ...good, key: other.publicKey },
      { ...good, first: good.last, last: good.first },
    ]
    for (const waited of bad)
      expect(await applied(person, removal(person, phone.id, late, waited), late)).toEqual(refusal('too-early'))
  })

  test('K7: it replaces no kit before its 24 hours, whichever kit it is', async () => {
    const { person, late } = await thief('kit.kit')
    const tooEarly = kitReplacedBody(person, createRecovery(person.random), late)
    expect(await applied(person, tooEarly.body, late)).toEqual(refusal('too-early'))
    await replaceKit(person)
    const again = kitReplacedBody(person, createRecovery(person.random), late)
    expect(await applied(person, again.body, late)).toEqual(refusal('too-early'))
    const waited = await waitedFor(person, KIT_WAIT_MS, 3)
    const lawful = kitReplacedBody(person, createRecovery(person.random), late, waited)
    expect(holds(await applied(person, lawful.body, late))).toBe(true)
  })

  test('K7: a device that it admits waits as well; one that came later than the kit is removed without waiting', async () => {
    const { person, phone, late } = await thief('kit.line')
    const second = await addDevice(person, late)
    const third = await addDevice(person, second)
    for (const signer of [second, third])
      expect(await applied(person, removal(person, phone.id, signer), signer)).toEqual(refusal('too-early'))
    expect(holds(await applied(person, removal(person, late.id, third), third))).toBe(true)
    expect(holds(await applied(person, removal(person, third.id, late), late))).toBe(true)
  })

  test('K7: of two devices that came in by the kit the older may remove the younger at once, not the other way round', async () => {
    const { person, late } = await thief('kit.two')
    const later = await addDevice(person, person.recovery)
    expect(await applied(person, removal(person, late.id, later), later)).toEqual(refusal('too-early'))
    expect(holds(await applied(person, removal(person, later.id, late), late))).toBe(true)
  })

  test('K7: nobody else needs the proof, and one that is not needed is refused: an action has one form', async () => {
    const { person, phone, late } = await thief('kit.needless')
    const device = (id: Uint8Array) => person.state.devices.get(idText(id))!
    expect(mustWait(device(phone.id), device(late.id))).toBe(false)
    expect(mustWait(device(late.id), device(phone.id))).toBe(true)
    const waited = await waitedFor(person, KIT_WAIT_MS)
    expect(await applied(person, removal(person, late.id, phone, waited), phone)).toEqual(refusal('malformed'))
    const { body } = kitReplacedBody(person, createRecovery(person.random), phone, waited)
    expect(await applied(person, body, phone)).toEqual(refusal('malformed'))
  })
})

describe('K5: names of devices', () => {
  const named = (person: Person, device: Uint8Array, signer: Device): AccountEntryBody => ({
    ...nextPlace(person.state, signer),
    type: 'device-named',
    device,
    name: person.random(60),
  })

  test('K5: a live device gives any live device another name, itself too', async () => {
    const person = await createPerson('kit.name')
    const phone = await addDevice(person)
    for (const device of [phone, person.device]) {
      const body = named(person, device.id, phone)
      await extendAccount(person, body, phone)
      expect(person.state.devices.get(idText(device.id))!.name).toEqual('name' in body ? body.name : null)
    }
    expect(liveDevices(person.state)).toHaveLength(3)
  })

  test('K5: no name for a removed device, an unknown one or the kit, and none by the kit', async () => {
    const person = await createPerson('kit.noname')
    const phone = await addDevice(person)
    expect(await applied(person, named(person, phone.id, person.recovery), person.recovery)).toEqual(
      refusal('recovery-may-only-add'),
    )
    expect(await applied(person, named(person, person.recovery.id, phone), phone)).toEqual(refusal('unknown-device'))
    expect(await applied(person, named(person, createDevice(person.random).id, phone), phone)).toEqual(
      refusal('unknown-device'),
    )
    await removeDevice(person, phone.id)
    expect(await applied(person, named(person, phone.id, person.device), person.device)).toEqual(
      refusal('unknown-device'),
    )
    const long = { ...named(person, person.device.id, person.device), name: new Uint8Array(513) } as AccountEntryBody
    expect(await applied(person, long, person.device)).toEqual(refusal('malformed'))
    expect(accepted(person.state).n).toBe(3)
  })
})

describe('K7, K8: who let a device in', () => {
  test('K8: the log says which device signed for it; the first ones nobody admitted', async () => {
    const person = await createPerson('kit.who')
    const phone = await addDevice(person)
    const tablet = await addDevice(person, phone)
    const by = (id: Uint8Array) => person.state.devices.get(idText(id))!.addedBy
    expect([by(person.device.id), by(person.recovery.id)]).toEqual([null, null])
    expect([by(phone.id), by(tablet.id)]).toEqual([person.device.id, phone.id])
    const recovery = await replaceKit(person, phone)
    expect(by(recovery.id)).toEqual(phone.id)
  })

  test('K7: what a kit admitted, and what that admitted, is known as such; a kit is not, whoever brought it', async () => {
    const person = await createPerson('kit.came')
    const late = await addDevice(person, person.recovery)
    const at = person.state.n
    const later = await addDevice(person, late)
    const plain = await addDevice(person)
    const came = (id: Uint8Array) => person.state.devices.get(idText(id))!.cameByKit
    expect([came(person.device.id), came(late.id), came(later.id), came(plain.id)]).toEqual([null, at, at, null])
    const recovery = await replaceKit(person)
    expect(came(recovery.id)).toBeNull()
    const waited = {
      key: server.publicKey,
      first: await headAt(person, server, T0),
      last: await headAt(person, server, T0 + KIT_WAIT_MS),
    }
    const next = createRecovery(person.random)
    const { body } = kitReplacedBody(person, next, late, waited)
    const state = accepted(await applyAccountEntry(person.state, await signAccountBody(body, late)))
    expect(state.devices.get(idText(next.id))).toMatchObject({ cameByKit: null, addedBy: late.id })
  })
})
