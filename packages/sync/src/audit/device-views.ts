/** The devices of an account as the app shows them (K4, K7, F2). */
import { DAY_MS, idText } from '@chartkeep/protocol'
import type { AccountDevice, AccountState } from '@chartkeep/protocol/account'
import { deviceName, type BoxKeys } from '../account/account-keys.ts'
import type { DeviceView } from '../contract/api.ts'
import type { freshnessOf } from './beacons.ts'

export interface DeviceViewInput {
  /** The verified account log; null before there is one. */
  state: AccountState | null
  thisDevice: string
  /** The earlier device ids of this installation (F3). */
  former: readonly string[]
  boxKeys: BoxKeys
  seenAt: (id: string) => DeviceView['seen']
  /** Whether the person has confirmed a device that was enrolled by the kit. */
  isKnown: (id: string) => boolean
  /** The last beacons of devices, in the charts that are open here. */
  freshness: ReturnType<typeof freshnessOf>
  /** Milliseconds since 1970. */
  now: number
}

export function deviceViews(input: DeviceViewInput): DeviceView[] {
  return [...(input.state?.devices.values() ?? [])].map((device) => {
    const id = idText(device.id)
    return {
      id,
      name: deviceName(device.name, input.boxKeys),
      kind: device.kind,
      thisDevice: id === input.thisDevice,
      former: input.former.includes(id),
      removed: device.removedAt !== null,
      newByKit: isNewByKit(input, device),
      added: howAdded(input, device),
      seen: input.seenAt(id),
      heardAt: heardAt(input, id),
      outOfDateSince: device.removedAt === null ? outOfDateSince(input, id) : null,
    }
  })
}

export const isRecovery = ({ kind }: AccountDevice) => kind === 'recovery'

/** Name of the setting that records that the person knows a device. */
export function knownSetting(device: string): string {
  return `known-device.${device}`
}

/** K7: whether the kit enrolled the device, and it is not this one. */
function isNewByKit({ thisDevice, isKnown }: DeviceViewInput, device: AccountDevice): boolean {
  const id = idText(device.id)
  if (id === thisDevice || device.removedAt !== null || isKnown(id)) return false
  return device.cameByKit === device.addedAt
}

/** F2: when the device last published a beacon in any chart. */
function heardAt({ freshness }: DeviceViewInput, device: string): number | null {
  const said = freshness.filter((each) => each.device === device).map(({ saidAt }) => saidAt)
  return said.length === 0 ? null : Math.max(...said)
}

/**
 * F2: the oldest beacon of the device in a chart that has moved on without it for a day; a device that was unused for less is not reported.
 */
function outOfDateSince({ freshness, now }: DeviceViewInput, device: string): number | null {
  const late = freshness.filter((each) => each.device === device && each.behind > 0 && now - each.saidAt > DAY_MS)
  return late.length === 0 ? null : Math.min(...late.map(({ saidAt }) => saidAt))
}

function howAdded({ state, boxKeys }: DeviceViewInput, device: AccountDevice): DeviceView['added'] {
  const by = device.addedBy && state?.devices.get(idText(device.addedBy))
  if (!by) return { how: 'first', by: '' }
  if (isRecovery(by)) return { how: 'kit', by: '' }
  return { how: 'pairing', by: deviceName(by.name, boxKeys) }
}
