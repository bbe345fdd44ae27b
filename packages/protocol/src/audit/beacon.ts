/**
 * Beacons (F2): how far one device has verified a vault, signed by it. Its streams are leaves under one root, so that a reader of some streams is
 * shown those and no others. A beacon proves what the device saw, and nothing about the server.
 */
import { compareBytes, concatBytes, equalBytes, uint64ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { inclusionPaths, merkleRoot, rootFromInclusionPath } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, hasAccountHead, type AccountState } from '../account/account-state.ts'
import { deviceStatement } from '../signed/device-statement.ts'
import { idText } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_BEACONS, MAX_STREAMS, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, decodeAs, list, nullable, record, uint, type TypeOf } from '../base/shape.ts'

export const BeaconBody = record({
  ...deviceStatement,
  /** 1, 2, 3 ... of this device in this vault. */
  counter: uint(),
  /** How many streams are under the root. */
  size: uint(MAX_STREAMS),
  root: bytes(HASH_LENGTH),
})
export type BeaconBody = TypeOf<typeof BeaconBody>

/** The head of one stream; its data as a leaf is stream || u64 n || h. Leaves are in the order of their stream ids. */
export const BeaconLeaf = record({ stream: bytes(ID_LENGTH), n: uint(), h: bytes(HASH_LENGTH) })
export type BeaconLeaf = TypeOf<typeof BeaconLeaf>

/**
 * A beacon as it travels: the bytes that were signed (`chartkeep/beacon/v1` || body) and leaves. `places` null: all leaves are there.
 * Else those that the reader may read, each with its index and path, lowest hash first.
 */
export const Beacon = record({
  body: bytes({ max: 512 }),
  signature: bytes(SIGNATURE_LENGTH),
  leaves: list(BeaconLeaf, MAX_STREAMS),
  places: nullable(list(record({ index: uint(MAX_STREAMS - 1), path: list(bytes(HASH_LENGTH), 10) }), MAX_STREAMS)),
})
export type Beacon = TypeOf<typeof Beacon>

/** What a post answers: the newest beacon of each other device that the reader deals with. */
export const BeaconPage = record({ beacons: list(Beacon, MAX_BEACONS) })
export type BeaconPage = TypeOf<typeof BeaconPage>

export function beaconMessage(body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/beacon/v1'), body)
}

function leafData({ stream, n, h }: BeaconLeaf): Uint8Array {
  return concatBytes(stream, uint64ToBytes(n), h)
}

/** Leaves in the one order that has a root; the input is not changed. */
export function orderedLeaves(leaves: readonly BeaconLeaf[]): BeaconLeaf[] {
  return leaves.toSorted((a, b) => compareBytes(a.stream, b.stream))
}

export function beaconRoot(leaves: readonly BeaconLeaf[]): Uint8Array {
  return merkleRoot(leaves.map(leafData))
}

/** The same beacon with only those leaves that `mayRead` names, each with its path. */
export function beaconFor(beacon: Beacon, mayRead: (stream: Uint8Array) => boolean): Beacon {
  const paths = inclusionPaths(beacon.leaves.map(leafData))
  const shown = beacon.leaves.flatMap((leaf, index) => (mayRead(leaf.stream) ? [{ leaf, index }] : []))
  return {
    ...beacon,
    leaves: shown.map(({ leaf }) => leaf),
    places: shown.map(({ index }) => ({ index, path: paths[index]! })),
  }
}

/** Why a beacon does not count. `account`: the reader's account log lacks the head that it names. */
export type BeaconRefusal = 'malformed' | 'account' | 'device' | 'leaves' | 'signature'

/** What `beacon` says, if it holds: of this vault, by a device of this account that was live at the head it names, its leaves under its root. */
export async function readBeacon(
  beacon: Beacon,
  vault: Uint8Array,
  account: AccountState,
): Promise<BeaconBody | BeaconRefusal> {
  const body = decodeAs(BeaconBody, beacon.body)
  if (body === null || !equalBytes(body.vault, vault) || !equalBytes(body.account, account.account)) return 'malformed'
  if (!hasAccountHead(account, body.accountLog)) return 'account'
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return 'device'
  if (!leavesHold(beacon, body)) return 'leaves'
  return (await verify(device.sign, beaconMessage(beacon.body), beacon.signature)) ? body : 'signature'
}

function leavesHold({ leaves, places }: Beacon, { size, root }: BeaconBody): boolean {
  if (new Set(leaves.map(({ stream }) => idText(stream))).size !== leaves.length) return false
  if (places === null) {
    const isOrdered = orderedLeaves(leaves).every((leaf, index) => leaf === leaves[index])
    return isOrdered && leaves.length === size && equalBytes(beaconRoot(leaves), root)
  }
  if (places.length !== leaves.length) return false
  return places.every(({ index, path }, at) => {
    const reached = index < size ? rootFromInclusionPath(leafData(leaves[at]!), index, size, path) : null
    return reached !== null && equalBytes(reached, root)
  })
}

/** A leaf that contradicts the reader's own chain: another h for the same n. Null where there is none. `hashOf`: h of n, if it is known. */
export function contradicts(
  leaves: readonly BeaconLeaf[],
  hashOf: (stream: Uint8Array, n: number) => Uint8Array | null,
): BeaconLeaf | null {
  return (
    leaves.find(({ stream, n, h }) => {
      const known = hashOf(stream, n)
      return known !== null && !equalBytes(known, h)
    }) ?? null
  )
}
