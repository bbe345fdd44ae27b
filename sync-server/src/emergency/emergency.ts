/**
 * Emergency access on the server (C13): a device's signed request opens a grant to that device for the time that the
 * grant allows. The server stores it and notes it in the access log in one transaction, answers with a signed receipt,
 * and notifies the owners at once. The device that opened it can end it early.
 */
import type { SigningKeyPair } from '@chartkeep/crypto/server'
import { equalBytes, sign } from '@chartkeep/crypto/server'
import {
  decodeAs,
  EMERGENCY_REQUESTS_MS,
  idText,
  MAX_EMERGENCY_PAGE,
  MAX_EMERGENCY_REQUESTS,
  syncError,
  type SyncError,
  type SyncErrorCode,
} from '@chartkeep/protocol'
import { rolesAt, type AccountState } from '@chartkeep/protocol/account'
import { deviceCut, isForRoles, type ControlState } from '@chartkeep/protocol/control'
import {
  emergencyReceiptMessage,
  emergencyRequestHash,
  EmergencyEndBody,
  EmergencyRequestBody,
  openingEnd,
  readEmergencyEnd,
  readEmergencyRequest,
  type EmergencyEnd,
  type EmergencyEndRefusal,
  type EmergencyPage,
  type EmergencyReceipt,
  type EmergencyRefusal,
  type EmergencyRequest,
} from '@chartkeep/protocol/emergency'
import { withinWindow } from '../access/access.ts'
import { askedBy, type AccessLog, type Asking } from '../audit/access-log.ts'
import { saidAt } from '../audit/access-notes.ts'
import { emergencySize, type StoredEmergency } from '../storage/emergency-storage.ts'
import { charge, type ServerLimits } from '../storage/limits.ts'
import type { LiveHub } from '../live/live.ts'
import type { LogStates } from '../storage/log-states.ts'
import type { Clock } from '../time/ports.ts'
import { refillStatus } from '../reseed/reseed.ts'
import { actingLogs, ownedVault } from '../access/authorize.ts'
import type { ServerSession, Sessions } from '../access/sessions.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

export interface Emergencies {
  /** Durable when it resolves. The same request again gets the same receipt. */
  open(session: ServerSession, vault: Uint8Array, request: EmergencyRequest): Promise<EmergencyReceipt | SyncError>
  /** Durable when it resolves. The same end again changes nothing. */
  end(session: ServerSession, vault: Uint8Array, end: EmergencyEnd): Promise<null | SyncError>
  page(session: ServerSession, vault: Uint8Array, after: number): Promise<EmergencyPage | SyncError>
}

export interface EmergencyOptions {
  storage: Storage
  accounts: LogStates<AccountState>
  control: LogStates<ControlState>
  sessions: Sessions
  live: LiveHub
  accessLog: AccessLog
  signingKey: SigningKeyPair
  clock: Clock
  limits: ServerLimits
}

/** A missing grant, an ended grant and a grant to another role get the same answer (C6). */
const REFUSALS: Record<EmergencyRefusal | EmergencyEndRefusal, SyncErrorCode> = {
  malformed: 'bad-request',
  'unknown-grant': 'not-found',
  ended: 'not-found',
  role: 'not-found',
  account: 'heads-unknown',
  control: 'heads-unknown',
  device: 'refused',
  'box-key': 'refused',
  signature: 'refused',
}

/** As it was signed: the receipt of an opening that ended early keeps its original end. */
function receiptOf(
  { grants }: ControlState,
  { hash, grant, from, until, signature }: Omit<StoredEmergency, 'place'>,
): EmergencyReceipt {
  const given = grants.get(idText(grant))
  return { request: hash, from, until: given === undefined ? until : openingEnd(given, from), signature }
}

