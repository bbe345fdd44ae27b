/**
 * The account log (K4, K5, K7, C12): a hash chain that says which devices and box keys an account has, and of a practice which members. Read
 * from the first entry by everybody who deals with the account, the server included; written by packages/sync.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { isSoundSigningKey, verify } from '@chartkeep/crypto/verify'
import {
  decodeAccountEntry,
  type AccountEntryBody,
  type BoxKeyGrant,
  type DeviceKeys,
  type Waited,
} from './account-entry.ts'
import {
  accountHead,
  deviceLiveAt,
  hasAccountHead,
  liveDevices,
  newestBoxKey,
  type AccountDevice,
  type AccountRefusal,
  type AccountState,
  type Refused,
} from './account-state.ts'
import { canReceiveBoxes } from '../base/box-key.ts'
import { verifyHead } from '../streams/chain.ts'
import { accountIdOf, deviceIdOf, idText } from '../base/ids.ts'
import { KIT_WAIT_MS, MAX_LIVE_DEVICES, MAX_PRACTICE_DEVICES } from '../base/limits.ts'
import {
  devicesOf,
  firstPractice,
  hasFieldsOf,
  isKnownKey,
  refusesSigner,
  withMemberAdded,
  withMemberChanged,
  withMemberRemoved,
  withRoleKeys,
} from './practice-log.ts'
import { entryHash, entryMessage, type SignedEntry } from '../signed/signed-entry.ts'

function refused<R extends string>(reason: R): Refused<R> {
  return { type: 'refused', reason }
}

/** K2, K5: keys of its own, which nothing else in the log has or had. */
function newDevice(
  keys: DeviceKeys,
  n: number,
  others: Iterable<AccountDevice>,
  signer: AccountDevice | null = null,
  member: Uint8Array | null = null,
): AccountDevice | null {
  if ((keys.kind === 'recovery') !== (keys.lookup !== null)) return null
  for (const { sign, box } of others) if (equalBytes(sign, keys.sign) || equalBytes(box, keys.box)) return null
  if (!canReceiveBoxes(keys.box) || !isSoundSigningKey(keys.sign)) return null
  const { kind, sign, box, lookup, name } = keys
  const cameByKit = signer === null || kind === 'recovery' ? null : signer.kind === 'recovery' ? n : signer.cameByKit
  const addedBy = signer?.id ?? null
  const id = deviceIdOf(sign, box)
  return { id, kind, sign, box, lookup, name, addedAt: n, addedBy, cameByKit, member, removedAt: null }
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
    const { member = null } = body
    if (!hasFieldsOf(member !== null, body)) return refused('malformed')
    const practice = member === null ? null : firstPractice(member)
    if (typeof practice === 'string') return refused(practice)
    const device = newDevice(body.device, 1, [], null, member?.id)
    const recovery = device === null ? null : newDevice(body.recovery, 1, [device])
    if (device === null || recovery === null || device.kind !== 'device' || recovery.kind !== 'recovery')
      return refused('bad-key')
    if (!equalBytes(device.id, body.signer)) return refused('unknown-signer')
    if (body.boxKey.generation !== 1 || body.boxKey.previous !== null) return refused('bad-generation')
    if (!canReceiveBoxes(body.boxKey.public) || !wrapsFor([device, recovery], body.boxKey)) return refused('bad-key')
    if (!(await verify(device.sign, message, entry.signature))) return refused('bad-signature')
    return keyed(null, body, {
      account: accountIdOf(entry.body),
      n: 1,
      h,
      hashes: [h],
      devices: new Map([device, recovery].map((each) => [idText(each.id), each])),
      boxKeys: [body.boxKey],
      lateWraps: new Map(),
      vaults: null,
      practice,
    })
  }

  const signer = state.devices.get(idText(body.signer))
  if (signer === undefined) return refused('unknown-signer')
  if (signer.removedAt !== null) return refused('signer-not-live')
  if (signer.kind === 'recovery' && body.type !== 'device-added') return refused('recovery-may-only-add')
  if (!(await verify(signer.sign, message, entry.signature))) return refused('bad-signature')
  if (!hasFieldsOf(state.practice !== null, body)) return refused('malformed')
  const barred = refusesSigner(state, signer, body)
  if (barred !== null) return refused(barred)

  const next: AccountState = {
    ...state,
    n: body.n,
    h,
    hashes: [...state.hashes, h],
    devices: new Map(state.devices),
    boxKeys: state.boxKeys,
    lateWraps: new Map(state.lateWraps),
  }
  const applied = await withBody(state, next, body, signer)
  return 'type' in applied ? applied : keyed(state, body, applied)
}

/** C12: what an entry of a practice says of the keys of roles. */
function keyed(
  before: AccountState | null,
  body: AccountEntryBody,
  next: AccountState,
): AccountState | Refused<AccountRefusal> {
  const roleKeys = 'roleKeys' in body ? body.roleKeys : undefined
  const roleWraps = 'roleWraps' in body ? body.roleWraps : undefined
  const given = withRoleKeys(before, next, { ...(roleKeys && { roleKeys }), ...(roleWraps && { roleWraps }) })
  return typeof given === 'string' ? refused(given) : given
}

