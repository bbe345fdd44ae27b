/** What an open chart needs of the session around it. */
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
  /** Keeps what a practice has at hand of a patient's chart; `isLess`: of lists that are read no longer. Null where this account keeps none of it. */
  readonly keepDigest: ((vault: string, digest: ChartProjection, isLess: boolean) => Promise<void>) | null
  accountState(account: string): AccountState | null
  /** The member at this device with name, salt and roles, as a signature reveals them (N1); null for a person. */
  signer(): ContentSigner | null
  /** C10: the access to a chart has ended by a verified cut; what a later grant needs is kept. */
  endVault(vault: string, undelivered: number, kept: EndedRow): Promise<void>
  /** Keeps this chart open until the answer is called. */
  holdChart(vault: string, chart: object): () => void
  /** Whether what is written now leaves at once: the server answers, and nothing stands still. */
  isInStep(): boolean
  /** Sync soon; with a vault: only something of it was written, a record or an import. */
  wake(vault?: string): void
}
