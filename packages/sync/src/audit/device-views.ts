/** The devices of an account as the app shows them (K4, K7, F2). */
import { DAY_MS, idText, type AccountDevice, type AccountState } from '@chartkeep/protocol'
import { deviceName, type BoxKeys } from '../account/account-keys.ts'
import type { DeviceView } from '../contract/api.ts'
import type { freshnessOf } from './beacons.ts'

export interface DeviceViewInput {
  /** The verified account log; null before there is one. */
  state: AccountState | null
  thisDevice: string
  /** As which devices this installation has been (F3). */
  former: readonly string[]
  boxKeys: BoxKeys
  seenAt: (id: string) => DeviceView['seen']
  /** Whether the person has said that they know a device that came in by the kit. */
  isKnown: (id: string) => boolean
  /** What devices last said of the charts that are open here. */
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

/** Name of the setting that says of a device that the person knows it. */
export function knownSetting(device: string): string {
  return `known-device.${device}`
}

/** K7: the entry that brought the device is signed by the recovery device, and it is not this one. */
function isNewByKit({ thisDevice, isKnown }: DeviceViewInput, device: AccountDevice): boolean {
  const id = idText(device.id)
  if (id === thisDevice || device.removedAt !== null || isKnown(id)) return false
  return device.cameByKit === device.addedAt
}

/** F2: the last word of the device about any chart. */
function heardAt({ freshness }: DeviceViewInput, device: string): number | null {
  const said = freshness.filter((each) => each.device === device).map(({ saidAt }) => saidAt)
  return said.length === 0 ? null : Math.max(...said)
}

/** F2: the oldest word of the device about a chart that has continued without it for a day; one that was not in use for less is no news. */
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
