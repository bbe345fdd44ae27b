/** Beacons and refills in the memory adapter of the server's storage. */
import { compareBytes } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import type { RefillReader, RefillWriter, StoredBeacon } from '@chartkeep/sync-server/testing'

type Get = (key: string) => unknown

export function memoryRefillReader(read: Get): RefillReader {
  const all = (vault: Uint8Array) => (read(`beacons.${idText(vault)}`) as StoredBeacon[] | undefined) ?? []
  return {
    beacon: (vault, device) => all(vault).find((each) => idText(each.device) === idText(device)) ?? null,
    beacons(vault, limit, first = []) {
      const isFirst = ({ account }: StoredBeacon) => first.some((each) => idText(each) === idText(account))
      return [...all(vault).filter(isFirst), ...all(vault).filter((each) => !isFirst(each))].slice(0, limit)
    },
    beaconDevices: (vault, account) =>
      all(vault)
        .filter((each) => idText(each.account) === idText(account))
        .map(({ device }) => device),
    reports: (place) => (read(`reports.${idText(place)}`) as Uint8Array[] | undefined) ?? [],
    refillOf: (place) => (read(`refill.${idText(place)}`) as 'proved' | 'moved' | 'open' | null | undefined) ?? null,
  }
}

export function memoryRefillWriter(read: Get, set: (key: string, value: unknown) => void): RefillWriter {
  const reader = memoryRefillReader(read)
  return {
    setBeacon(vault, beacon) {
      const others = reader.beacons(vault, Infinity).filter(({ device }) => idText(device) !== idText(beacon.device))
      const ordered = [...others, beacon].toSorted((a, b) => compareBytes(a.device, b.device))
      set(`beacons.${idText(vault)}`, ordered)
    },
    dropBeacon(vault, dropped) {
      const others = reader.beacons(vault, Infinity).filter(({ device }) => idText(device) !== idText(dropped))
      set(`beacons.${idText(vault)}`, others)
    },
    addReport(place, device) {
      const known = reader.reports(place)
      if (known.some((each) => idText(each) === idText(device))) return
      set(`reports.${idText(place)}`, [...known, device].toSorted(compareBytes))
    },
    setRefill: (place, state) => set(`refill.${idText(place)}`, state),
  }
}
