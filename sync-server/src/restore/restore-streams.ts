/**
 * Takes back the streams that the server lost (S9): first the links of the chain up to a head that it had signed, then
 * the entries that they prove. What is stored is always a prefix of the proved chain, so after a crash devices only
 * send the rest again.
 */
import { equalBytes, sha256 } from '@chartkeep/crypto/server'
import {
  encodeMessage,
  idText,
  READ,
  sameHead,
  syncError,
  WRITE_RIGHTS,
  ZERO_HASH,
  type SyncError,
} from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import { grantsAt, isOwner, type ControlState } from '@chartkeep/protocol/control'
import type { ChainRefill, EntryRefill, RefillDone } from '@chartkeep/protocol/messages'
import {
  BatchVerifier,
  BODY_OVERHEAD,
  decodeHeader,
  envelopeHashOf,
  nextStreamHash,
  streamStart,
  verifyHead,
  type Header,
  type StreamEntry,
} from '@chartkeep/protocol/streams'
import { accessOf } from '../access/access.ts'
import { book, charge, type Cost, type Payers, type ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { isSignedByOne, trustedKeys } from '../reseed/reseed.ts'
import { createRefillChains } from '../reseed/reseed-chains.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'
import { storeEnvelope } from '../streams/store-envelope.ts'
import { streamHashAt } from '../logs/vaults.ts'

export interface RefillStreams {
  chain(session: ServerSession, vault: Uint8Array, post: ChainRefill): Promise<RefillDone | SyncError>
  entries(session: ServerSession, vault: Uint8Array, post: EntryRefill): Promise<RefillDone | SyncError>
}

export interface RefillStreamsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  clock: Clock
  serverKey: Uint8Array
  limits: ServerLimits
}

export function createRefillStreams(options: RefillStreamsOptions): RefillStreams {
  const { storage, accounts, control: states, sessions, live, clock, serverKey, limits } = options
  const chains = createRefillChains()

  /** Every account that may read a stream may return it: the server's own signature proves the entries. */
  function refusal(control: ControlState | null, session: ServerSession, stream: Uint8Array): SyncError | null {
    if (!sessions.holds(session)) return syncError('unauthenticated')
    const access = control === null ? null : accessOf(control, session, clock.now())
    return access !== null && (access.rightsOn(stream) & READ) !== 0 ? null : syncError('not-found')
  }

  /**
   * S8: what this server had accepted was charged before the loss; what comes from another server (S10) needs room.
   * False if there is none.
   */
  function pay(tx: StorageWriter, payers: Payers, cost: Cost, isOwn: boolean): boolean {
    if (!isOwn) return charge(tx, payers, cost, limits) === null
    book(tx, payers.type === 'account' ? payers.id : payers.ids[0]!, cost)
    return true
  }

  async function take(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    { stream, entries }: EntryRefill,
  ): Promise<RefillDone | SyncError> {
    const control = await states.loadIn(tx, vault)
    const refused = refusal(control, session, stream)
    if (control === null || refused !== null) return refused ?? syncError('not-found')
    const verifier = new BatchVerifier()
    const name = nameOf(session, vault, stream)
    for (const entry of entries) {
      const header = decodeHeader(entry.header)
      if (header === null || !equalBytes(header.vault, vault) || !equalBytes(header.stream, stream))
        return syncError('refused')
      const hash = envelopeHashOf(entry.header, entry.bodyHash)
      const author = await accounts.loadIn(tx, header.account)
      const sealed = await sealedOf(entry, header, hash, author, verifier)
      if ('type' in sealed) return sealed
      const head = tx.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }
      if (entry.n <= head.n) {
        const known = tx.envelopeAt(vault, stream, entry.n)
        if (known === null || !equalBytes(known.hash, hash)) return syncError('refused')
        if (known.body !== null || sealed.body === null || sealed.proof === null) continue
        const cost = { bytes: sealed.body.length, entries: 0 }
        if (!pay(tx, payersOf(control, header, entry.n), cost, control.servers.length === 0)) return syncError('quota')
        tx.addBody(vault, stream, entry.n, sealed.body, sealed.proof)
        continue
      }
      const proved = chains.proved(name, entry.n)
      if (entry.n !== head.n + 1 || proved === null) return syncError('heads-unknown')
      if (!equalBytes(proved.hash, nextStreamHash(head.h, entry.n, entry.outcome, hash))) return syncError('refused')
      const tail = tx.deviceTail(vault, stream, header.device) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
      const { outcome, bodyHash } = entry
      const current = tx.currentOf(vault, stream, header.doc)
      storeEnvelope(
        tx,
        vault,
        { header: entry.header, ...sealed },
        { header, hash, bodyHash, outcome, current, voids: tail.voids },
      )
      const cost = { bytes: entry.header.length + (sealed.body?.length ?? 0), entries: 1 }
      const { isOwn } = proved
      // S10: an entry without its proof could name anybody as author; only the device that moved the chart has signed
      // for it.
      const payers = isOwn || sealed.proof !== null ? payersOf(control, header, entry.n) : moverOf(control)
      if (!pay(tx, payers, cost, isOwn)) return syncError('quota')
    }
    const { n } = tx.streamHead(vault, stream) ?? { n: 0 }
    tx.afterCommit(() => live.streamsMoved(control, [{ stream, newest: n }]))
    return { n }
  }

  return {
    async chain(session, vault, { stream, head, first, links }) {
      const control = await states.load(vault)
      const refused = refusal(control, session, stream)
      if (control === null || refused !== null) return refused ?? syncError('not-found')
      const isOwn = await verifyHead(head, serverKey)
      const isSigned = isOwn || (await isSignedByOne(head, trustedKeys(control, serverKey)))
      if (head.kind !== 'stream' || !equalBytes(head.id, stream) || !isSigned) return syncError('refused')
      const here = storage.read.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }
      if (head.n <= here.n) {
        const known = streamHashAt(storage.read, vault, stream, head.n)
        return known !== null && sameHead({ n: head.n, h: known }, head) ? { n: here.n } : syncError('refused')
      }
      const reached = chains.add(nameOf(session, vault, stream), { head, isOwn, first, links }, here)
      return reached === 'refused' ? syncError('refused') : { n: reached }
    },

    async entries(session, vault, post) {
      return storage
        .write(async (tx) => {
          const taken = await take(tx, session, vault, post)
          // If one entry of a request is invalid, the whole request is discarded.
          if ('type' in taken) throw new NothingKept(taken)
          return taken
        })
        .catch((error: unknown) => {
          if (error instanceof NothingKept) return error.answer
          throw error
        })
    },
  }
}

