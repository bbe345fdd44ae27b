/**
 * The messages between device and server. Bodies are deterministic CBOR (`application/cbor`), errors JSON (errors.ts).
 *
 *   GET  /v1/server                              -> ServerInfo                 open
 *   GET  /v1/server/state                        -> ServerState                open (H8)
 *   POST /v1/challenge                           -> Challenge                  open
 *   POST /v1/session            SignInRequest    -> Session                    open
 *   POST /v1/accounts           LogPost          -> LogAnswer                  open (H2); the first entry of an account log
 *                               or InvitedPost                               the same with an invitation
 *   POST /v1/recovery           RecoveryLookup   -> RecoveryAnswer             open; the lookup id is derived from 160 random bits
 *   GET  /v1/accounts/:id/log?after=n            -> AccountLogPage
 *   POST /v1/accounts/:id/log   LogPost          -> LogAnswer                  compare-and-set: `head-moved`
 *   POST /v1/expected           Expecting        -> 204                        keeps a place for an account that shall come (H9)
 *   GET  /v1/vaults                              -> VaultList
 *   GET  /v1/vaults/:id/control?after=n          -> ControlLogPage
 *   POST /v1/vaults/:id/control ControlPost      -> LogAnswer                  compare-and-set; entry 1 makes the vault
 *   POST /v1/vaults/:id/push    PushRequest      -> PushAnswer
 *   POST /v1/vaults/:id/pull    PullRequest      -> PullAnswer
 *   POST /v1/vaults/:id/fetch   FetchRequest     -> FetchAnswer                bodies of older revisions (S4)
 *   POST /v1/vaults/:id/departures  Departure    -> 204                        of an ended grant (C10)
 *   GET  /v1/vaults/:id/departures               -> DeparturePage              owners only
 *   POST /v1/vaults/:id/late    LatePost         -> LateAnswer                 envelopes of an ended grant (C11, late.ts)
 *   GET  /v1/vaults/:id/late?after=place         -> LatePage                   owners only
 *   POST /v1/vaults/:id/late/settle LateSettle   -> 204                        owners only
 *   POST /v1/vaults/:id/emergency EmergencyRequest -> EmergencyReceipt         opens a grant for emergencies to this device (C13)
 *   POST /v1/vaults/:id/emergency/end EmergencyEnd -> 204                      ends what the device opened before its time (C13)
 *   GET  /v1/vaults/:id/emergency?after=place    -> EmergencyPage              owners only
 *   POST /v1/vaults/:id/blobs   BlobPost         -> BlobBegun                  begins or resumes an upload (B4, blob.ts)
 *   GET  /v1/vaults/:id/streams/:stream/blobs/:blob  -> BlobInfo
 *   PUT  /v1/chunks/:index?link=...  sealed chunk (application/octet-stream) -> 204   by the link of BlobBegun, without a session
 *   GET  /v1/chunks/:index?link=...              -> sealed chunk               by the link of BlobInfo, without a session
 *   WebSocket /v1/live: the client sends LiveHello as its first frame, the server LiveMessage frames. With `follow` a small change also goes
 *   over it: LivePush and LivePushed, LivePage (S7).
 */
import { ControlEntry } from '../control/control-entry.ts'
import { Outcome, SignedHead } from '../streams/chain.ts'
import { Envelope } from '../streams/envelope.ts'
import {
  HASH_LENGTH,
  ID_LENGTH,
  MAX_LISTED,
  MAX_LIVE_BYTES,
  MAX_LOG_PAGE_ENTRIES,
  MAX_PULL_STREAMS,
  MAX_PUSH_ENVELOPES,
} from '../base/limits.ts'
import { bool, bytes, either, list, nullable, record, text, uint, word, type TypeOf } from '../base/shape.ts'
import { SignedEntry } from '../signed/signed-entry.ts'
import { StreamEntry } from '../streams/stream-state.ts'

export const MEDIA_TYPE = 'application/cbor'
export const PROTOCOL_VERSION = 1

export const ServerInfo = record({
  v: uint(255),
  key: bytes(32),
  audience: text(256),
  time: uint(),
  registration: word('open', 'invite', 'closed'),
  /** S9: since when the server has been taking back what it lost, milliseconds since 1970; null when it has lost nothing. */
  refilling: nullable(uint()),
})
export type ServerInfo = TypeOf<typeof ServerInfo>

/** H8: the time that the server signs and judges by, and what it makes of its machine's clock. */
export const ServerState = record({
  v: uint(255),
  /** `waiting`: the clock went forward, and is followed once that has stood for two minutes. `unsure`: it is not followed, and nothing is removed. */
  clock: word('sure', 'waiting', 'unsure'),
  /** The server's time, and its machine's; milliseconds since 1970. */
  time: uint(),
  machine: uint(),
  /** Days that the server has lived through. */
  day: uint(),
})
export type ServerState = TypeOf<typeof ServerState>

export const LogPost = record({ entry: SignedEntry })
export type LogPost = TypeOf<typeof LogPost>
/** H2: the first entry of an account log, with the invitation that its person was given ({@link readInvite}). */
export const InvitedPost = record({ entry: SignedEntry, invite: text(32) })
/** H9: the account whose code an owner has, and which the server does not know yet. */
export const Expecting = record({ account: bytes(ID_LENGTH) })
export const LogAnswer = record({ head: SignedHead })
export type LogAnswer = TypeOf<typeof LogAnswer>
export const AccountLogPage = record({ entries: list(SignedEntry, MAX_LOG_PAGE_ENTRIES), head: SignedHead })
export type AccountLogPage = TypeOf<typeof AccountLogPage>

