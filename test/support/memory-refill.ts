/** Beacons and refills in the memory adapter of the server's storage. */
import { compareBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import type { RefillReader, RefillWriter, StorageReader, StoredBeacon } from '@chartkeep/sync-server'

type Get = (key: string) => unknown

export function memoryRefillReader(read: Get, envelope: StorageReader['envelopeAt']): RefillReader {
  const all = (vault: Uint8Array) => (read(`beacons.${idText(vault)}`) as StoredBeacon[] | undefined) ?? []
  return {
    beacon: (vault, device) => all(vault).find((each) => idText(each.device) === idText(device)) ?? null,
    beacons: (vault, limit) => all(vault).slice(0, limit),
    reports: (place) => (read(`reports.${idText(place)}`) as Uint8Array[] | undefined) ?? [],
    refillOf: (place) => (read(`refill.${idText(place)}`) as 'proved' | 'moved' | 'open' | null | undefined) ?? null,
    missingBodies(vault, stream, limit) {
      const bare = []
      for (let n = 1; ; n++) {
        const found = envelope(vault, stream, n)
        if (found === null) break
        if (found.body === null && found.outcome !== 'void') bare.push(found)
      }
      const ordered = bare.toSorted((a, b) => Number(b.open) - Number(a.open) || a.n - b.n)
      return ordered.slice(0, limit).map(({ n }) => n)
    },
  }
}

export function memoryRefillWriter(
  read: Get,
  set: (key: string, value: unknown) => void,
  envelope: StorageReader['envelopeAt'],
): RefillWriter {
  const reader = memoryRefillReader(read, envelope)
  return {
    setBeacon(vault, beacon) {
      const others = reader.beacons(vault, Infinity).filter(({ device }) => idText(device) !== idText(beacon.device))
      const ordered = [...others, beacon].toSorted((a, b) => compareBytes(a.device, b.device))
      set(`beacons.${idText(vault)}`, ordered)
    },
    addReport(place, device) {
      const known = reader.reports(place)
      if (known.some((each) => idText(each) === idText(device))) return
      set(`reports.${idText(place)}`, [...known, device].toSorted(compareBytes))
    },
    setRefill: (place, state) => set(`refill.${idText(place)}`, state),
    addBody(vault, stream, n, body, proof) {
      const known = envelope(vault, stream, n)
      if (known === null || known.body !== null || known.outcome === 'void') return
      set(`envelope.${idText(vault)}.${idText(stream)}.${n}`, { ...known, body, proof })
    },
  }
}
