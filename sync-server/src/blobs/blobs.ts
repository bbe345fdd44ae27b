/**
 * Sealed files on the server (B1, B4), identified by (vault, stream, blob). The right to append allows writing, the
 * right to read allows reading. An upload begins with the uploader's signed statement; its size is charged then, and
 * each chunk must match the signed root. Chunks travel by short-lived links that the server signs;
 * each use of a link checks again what its device may do.
 *
 * Blobs are rows of the SQLite file (H4), durable with the same commits as envelopes. A stored chunk never changes.
 */
import { equalBytes, sha256OfMuch, sign, type SigningKeyPair } from '@chartkeep/crypto/server'
import {
  DAY_MS,
  APPEND,
  BLOB_CHUNK_BYTES,
  decodeAs,
  idText,
  MAX_BLOB_CHUNKS,
  READ,
  syncError,
  type SyncError,
} from '@chartkeep/protocol'
import { deviceLiveAt, rolesAt, type AccountState } from '@chartkeep/protocol/account'
import type { ControlState } from '@chartkeep/protocol/control'
import {
  blobRoot,
  BlobBody,
  chunkCountOf,
  hashAt,
  haveBits,
  judgeBlobStatement,
  LINK_MS,
  readBlobPost,
  readLink,
  sealedChunkLength,
  writeLink,
  type BlobBegun,
  type BlobInfo,
  type BlobLink,
  type BlobPost,
} from '@chartkeep/protocol/records'
import { accessOf } from '../access/access.ts'
import type { StoredBlob } from '../storage/blob-storage.ts'
import { book, payerOf, type ServerLimits } from '../storage/limits.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import type { Retention } from '../time/server-days.ts'
import { actingLogs } from '../access/authorize.ts'
import { openedMap, type ServerSession, type Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

export interface BlobsOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  clock: Clock
  retention: Retention
  limits: ServerLimits
  signingKey: SigningKeyPair
}

export interface Blobs {
  /** Begins an upload or resumes it. Durable when it resolves. */
  begin(session: ServerSession, vault: Uint8Array, post: BlobPost): Promise<BlobBegun | SyncError>
  find(session: ServerSession, vault: Uint8Array, stream: Uint8Array, blob: Uint8Array): Promise<BlobInfo | SyncError>
  /** The link in these words, if this server signed it for `method` and it has not expired. */
  open(words: string, method: BlobLink['method']): Promise<BlobLink | null>
  /** Stores the sealed chunk at `index`, counted from 0; the same chunk may be sent again. Null once durable. */
  put(link: BlobLink, index: number, chunk: Uint8Array): Promise<null | SyncError>
  get(link: BlobLink, index: number): Promise<{ chunk: Uint8Array } | SyncError>
}

/**
 * An upload that nobody has resumed for this long is deleted to free its space. The device that has the file starts it
 * again.
 */
const UNFINISHED_MS = 30 * DAY_MS
/** How many abandoned uploads a new upload deletes, so that it does not wait long. */
const CLEARED = 4
/** Recently verified links. */
const LINKS_KEPT = 1024

