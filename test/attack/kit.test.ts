/**
 * The finder of an old recovery kit, together with a server that gives everything it has (K4, K7, C4): after the kit was replaced the old paper opens
 * no later key, lets nobody in, and what it had admitted before is taken out by an older device.
 */
import { openSealedBox, parseRecoveryCode, randomBytes, type BoxKeyPair } from '@chartkeep/crypto'
import { decodeAs, idText } from '@chartkeep/protocol'
import { decodeAccountEntry, readAccountLog, type AccountState } from '@chartkeep/protocol/account'
import { ControlBody, type ControlEntry } from '@chartkeep/protocol/control'
import { ControlPost, LogPost } from '@chartkeep/protocol/messages'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import type { Session } from '@chartkeep/sync'
import { createDevice, deviceAddedEntry, openBoxKeys, recoveryDevice } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { confirmed, createBentWorld, type DeviceWorld } from '../support/device-world.ts'
import type { HostileProxy } from '../support/hostile-proxy.ts'

let world: DeviceWorld & { proxy: HostileProxy }
let session: Session
let oldCode: string

beforeEach(async () => {
  world = await createBentWorld()
  const made = await world.account('Mei')
  session = made.session
  oldCode = made.code
  await confirmed(session)
})
afterEach(() => world.close())

/** What devices posted to a path that ends in `part`, in order. */
function posted<T>(part: string, shape: Parameters<typeof decodeAs<T>>[0]): T[] {
  return world.proxy.requests.flatMap((request, index) => {
    const message =
      request.startsWith('POST') && request.endsWith(part) ? decodeAs(shape, world.proxy.sent[index]!) : null
    return message === null ? [] : [message]
  })
}

/** The account log as the server has it. */
function accountLog(): SignedEntry[] {
  return [...posted('/v1/accounts', LogPost), ...posted('/log', LogPost)].map(({ entry }) => entry)
}

const controlLog = () => posted('/control', ControlPost).flatMap(({ entries }) => entries)

async function stateOf(entries: SignedEntry[]): Promise<AccountState> {
  const state = await readAccountLog(entries)
  if (state === null || 'type' in state) throw new Error('the log does not hold')
  return state
}

const opens = (entry: ControlEntry, keys: Iterable<BoxKeyPair>) =>
  entry.parts.some(({ wrap }) => wrap !== null && [...keys].some((pair) => openSealedBox(pair, wrap) !== null))

test('K4, K7, C4: the old kit with all that the server has opens no key made after it was replaced; each chart gets such keys at once', async () => {
  const old = recoveryDevice(parseRecoveryCode(oldCode)!)
  const kit = session.drawKit()
  expect(await session.replaceKit(kit.code)).toEqual({ type: 'done' })
  await confirmed(session)

  const entries = accountLog()
  const at = entries.findIndex(({ body }) => decodeAccountEntry(body)?.type === 'kit-replaced')
  expect(at).toBeGreaterThan(0)
  const known = openBoxKeys(await stateOf(entries.slice(0, at)), old)
  const state = await stateOf(entries)
  const renewed = openBoxKeys(state, recoveryDevice(parseRecoveryCode(kit.code)!))
  expect([...known.keys()]).toEqual([1])
  expect([...renewed.keys()].toSorted()).toEqual([1, 2])
  expect(openBoxKeys(state, old).size).toBe(0)

  // The finder could open what there was. The cut of the old kit brings new epochs of every stream, and those it cannot.
  const control = controlLog()
  expect(opens(control[0]!, known.values())).toBe(true)
  const cut = control.find((entry) => decodeAs(ControlBody, entry.body)?.type === 'cut')!
  const body = decodeAs(ControlBody, cut.body)!
  expect(idText(body.cut!.device!)).toBe(idText(old.id))
  expect(body.epochs).toHaveLength(decodeAs(ControlBody, control[0]!.body)!.streams.length)
  expect(opens(cut, known.values())).toBe(false)
  expect(opens(cut, renewed.values())).toBe(true)
}, 60_000)

test('K7: an entry that the old kit signs after it was replaced is taken by no reader, whoever carries it', async () => {
  const old = recoveryDevice(parseRecoveryCode(oldCode)!)
  const before = await stateOf(accountLog())
  const keys = openBoxKeys(before, old)
  expect(await session.replaceKit(session.drawKit().code)).toEqual({ type: 'done' })
  await confirmed(session)
  const state = await stateOf(accountLog())
  // It cannot even wrap the newest key; with a key that it made up instead the signer is still dead.
  await expect(deviceAddedEntry(state, old, createDevice(randomBytes), 'Thief', keys, randomBytes)).rejects.toThrow()
  const forged = await deviceAddedEntry(
    { ...before, n: state.n, h: state.h },
    old,
    createDevice(randomBytes),
    'Thief',
    keys,
    randomBytes,
  )
  expect(await readAccountLog([forged], state)).toEqual({ type: 'refused', reason: 'signer-not-live' })
}, 60_000)
