/**
 * The end of an opening before its time (C13), as the device that opened it wrote it into the audit log: on an owner's device. The word of that
 * device takes access away and gives none; when it was is what its clock said.
 */
import { auditEntry, isJsonObject, parseJsonOrNull } from '@chartkeep/domain'
import type { VaultMachine } from '../vault/vault-state.ts'

/** How an audit event names an opening of its own device: by the grant and the receipt's `from`. */
export function nameOfOpening(grant: string, from: number): string {
  return `emergency:${grant}.${from}`
}

/** Who opened what; `from` of the receipt. */
interface Opened {
  account: string
  device: string
  grant: string
  from: number
}

function endName({ account, device, grant, from }: Opened): string {
  return `${account} ${device} ${nameOfOpening(grant, from)}`
}

/** When each opening was ended that its own device says is; milliseconds since 1970 by that device's clock. The first word counts. */
export function endsInLog(machine: VaultMachine): (opened: Opened) => number | null {
  const ends = new Map<string, number>()
  for (const { collectionName, account, device, resource } of machine.rows.all()) {
    if (collectionName !== 'audit' || !resource.includes('"emergency-ended"')) continue
    const event = parseJsonOrNull(resource)
    const { action, records, at } = auditEntry(isJsonObject(event) ? event : {})
    if (action !== 'emergency-ended') continue
    for (const name of records) {
      const key = `${account} ${device} ${name}`
      ends.set(key, Math.min(ends.get(key) ?? Infinity, at))
    }
  }
  return (opened) => ends.get(endName(opened)) ?? null
}
