/** Requests for emergency access in the storage in memory (C13). */
import { idText } from '@chartkeep/protocol'
import type { EmergencyReader, EmergencyWriter, StoredEmergency } from '@chartkeep/sync-server/testing'

type Read = (key: string) => unknown
type Kept = StoredEmergency & { vault: Uint8Array }

function all(read: Read): Kept[] {
  return (read('emergencies') as Kept[] | undefined) ?? []
}

export function memoryEmergencyReader(read: Read): EmergencyReader {
  const of = (vault: Uint8Array) => all(read).filter((each) => idText(each.vault) === idText(vault))
  return {
    emergency(vault, hash) {
      const found = of(vault).find((each) => idText(each.hash) === idText(hash))
      return found ?? null
    },
    emergenciesAfter: (vault, place, limit) =>
      of(vault)
        .filter((each) => each.place > place)
        .slice(0, limit),
    emergencyLast: (vault) => of(vault).at(-1)?.place ?? 0,
    emergencyCount: (vault, grant, device, after) =>
      of(vault)
        .filter((each) => idText(each.grant) === idText(grant) && idText(each.device) === idText(device))
        .filter(({ from }) => from > after).length,
    openingsOf: (account, device, now) =>
      all(read)
        .filter(
          (each) =>
            each.until > now && idText(each.device) === idText(device) && idText(each.account) === idText(account),
        )
        .map(({ vault, grant, until }) => ({ vault, grant, until })),
    hasOpened: (vault, grant, device) =>
      of(vault).some((each) => idText(each.grant) === idText(grant) && idText(each.device) === idText(device)),
  }
}

export function memoryEmergencyWriter(read: Read, set: (key: string, value: unknown) => void): EmergencyWriter {
  return {
    addEmergency(vault, emergency) {
      const kept = all(read)
      const isKnown = kept.some(
        (each) => idText(each.vault) === idText(vault) && idText(each.hash) === idText(emergency.hash),
      )
      if (isKnown) throw new Error('the request is stored already')
      const place = Math.max(emergency.from, (kept.at(-1)?.place ?? 0) + 1)
      set('emergencies', [...kept, { ...emergency, vault, place }])
    },
    endEmergencies(vault, grant, device, from, until) {
      const ends = (each: Kept) =>
        idText(each.vault) === idText(vault) &&
        idText(each.grant) === idText(grant) &&
        idText(each.device) === idText(device) &&
        each.from <= from &&
        each.until > until
      set(
        'emergencies',
        all(read).map((each) => (ends(each) ? { ...each, until } : each)),
      )
    },
  }
}
