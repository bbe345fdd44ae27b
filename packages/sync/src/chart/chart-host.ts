/** The operations of the session that an open chart uses. */
import type { ChartProjection } from '@chartkeep/domain'
import type { AccountState } from '@chartkeep/protocol/account'
import type { ContentSigner } from '@chartkeep/protocol/records'
import type { Observable } from 'rxjs'
import type { ChartAppearance, ChartSummary, SyncStatus } from '../contract/api.ts'
import type { EndedRow, VaultRowChange, VaultRow } from '../account/account-store.ts'
import type { AuditApi } from '../ports/audit-api.ts'
import type { ServerApi } from '../ports/ports.ts'

export interface ChartHost {
  readonly account: string
  readonly device: string
  readonly name: string
  /** Null when the account has no server. */
  readonly server: (ServerApi & AuditApi) | null
  readonly charts$: Observable<ChartSummary[]>
  readonly sync$: Observable<SyncStatus>
  serverKey(): Uint8Array | null
  vaultRow(vault: string): VaultRow | null
  updateVaultRow(vault: string, change: VaultRowChange): Promise<void>
  chartSummary(vault: string): ChartSummary
  /** Changes how this person sees the chart. */
  changeAppearance(vault: string, change: Partial<ChartAppearance>): Promise<void>
  /** Stores a practice's projection of a patient's chart; `isLess`: some lists are no longer readable. Null if this account keeps none. */
  readonly keepDigest: ((vault: string, digest: ChartProjection, isLess: boolean) => Promise<void>) | null
  accountState(account: string): AccountState | null
  /** The member at this device with name, salt and roles, as a content signature reveals them (N1); null for a person. */
  signer(): ContentSigner | null
  /** C10: a verified cut has ended access to a chart; keeps what a later grant needs. */
  endVault(vault: string, undelivered: number, kept: EndedRow): Promise<void>
  /** Keeps this chart open until the returned function is called. */
  holdChart(vault: string, chart: object): () => void
  /** Whether a write is sent at once: the server answers, and no stream is stopped. */
  isInStep(): boolean
  /** Requests a sync soon; with a vault: only that vault has new writes, a record or an import. */
  wake(vault?: string): void
}