class NothingKept extends Error {
  readonly answer: SyncError
  constructor(answer: SyncError) {
    super('refused')
    this.answer = answer
  }
}

function nameOf({ device }: ServerSession, vault: Uint8Array, stream: Uint8Array): string {
  return `${idText(vault)}.${idText(stream)}.${idText(device)}`
}

/**
 * Body and proof of an entry if they are valid: the chain proves the hashes, and only the author's device can have
 * made the proof.
 */
async function sealedOf(
  entry: StreamEntry,
  header: Header,
  hash: Uint8Array,
  author: AccountState | null,
  verifier: BatchVerifier,
): Promise<{ body: Uint8Array | null; proof: Uint8Array | null } | SyncError> {
  const { body, proof } = entry
  if (body === null || proof === null || entry.outcome === 'void') return { body: null, proof: null }
  if (body.length !== header.paddedLength + BODY_OVERHEAD || !equalBytes(sha256(body), entry.bodyHash))
    return syncError('refused')
  const device = author?.devices.get(idText(header.device))
  if (device === undefined) return syncError('heads-unknown')
  if (!(await verifier.verify(hash, header, proof, device.sign))) return syncError('refused')
  return { body, proof: encodeMessage(proof) }
}

/** S8, S10: the account of the holder who moved the vault here. */
function moverOf({ servers, owners }: ControlState): Payers {
  return { type: 'account', id: (servers.at(-1) ?? owners[0]!).account }
}

/** S8: an owner's account, or the grant by which the author wrote. */
function payersOf(control: ControlState, { account, stream, control: named }: Header, n: number): Payers {
  if (isOwner(control, account)) return { type: 'account', id: account }
  const grant = grantsAt(control, account, stream, named.n, n, 'unknown').find(
    ({ streams }) => ((streams.get(idText(stream))?.rights ?? 0) & WRITE_RIGHTS) !== 0,
  )
  return grant === undefined ? { type: 'account', id: account } : { type: 'grants', ids: [grant.id] }
}