export function createEmergencies(options: EmergencyOptions): Emergencies {
  const { storage, live, accessLog, signingKey, clock, limits } = options

  /** The logs by which a device of the account acts in the vault. */
  async function logsOf(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
  ): Promise<{ state: ControlState; account: AccountState } | SyncError> {
    const logs = await actingLogs(options, tx, session, vault)
    if ('type' in logs) return logs
    const { control: state, account } = logs
    if (state === null || session.kind !== 'device' || deviceCut(state, session) !== null) return syncError('not-found')
    return { state, account }
  }

  async function take(
    tx: StorageWriter,
    session: ServerSession,
    asking: Asking,
    vault: Uint8Array,
    request: EmergencyRequest,
  ): Promise<EmergencyReceipt | SyncError> {
    const refilling = refillStatus(tx).refusal(vault)
    if (refilling !== null) return refilling
    const logs = await logsOf(tx, session, vault)
    if ('type' in logs) return logs
    const { state, account } = logs
    const known = tx.emergency(vault, emergencyRequestHash(request.body))
    if (known !== null && equalBytes(known.device, session.device) && equalBytes(known.account, session.account))
      return receiptOf(state, known)
    const read = await readEmergencyRequest(request, state, account)
    if (typeof read === 'string') return syncError(REFUSALS[read])
    const { body, hash, grant } = read
    // A device can only speak for itself: what another device signed is refused.
    if (!equalBytes(body.device, session.device)) return syncError('refused')
    const from = clock.now()
    // C12: the head that the request names may be older than the device's current roles.
    const isTheirs = isForRoles(grant.role, rolesAt(account, session.device, account.n))
    if (!isTheirs || grant.cut !== null || !withinWindow(grant, from)) return syncError('not-found')
    // Counted per device, so that none uses up what another may need.
    const ofToday = tx.emergencyCount(vault, grant.id, session.device, from - EMERGENCY_REQUESTS_MS)
    if (ofToday >= MAX_EMERGENCY_REQUESTS) return syncError('quota')
    // S8: the request is charged to the grant, like everything that its grantee writes.
    const cost = { bytes: emergencySize(request), entries: 1 }
    if (charge(tx, { type: 'grants', ids: [grant.id] }, cost, limits) !== null) return syncError('quota')
    const until = openingEnd(grant, from)
    const signature = await sign(signingKey, emergencyReceiptMessage(body, { request: hash, from, until }))
    const { account: by, device } = session
    const stored = { hash, grant: grant.id, account: by, device, from, until, request, signature }
    tx.addEmergency(vault, stored)
    const note = { kind: 'emergency', outcome: 'ok', ...saidAt(vault, body.control.n, request.body) } as const
    accessLog.pushed(tx, state, asking, note, [])
    tx.afterCommit(() => {
      live.opened(by, device)
      live.toOwners(state)
    })
    return receiptOf(state, stored)
  }

  async function finish(
    tx: StorageWriter,
    session: ServerSession,
    vault: Uint8Array,
    end: EmergencyEnd,
  ): Promise<null | SyncError> {
    const logs = await logsOf(tx, session, vault)
    if ('type' in logs) return logs
    const read = await readEmergencyEnd(end, logs.state, logs.account)
    if (typeof read === 'string') return syncError(REFUSALS[read])
    const { account: by, device } = session
    // A device can only speak for itself, and only about what it opened.
    if (!equalBytes(read.device, device)) return syncError('refused')
    if (!tx.hasOpened(vault, read.grant, device)) return syncError('not-found')
    const now = clock.now()
    tx.endEmergencies(vault, read.grant, device, read.from, now)
    tx.afterCommit(() => live.done(by, device))
    return null
  }

  return {
    async open(session, vault, request) {
      if (decodeAs(EmergencyRequestBody, request.body) === null) return syncError('bad-request')
      const asking = askedBy(session)
      // H7: in an emergency the chart is readable even when the disk has no room.
      return storage.write((tx) => take(tx, session, asking, vault, request), 'relief')
    },

    async end(session, vault, end) {
      if (decodeAs(EmergencyEndBody, end.body) === null) return syncError('bad-request')
      return storage.write((tx) => finish(tx, session, vault, end), 'relief')
    },

    async page(session, vault, after) {
      const state = await ownedVault(options, session, vault)
      if ('type' in state) return state
      const stored = storage.read.emergenciesAfter(vault, after, MAX_EMERGENCY_PAGE)
      const items = stored.map((each) => ({
        place: each.place,
        request: each.request,
        receipt: receiptOf(state, each),
      }))
      return { items, last: storage.read.emergencyLast(vault) }
    },
  }
}