export const RecoveryLookup = record({ lookup: bytes(ID_LENGTH) })
export const RecoveryAnswer = record({ account: bytes(ID_LENGTH) })

/** Stands for a stay among the owners that has ended, where {@link VaultList} names a grant. */
export const ENDED_OWNER: Uint8Array = new Uint8Array(ID_LENGTH)

/**
 * `grant` null: the account is an owner. A vault whose grant was cut stays listed, so that the grantee finds the cut (C10); so does one that
 * the account owned, with {@link ENDED_OWNER}. `moved` grows with every entry that this place in the list may read: where it is what it was at
 * the last whole pass, a device with hundreds of charts may leave the vault alone for a while. It is the server's word, and proves nothing.
 * `held`: a grant for emergencies that this device has not opened, or whose opening is over (C13); absent everywhere else.
 */
export const VaultList = record({
  vaults: list(
    record({ vault: bytes(ID_LENGTH), grant: nullable(bytes(ID_LENGTH)), moved: uint() }, { held: bool }),
    MAX_LISTED,
  ),
})
export type VaultList = TypeOf<typeof VaultList>

export const ControlPost = record({ entries: list(ControlEntry, MAX_LOG_PAGE_ENTRIES) })
export type ControlPost = TypeOf<typeof ControlPost>
export const ControlLogPage = record({ entries: list(ControlEntry, MAX_LOG_PAGE_ENTRIES), head: SignedHead })
export type ControlLogPage = TypeOf<typeof ControlLogPage>

export const PushRequest = record({ envelopes: list(Envelope, MAX_PUSH_ENVELOPES) })
export type PushRequest = TypeOf<typeof PushRequest>
/** One result per envelope up to the first refusal; heads of the streams touched; `refused` names the refusal of the next one. */
export const PushAnswer = record({
  results: list(
    record({ stream: bytes(ID_LENGTH), hash: bytes(HASH_LENGTH), n: uint(), h: bytes(HASH_LENGTH), outcome: Outcome }),
    MAX_PUSH_ENVELOPES,
  ),
  heads: list(SignedHead, MAX_PUSH_ENVELOPES),
  refused: nullable(text(32)),
})
export type PushAnswer = TypeOf<typeof PushAnswer>

/** Asks for what follows `after` in each stream, up to `budget` bytes in all. */
export const PullRequest = record({
  streams: list(record({ stream: bytes(ID_LENGTH), after: uint() }), MAX_PULL_STREAMS),
  budget: uint(),
})
export type PullRequest = TypeOf<typeof PullRequest>
export const PullAnswer = record({
  streams: list(
    record({ stream: bytes(ID_LENGTH), entries: list(StreamEntry, 65536), head: SignedHead }),
    MAX_PULL_STREAMS,
  ),
})
export type PullAnswer = TypeOf<typeof PullAnswer>

export const FetchRequest = record({ stream: bytes(ID_LENGTH), numbers: list(uint(), 128) })
export type FetchRequest = TypeOf<typeof FetchRequest>
export const FetchAnswer = record({ entries: list(StreamEntry, 128) })
export type FetchAnswer = TypeOf<typeof FetchAnswer>

/** `follow`: small changes are brought with the hint, and may be sent over the connection. */
export const LiveHello = record({ type: word('hello', 'follow'), token: text(128) })
export type LiveHello = TypeOf<typeof LiveHello>
/** A head moved: `stream` null for the control log. Only a hint; the client then pulls. `ended`: this account's access ended. */
export const LiveMessage = record({
  type: word('ready', 'head', 'account', 'ended'),
  vault: nullable(bytes(ID_LENGTH)),
  stream: nullable(bytes(ID_LENGTH)),
  n: uint(),
})
export type LiveMessage = TypeOf<typeof LiveMessage>
/** Stands for a hint: the very answer that a pull of what moved would get, a {@link PullAnswer} in its bytes. */
export const LivePage = record({
  type: word('page'),
  vault: bytes(ID_LENGTH),
  pull: bytes({ max: MAX_LIVE_BYTES }),
})
export type LivePage = TypeOf<typeof LivePage>
/** A {@link PushRequest} in its bytes; `id` names the answer. */
export const LivePush = record({
  type: word('push'),
  id: uint(),
  vault: bytes(ID_LENGTH),
  push: bytes({ max: MAX_LIVE_BYTES }),
})
export type LivePush = TypeOf<typeof LivePush>
/** The {@link PushAnswer} in its bytes; null: nothing is said here, the same push over http gets the answer. */
export const LivePushed = record({ type: word('pushed'), id: uint(), answer: nullable(bytes({ max: MAX_LIVE_BYTES })) })
export type LivePushed = TypeOf<typeof LivePushed>
/** Asks whether the far end is there: browsers do not show a page the WebSocket's own pings. */
export const LivePing = record({ type: word('ping') })
export type LivePing = TypeOf<typeof LivePing>
export const LivePong = record({ type: word('pong') })
export type LivePong = TypeOf<typeof LivePong>
/** What a device sends once it was greeted, and what it gets: each frame is decoded once. */
export const LiveRequest = either(LivePush, LivePing)
export type LiveRequest = TypeOf<typeof LiveRequest>
export const LiveFrame = either(either(LivePage, LivePushed), either(LiveMessage, LivePong))
export type LiveFrame = TypeOf<typeof LiveFrame>
