/** How devices are told apart in sentences: this one by that word, others by their name, same names by a number. */
import type { DeviceView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'

/** Labels by device id. */
export function deviceLabels(devices: readonly DeviceView[], t: TFunction): Map<string, string> {
  const seen = new Map<string, number>()
  return new Map(
    devices.map((device) => {
      if (device.kind === 'recovery') return [device.id, t('kit.title')]
      const count = (seen.get(device.name) ?? 0) + 1
      seen.set(device.name, count)
      const name = count === 1 ? device.name : `${device.name} (${count})`
      return [device.id, device.thisDevice ? t('device.thisNamed', { name }) : name]
    }),
  )
}
