/**
 * F3: a device that was copied or restored continues as a new device of its account. Its new keys are durable before the log can know them, and they are
 * its keys from the one entry of home that follows the log's: a stop in between finds the same keys again. Its charts follow in detach-unsent.ts.
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
  /** The account has as many live devices as it may have. */
  | { type: 'full' }
  /** Nothing has changed: the old id may not let anybody in any more, or the server says no. */
  | { type: 'refused'; error: string }

/** As which devices this one has been; null where it never continued as another. */
export function formerOf(accountStore: AccountRows): FormerRow | null {
  return (accountStore.get(ACCOUNT_TABLE.self, FORMER) as unknown as FormerRow | undefined) ?? null
}

/** Whether it has begun to continue as a new device, and the log may know that one already. */
export function isContinuing(accountStore: AccountRows): boolean {
  return nextOf(accountStore) !== null
}

function nextOf(accountStore: AccountRows): NextDeviceRow | null {
  return (accountStore.get(ACCOUNT_TABLE.self, NEXT_DEVICE) as unknown as NextDeviceRow | undefined) ?? null
}

/** The keys of an identity, or of what is to be one. */
export function secretsOf({ seed, boxSecret }: Pick<IdentityRow, 'seed' | 'boxSecret'>): DeviceSecrets {
  const signing = signingKeyPairFromSeed(seed)
  const box = boxKeyPairFromSecretKey(boxSecret)
  return { id: deviceIdOf(signing.publicKey, box.publicKey), signing, box }
}

/** Call with the newest account log at hand, and with proof that the device was copied, or where {@link isContinuing}. */
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
    // An earlier try came through, though its answer did not.
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
        // C13: the server shows them to the old device alone.
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

/** Durable before anybody else can know of them. */
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

/** The name of the old device with the first number that no device of the account has. */
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
