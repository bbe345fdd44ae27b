/**
 * The sync server without its network: one method per message of packages/protocol. The Fastify app and the simulation
 * drive the same core. It orders and stores sealed bytes; it derives access from the control logs and from nothing
 * else (C1).
 *
 * The file is long because it lists every message once: the type of each method, and the part of the server that
 * answers it.
 */
import type { SigningKeyPair } from '@chartkeep/crypto/server'
import { decodeAs, syncError } from '@chartkeep/protocol'
import { deviceLiveAt, rolesAt } from '@chartkeep/protocol/account'
import { PROTOCOL_VERSION, PullAnswer } from '@chartkeep/protocol/messages'
import type { SyncError } from '@chartkeep/protocol'
import type { Challenge, Session, SignInRequest } from '@chartkeep/protocol/account'
import type {
  AuditAnswer,
  AuditProofAnswer,
  AuditProofRequest,
  AuditRequest,
  Beacon,
  BeaconPage,
  Cosign,
} from '@chartkeep/protocol/audit'
import type { EmergencyPage, EmergencyReceipt, EmergencyEnd, EmergencyRequest } from '@chartkeep/protocol/emergency'
import type { Departure, DeparturePage, LateAnswer, LatePage, LatePost, LateSettle } from '@chartkeep/protocol/ended'
import type {
  AccountLogPage,
  AccountRefill,
  AuditRefill,
  ChainRefill,
  ControlLogPage,
  ControlPost,
  ControlRefill,
  EntryRefill,
  FetchAnswer,
  FetchRequest,
  LaidPush,
  LogAnswer,
  LogPost,
  PullRequest,
  PushAnswer,
  PushedEnvelope,
  RefillDone,
  RefillReport,
  RefillState,
  ServerInfo,
  ServerState,
  VaultList,
} from '@chartkeep/protocol/messages'
import type { BlobBegun, BlobInfo, BlobPost } from '@chartkeep/protocol/records'
import { accessOf } from '../access/access.ts'
import { askedBy, createAccessLog } from '../audit/access-log.ts'
import {
  asked,
  blobNamed,
  chunkAt,
  controlRead,
  controlWritten,
  departed,
  fetched,
  firstChunk,
  handedIn,
  lateRead,
  nothingGiven,
  noting,
} from '../audit/access-notes.ts'
import type { EncodedAnswer } from '../storage/answer-writer.ts'
import { createAccounts, createAccountStates, type Registering } from '../logs/accounts.ts'
import { createAdmissions } from '../admission/invitations.ts'
import { createAuditAnswers } from '../logs/audit-answers.ts'
import { createBeacons } from '../reseed/beacons.ts'
import { createBlobs } from '../blobs/blobs.ts'
import { createChallenges } from '../access/challenges.ts'
import { createDepartures } from '../logs/departures.ts'
import { createGate, type ComingFrom } from '../admission/enter.ts'
import { createExpected } from '../admission/expected.ts'
import { createEmergencies } from '../emergency/emergency.ts'
import { createHeadSigner } from '../signing/heads.ts'
import { createHolds, keepOut, withHolds } from '../access/hold.ts'
import { createLateBox } from '../quarantine/quarantine-inbox.ts'
import { DEFAULT_LIMITS, type Registration, type ServerLimits } from '../storage/limits.ts'
import { createLiveHub, type LivePeer } from '../live/live.ts'
import { createLongReads } from '../guard/long-reads.ts'
import { createNetworks, type NamedNetwork, type NetworkOf } from '../guard/networks.ts'
import { systemTimers, type MachineClock, type RandomBytes, type Timers } from '../time/ports.ts'
import { createPairing, type Pairing } from '../admission/pairing.ts'
import { createPull } from '../streams/pull.ts'
import { createPush } from '../streams/push.ts'
import { createRefill, refillStatus } from '../reseed/reseed.ts'
import { createRefillAudit } from '../restore/restore-audit.ts'
import { createRefillLogs } from '../restore/restore-logs.ts'
import { createRefillStreams } from '../restore/restore-streams.ts'
import { ACCEPTED_AT_START_MS, ACCEPTED_MS, AGREE_MS, createServerClock } from '../time/server-clock.ts'
import { createServerDays, type Retention } from '../time/server-days.ts'
import { acceptedClockOf, keepSignedTime, signedTimeOf } from '../signing/signed-time.ts'
import { createSessions, type ServerSession } from '../access/sessions.ts'
import type { Storage } from '../storage/storage.ts'
import { createControlStates, createVaults } from '../logs/vaults.ts'
import { createWaitingRoom } from '../admission/waiting-room.ts'

