/**
 * On an owner's device: the early end of an emergency opening (C13), as the device that opened it recorded it in the audit log. That
 * device's statement only takes access away; its time is what its clock showed.
 */
import { auditEntry, isJsonObject, parseJsonOrNull } from '@chartkeep/domain'
import type { VaultMachine } from '../vault/vault-state.ts'

/** The name of an opening in an audit event: the grant and the receipt's `from`. */
export function nameOfOpening(grant: string, from: number): string {
  return `emergency:${grant}.${from}`
}

/** An opening: its grant, device and the `from` of its receipt. */
interface Opened {
  account: string
  device: string
  grant: string
  from: number
}

function endName({ account, device, grant, from }: Opened): string {
  return `${account} ${device} ${nameOfOpening(grant, from)}`
}

/** When its own device says that each opening ended; milliseconds since 1970 by that device's clock. The earliest time counts. */
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
