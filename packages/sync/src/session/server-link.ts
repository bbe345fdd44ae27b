/** The one server of an account on this device: which it is, talking to it, moving to another (S6, S10). */
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
  /** As which this installation signs in now (F3). */
  device: () => DeviceSecrets
  clock: Clock
  /** There is a server now, or (`isOther`) another one than before. */
  changed: (isOther: boolean) => void
}

export class ServerLink {
  readonly #input: LinkInput
  /** What requests may hold, whichever server they go to. */
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

  /** F3: signs in again, under the keys that this installation has now. */
  reconnect(): void {
    this.forget()
    this.connect()
  }

  /** Gives an account that was made without a server its server. */
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

  /** S10: an entry of this very account, by another of its devices, in the verified log of an own chart names another server. */
  async follow(charts: [string, OpenChart][]): Promise<void> {
    const { accountStore, account, clock } = this.#input
    const { row } = this
    for (const [vault, { machine }] of charts) {
      const named = machine.control?.servers.at(-1)
      if (row?.key == null || named === undefined || vaultRowOf(accountStore, vault)?.relation !== 'own') continue
      // Another holder's word moves that chart, and not this person's account with all that is its own.
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

  /** Another server from here on. The charts are the same; what was confirmed by the old one is brought to the new one. */
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
