/** A line of the audit log that a person's deed leaves in a chart (A1): the version to be written with the deed. */
import { newAuditEvent, stringifyJson } from '@chartkeep/domain'
import type { NoteDetail } from '../contract/api-audit.ts'
import { prepareVersion, type Prepared } from './vault-local.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

export function prepareNote(
  machine: VaultMachine,
  by: { account: string; device: string; name: string },
  action: string,
  { collection = '', subject = '', count = 0, record, at = machine.clock.now() }: NoteDetail,
): Prepared {
  const { account, device, name } = by
  const records = record === undefined ? [] : [record]
  const event = newAuditEvent({ action, account, device, name, at, collection, subject, count, records })
  return prepareVersion(machine, { collection: 'audit', resource: stringifyJson(event) })
}
