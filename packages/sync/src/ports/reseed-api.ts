/** The server's routes for beacons and reseeding (F2, S9), passed in like its other routes (ports.ts). */
import type { Beacon, BeaconPage } from '@chartkeep/protocol/audit'
import type {
  AccountRefill,
  AuditRefill,
  ChainRefill,
  ControlRefill,
  EntryRefill,
  RefillDone,
  RefillReport,
  RefillState,
} from '@chartkeep/protocol/messages'
import type { Answer } from './ports.ts'

export interface BeaconApi {
  postBeacon(vault: Uint8Array, beacon: Beacon): Promise<Answer<BeaconPage>>
}

export interface AccountReseedApi {
  reseedAccount(message: AccountRefill): Promise<Answer<RefillDone>>
}

export interface ReseedApi extends AccountReseedApi {
  reseedControl(vault: Uint8Array, message: ControlRefill): Promise<Answer<RefillDone>>
  reseed(vault: Uint8Array, message: RefillReport): Promise<Answer<RefillState>>
  reseedChain(vault: Uint8Array, message: ChainRefill): Promise<Answer<RefillDone>>
  reseedEntries(vault: Uint8Array, message: EntryRefill): Promise<Answer<RefillDone>>
  reseedAudit(vault: Uint8Array, message: AuditRefill): Promise<Answer<RefillDone>>
}