async function withBody(
  state: AccountState,
  next: AccountState,
  body: AccountEntryBody,
  signer: AccountDevice,
): Promise<AccountState | Refused<AccountRefusal>> {
  switch (body.type) {
    case 'genesis':
      return refused('not-next')
    case 'device-added':
      return withDevice(state, next, body, signer, body.member ?? null)
    case 'device-removed': {
      const device = next.devices.get(idText(body.device))
      if (device === undefined || device.removedAt !== null) return refused('unknown-device')
      if (device.kind === 'recovery') return refused('recovery-stays')
      if (equalBytes(device.id, signer.id)) return refused('removes-itself')
      const waited = 'waited' in body ? body.waited : null
      const early = await refusesRemoval(state, signer, [device], waited)
      if (early !== null) return refused(early)
      next.devices.set(idText(device.id), { ...device, removedAt: body.n })
      return withBoxKey(next, liveDevices(next), body.boxKey)
    }
    case 'kit-replaced': {
      const old = next.devices.get(idText(body.device))
      if (old === undefined || old.removedAt !== null || old.kind !== 'recovery') return refused('unknown-device')
      const recovery = newDevice(body.recovery, body.n, state.devices.values(), signer)
      if (recovery === null || recovery.kind !== 'recovery') return refused('bad-key')
      const early = await refusesRemoval(state, signer, [old], body.waited)
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
    case 'member-added': {
      const practice = withMemberAdded(state, body.member, body.n)
      if (typeof practice === 'string') return refused(practice)
      return withDevice(state, { ...next, practice }, body, signer, body.member.id)
    }
    case 'member-changed': {
      const practice = withMemberChanged(state, body.member, body.n, signer)
      if (typeof practice === 'string') return refused(practice)
      // Who takes the roles of others away takes their devices' keys away (K7).
      const losers = body.roleKeys.length > 0 ? devicesOf(state, body.member.id) : []
      const early = await refusesRemoval(state, signer, losers, body.waited)
      return early === null ? { ...next, practice } : refused(early)
    }
    case 'member-removed': {
      const practice = withMemberRemoved(state, body.member, body.n, signer)
      if (typeof practice === 'string') return refused(practice)
      const devices = devicesOf(state, body.member)
      const early = await refusesRemoval(state, signer, devices, body.waited)
      if (early !== null) return refused(early)
      for (const device of devices) next.devices.set(idText(device.id), { ...device, removedAt: body.n })
      return withBoxKey({ ...next, practice }, liveDevices(next), body.boxKey)
    }
    case 'box-key':
      return withBoxKey(next, liveDevices(next), body.boxKey)
    case 'vaults':
      next.vaults = body.sealed
      return next
  }
}

/** K4: whether one more device may come in. */
export function hasRoomForDevice(state: AccountState): boolean {
  return liveDevices(state).length < (state.practice === null ? MAX_LIVE_DEVICES : MAX_PRACTICE_DEVICES)
}

/** A device comes in, with a wrap of the newest EK; in a practice as one of `member`. */
function withDevice(
  state: AccountState,
  next: AccountState,
  body: { n: number; device: DeviceKeys; wrap: Uint8Array },
  signer: AccountDevice,
  member: Uint8Array | null,
): AccountState | Refused<AccountRefusal> {
  // More than one entry can wrap an EK to would be devices that nobody can remove.
  if (!hasRoomForDevice(state)) return refused('too-many-devices')
  const device = newDevice(body.device, body.n, state.devices.values(), signer, member)
  if (device === null || device.kind !== 'device') return refused('bad-key')
  next.devices.set(idText(device.id), device)
  next.lateWraps.set(idText(device.id), { generation: newestBoxKey(state).generation, wrap: body.wrap })
  return next
}

/**
 * K7: whether `signer` needs proof of 24 hours to remove `device` from the log: a device that came in by a kit needs it for devices that were there
 * before, and for any kit.
 */
export function mustWait(signer: AccountDevice, device: AccountDevice): boolean {
  return signer.cameByKit !== null && (device.kind === 'recovery' || device.addedAt < signer.cameByKit)
}

/** K7: the same for an action that excludes every device of the log: whether a device for which `signer` {@link mustWait} is live at position `n`. */
export function mustWaitAt(state: AccountState, signer: AccountDevice, n: number): boolean {
  const live = [...state.devices.values()].filter(
    ({ id, kind }) => kind === 'device' && deviceLiveAt(state, id, n) !== null,
  )
  return live.some((device) => mustWait(signer, device))
}

/** Proof that is not needed is refused too: each action has exactly one form. */
async function refusesRemoval(
  state: AccountState,
  signer: AccountDevice,
  devices: AccountDevice[],
  waited: Waited | null,
): Promise<AccountRefusal | null> {
  if (!devices.some((device) => mustWait(signer, device))) return waited === null ? null : 'malformed'
  return waited !== null && (await provesWait(state, signer, state.n, waited)) ? null : 'too-early'
}

/**
 * K7: whether `waited` proves {@link KIT_WAIT_MS} since the signer came in by the kit, by the word of the server that it names and by heads of this
 * log up to position `upTo`.
 */
export async function provesWait(
  state: AccountState,
  signer: AccountDevice,
  upTo: number,
  { key, first, last }: Waited,
): Promise<boolean> {
  const since = signer.cameByKit ?? 0
  const isOwn = ({ kind, id, n, h }: typeof first) =>
    kind === 'account' && equalBytes(id, state.account) && since <= n && n <= upTo && hasAccountHead(state, { n, h })
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
  // Devices that were removed since know an EK that was in use before; members with a role know the role's key.
  if (isKnownKey([next.boxKeys, ...(next.practice?.roleKeys.values() ?? [])], grant.public)) return refused('bad-key')
  // C12: what a member who leaves had not sent yet is sealed under the keys that its device had until then.
  const left = [...next.lateWraps].filter(([device]) => next.devices.get(device)!.removedAt !== null)
  const lateWraps = new Map(next.practice === null ? [] : left)
  return { ...next, boxKeys: [...next.boxKeys, grant], lateWraps }
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