export interface ServerCoreOptions {
  storage: Storage
  signingKey: SigningKeyPair
  /** The machine's clocks. The core judges everything by the server's time, which it derives from them (H8). */
  clock: MachineClock
  /** The origin that this server serves; every challenge names it (H1). */
  audience: string
  randomBytes: RandomBytes
  timers?: Timers
  /** H2; `open` by default. */
  registration?: Registration
  limits?: Partial<ServerLimits>
  /** Networks that many people share (H9). */
  networks?: readonly NamedNetwork[]
  /** How many days, and how many, sealed access entries of a vault are kept (A2); 730 and 50,000 by default. */
  accessLogDays?: number
  accessLogEntries?: number
  /** H7: whether there is no room for growth; never, by default. */
  isTight?: () => boolean
}

/** Every method returns its message or a {@link SyncError}; it throws only when storage fails. */
export interface ServerCore {
  info(): ServerInfo
  /** H8: whether the server trusts the machine's clock. */
  state(): ServerState
  /**
   * The same after checking for the operator's `clock accept`. Called every few seconds, so that the server's time
   * advances while there are no requests.
   */
  keepTime(): Promise<ServerState>
  challenge(): Challenge
  signIn(request: SignInRequest): Promise<Session | SyncError>
  /** Whether the account has this device and the device is live. */
  isLive(account: Uint8Array, device: Uint8Array): Promise<boolean>
  /**
   * The session of a token; null if the token is unknown or has expired. `address`: where the request came from, for
   * the access log.
   */
  session(token: string, address?: string): Promise<ServerSession | null>
  /** `from`: where the request came from, to count it (H9); not counted by default. */
  register(post: Registering, from?: ComingFrom): Promise<LogAnswer | SyncError>
  recover(lookup: Uint8Array): Promise<{ account: Uint8Array } | SyncError>
  accountLog(session: ServerSession, account: Uint8Array, after: number): Promise<AccountLogPage | SyncError>
  /** H9: reserves a place for an account whose code an owner has and which the server does not know yet. */
  expect(session: ServerSession, account: Uint8Array): Promise<null | SyncError>
  postAccount(session: ServerSession, account: Uint8Array, post: LogPost): Promise<LogAnswer | SyncError>
  vaults(session: ServerSession): Promise<VaultList>
  control(session: ServerSession, vault: Uint8Array, after: number): Promise<ControlLogPage | SyncError>
  postControl(session: ServerSession, vault: Uint8Array, post: ControlPost): Promise<LogAnswer | SyncError>
  push(
    session: ServerSession,
    vault: Uint8Array,
    request: { envelopes: PushedEnvelope[] } | LaidPush,
  ): Promise<PushAnswer | SyncError>
  pull(session: ServerSession, vault: Uint8Array, request: PullRequest): Promise<PullAnswer | SyncError>
  /** The same, encoded for the wire. */
  pullEncoded(session: ServerSession, vault: Uint8Array, request: PullRequest): Promise<EncodedAnswer | SyncError>
  fetchBodies(session: ServerSession, vault: Uint8Array, request: FetchRequest): Promise<FetchAnswer | SyncError>
  /**
   * B4: starts or resumes an upload, finds a blob, and moves chunks by the links of both. `address`: where the request
   * came from.
   */
  beginBlob(session: ServerSession, vault: Uint8Array, post: BlobPost): Promise<BlobBegun | SyncError>
  findBlob(
    session: ServerSession,
    vault: Uint8Array,
    stream: Uint8Array,
    blob: Uint8Array,
  ): Promise<BlobInfo | SyncError>
  putChunk(link: string, index: number, chunk: Uint8Array, address?: string): Promise<null | SyncError>
  getChunk(link: string, index: number, address?: string): Promise<{ chunk: Uint8Array } | SyncError>
  audit(session: ServerSession, vault: Uint8Array, request: AuditRequest): Promise<AuditAnswer | SyncError>
  auditProof(
    session: ServerSession,
    vault: Uint8Array,
    request: AuditProofRequest,
  ): Promise<AuditProofAnswer | SyncError>
  cosign(session: ServerSession, vault: Uint8Array, request: Cosign): Promise<null | SyncError>
  /** H9: maps an address to its network, for all limits per network. */
  networkOf: NetworkOf
  /** Places where two devices meet to pair (K8). */
  pairing: Pairing
  /** C10: a device's statement that it deleted its copy, and what owners read of it. */
  depart(session: ServerSession, vault: Uint8Array, departure: Departure): Promise<null | SyncError>
  departures(session: ServerSession, vault: Uint8Array): Promise<DeparturePage | SyncError>
  /** C13: opens an emergency grant to the device that signed the request, and what owners read of it. */
  openEmergency(
    session: ServerSession,
    vault: Uint8Array,
    request: EmergencyRequest,
  ): Promise<EmergencyReceipt | SyncError>
  /** C13: the device that opened a chart in an emergency ends its access early. */
  endEmergency(session: ServerSession, vault: Uint8Array, end: EmergencyEnd): Promise<null | SyncError>
  emergencies(session: ServerSession, vault: Uint8Array, after: number): Promise<EmergencyPage | SyncError>
  /** C11: what a device submits after its grant ended, what owners read of it, and what they decide. */
  handIn(session: ServerSession, vault: Uint8Array, post: LatePost): Promise<LateAnswer | SyncError>
  lateBox(session: ServerSession, vault: Uint8Array, after: number): Promise<LatePage | SyncError>
  settleLate(session: ServerSession, vault: Uint8Array, settle: LateSettle): Promise<null | SyncError>
  /** F2: stores a device's beacon and returns those of the others. */
  beacons(session: ServerSession, vault: Uint8Array, beacon: Beacon): Promise<BeaconPage | SyncError>
  /** S9: what devices return to a server that lost it. */
  refillAccount(post: AccountRefill, from?: ComingFrom): Promise<RefillDone | SyncError>
  refillControl(session: ServerSession, vault: Uint8Array, post: ControlRefill): Promise<RefillDone | SyncError>
  refill(session: ServerSession, vault: Uint8Array, report: RefillReport): Promise<RefillState | SyncError>
  refillChain(session: ServerSession, vault: Uint8Array, post: ChainRefill): Promise<RefillDone | SyncError>
  refillEntries(session: ServerSession, vault: Uint8Array, post: EntryRefill): Promise<RefillDone | SyncError>
  refillAudit(session: ServerSession, vault: Uint8Array, post: AuditRefill): Promise<RefillDone | SyncError>
  /** Opens a live connection; the returned function closes it. `address`: where it came from, for the access log. */
  connect(token: string, peer: LivePeer, address?: string): Promise<(() => void) | SyncError>
  /** Closes live connections with the reason that the server stops, and cancels timers. */
  endConnections(): void
  /** Does the same, waits for running writes, and closes the storage. */
  close(): Promise<void>
}

