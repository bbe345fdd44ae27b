/** The refill and beacon routes of a core, as one signed-in device calls them; every message goes through its wire form (S9, F2). */
import { encodeMessage, isSyncError, type SyncError } from '@chartkeep/protocol'
import { Beacon, BeaconPage } from '@chartkeep/protocol/audit'
import {
  AccountRefill,
  AuditRefill,
  ChainRefill,
  ControlRefill,
  EntryRefill,
  RefillDone,
  RefillReport,
  RefillState,
} from '@chartkeep/protocol/messages'
import type { Shape } from '@chartkeep/protocol/shape'
import type { Answer, BeaconApi, DeviceSecrets, ReseedApi } from '@chartkeep/sync/testing'
import type { ServerCore, ServerSession } from '@chartkeep/sync-server/testing'
import { onTheWire, signInAt } from './hostile-server.ts'

export interface CoreRefill extends ReseedApi, BeaconApi {
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
    if (isSyncError(answer)) return answer
    answers.push(encodeMessage(answer))
    return { type: 'ok', value: onTheWire(shape, answer) }
  }
  return {
    answers,
    postBeacon: (vault, beacon) => ask(BeaconPage, (to, who) => to.beacons(who, vault, onTheWire(Beacon, beacon))),
    reseedAccount: async (post) => answered(RefillDone, await core().refillAccount(onTheWire(AccountRefill, post))),
    reseedControl: (vault, post) =>
      ask(RefillDone, (to, who) => to.refillControl(who, vault, onTheWire(ControlRefill, post))),
    reseed: (vault, post) => ask(RefillState, (to, who) => to.refill(who, vault, onTheWire(RefillReport, post))),
    reseedChain: (vault, post) =>
      ask(RefillDone, (to, who) => to.refillChain(who, vault, onTheWire(ChainRefill, post))),
    reseedEntries: (vault, post) =>
      ask(RefillDone, (to, who) => to.refillEntries(who, vault, onTheWire(EntryRefill, post))),
    reseedAudit: (vault, post) =>
      ask(RefillDone, (to, who) => to.refillAudit(who, vault, onTheWire(AuditRefill, post))),
  }
}
