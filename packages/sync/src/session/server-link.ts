/** The account's one server, as this device knows it: its address and key, the connection, and moving to another (S6, S10). */
import { idText } from '@chartkeep/protocol'
import { noteServer, serverRowOf, vaultRowOf } from '../replicate/account-sync.ts'
import type { DeviceSecrets } from '../account/account-keys.ts'
import type { ServerFound, ServerMove, SyncStatus } from '../contract/api.ts'
import type { OpenChart } from '../chart/chart.ts'
import { ACCOUNT_TABLE, type ServerRow } from '../account/account-store.ts'
import { HttpServer } from '../transport/http-server.ts'
import { createPageSizes, type PageSizes } from '../transport/adaptive-page-size.ts'
import { findServer, keyFingerprint, moveServer } from './move-server.ts'
import type { Clock, AccountRows } from '../ports/ports.ts'
import { TwoClocks } from '../account/two-clocks.ts'
import { rowValue } from '../vault/vault-state.ts'

interface LinkInput {
  accountStore: AccountRows
  account: Uint8Array
  /** This installation's current device (F3). */
  device: () => DeviceSecrets
  clock: Clock
  /** The account has a server now, or (`isOther`) a different one. */
  changed: (isOther: boolean) => void
}

export class ServerLink {
  readonly #input: LinkInput
  /** The size limits of requests, whichever server they go to. */
  readonly pageSizes: PageSizes
  /** H8: the clocks of the current server and this device, for every chart. */
  readonly clocks: TwoClocks
  #server: HttpServer | null = null

  constructor(input: LinkInput) {
    this.#input = input
    this.pageSizes = createPageSizes(input.clock)
    this.clocks = new TwoClocks(input.clock, () => this.key)
    this.clocks.restore(input.accountStore)
  }

  get server(): HttpServer | null {
    return this.#server
  }

  get row(): ServerRow | null {
    return serverRowOf(this.#input.accountStore)
  }

  /** The signing key that this account has pinned; null before the first answer. */
  get key(): Uint8Array | null {
    return this.row?.key ?? null
  }

  get shown(): SyncStatus['server'] {
    const { row } = this
    return row === null ? null : { address: row.address, fingerprint: row.key === null ? '' : keyFingerprint(row.key) }
  }

  connect(): void {
    const { row } = this
    if (row === null) return
    const { account, device } = this.#input
    const serverKey = () => this.row?.key ?? null
    this.#server = new HttpServer({ address: row.address, account, device: device(), serverKey })
  }

  /** F3: signs in again under this installation's current keys. */
  reconnect(): void {
    this.forget()
    this.connect()
  }

  /** Sets the server of an account that was created without one. */
  async begin(address: string): Promise<{ type: 'done' } | { type: 'has-server' } | { type: 'bad-address' }> {
    if (this.row !== null) return { type: 'has-server' }
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) return { type: 'bad-address' }
    await this.#keep({ address: new URL(address).origin, key: null, registered: false })
    this.connect()
    this.#input.changed(false)
    return { type: 'done' }
  }

  find(address: string): Promise<ServerFound> {
    return findServer(address, this.row)
  }

  move(
    address: string,
    how: { follow: boolean; fingerprint?: string },
    charts: () => Promise<OpenChart[]>,
  ): Promise<ServerMove> {
    return moveServer(address, how, {
      pinned: this.row,
      server: this.#server,
      charts,
      connect: (row) => this.#reconnect(row),
    })
  }

  /** S10: follows a move: an entry by another device of this account, in the verified log of an own chart, names another server. */
  async follow(charts: [string, OpenChart][]): Promise<void> {
    const { accountStore, account, clock } = this.#input
    const { row } = this
    for (const [vault, { machine }] of charts) {
      const named = machine.control?.servers.at(-1)
      if (row?.key == null || named === undefined || vaultRowOf(accountStore, vault)?.relation !== 'own') continue
      // The entry of another holder moves that chart, but not this person's account and its other charts.
      if (idText(named.previous) !== idText(row.key) || idText(named.account) !== idText(account)) continue
      return this.#reconnect({ address: named.address, key: named.key, registered: false, moved: clock.now() })
    }
  }

  /** The new server has every chart. */
  async arrived(): Promise<void> {
    const known = this.row
    if (known?.moved === undefined) return
    await noteServer(this.#input.accountStore, known, (row) => {
      const { moved: _, ...arrived } = row
      return arrived
    })
  }

  forget(): void {
    this.#server?.forget()
  }

  /** Switches to another server. The charts stay the same; data that the old server confirmed is sent to the new one. */
  async #reconnect(row: ServerRow): Promise<void> {
    await this.#input.accountStore.commit([
      { table: ACCOUNT_TABLE.self, key: 'server', value: rowValue(row) },
      { table: ACCOUNT_TABLE.self, key: 'posted', value: 1 },
    ])
    this.reconnect()
    this.#input.changed(true)
  }

  async #keep(row: ServerRow): Promise<void> {
    await this.#input.accountStore.commit([{ table: ACCOUNT_TABLE.self, key: 'server', value: rowValue(row) }])
  }
}
