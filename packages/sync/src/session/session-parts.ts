/**
 * Builds an unlocked account from its parts: the account (session-account.ts), its charts (session-charts.ts), its emergency access
 * (session-emergency.ts), the sync passes (session-pass.ts, scheduled by sync-loop.ts), and the status that the app shows
 * (session-status.ts).
 */
import type { Keyring } from '@chartkeep/store'
import type { AccountBook } from '../account/account-book.ts'
import type { DeviceSecrets } from '../account/account-keys.ts'
import type { ChartHost } from '../chart/chart-host.ts'
import { EndedCharts } from './ended-charts.ts'
import { HeldCharts } from '../emergency/held-charts.ts'
import type { IdentityRow } from '../account/account-store.ts'
import { formerOf } from './cloned-device-recovery.ts'
import { OpenCharts } from '../chart/open-charts.ts'
import type { DevicePlatform } from '../account/platform.ts'
import type { AccountRows } from '../ports/ports.ts'
import { ServerLink } from './server-link.ts'
import { ServerLosses } from './server-loss.ts'
import { SessionAccount } from './session-account.ts'
import { SessionCharts } from './session-charts.ts'
import { EmergencyAccess } from './session-emergency.ts'
import { SessionPass } from './session-pass.ts'
import { SessionStatus } from './session-status.ts'
import { SyncLoop } from '../replicate/sync-loop.ts'

export interface SessionParts {
  open: OpenCharts
  link: ServerLink
  losses: ServerLosses
  ended: EndedCharts
  account: SessionAccount
  charts: SessionCharts
  status: SessionStatus
  pass: SessionPass
  loop: SyncLoop
  emergency: EmergencyAccess
}

interface PartsInput {
  platform: DevicePlatform
  keyring: Keyring
  accountStoreKey: Uint8Array
  accountStore: AccountRows
  accounts: AccountBook
  identity: IdentityRow
  device: DeviceSecrets
  /** The session's operations for each open chart. */
  host: ChartHost
  /** Aborted when the session locks. */
  ending: AbortSignal
  isLocked: () => boolean
  /** Views are updated. */
  changed: () => void
  /** N5: of the practice, if the session is a practice's. */
  settleCopies: (vault: string) => Promise<void>
}

export function sessionParts(input: PartsInput): SessionParts {
  const {
    platform,
    keyring,
    accountStoreKey,
    accountStore,
    accounts,
    identity,
    device,
    host,
    ending,
    isLocked,
    changed,
  } = input
  const { settleCopies } = input
  const { clock, randomBytes } = platform
  const serverKey = () => link.key
  const open = new OpenCharts()
  const loop: SyncLoop = new SyncLoop({
    pass: () => pass.whole(),
    brief: (moved) => pass.brief(moved).catch(() => false),
    hasServer: () => link.server !== null,
    isAway: () => status.isAway(),
    makeReady: (mayGoOn) => pass.makeReady(mayGoOn).catch(() => {}),
    mayWait: () => status.mayWait,
    hasProblem: () => status.hasProblem,
  })
  const losses = new ServerLosses(accountStore, changed)
  const link: ServerLink = new ServerLink({
    accountStore,
    account: identity.account,
    device: () => account.device,
    clock,
    changed: (isOther) => {
      if (isOther) loop.relisten()
      changed()
      loop.schedule(0)
    },
  })
  const ended = new EndedCharts({
    accountStore,
    platform,
    open,
    device: () => account.device.id,
    serverKey,
    pageSizes: link.pageSizes,
    isLocked,
    update: (vault, change) => charts.update(vault, change),
    changed,
  })
  const account: SessionAccount = new SessionAccount({
    platform,
    accountStore,
    keyring,
    accountStoreKey,
    accounts,
    identity,
    device,
    link,
    open,
    isLocked,
    changed,
    syncNow: () => loop.syncNow(),
  })
  const held = new HeldCharts({
    accountStore,
    accounts,
    account: identity.account,
    boxKeys: account.boxKeys,
    serverKey,
  })
  const charts: SessionCharts = new SessionCharts({
    host,
    platform,
    accountStore,
    accounts,
    account,
    link,
    open,
    held,
    ending,
    isLocked,
    changed,
  })
  const status: SessionStatus = new SessionStatus({
    clock,
    accountStore,
    link,
    losses,
    counts: () => charts.counts(),
    former: () => formerOf(accountStore),
    clocks: () => charts.clocksApart(),
  })
  const pass: SessionPass = new SessionPass({
    accountStore,
    accounts,
    randomBytes,
    account,
    charts,
    open,
    ended,
    held,
    link,
    losses,
    status,
    loop,
    async afterChart(vault) {
      await emergency.noteOpenings(vault)
      await settleCopies(vault)
    },
    now: () => clock.now(),
    isLocked,
    changed,
  })
  const emergency: EmergencyAccess = new EmergencyAccess({
    platform,
    account,
    charts,
    ended,
    held,
    link,
    sync: (vault) => pass.chart(vault),
    changed: () => host.wake(),
  })
  return { open, link, losses, ended, account, charts, status, pass, loop, emergency }
}