/** H7: the methods that answer with bytes of a chart. */
const OF_A_VAULT = [
  'control',
  'push',
  'pull',
  'pullEncoded',
  'fetchBodies',
  'beginBlob',
  'findBlob',
  'audit',
  'auditProof',
  'cosign',
  'departures',
  'openEmergency',
  'emergencies',
  'handIn',
  'lateBox',
  'settleLate',
  'beacons',
  'refillControl',
  'refill',
  'refillChain',
  'refillEntries',
  'refillAudit',
] as const satisfies readonly (keyof ServerCore)[]

export function createServerCore(options: ServerCoreOptions): ServerCore {
  const { storage, signingKey, audience, randomBytes } = options
  const timers = options.timers ?? systemTimers
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const networkOf = createNetworks(options.networks)
  const signedTime = keepSignedTime(storage)
  const clock = createServerClock(options.clock, signedTimeOf(storage.read))
  const days = createServerDays(clock, storage.read.serverDays(), signedTime.noteDay)
  const retention: Retention = { before: (ms) => (clock.state() === 'sure' ? days.before(ms) : null) }
  const admissions = createAdmissions(options.registration ?? 'open', clock)
  const gate = createGate(admissions, createWaitingRoom(limits, clock, retention, signingKey.seed), clock)
  const signHead = createHeadSigner(signingKey, clock, signedTime.note)
  /** S9: a server that lost data assigns no new numbers until devices have returned what it lost. */
  const lost = refillStatus(storage.read)
  const longReads = createLongReads()
  const accountStates = createAccountStates(storage, longReads)
  const control = createControlStates(storage, accountStates, longReads)
  const holds = createHolds()
  const { seed, publicKey: serverKey } = signingKey
  const challenges = createChallenges({ storage, seed, serverKey, audience, clock, randomBytes })
  const sessions = keepOut(
    holds,
    createSessions({
      read: storage.read,
      accounts: accountStates,
      challenges,
      mayEnter: (account) => admissions.mayEnter(storage.read, account),
      mayHandIn(account, device) {
        const end = storage.read.grantEnd(account, device)
        return end !== null && days.before(limits.lateMs) < end
      },
      seed,
      clock,
      randomBytes,
    }),
  )
  const stateNow = (): ServerState => ({
    v: PROTOCOL_VERSION,
    clock: clock.state(),
    time: clock.now(),
    machine: Math.max(0, Math.floor(options.clock.now())),
    day: days.today(),
  })

  /** Applies the operator's `clock accept`, at once or at the next start. */
  async function takeAccepted(withinMs: number): Promise<void> {
    const accepted = acceptedClockOf(storage.read)
    if (accepted === null) return
    const later = options.clock.now() - accepted
    const takesIt = clock.state() === 'unsure' && later > -AGREE_MS && later <= withinMs
    const before = clock.now()
    if (takesIt) clock.accept()
    const time = clock.now()
    const back = before - time
    if (back > 0) days.putBack(time, back)
    // If the disk refuses, the note stays and is removed later.
    await signedTime.dealtWith(takesIt ? { time, back } : null).catch(() => {})
  }

  const live = createLiveHub({
    storage,
    control,
    sessions,
    clock,
    timers,
    socketsPerAccount: limits.socketsPerAccount,
    isHeld: holds.isVaultHeld,
    pull: bringNoted,
  })
  clock.onStep(live.stepped)
  const accounts = createAccounts({
    storage,
    states: accountStates,
    sessions,
    live,
    signHead,
    gate,
    clock,
    limits,
    serverKey,
    holds,
  })
  const vaults = createVaults({
    storage,
    accounts: accountStates,
    states: control,
    sessions,
    live,
    signHead,
    clock,
    admissions,
    limits,
    serverKey,
    holds,
  })
  const accessLog = createAccessLog({
    storage,
    control,
    clock,
    retention,
    timers,
    randomBytes,
    isHeld: (vault) => lost.refusal(vault) !== null,
    isTight: options.isTight ?? (() => false),
    ...(options.accessLogDays === undefined ? {} : { days: options.accessLogDays }),
    ...(options.accessLogEntries === undefined ? {} : { entries: options.accessLogEntries }),
  })
  const push = createPush({
    storage,
    accounts: accountStates,
    control,
    sessions,
    live,
    signHead,
    accessLog,
    clock,
    limits,
  })
  const audit = createAuditAnswers({ storage, accounts: accountStates, control, sessions, signingKey, clock })
  const { pull, fetch } = createPull({ storage, control, sessions, signHead, clock })
  const departures = createDepartures({ storage, accounts: accountStates, control, sessions, clock })
  const emergencies = createEmergencies({
    storage,
    accounts: accountStates,
    control,
    sessions,
    live,
    accessLog,
    signingKey,
    clock,
    limits,
  })
  const late = createLateBox({
    storage,
    accounts: accountStates,
    control,
    sessions,
    live,
    signingKey,
    clock,
    days,
    limits,
  })
  const blobs = createBlobs({
    storage,
    accounts: accountStates,
    control,
    sessions,
    clock,
    retention,
    limits,
    signingKey,
  })
  const pairing = createPairing({ sessions, networkOf, clock, randomBytes })
  const shared = { storage, accounts: accountStates, control, sessions, live, clock, serverKey }
  const beacons = createBeacons(shared)
  const expected = createExpected({ ...shared, retention, limits })
  const refill = createRefill({ ...shared, accessLog: () => accessLog })
  const refillLogs = createRefillLogs({ ...shared, admissions, gate, limits })
  const refillStreams = createRefillStreams({ ...shared, limits })
  const refillAudit = createRefillAudit(shared)

  async function pullNoted(
    session: ServerSession,
    vault: Uint8Array,
    request: PullRequest,
  ): Promise<EncodedAnswer | SyncError> {
    const at = { vault, kind: 'pull', wanted: asked(request) } as const
    const pulled = await noting(accessLog, session, at, pull(session, vault, request), (given) => given)
    return 'type' in pulled ? pulled : pulled.answer
  }

  /**
   * Sends changes that a device did not request; the access log notes them like a pull (A2). A refusal is not noted,
   * because nobody asked.
   */
  async function bringNoted(
    session: ServerSession,
    vault: Uint8Array,
    request: PullRequest,
  ): Promise<EncodedAnswer | SyncError> {
    const pulled = await pull(session, vault, request)
    if ('type' in pulled) return pulled
    const { answer, streams, bytes } = pulled
    const by = askedBy(session)
    if (streams.length > 0) accessLog.noted(by, vault, { kind: 'pull', outcome: 'ok', streams, bytes })
    return answer
  }

  const begun = takeAccepted(ACCEPTED_AT_START_MS)

  const core: ServerCore = {
    state: stateNow,
    async keepTime() {
      await begun
      await takeAccepted(ACCEPTED_MS)
      signedTime.note(clock.now())
      return stateNow()
    },
    info: () => ({
      v: PROTOCOL_VERSION,
      key: signingKey.publicKey,
      audience,
      time: clock.now(),
      registration: admissions.registration,
      refilling: lost.since(),
    }),
    challenge: () => challenges.make(),
    signIn: (request) => sessions.signIn(request),
    async isLive(account, device) {
      const log = await accountStates.load(account)
      return log !== null && deviceLiveAt(log, device, log.n) !== null
    },
    session: (token, address = '') => sessions.find(token, address),
    register: accounts.register,
    recover: (lookup) => accounts.recover(lookup),
    accountLog: (_session, account, after) => accounts.log(account, after),
    expect: expected.expect,
    postAccount: (session, account, post) => accounts.post(session, account, post),
    vaults: (session) => vaults.list(session),
    control: (session, vault, after) =>
      noting(accessLog, session, { vault, kind: 'control-read' }, vaults.log(session, vault, after), (page) =>
        controlRead(vault, page),
      ),
    async postControl(session, vault, post) {
      await control.load(vault)
      const posted = vaults.post(session, vault, post.entries)
      return noting(accessLog, session, { vault, kind: 'control-write' }, posted, () => controlWritten(vault, post))
    },
    push,
    async pull(session, vault, request) {
      const pulled = await pullNoted(session, vault, request)
      return 'type' in pulled ? pulled : decodeAs(PullAnswer, pulled.bytes)!
    },
    pullEncoded: pullNoted,
    fetchBodies: (session, vault, request) =>
      noting(accessLog, session, { vault, kind: 'bodies' }, fetch(session, vault, request), (answer) =>
        fetched(request, answer),
      ),
    beginBlob: (session, vault, post) =>
      noting(
        accessLog,
        session,
        { vault, kind: 'chunk-write', ...blobNamed(post) },
        blobs.begin(session, vault, post),
        () => firstChunk(post),
      ),
    findBlob: (session, vault, stream, blob) =>
      noting(
        accessLog,
        session,
        { vault, kind: 'chunk-read', blob },
        blobs.find(session, vault, stream, blob),
        nothingGiven,
      ),
    async putChunk(words, index, chunk, address = '') {
      const link = await blobs.open(words, 'put')
      if (link === null) return syncError('link-ended')
      const { vault, blob } = link
      const by = { account: link.account, device: link.device, address }
      return noting(accessLog, by, { vault, kind: 'chunk-write', blob }, blobs.put(link, index, chunk), () =>
        chunkAt(link, index, chunk),
      )
    },
    async getChunk(words, index, address = '') {
      const link = await blobs.open(words, 'get')
      if (link === null) return syncError('link-ended')
      const { vault, blob } = link
      const by = { account: link.account, device: link.device, address }
      return noting(accessLog, by, { vault, kind: 'chunk-read', blob }, blobs.get(link, index), ({ chunk }) =>
        chunkAt(link, index, chunk),
      )
    },
    // A reader of the log also finds the answers made before its request.
    async audit(session, vault, request) {
      await accessLog.settled()
      return audit.read(session, vault, request)
    },
    auditProof: audit.proof,
    cosign: audit.cosign,
    networkOf,
    pairing,
    beacons: beacons.post,
    refillAccount: refillLogs.account,
    refillControl: refillLogs.control,
    refill: refill.report,
    refillChain: refillStreams.chain,
    refillEntries: refillStreams.entries,
    refillAudit,
    async depart(session, vault, departure) {
      await control.load(vault)
      return noting(accessLog, session, { vault, kind: 'departure' }, departures.post(session, vault, departure), () =>
        departed(vault, departure),
      )
    },
    departures: departures.list,
    // A stored request is noted in its own transaction.
    openEmergency: (session, vault, request) =>
      noting(accessLog, session, { vault, kind: 'emergency' }, emergencies.open(session, vault, request), nothingGiven),
    async endEmergency(session, vault, end) {
      await control.load(vault)
      return emergencies.end(session, vault, end)
    },
    emergencies: emergencies.page,
    handIn: (session, vault, post) =>
      noting(accessLog, session, { vault, kind: 'late-write' }, late.post(session, vault, post), (answer) =>
        handedIn(post, answer),
      ),
    lateBox: (session, vault, after) =>
      noting(accessLog, session, { vault, kind: 'late-read' }, late.page(session, vault, after), lateRead),
    settleLate: late.settle,
    async connect(token, peer, address = '') {
      const session = await sessions.find(token, address)
      if (session === null || session.kind === 'departed') return syncError('unauthenticated')
      return live.connect(session, peer)
    },
    endConnections: () => live.close(),
    async close() {
      live.close()
      signedTime.note(clock.now())
      await signedTime.write()
      await accessLog.settled()
      await storage.close()
    },
  }
  return withHolds(core, OF_A_VAULT, {
    holds,
    async readLogs({ account }, vault) {
      await control.load(vault)
      await accountStates.load(account)
    },
    async isOwner(who, vault) {
      const current = await control.load(vault)
      return current !== null && accessOf(current, who, clock.now())?.owner === true
    },
    async holderOf(words, method) {
      const link = await blobs.open(words, method)
      if (link === null) return null
      const { vault, account, device } = link
      const log = await accountStates.load(account)
      const roles = log === null ? null : rolesAt(log, device, log.n)
      return { who: { account, device, kind: 'device', roles }, vault }
    },
  })
}
