/**
 * F3: lets a device that was copied or restored continue as a new device of its account. Its new keys are durable before the log can know
 * them, and they become its keys by the account store's commit that follows the log entry: after a stop in between, the device finds the
 * same keys again. detach-unsent.ts moves its charts.
 */
import { boxKeyPairFromSecretKey, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { deviceIdOf, idText, MAX_NAME } from '@chartkeep/protocol'
import { deviceLiveAt, hasRoomForDevice, type AccountState } from '@chartkeep/protocol/account'
import type { AccountActions } from './account-actions.ts'
import { createDevice, deviceName, type BoxKeys, type DeviceSecrets } from '../account/account-keys.ts'
import { deviceAddedEntry } from '../account/account-writer.ts'
import {
  FORMER,
  ACCOUNT_TABLE,
  NEXT_DEVICE,
  type EndedRow,
  type FormerRow,
  type IdentityRow,
  type NextDeviceRow,
} from '../account/account-store.ts'
import type { Clock, AccountRows, RandomBytes } from '../ports/ports.ts'
import { rowValue } from '../vault/vault-state.ts'

interface ContinueInput {
  accountStore: AccountRows
  identity: IdentityRow
  actions: AccountActions
  clock: Clock
  randomBytes: RandomBytes
}

export type ContinueOutcome =
  | { type: 'done'; device: DeviceSecrets; identity: IdentityRow }
  | { type: 'offline' }
  /** The account already has the largest number of live devices. */
  | { type: 'full' }
  /** Nothing has changed: the old device may no longer enrol others, or the server refuses. */
  | { type: 'refused'; error: string }

/** The earlier device ids of this installation; null if it has had only one. */
export function formerOf(accountStore: AccountRows): FormerRow | null {
  return (accountStore.get(ACCOUNT_TABLE.self, FORMER) as unknown as FormerRow | undefined) ?? null
}

/** Whether the device has begun to continue as a new one, which the log may know already. */
export function isContinuing(accountStore: AccountRows): boolean {
  return nextOf(accountStore) !== null
}

function nextOf(accountStore: AccountRows): NextDeviceRow | null {
  return (accountStore.get(ACCOUNT_TABLE.self, NEXT_DEVICE) as unknown as NextDeviceRow | undefined) ?? null
}

/** The secrets of an identity row, current or next. */
export function secretsOf({ seed, boxSecret }: Pick<IdentityRow, 'seed' | 'boxSecret'>): DeviceSecrets {
  const signing = signingKeyPairFromSeed(seed)
  const box = boxKeyPairFromSecretKey(boxSecret)
  return { id: deviceIdOf(signing.publicKey, box.publicKey), signing, box }
}

/** Call with the newest account log, and with proof that the device was copied, or if {@link isContinuing}. */
export async function continueAsNewDevice({
  accountStore,
  identity,
  actions,
  clock,
  randomBytes,
}: ContinueInput): Promise<ContinueOutcome> {
  const old = actions.device
  const refusal = refusedBy(actions.state(), old)
  if (refusal !== null && !isContinuing(accountStore)) return refusal
  const row = nextOf(accountStore) ?? (await keptNext(accountStore, randomBytes))
  const device = secretsOf(row)
  let refused: Exclude<ContinueOutcome, { type: 'done' }> | null = null
  const isIn = (state: AccountState) => state.devices.has(idText(device.id))
  const posted = await actions.post(async (state) => {
    // An earlier attempt succeeded although its answer was lost.
    if (isIn(state)) return null
    refused = refusedBy(state, old)
    if (refused !== null) return null
    const keys = actions.boxKeys()
    return deviceAddedEntry(state, old, device, nextName(state, old.id, keys), keys, randomBytes)
  })
  if (!isIn(actions.state())) {
    if (posted.type !== 'done') return refused ?? posted
    return { type: 'refused', error: 'account' }
  }
  const next: IdentityRow = { ...identity, ...row }
  await accountStore.commit(() => {
    const devices = [...(formerOf(accountStore)?.devices ?? []), idText(old.id)]
    const former: FormerRow = { devices, at: clock.now(), isRead: false }
    const ended = [...accountStore.table(ACCOUNT_TABLE.ended)].map(([key, value]) => ({
      table: ACCOUNT_TABLE.ended,
      key,
      value: rowValue({ ...(value as unknown as EndedRow), own: {} } satisfies EndedRow),
    }))
    return {
      rows: [
        { table: ACCOUNT_TABLE.self, key: 'identity', value: rowValue(next) },
        { table: ACCOUNT_TABLE.self, key: NEXT_DEVICE, value: null },
        { table: ACCOUNT_TABLE.self, key: FORMER, value: rowValue(former) },
        ...ended,
        // C13: the server shows these only to the old device.
        ...[...accountStore.table(ACCOUNT_TABLE.opening).keys()].map((key) => ({
          table: ACCOUNT_TABLE.opening,
          key,
          value: null,
        })),
      ],
      erase: true,
    }
  })
  return { type: 'done', device, identity: next }
}

/** Durable before anybody else can know them. */
async function keptNext(accountStore: AccountRows, randomBytes: RandomBytes): Promise<NextDeviceRow> {
  const { signing, box } = createDevice(randomBytes)
  const row: NextDeviceRow = { seed: signing.seed, boxSecret: box.secretKey }
  await accountStore.commit([{ table: ACCOUNT_TABLE.self, key: NEXT_DEVICE, value: rowValue(row) }])
  return row
}

function refusedBy(
  state: AccountState,
  old: DeviceSecrets,
): Exclude<ContinueOutcome, { type: 'done' | 'offline' }> | null {
  if (deviceLiveAt(state, old.id, state.n) === null) return { type: 'refused', error: 'unauthenticated' }
  return hasRoomForDevice(state) ? null : { type: 'full' }
}

/** The old device's name with the first number that no device of the account has. */
function nextName(state: AccountState, old: Uint8Array, keys: BoxKeys): string {
  const names = new Set([...state.devices.values()].map(({ name }) => deviceName(name, keys)))
  const known = state.devices.get(idText(old))
  const base = (known === undefined ? '' : deviceName(known.name, keys)).replace(/ \(\d+\)$/u, '')
  for (let number = 2; ; number++) {
    const suffix = ` (${number})`
    const name = base.slice(0, MAX_NAME - suffix.length) + suffix
    if (!names.has(name)) return name.trim()
  }
}