export function createBlobs(options: BlobsOptions): Blobs {
  const { storage, accounts, control: states, sessions, clock, retention, limits, signingKey } = options
  const opened = new Map<string, BlobLink>()

  async function linkFor(
    method: BlobLink['method'],
    { account, device }: ServerSession,
    place: { vault: Uint8Array; stream: Uint8Array; blob: Uint8Array },
  ): Promise<{ link: string; until: number }> {
    const { vault, stream, blob } = place
    const until = clock.now() + LINK_MS
    const link = await writeLink({ v: 1, method, vault, stream, blob, account, device, until }, (message) =>
      sign(signingKey, message),
    )
    return { link, until }
  }

  /** The device's current rights on the stream; 0 if it has none (C6). */
  function rightsOf(
    control: ControlState | null,
    author: AccountState | null,
    who: Pick<ServerSession, 'account' | 'device'>,
    stream: Uint8Array,
  ): { rights: number; access: ReturnType<typeof accessOf> } {
    const found = author === null ? null : deviceLiveAt(author, who.device, author.n)
    if (control === null || found === null || found.kind !== 'device') return { rights: 0, access: null }
    const roles = rolesAt(author!, who.device, author!.n)
    const { account, device } = who
    const now = clock.now()
    const openings = openedMap(storage.read.openingsOf(account, device, now))
    const access = accessOf(control, { account, device, kind: 'device', roles, opened: openings }, now)
    return { rights: access?.rightsOn(stream) ?? 0, access }
  }

  /**
   * Whether the device may read the stream at this moment; the caller must not await anything afterwards. Undefined if
   * a log must be loaded first.
   */
  function mayRead(
    who: Pick<ServerSession, 'account' | 'device'>,
    vault: Uint8Array,
    stream: Uint8Array,
  ): boolean | undefined {
    const control = states.peek(vault)
    const author = accounts.peek(who.account)
    if (control === undefined || author === undefined) return undefined
    return (rightsOf(control, author, who, stream).rights & READ) !== 0
  }

  async function loadLogs({ account }: Pick<ServerSession, 'account'>, vault: Uint8Array): Promise<void> {
    await states.load(vault)
    await accounts.load(account)
  }

  function clear(tx: StorageWriter): void {
    const before = retention.before(UNFINISHED_MS)
    if (before === null) return
    for (const { vault, stream, blob } of tx.unfinishedBlobs(before, CLEARED)) {
      const row = tx.blobOf(vault, stream, blob)!
      if (row.payer !== null) tx.addBytes(row.payer, -row.size)
      tx.dropBlob(vault, stream, blob)
    }
  }

  /** Stores the chunk if it is the signed one. */
  function store(
    tx: StorageWriter,
    { vault, stream, blob }: BlobBody | BlobLink,
    row: StoredBlob,
    index: number,
    chunk: Uint8Array,
    hash: Uint8Array,
  ): null | SyncError {
    if (index >= row.total) return syncError('bad-request')
    const isSigned = row.signed !== null && equalBytes(hashAt(row.signed.hashes, index), hash)
    if (!isSigned || chunk.length !== sealedChunkLength(row.size, index)) return syncError('refused')
    if (tx.chunk(vault, stream, blob, index) !== null) return null
    tx.addChunk(vault, stream, blob, index, chunk)
    if (tx.chunkCount(vault, stream, blob) === row.total) tx.setBlob(vault, stream, blob, { ...row, isComplete: true })
    return null
  }

  /**
   * Accepts chunks from before uploads were signed if they match the signed hashes; they were paid for when they came.
   */
  async function paidBefore(
    tx: StorageWriter,
    { vault, stream, blob }: BlobBody,
    before: StoredBlob,
    hashes: Uint8Array,
  ): Promise<number | null> {
    for (const index of tx.chunksOf(vault, stream, blob)) {
      const bytes = tx.chunk(vault, stream, blob, index)!
      if (!equalBytes(await sha256OfMuch(bytes), hashAt(hashes, index))) return null
    }
    return before.size
  }

  async function beginIn(
    tx: StorageWriter,
    session: ServerSession,
    body: BlobBody,
    { statement, hashes, first }: BlobPost,
    firstHash: Uint8Array | null,
  ): Promise<SyncError | number[]> {
    const { vault, stream, blob } = body
    const logs = await actingLogs(options, tx, session, vault)
    if ('type' in logs) return logs
    const { control, account: asking } = logs
    const { rights, access } = rightsOf(control, asking, session, stream)
    if (control === null || access === null || rights === 0) return syncError('not-found')
    if ((rights & APPEND) === 0) return syncError('no-right')
    if (control.streams.get(idText(stream))!.appendOnly) return syncError('append-only')
    // S9: an owner's device returns a blob that another device had uploaded and signed.
    const isOwn = equalBytes(body.account, session.account)
    if (!isOwn && !access.owner) return syncError('refused')
    const author = isOwn ? asking : await accounts.loadIn(tx, body.account)
    const verdict = author === null ? 'account' : await judgeBlobStatement(statement, body, author)
    if (verdict !== 'ok') return syncError(verdict === 'account' ? 'heads-unknown' : 'refused')

    const now = clock.now()
    const total = chunkCountOf(body.size)!
    const before = tx.blobOf(vault, stream, blob)
    if (before?.signed && !equalBytes(before.signed.hashes, hashes)) return syncError('refused')
    if (before !== null && (before.total !== total || !equalBytes(before.account, body.account)))
      return syncError('refused')
    let row = before
    if (row === null || row.signed === null) {
      const paid = before === null ? 0 : await paidBefore(tx, body, before, hashes)
      if (paid === null || paid > body.size) return syncError('refused')
      clear(tx)
      const cost = { bytes: body.size - paid, entries: 0 }
      const payer = payerOf(tx, access.payersOn(stream), cost, limits)
      if (payer === null) return syncError('quota')
      book(tx, payer, cost)
      const signed = { hashes, body: statement.body, signature: statement.signature }
      const isComplete = before?.isComplete ?? false
      row = {
        account: body.account,
        total,
        size: body.size,
        signed,
        payer: paid > 0 ? null : payer,
        touched: now,
        isComplete,
      }
      tx.setBlob(vault, stream, blob, row)
    } else if (!row.isComplete) {
      row = { ...row, touched: now }
      tx.setBlob(vault, stream, blob, row)
    }
    const refused = first === null ? null : store(tx, body, row, 0, first, firstHash!)
    return refused ?? tx.chunksOf(vault, stream, blob)
  }

  return {
    async begin(session, vault, post) {
      const claimed = decodeAs(BlobBody, post.statement.body)
      if (claimed !== null && claimed.size > MAX_BLOB_CHUNKS * BLOB_CHUNK_BYTES) return syncError('too-large')
      const body = readBlobPost(post)
      if (body === null || !equalBytes(body.vault, vault)) return syncError('bad-request')
      const firstHash = post.first === null ? null : await sha256OfMuch(post.first)
      const has = await storage.write((tx) => beginIn(tx, session, body, post, firstHash))
      if (!Array.isArray(has)) return has
      return { have: haveBits(chunkCountOf(body.size)!, has), ...(await linkFor('put', session, body)) }
    },

    async find(session, vault, stream, blob) {
      await loadLogs(session, vault)
      if (!sessions.holds(session)) return syncError('unauthenticated')
      const row = mayRead(session, vault, stream) === false ? null : storage.read.blobOf(vault, stream, blob)
      if (row === null) return syncError('not-found')
      const has = storage.read.chunksOf(vault, stream, blob)
      let hashes = row.signed?.hashes ?? null
      if (hashes === null) {
        if (!row.isComplete) return syncError('not-found')
        hashes = new Uint8Array(row.total * 32)
        for (const index of has)
          hashes.set(await sha256OfMuch(storage.read.chunk(vault, stream, blob, index)!), index * 32)
      }
      const statement = row.signed === null ? null : { body: row.signed.body, signature: row.signed.signature }
      const link = await linkFor('get', session, { vault, stream, blob })
      // C6: checked while the answer is made.
      let may = mayRead(session, vault, stream)
      for (; may === undefined; may = mayRead(session, vault, stream)) await loadLogs(session, vault)
      if (!sessions.holds(session)) return syncError('unauthenticated')
      if (!may) return syncError('not-found')
      return { size: row.size, hashes, have: haveBits(row.total, has), statement, ...link }
    },

    async open(words, method) {
      let link = opened.get(words) ?? null
      if (link === null) {
        link = await readLink(words, signingKey.publicKey)
        if (link === null) return null
        opened.set(words, link)
        if (opened.size > LINKS_KEPT) opened.delete(opened.keys().next().value!)
      }
      return link.method === method && clock.now() < link.until ? link : null
    },

    async put(link, index, chunk) {
      if (chunk.length > BLOB_CHUNK_BYTES) return syncError('too-large')
      if (chunk.length === 0) return syncError('bad-request')
      const { vault, stream, blob } = link
      const hash = await sha256OfMuch(chunk)
      return storage.write(async (tx) => {
        const control = await states.loadIn(tx, vault)
        const author = await accounts.loadIn(tx, link.account)
        const { rights, access } = rightsOf(control, author, link, stream)
        if (access === null || (rights & APPEND) === 0) return syncError('not-found')
        const row = tx.blobOf(vault, stream, blob)
        if (row === null || row.signed === null) return syncError('not-found')
        if (!access.owner && !equalBytes(row.account, link.account)) return syncError('not-found')
        return store(tx, link, row, index, chunk, hash)
      })
    },

    async get(link, index) {
      const { vault, stream, blob } = link
      let may = mayRead(link, vault, stream)
      for (; may === undefined; may = mayRead(link, vault, stream)) await loadLogs(link, vault)
      const chunk = may ? storage.read.chunk(vault, stream, blob, index) : null
      return chunk === null ? syncError('not-found') : { chunk }
    },
  }
}

/** Checks a stored blob: whether its hashes, statement and chunk lengths agree. */
export function isSoundBlob({ account, total, size, signed }: StoredBlob): boolean {
  if (signed === null) return true
  const body = decodeAs(BlobBody, signed.body)
  return (
    body !== null &&
    chunkCountOf(size) === total &&
    body.size === size &&
    equalBytes(body.account, account) &&
    signed.hashes.length === total * 32 &&
    equalBytes(blobRoot(signed.hashes), body.root)
  )
}
