/** The refill and beacon routes of a core, as one signed-in device calls them; every message goes through its wire form (S9, F2). */
import {
  AccountRefill,
  AuditRefill,
  Beacon,
  BeaconPage,
  ChainRefill,
  ControlRefill,
  decodeAs,
  encodeMessage,
  EntryRefill,
  RefillDone,
  RefillReport,
  RefillState,
  type Shape,
  type SyncError,
} from '@chartkeep/protocol'
import type { Answer, BeaconApi, DeviceSecrets, RefillApi } from '@chartkeep/sync'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server'
import { signInAt } from './hostile-server.ts'

function carried<T>(shape: Shape<T>, message: unknown): T {
  const read = decodeAs(shape, encodeMessage(message))
  if (read === null) throw new Error('this does not fit the wire')
  return read
}

export interface CoreRefill extends RefillApi, BeaconApi {
  /** Bytes of every answer. */
  readonly answers: Uint8Array[]
}

export function coreRefill(
  core: () => ServerCore,
  account: Uint8Array,
  device: Pick<DeviceSecrets, 'id' | 'signing'>,
): CoreRefill {
  const answers: Uint8Array[] = []
  let session: ServerSession | null = null
  let at: ServerCore | null = null
  async function ask<T>(shape: Shape<T>, call: (core: ServerCore, session: ServerSession) => Promise<T | SyncError>) {
    if (at !== core() || session === null) session = await signInAt((at = core()), account, device)
    return answered(shape, await call(at, session))
  }
  function answered<T>(shape: Shape<T>, answer: T | SyncError): Answer<T> {
    if (typeof answer === 'object' && answer !== null && 'type' in answer && answer.type === 'error')
      return answer as SyncError
    answers.push(encodeMessage(answer))
    return { type: 'ok', value: carried(shape, answer) }
  }
  return {
    answers,
    postBeacon: (vault, beacon) => ask(BeaconPage, (to, who) => to.beacons(who, vault, carried(Beacon, beacon))),
    refillAccount: async (post) => answered(RefillDone, await core().refillAccount(carried(AccountRefill, post))),
    refillControl: (vault, post) =>
      ask(RefillDone, (to, who) => to.refillControl(who, vault, carried(ControlRefill, post))),
    refill: (vault, post) => ask(RefillState, (to, who) => to.refill(who, vault, carried(RefillReport, post))),
    refillChain: (vault, post) => ask(RefillDone, (to, who) => to.refillChain(who, vault, carried(ChainRefill, post))),
    refillEntries: (vault, post) =>
      ask(RefillDone, (to, who) => to.refillEntries(who, vault, carried(EntryRefill, post))),
    refillAudit: (vault, post) => ask(RefillDone, (to, who) => to.refillAudit(who, vault, carried(AuditRefill, post))),
  }
}
