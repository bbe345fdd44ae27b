/**
 * How devices give a server back what it lost (S9). It takes only what leads to a head that it has signed itself (or that the server
 * signed which a vault has left for it, S10). Bodies are deterministic CBOR.
 *
 *   POST /v1/refill/account              AccountRefill   -> RefillDone    open: the signed head admits it
 *   POST /v1/vaults/:id/refill/control   ControlRefill   -> RefillDone
 *   POST /v1/vaults/:id/refill           RefillReport    -> RefillState   what is there and what is missing
 *   POST /v1/vaults/:id/refill/chain     ChainRefill     -> RefillDone    proves the rest of a stream before its entries come
 *   POST /v1/vaults/:id/refill/entries   EntryRefill     -> RefillDone
 *   POST /v1/vaults/:id/refill/audit     AuditRefill     -> RefillDone
 */
import { concatBytes } from '@chartkeep/crypto/encoding'
import { AuditLeaf, MAX_AUDIT_LEAVES } from '../audit/audit-messages.ts'
import { Beacon } from '../audit/beacon.ts'
import { nextStreamHash, OUTCOMES, SignedHead, type Outcome } from '../streams/chain.ts'
import { ControlEntry } from '../control/control-entry.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_BEACONS, MAX_LOG_PAGE_ENTRIES, MAX_STREAMS } from '../base/limits.ts'
import { bool, bytes, list, record, text, uint, type TypeOf } from '../base/shape.ts'
import { SignedEntry } from '../signed/signed-entry.ts'
import { MAX_NOTE_CHARACTERS } from '../signed/signed-note.ts'
import { StreamEntry } from '../streams/stream-state.ts'

/** A run of an account log from entry `first` on, towards the head that the server signed. Runs follow each other until it is reached. */
export const AccountRefill = record({
  head: SignedHead,
  first: uint(),
  entries: list(SignedEntry, MAX_LOG_PAGE_ENTRIES),
})
export type AccountRefill = TypeOf<typeof AccountRefill>

/** The same of a control log. What follows the head may come too where it is a `server` entry that names this server (S10). */
export const ControlRefill = record({
  head: SignedHead,
  first: uint(),
  entries: list(ControlEntry, MAX_LOG_PAGE_ENTRIES),
})
export type ControlRefill = TypeOf<typeof ControlRefill>

/** How far the server holds a chain now, or how far what was sent is proved. */
export const RefillDone = record({ n: uint() })
export type RefillDone = TypeOf<typeof RefillDone>

/** A device tells that it is here; `done`: it has given all that it has. `beacons`: the newest that it keeps of other devices, whole. */
export const RefillReport = record({ done: bool, beacons: list(Beacon, MAX_BEACONS) })
export type RefillReport = TypeOf<typeof RefillReport>

export const MAX_MISSING = 512
/**
 * `open`: the vault takes new entries. `control`: entries of its control log. `streams`: those that the asking device may read, how far they
 * go, and numbers whose bodies nobody has brought (S4). `waiting`: devices of owners that were here before the loss and have not reported.
 * `leaves`: of the audit tree, owners only.
 */
export const RefillState = record({
  open: bool,
  control: uint(),
  streams: list(
    record({ stream: bytes(ID_LENGTH), n: uint(), h: bytes(HASH_LENGTH), missing: list(uint(), MAX_MISSING) }),
    MAX_STREAMS,
  ),
  waiting: list(bytes(ID_LENGTH), MAX_BEACONS),
  leaves: uint(),
})
export type RefillState = TypeOf<typeof RefillState>

/** Links in one request: outcome byte and envelope hash of each entry. */
export const LINK_LENGTH = 1 + HASH_LENGTH
export const MAX_LINKS = 100_000
export const ChainRefill = record({
  stream: bytes(ID_LENGTH),
  head: SignedHead,
  first: uint(),
  links: bytes({ max: MAX_LINKS * LINK_LENGTH }),
})
export type ChainRefill = TypeOf<typeof ChainRefill>

/** Entries of a proved chain, the next first; also earlier ones whose bodies are missing. */
export const EntryRefill = record({ stream: bytes(ID_LENGTH), entries: list(StreamEntry, 65536) })
export type EntryRefill = TypeOf<typeof EntryRefill>

/** Leaves of the audit tree from `first` on, towards the size of a checkpoint that the server signed. */
export const AuditRefill = record({
  checkpoint: text(MAX_NOTE_CHARACTERS),
  first: uint(),
  leaves: list(AuditLeaf, MAX_AUDIT_LEAVES),
})
export type AuditRefill = TypeOf<typeof AuditRefill>

export function chainLink(outcome: Outcome, hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(OUTCOMES.indexOf(outcome) + 1), hash)
}

/** h of each entry after position `n`, whose h is given; null where the bytes are no links. */
export function hashesOfLinks(links: Uint8Array, n: number, h: Uint8Array): Uint8Array[] | null {
  if (links.length % LINK_LENGTH !== 0) return null
  const hashes: Uint8Array[] = []
  let last = h
  for (let at = 0; at < links.length; at += LINK_LENGTH) {
    const outcome = OUTCOMES[links[at]! - 1]
    if (outcome === undefined) return null
    last = nextStreamHash(last, n + hashes.length + 1, outcome, links.subarray(at + 1, at + LINK_LENGTH))
    hashes.push(last)
  }
  return hashes
}
