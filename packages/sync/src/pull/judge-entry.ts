/** Judges one entry of a stream in the order of E6: author, right and heads, then signature, seal and content. */
import { openBody } from '@chartkeep/crypto'
import { encodeMessage, idText } from '@chartkeep/protocol'
import { mayOwn, rolesAt } from '@chartkeep/protocol/account'
import {
  admit,
  continuedAuthor,
  deviceCut,
  isOwner,
  maySign,
  type ControlState,
  type Verdict,
} from '@chartkeep/protocol/control'
import {
  hasStreamHead,
  type BatchProof,
  type BatchVerifier,
  type Header,
  type SteppedEntry,
  type StreamEntry,
  type StreamState,
} from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { openEnvelope } from '../record/decrypt-envelope.ts'
import { openedUnder, type OpenedEntry } from '../record/decrypt-page.ts'
import { hasOtherText } from '../vault/superseded-versions.ts'
import { deletesKeptRecord, hidesKeptRecord, isBeyondRoles } from '../vault/practice-rules.ts'
import { acceptClock, recordId } from '../record/record-codec.ts'
import type { ReconcileTransaction } from '../edit/reconcile-transaction.ts'
import { isSignatureRow } from '../vault/vault-rights.ts'
import { entryKey, headOf, rowValue, streamName, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** The result of {@link admit} for an entry in `state`, by this device's verified logs or by another state of them. */
export function judge(
  machine: VaultMachine,
  state: StreamState,
  { header, hash, n }: SteppedEntry,
  proof: BatchProof,
  verifier: BatchVerifier,
  control: ControlState = machine.control!,
): Promise<Verdict> {
  return admit(header, hash, proof, n, {
    control,
    author: machine.accounts.lookup(header.account),
    hasStreamHead: (head) => head.n < n && hasStreamHead(state, head),
    parentAuthor: continuedAuthor(control, state, header, n, machine.accounts.lookup),
    verifier,
  })
}

/** Whether a live device of a known account log signed the entry, so that no server can have invented it. */
export async function isSignedByLive(
  machine: VaultMachine,
  { header, hash }: SteppedEntry,
  proof: BatchProof,
  verifier: BatchVerifier,
): Promise<boolean> {
  const device = machine.accounts.lookup(header.account)?.devices.get(idText(header.device))
  if (device === undefined || device.kind !== 'device' || device.removedAt !== null) return false
  return verifier.verify(hash, header, proof, device.sign)
}

/**
 * P4: whether a live device of an owner signed a head that is not on this device's own chain, so that the server showed them different
 * histories. Only for an envelope that {@link judge} rejected with `heads`.
 */
export async function witnessesFork(
  machine: VaultMachine,
  stepped: SteppedEntry,
  proof: BatchProof,
  verifier: BatchVerifier,
): Promise<boolean> {
  const control = machine.control!
  const { header } = stepped
  if (!isOwner(control, header.account) || deviceCut(control, header) !== null) return false
  const author = machine.accounts.lookup(header.account)
  if (author !== null && !mayOwn(rolesAt(author, header.device, header.accountLog.n))) return false
  return isSignedByLive(machine, stepped, proof, verifier)
}

/**
 * E6 after the signature: commitment, seal, inner ids and revision, collection.
 * @param done - a worker's result for this entry; used only if it was made with the current key and name
 */
export function openRecord(
  machine: VaultMachine,
  header: Header,
  headerBytes: Uint8Array,
  body: Uint8Array,
  done: OpenedEntry | null = null,
): { type: 'row'; row: StoredRecord } | Verdict {
  const stream = idText(header.stream)
  const key = machine.keys.streams.get(stream)?.byEpoch.get(header.epoch)
  if (key === undefined) return { type: 'waiting', for: 'key' }
  const name = streamName(machine, stream)
  // Workers use this program's own table.
  const opened = machine.lists === undefined ? openedUnder(done, header.epoch, key, name) : null
  return opened ?? openEnvelope((...sealed) => openBody(key, ...sealed), name, header, headerBytes, body, machine.lists)
}

/**
 * {@link openRecord} of an accepted entry, plus the checks that need its content: the right `sign` for a signature record, and a member's
 * right to the action.
 */
export function openAdmitted(
  machine: VaultMachine,
  { header, hash, n }: Pick<SteppedEntry, 'header' | 'hash' | 'n'>,
  headerBytes: Uint8Array,
  body: Uint8Array,
  done: OpenedEntry | null = null,
): { type: 'row'; row: StoredRecord } | Verdict {
  const opened = openRecord(machine, header, headerBytes, body, done)
  const reason = opened.type === 'row' ? contentReason(machine, { header, hash, n }, opened.row) : null
  return reason === null ? opened : { type: 'quarantine', reason }
}

/** E6, C14, N10: the reason to quarantine an entry for its content although its author may write to the list; null if there is none. */
export function contentReason(
  machine: VaultMachine,
  { header, hash, n }: Pick<SteppedEntry, 'header' | 'hash' | 'n'>,
  row: StoredRecord,
): 'sign' | 'deed' | null {
  if (isBeyondRoles(machine, header, row)) return 'deed'
  if (hidesKeptRecord(machine, row, row.parent)) return 'deed'
  if (deletesKeptRecord(machine, machine.streams.get(idText(header.stream)), header)) return 'deed'
  if (!isSignatureRow(row)) return null
  return maySign(machine.control!, header, hash, n, machine.accounts.lookup(header.account)) ? null : 'sign'
}

/**
 * {@link openAdmitted} for a version that will be shown: a second text under a known revision is refused, because readers may have relied
 * on the first (E1).
 */
function openNew(
  machine: VaultMachine,
  stepped: SteppedEntry,
  { header, body }: StreamEntry,
  done: OpenedEntry | null,
): { type: 'row'; row: StoredRecord } | Verdict {
  const opened = openAdmitted(machine, stepped, header, body!, done)
  return opened.type === 'row' && hasOtherText(machine, opened.row) ? { type: 'quarantine', reason: 'inner' } : opened
}

/**
 * Applies a verdict: writes a row, a conflict, or the quarantined entry with its reason. False for a quarantined entry: it replaces nothing
 * and so covers no entry that came without its body (S4).
 */
export function applyVerdict(
  machine: VaultMachine,
  stream: string,
  stepped: SteppedEntry,
  entry: StreamEntry,
  verdict: Verdict,
  change: ReconcileTransaction,
  done: OpenedEntry | null = null,
): boolean {
  const key = entryKey(stream, stepped.n)
  const opened = verdict.type === 'admitted' ? openNew(machine, stepped, entry, done) : verdict
  if (opened.type === 'waiting') {
    change.sync.push({ table: TABLE.waiting, key, value: rowValue({ for: opened.for, entry: encodeMessage(entry) }) })
    return true
  }
  if (opened.type === 'quarantine') {
    change.quarantine(stepped, opened.reason, entry)
    return false
  }
  if (opened.type !== 'row') return true
  machine.lastClock = acceptClock(opened.row.clock, machine.lastClock, machine.clock.now())
  if (stepped.outcome === 'current') change.current(stepped, opened.row)
  else change.conflict(stepped, opened.row, '')
  return true
}

/**
 * Whether an accepted entry is what its record shows, in whatever order entries arrive (Y4): an open conflict, or a version without an
 * accepted successor. The server's current version may be quarantined.
 */
export function isShown(
  machine: VaultMachine,
  state: StreamState,
  { header, hash, outcome, n }: SteppedEntry,
): boolean {
  if (outcome === 'conflict') return state.records.get(idText(header.doc))?.conflicts.has(idText(hash)) === true
  return (headOf(machine, recordId(idText(header.stream), idText(header.doc)))?.n ?? 0) < n
}
