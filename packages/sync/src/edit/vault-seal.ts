/**
 * Seals unsent versions into the outbox, in the same durable entry that assigns their sequence numbers (Y6, S2); vault-push.ts sends them.
 */
import { sealBody, sign } from '@chartkeep/crypto'
import { base64UrlToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import {
  idText,
  MAX_BATCH,
  MAX_ENVELOPE_BYTES,
  MAX_MERGED,
  MAX_PUSH_ENVELOPES,
  SIGN,
  textId,
  type Head,
} from '@chartkeep/protocol'
import { accountHead, actingHead, lostAfter, rolesAt, type AccountState } from '@chartkeep/protocol/account'
import { controlHead, rolesWriting, staleStreams } from '@chartkeep/protocol/control'
import {
  encodeHeader,
  envelopeHashOf,
  signBatch,
  standingParent,
  streamHead,
  type BatchProof,
  type Header,
} from '@chartkeep/protocol/streams'
import { nextTurn, type StoredRecord, type SyncRow } from '@chartkeep/store'
import { packEntry, type EntryRow } from '../vault/entry-row.ts'
import { LARGEST_PUSH } from '../transport/adaptive-page-size.ts'
import { outboxOf, outboxRows, rememberSealed, type OutboxRow } from '../vault/outbox.ts'
import { keptVersion } from '../vault/superseded-versions.ts'
import { rowToPadded } from '../record/record-codec.ts'
import { follow, isOvertaken, laterVersions, nextRows, type NextRow } from './seal-order.ts'
import { isUnsettled, deviceSequence, type DeviceSequence } from '../vault/device-sequence.ts'
import { isSignatureRow, isVaultOwner, neededRights, ownRoles, historicalRights } from '../vault/vault-rights.ts'
import {
  predecessorVersionsOf,
  entryKey,
  exclusive,
  newestKey,
  rowValue,
  stopOf,
  TABLE,
  type VaultMachine,
} from '../vault/vault-state.ts'

function lastKey(machine: VaultMachine, stream: string): { epoch: number; key: Uint8Array } | null {
  const held = [...(machine.keys.streams.get(stream)?.byEpoch ?? [])].toSorted(([a], [b]) => b - a)[0]
  return held === undefined ? null : { epoch: held[0], key: held[1] }
}

/** The most bytes that an envelope adds to the padded record. */
export const SEALED_OVERHEAD = 1500

/** How many envelopes are sealed before other work gets a turn, so that a large push in progress can continue. */
export const ENVELOPES_PER_STEP = 64

/** Y6: seals up to one push. One durable entry stores the envelopes and the next sequence numbers before any byte is sent. */
export function sealBatch(machine: VaultMachine): Promise<number> {
  return exclusive(machine, () => {
    // S2: a stream's envelopes are sent in the order of their numbers, so a stream with an unanswered envelope is skipped.
    const awaited = awaitedStreams(machine)
    return sealNext(machine, (stream) => !awaited.has(stream))
  })
}

function awaitedStreams(machine: VaultMachine): Set<string> {
  const streams = new Set<string>()
  for (const { stream } of outboxRows(machine)) streams.add(stream)
  return streams
}

/** How much the outbox may hold before more is sealed ahead. */
interface Room {
  envelopes: number
  bytes: number
}

/** While another push is in progress. */
const ONE_PUSH: Room = { envelopes: MAX_PUSH_ENVELOPES, bytes: Infinity }
/** While no server answers. Sealed bodies stay in memory, and each commit scans the outbox. */
const WHILE_AWAY: Room = { envelopes: 32 * MAX_PUSH_ENVELOPES, bytes: 32 * 1024 * 1024 }

/**
 * C11, C12: whether the envelope was sealed under a head at which this device had a role that it has since lost, even if it has the role
 * again. No stream accepts it, and envelopes sealed behind it would have to be submitted with it under a head after which no role was lost,
 * which no quarantine inbox accepts.
 */
function isByLostRole({ accounts, account, device }: VaultMachine, { accountLog }: Header): boolean {
  const author = accounts.lookup(account)
  const then = author === null ? null : rolesAt(author, device.id, accountLog.n)
  return then !== null && then.some((role) => lostAfter(author!, device.id, accountLog.n, role))
}

/**
 * Seals one more push while another is in progress. A stream with unanswered envelopes is sealed only under the same epoch: if the answer
 * makes those void, the new ones are void too, and no sealed count of voids becomes wrong (S2).
 */
export function sealAhead(machine: VaultMachine, blocked: ReadonlySet<string>, room = ONE_PUSH): Promise<number> {
  return exclusive(machine, async () => {
    const outbox = outboxOf(machine)
    if (outbox.length > room.envelopes) return 0
    if (outbox.reduce((sum, { decoded }) => sum + decoded.paddedLength, 0) > room.bytes) return 0
    const shut = new Set(blocked)
    for (const { stream, decoded, ack } of outbox) {
      if (ack !== null || decoded.epoch !== machine.control?.streams.get(stream)?.epoch) shut.add(stream)
      else if (isByLostRole(machine, decoded)) shut.add(stream)
    }
    const sealed = new Set(outbox.map(({ id }) => id))
    return sealNext(machine, (stream, id) => !shut.has(stream) && !sealed.has(id))
  })
}

/**
 * Y6: seals one more push while no server answers, so that a device with only seconds of network spends them sending. Resolves to 0 if
 * nothing is left to seal or enough is ready.
 */
export function sealWhileAway(machine: VaultMachine): Promise<number> {
  return sealAhead(machine, new Set(), WHILE_AWAY)
}

/**
 * N4, N5: ensures that the shown version is sent as its own version even if a later one replaces it. Sealed now if possible, otherwise
 * before its successor. Call inside {@link exclusive}.
 */
export async function keepVersion(machine: VaultMachine, row: StoredRecord): Promise<void> {
  const { id, stream, revision } = row
  const sealed = outboxOf(machine).filter((item) => item.stream === stream)
  const own = sealed.find((item) => item.id === id && item.revision === revision)
  if (own !== undefined && !own.keep) {
    const kept = { table: TABLE.outbox, key: own.key, value: rowValue({ ...own.stored, keep: true }) }
    await machine.rows.commit({ sync: [kept], durability: 'strict' })
  }
  if (own !== undefined || !machine.unsent.has(id) || machine.rows.read(id)?.revision !== revision) return
  if (machine.rows.get(TABLE.predecessorVersions, revision) === undefined) {
    const kept = { table: TABLE.predecessorVersions, key: revision, value: rowValue(row) }
    await machine.rows.commit({ sync: [kept], durability: 'strict' })
  }
  const epoch = machine.control?.streams.get(stream)?.epoch
  if (sealed.some((item) => item.id === id || item.ack !== null || item.decoded.epoch !== epoch)) return
  if (sealed.some(({ decoded }) => isByLostRole(machine, decoded))) return
  await sealNext(machine, (_, each) => each === id)
}

/**
 * C10: after access ended, seals unsent versions under the last key that this device received, so that they can be kept without plaintext.
 * If only a part of the access ended, `isOver` selects the rows. Call inside {@link exclusive} until it resolves to 0.
 */
export function sealUndelivered(
  machine: VaultMachine,
  isOver: (row: StoredRecord) => boolean = () => true,
): Promise<number> {
  return sealNext(machine, null, isOver)
}

/**
 * Seals the next push of unsent versions. `mayFollow`: whether a record may be sealed now; null after access ended, when `isOver` selects
 * the rows.
 */
async function sealNext(
  machine: VaultMachine,
  mayFollow: ((stream: string, id: string) => boolean) | null,
  isOver: (row: StoredRecord) => boolean = () => true,
): Promise<number> {
  const wanted = mayFollow === null ? [...nextRows(machine)].filter(({ row }) => isOver(row)) : nextRows(machine)
  const sealing = await seal(machine, wanted, mayFollow, [])
  if (sealing.rows.length === 0) return 0
  await machine.rows.commit({ records: sealing.over, sync: sealing.sync, durability: 'strict' })
  for (const { id, revision } of sealing.rows)
    if (machine.rows.read(id)?.revision === revision) machine.unsent.delete(id)
  return sealing.rows.length
}

/**
 * Writes a person's versions and, if they are next in order, seals them in the same durable entry (Y6), which saves one flush before they
 * are sent. Versions that cannot be sealed now become unsent. Call inside {@link exclusive}.
 */
export async function commitAndSeal(
  machine: VaultMachine,
  prepared: { row: StoredRecord; sync: SyncRow[] }[],
): Promise<void> {
  const sync = prepared.flatMap((each) => each.sync)
  const awaited = awaitedStreams(machine)
  const isNext = ({ row }: { row: StoredRecord }) => predecessorVersionsOf(machine, row.id).length === 0
  const rows = prepared.filter(isNext).map(({ row }): NextRow => ({ row, as: 'shown' }))
  // A failure to seal does not prevent saving; the next sync pass reports the reason.
  const sealing = await seal(machine, rows, (stream) => !awaited.has(stream), sync).catch(() => NOTHING)
  await machine.rows.commit({
    records: prepared.map(({ row }) => row),
    sync: [...sync, ...sealing.sync],
    durability: 'strict',
  })
  const sealed = new Set(sealing.rows.map(({ id }) => id))
  for (const { row } of prepared) {
    if (sealed.has(row.id)) machine.unsent.delete(row.id)
    else machine.unsent.add(row.id)
  }
}

/** Nonces of one push, drawn in blocks: a separate system call for each would cost a third of sealing a short record. */
class Nonces {
  readonly #randomBytes: VaultMachine['randomBytes']
  #drawn: Uint8Array = new Uint8Array()
  #used = 0
  #count = 2

  constructor(randomBytes: VaultMachine['randomBytes']) {
    this.#randomBytes = randomBytes
  }

  next(): Uint8Array {
    if (this.#used === this.#drawn.length) {
      this.#drawn = this.#randomBytes(NONCE_LENGTH * this.#count)
      this.#used = 0
      // A save needs two nonces, a push hundreds.
      this.#count = Math.min(2 * this.#count, MAX_BATCH)
    }
    return this.#drawn.slice(this.#used, (this.#used += NONCE_LENGTH))
  }
}

const NONCE_LENGTH = 24

interface Sealing {
  rows: readonly StoredRecord[]
  /** Later versions of a predecessor that is sealed separately: they now follow its envelope. */
  over: StoredRecord[]
  sync: SyncRow[]
}

const NOTHING: Sealing = { rows: [], over: [], sync: [] }

/** E6: the right that a role must have to write such a row; undefined if any right to write is enough (everything but signatures). */
function writingBy(row: Pick<StoredRecord, 'type' | 'resource'>): number | undefined {
  return isSignatureRow(row) ? SIGN : undefined
}

/**
 * C12: the last head at which this device could write in a stream, or the head that its previous envelope there names. Requires the control
 * log.
 */
function lastActingHead(machine: VaultMachine, author: AccountState, { stream, type, resource }: StoredRecord): Head {
  const { control, account, device } = machine
  const before = outboxOf(machine).findLast((item) => item.stream === stream && item.ack === null)
  return (
    before?.decoded.accountLog ??
    actingHead(author, device.id, rolesWriting(control!, account, stream, writingBy({ type, resource })))
  )
}

/**
 * C11, C12: whether the member's current roles allow writing in a stream. A version written with a role since lost is not sealed under a
 * later head, which no reader and no quarantine inbox would accept: it waits and is submitted under the last head with that role.
 */
function actingIn(machine: VaultMachine): (row: StoredRecord) => boolean {
  const roles = ownRoles(machine)
  if (roles === null) return () => true
  const known = new Map<string, boolean>()
  return (row) => {
    const needed = writingBy(row)
    const key = `${row.stream} ${needed ?? ''}`
    const acts =
      known.get(key) ??
      rolesWriting(machine.control!, machine.account, row.stream, needed).some((role) => roles.includes(role))
    known.set(key, acts)
    return acts
  }
}

/**
 * C9: whether a version bypasses a quarantined version of its own account by naming the version below it as parent. No reader accepts it on
 * top of the quarantined version; and without an ended right to change records, neither does the quarantine inbox (C11).
 */
function passingBy(machine: VaultMachine): (row: StoredRecord, n: number) => boolean {
  const quarantined = machine.rows.table(TABLE.quarantine)
  if (quarantined.size === 0 || isVaultOwner(machine)) return () => false
  const once = historicalRights(machine)
  return (row, n) => {
    const needed = neededRights(row, row.parent)
    return quarantined.has(entryKey(row.stream, n)) && (once(row.stream) & needed) !== needed
  }
}

/** Seals the first of `rows`, up to one push, into rows of the outbox. `coming`: rows that the same durable entry will write. */
async function seal(
  machine: VaultMachine,
  rows: Iterable<NextRow>,
  mayFollow: ((stream: string, id: string) => boolean) | null,
  coming: readonly SyncRow[],
): Promise<Sealing> {
  const author = machine.accounts.lookup(machine.account)
  if (author === null || machine.control === null) return NOTHING
  // P5: a party that left knows these keys; an owner's device renews them before it seals (C2).
  const stale = new Set(mayFollow !== null && isVaultOwner(machine) ? staleStreams(machine.control) : [])
  const actsIn = actingIn(machine)
  const isPassedBy = passingBy(machine)
  const vault = idText(machine.vault)
  const common = {
    vault: machine.vault,
    account: machine.account,
    device: machine.device.id,
    control: controlHead(machine.control),
    accountLog: accountHead(author),
    deleted: false,
  }
  const valueOf = (table: string, key: string) => {
    const row = coming.findLast((each) => each.table === table && each.key === key)
    return row === undefined ? machine.rows.get(table, key) : (row.value ?? undefined)
  }
  const chains = new Map<string, DeviceSequence>()
  /** Streams with an unanswered envelope of this device: the envelope before the next one is not void, or makes the next one void too. */
  const waiting = awaitedStreams(machine)
  const sealed: (Omit<OutboxRow, 'entry'> &
    Pick<EntryRow, 'header' | 'bodyHash' | 'nonce'> & { decoded: Header; body: Uint8Array })[] = []
  const taken: StoredRecord[] = []
  const over: StoredRecord[] = []
  const sync: SyncRow[] = []
  const nonces = new Nonces(machine.randomBytes)
  let bytes = 0
  for (const { row, as } of rows) {
    if (sealed.length >= MAX_PUSH_ENVELOPES) break
    if (mayFollow !== null && (!mayFollow(row.stream, row.id) || stopOf(machine, row.stream) !== null)) continue
    if (stale.has(row.stream)) continue
    if (mayFollow !== null && !actsIn(row)) continue
    // F3: after access ended and began again, the chain continues from the server's state once the stream was read.
    if (mayFollow !== null && isUnsettled(machine, row.stream)) continue
    const key = mayFollow === null ? lastKey(machine, row.stream) : newestKey(machine, row.stream)
    const state = machine.streams.get(row.stream)
    if (key === null || state === undefined) continue
    const padded = rowToPadded(vault, row)
    if (padded.length > MAX_ENVELOPE_BYTES) continue
    if (bytes + padded.length + SEALED_OVERHEAD > LARGEST_PUSH && sealed.length > 0) break
    bytes += padded.length + SEALED_OVERHEAD
    const chain = chains.get(row.stream) ?? deviceSequence(machine, row.stream)
    const later = as === 'before' ? laterVersions(machine, row) : null
    // Other devices see a sibling: the shown version does not build on it.
    const side = as === 'side' || (later !== null && later.shown === null)
    const merging = side ? undefined : (valueOf(TABLE.merging, row.id) as string[] | undefined)
    const header: Header = {
      ...common,
      // C11, C12: an envelope that can only be submitted names the roles that this device had until then.
      ...(mayFollow === null && { accountLog: lastActingHead(machine, author, row) }),
      stream: state.stream,
      doc: textId(row.doc)!,
      revision: textId(row.revision)!,
      parent: standingParent(state, row.parent, mayFollow === null ? undefined : (n) => isPassedBy(row, n)),
      merged: merging === undefined ? [] : merging.slice(0, MAX_MERGED).map((hash) => base64UrlToBytes(hash)!),
      epoch: key.epoch,
      deviceSeq: chain.seq + 1,
      devicePrevious: chain.previous,
      streamHead: streamHead(state),
      voids: waiting.has(row.stream) ? 0 : chain.voids,
      paddedLength: padded.length,
    }
    const encoded = encodeHeader(header)
    const nonce = nonces.next()
    const body = sealBody(key.key, encoded, padded, nonce)
    const bodyHash = sha256(body)
    const hash = envelopeHashOf(encoded, bodyHash)
    chains.set(row.stream, { ...chain, seq: header.deviceSeq, previous: hash })
    waiting.add(row.stream)
    const base = side ? undefined : valueOf(TABLE.base, row.id)
    const keep = as !== 'side' && valueOf(TABLE.predecessorVersions, row.revision) !== undefined
    taken.push(row)
    sealed.push({
      id: row.id,
      stream: row.stream,
      header: encoded,
      decoded: header,
      body,
      bodyHash,
      nonce,
      hash,
      // Null if the record's own row is this version.
      row: as === 'shown' ? null : row,
      // A sibling is for a person to decide: without a base it is never merged automatically.
      base: typeof base === 'string' ? base : '',
      ...(keep && { keep }),
      ack: null,
    })
    if (as === 'side') sync.push({ table: TABLE.siblingVersions, key: row.revision, value: null })
    else if (merging !== undefined) sync.push({ table: TABLE.merging, key: row.id, value: null })
    if (keep) sync.push({ table: TABLE.predecessorVersions, key: row.revision, value: null })
    if (later !== null) sync.push(keptVersion(machine, row), ...follow(later, row, idText(hash), over))
    if (later?.shown === null && machine.unsent.has(row.id) && isOvertaken(state, header)) {
      const before = (valueOf(TABLE.merging, row.id) as string[] | undefined) ?? []
      sync.push({ table: TABLE.merging, key: row.id, value: [idText(hash), ...before] })
    }
    if (sealed.length % ENVELOPES_PER_STEP === 0) await nextTurn()
  }
  if (sealed.length === 0) return NOTHING
  const hashes = sealed.map(({ hash }) => hash)
  const proofs: BatchProof[] = []
  for (let at = 0; at < hashes.length; at += MAX_BATCH) {
    const batch = hashes.slice(at, at + MAX_BATCH)
    proofs.push(...(await signBatch(batch, common, (message) => sign(machine.device.signing, message))))
  }
  const first = Number(machine.rows.get(TABLE.meta, 'outbox-next') ?? 1)
  for (const [index, { header, decoded, body, bodyHash, nonce, ...item }] of sealed.entries()) {
    const entry: EntryRow = { outcome: 'current', header, bodyHash, proof: proofs[index]!, nonce }
    rememberSealed(item.hash, decoded, body, entry)
    const row: OutboxRow = { ...item, entry: packEntry(entry) }
    sync.push({ table: TABLE.outbox, key: String(first + index), value: rowValue(row) })
  }
  for (const [stream, chain] of chains) sync.push({ table: TABLE.deviceSequence, key: stream, value: rowValue(chain) })
  sync.push({ table: TABLE.meta, key: 'outbox-next', value: first + sealed.length })
  return { rows: taken, over, sync }
}

/** S8: ids of unsent rows that exceed the largest envelope. They stay here and are reported; other rows are not held up. */
export function oversized(machine: VaultMachine): string[] {
  return [...nextRows(machine)]
    .filter(({ row }) => rowToPadded(idText(machine.vault), row).length > MAX_ENVELOPE_BYTES)
    .map(({ row }) => row.id)
}
