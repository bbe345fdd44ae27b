/**
 * The account log (K4, K5, K7): a hash chain that says which devices and box keys an account has. Read from the first entry by
 * everybody who deals with the account, the server included; written by packages/sync.
 */
import { equalBytes, uint32ToBytes, concatBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { isSoundSigningKey, verify } from '@chartkeep/crypto/verify'
import { decodeAccountEntry, type BoxKeyGrant, type DeviceKeys, type Waited } from './account-entry.ts'
import { canReceiveBoxes } from './box-key.ts'
import { verifyHead } from './chain.ts'
import { accountIdOf, deviceIdOf, idText, ZERO_HASH, type Head } from './ids.ts'
import { KIT_WAIT_MS, MAX_LIVE_DEVICES } from './limits.ts'
import { entryHash, entryMessage, type SignedEntry } from './signed-entry.ts'

export interface AccountDevice {
  id: Uint8Array
  kind: 'device' | 'recovery'
  sign: Uint8Array
  box: Uint8Array
  lookup: Uint8Array | null
  name: Uint8Array
  /** Position of the entry that added it. */
  addedAt: number
  /** Who signed that entry; null for those of the first one. */
  addedBy: Uint8Array | null
  /** K7: position of the entry by which a kit let it in, or let in the device that did; null otherwise. */
  cameByKit: number | null
  /** Position of its `device-removed` or `kit-replaced`, null while live. */
  removedAt: number | null
}

/** What an account log says, after `n` entries. */
export interface AccountState {
  account: Uint8Array
  n: number
  h: Uint8Array
  /** hashes[i] is h after i+1 entries. */
  hashes: Uint8Array[]
  devices: Map<string, AccountDevice>
  /** EK(g) at index g - 1. */
  boxKeys: BoxKeyGrant[]
  /** Wraps of the newest EK for devices added after it, by device. */
  lateWraps: Map<string, { generation: number; wrap: Uint8Array }>
  vaults: Uint8Array | null
}

export type AccountRefusal =
  | 'malformed'
  | 'not-next'
  | 'unknown-signer'
  | 'signer-not-live'
  | 'recovery-may-only-add'
  /** The recovery device is the way back: only an entry that brings the next one takes it away (K7). */
  | 'recovery-stays'
  /** K7: it came in by the kit and shows no proof of 24 hours. */
  | 'too-early'
  /** A device that made the EK of its own removal would know it. */
  | 'removes-itself'
  | 'bad-key'
  | 'bad-generation'
  | 'unknown-device'
  | 'too-many-devices'
  | 'bad-signature'

export interface Refused<R extends string> {
  type: 'refused'
  reason: R
}

function refused<R extends string>(reason: R): Refused<R> {
  return { type: 'refused', reason }
}

/** What stands before the secret inside an EK wrap, so that a wrap fits one generation and one device only. */
export function boxKeyContext(generation: number, publicKey: Uint8Array, device: Uint8Array): Uint8Array {
  return taggedHash('box-key-wrap', concatBytes(uint32ToBytes(generation), publicKey, device))
}

/** The head of a state, or of the empty log. */
export function accountHead(state: AccountState | null): Head {
  return state === null ? { n: 0, h: ZERO_HASH } : { n: state.n, h: state.h }
}

/** True when `head` lies on this log. */
export function hasAccountHead(state: AccountState, head: Head): boolean {
  const known = head.n > 0 ? state.hashes[head.n - 1] : undefined
  return known !== undefined && equalBytes(known, head.h)
}

/** The device if it was live when the log had `n` entries; null otherwise. */
export function deviceLiveAt(state: AccountState, device: Uint8Array, n: number): AccountDevice | null {
  const found = state.devices.get(idText(device))
  if (found === undefined || found.addedAt > n) return null
  return found.removedAt === null || found.removedAt > n ? found : null
}

export function liveDevices(state: AccountState): AccountDevice[] {
  return [...state.devices.values()].filter((device) => device.removedAt === null)
}

/** The newest EK's public part; wraps for the account go to it and no other (K4). */
export function newestBoxKey(state: AccountState): BoxKeyGrant {
  return state.boxKeys[state.boxKeys.length - 1]!
}

/** K2, K5: keys of its own, which nothing else in the log has or had. */
function newDevice(
  keys: DeviceKeys,
  n: number,
  others: Iterable<AccountDevice>,
  signer: AccountDevice | null = null,
): AccountDevice | null {
  if ((keys.kind === 'recovery') !== (keys.lookup !== null)) return null
  for (const { sign, box } of others) if (equalBytes(sign, keys.sign) || equalBytes(box, keys.box)) return null
  if (!canReceiveBoxes(keys.box) || !isSoundSigningKey(keys.sign)) return null
  const { kind, sign, box, lookup, name } = keys
  const cameByKit = signer === null || kind === 'recovery' ? null : signer.kind === 'recovery' ? n : signer.cameByKit
  const addedBy = signer?.id ?? null
  return { id: deviceIdOf(sign, box), kind, sign, box, lookup, name, addedAt: n, addedBy, cameByKit, removedAt: null }
}

function wrapsFor(devices: AccountDevice[], grant: BoxKeyGrant): boolean {
  const wanted = new Set(devices.map((device) => idText(device.id)))
  return grant.wraps.length === wanted.size && grant.wraps.every(({ device }) => wanted.delete(idText(device)))
}

/**
 * Applies the next entry and answers the new state; the given state is not changed.
 * Checks: form, number and previous hash, a live signer that may do this, keys, signature.
 */
export async function applyAccountEntry(
  state: AccountState | null,
  entry: SignedEntry,
): Promise<AccountState | Refused<AccountRefusal>> {
  const body = decodeAccountEntry(entry.body)
  if (body === null) return refused('malformed')
  const head = accountHead(state)
  if (body.n !== head.n + 1 || !equalBytes(body.prev, head.h)) return refused('not-next')
  const h = entryHash('account-entry', entry.body)
  const message = entryMessage('account-entry', entry.body)

  if (state === null) {
    if (body.type !== 'genesis') return refused('not-next')
    const device = newDevice(body.device, 1, [])
    const recovery = device === null ? null : newDevice(body.recovery, 1, [device])
    if (device === null || recovery === null || device.kind !== 'device' || recovery.kind !== 'recovery')
      return refused('bad-key')
    if (!equalBytes(device.id, body.signer)) return refused('unknown-signer')
    if (body.boxKey.generation !== 1 || body.boxKey.previous !== null) return refused('bad-generation')
    if (!canReceiveBoxes(body.boxKey.public) || !wrapsFor([device, recovery], body.boxKey)) return refused('bad-key')
    if (!(await verify(device.sign, message, entry.signature))) return refused('bad-signature')
    return {
      account: accountIdOf(entry.body),
      n: 1,
      h,
      hashes: [h],
      devices: new Map([device, recovery].map((each) => [idText(each.id), each])),
      boxKeys: [body.boxKey],
      lateWraps: new Map(),
      vaults: null,
    }
  }

  const signer = state.devices.get(idText(body.signer))
  if (signer === undefined) return refused('unknown-signer')
  if (signer.removedAt !== null) return refused('signer-not-live')
  if (signer.kind === 'recovery' && body.type !== 'device-added') return refused('recovery-may-only-add')
  if (!(await verify(signer.sign, message, entry.signature))) return refused('bad-signature')

  const next: AccountState = {
    ...state,
    n: body.n,
    h,
    hashes: [...state.hashes, h],
    devices: new Map(state.devices),
    boxKeys: state.boxKeys,
    lateWraps: new Map(state.lateWraps),
  }
  switch (body.type) {
    case 'genesis':
      return refused('not-next')
    case 'device-added': {
      // More than one entry can wrap an EK to would be devices that nobody can remove.
      if (liveDevices(state).length >= MAX_LIVE_DEVICES) return refused('too-many-devices')
      const device = newDevice(body.device, body.n, state.devices.values(), signer)
      if (device === null || device.kind !== 'device') return refused('bad-key')
      next.devices.set(idText(device.id), device)
      next.lateWraps.set(idText(device.id), { generation: newestBoxKey(state).generation, wrap: body.wrap })
      return next
    }
    case 'device-removed': {
      const device = next.devices.get(idText(body.device))
      if (device === undefined || device.removedAt !== null) return refused('unknown-device')
      if (device.kind === 'recovery') return refused('recovery-stays')
      if (equalBytes(device.id, signer.id)) return refused('removes-itself')
      const waited = 'waited' in body ? body.waited : null
      const early = await refusesRemoval(state, signer, device, waited)
      if (early !== null) return refused(early)
      next.devices.set(idText(device.id), { ...device, removedAt: body.n })
      return withBoxKey(next, liveDevices(next), body.boxKey)
    }
    case 'kit-replaced': {
      const old = next.devices.get(idText(body.device))
      if (old === undefined || old.removedAt !== null || old.kind !== 'recovery') return refused('unknown-device')
      const recovery = newDevice(body.recovery, body.n, state.devices.values(), signer)
      if (recovery === null || recovery.kind !== 'recovery') return refused('bad-key')
      const early = await refusesRemoval(state, signer, old, body.waited)
      if (early !== null) return refused(early)
      next.devices.set(idText(old.id), { ...old, removedAt: body.n })
      next.devices.set(idText(recovery.id), recovery)
      return withBoxKey(next, liveDevices(next), body.boxKey)
    }
    case 'device-named': {
      const device = next.devices.get(idText(body.device))
      if (device === undefined || device.removedAt !== null || device.kind !== 'device')
        return refused('unknown-device')
      next.devices.set(idText(device.id), { ...device, name: body.name })
      return next
    }
    case 'box-key':
      return withBoxKey(next, liveDevices(next), body.boxKey)
    case 'vaults':
      next.vaults = body.sealed
      return next
  }
}

/** K7: whether `signer` needs proof of 24 hours to take `device` out of the log: what came in by a kit, of what stood there before, and of any kit. */
export function mustWait(signer: AccountDevice, device: AccountDevice): boolean {
  return signer.cameByKit !== null && (device.kind === 'recovery' || device.addedAt < signer.cameByKit)
}

/** Proof that is not needed is refused too: one deed has one form. */
async function refusesRemoval(
  state: AccountState,
  signer: AccountDevice,
  device: AccountDevice,
  waited: Waited | null,
): Promise<AccountRefusal | null> {
  if (!mustWait(signer, device)) return waited === null ? null : 'malformed'
  return waited !== null && (await provesWait(state, signer.cameByKit!, waited)) ? null : 'too-early'
}

/** Whether `waited` proves {@link KIT_WAIT_MS} since position `since` of this log, by the word of the server that it names. */
async function provesWait(state: AccountState, since: number, { key, first, last }: Waited): Promise<boolean> {
  const isOwn = ({ kind, id, n, h }: typeof first) =>
    kind === 'account' && equalBytes(id, state.account) && n >= since && hasAccountHead(state, { n, h })
  if (!isOwn(first) || !isOwn(last) || last.time - first.time < KIT_WAIT_MS) return false
  return (await verifyHead(first, key)) && (await verifyHead(last, key))
}

function withBoxKey(
  next: AccountState,
  live: AccountDevice[],
  grant: BoxKeyGrant,
): AccountState | Refused<AccountRefusal> {
  if (grant.generation !== newestBoxKey(next).generation + 1 || grant.previous === null)
    return refused('bad-generation')
  if (!canReceiveBoxes(grant.public) || !wrapsFor(live, grant)) return refused('bad-key')
  // An EK that was in use before is known to devices that were removed since.
  if (next.boxKeys.some((known) => equalBytes(known.public, grant.public))) return refused('bad-key')
  return { ...next, boxKeys: [...next.boxKeys, grant], lateWraps: new Map() }
}

/** Reads a whole log, or the entries that follow `state`; the first refusal ends it. */
export async function readAccountLog(
  entries: Iterable<SignedEntry>,
  state: AccountState | null = null,
): Promise<AccountState | null | Refused<AccountRefusal>> {
  let current = state
  for (const entry of entries) {
    const next = await applyAccountEntry(current, entry)
    if ('type' in next) return next
    current = next
  }
  return current
}

/** The wrap of the newest EK for `device` and the generation it opens; null when the log has none. */
export function wrapFor(state: AccountState, device: Uint8Array): { generation: number; wrap: Uint8Array } | null {
  const late = state.lateWraps.get(idText(device))
  const newest = newestBoxKey(state)
  if (late !== undefined && late.generation === newest.generation) return late
  const found = newest.wraps.find((wrap) => equalBytes(wrap.device, device))
  return found === undefined ? null : { generation: newest.generation, wrap: found.wrap }
}
