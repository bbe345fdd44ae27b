/** The audit-log entry of a person's action in a chart (A1): a version that is written together with the action. */
import { newAuditEvent, stringifyJson } from '@chartkeep/domain'
import type { NoteDetail } from '../contract/api-audit.ts'
import { auditStreamOf } from '../vault/vault-rights.ts'
import { prepareVersion, type Prepared } from './vault-local.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

export function prepareNote(
  machine: VaultMachine,
  by: { account: string; device: string; name: string },
  action: string,
  { collection = '', subject = '', count = 0, record, at = machine.clock.now(), grant, program }: NoteDetail,
): Prepared {
  const { account, device, name } = by
  const records = record === undefined ? [] : [record]
  const said = { action, account, device, name, at, collection, subject, count, records }
  const event = newAuditEvent({ ...said, ...(program && { program }) })
  const draft = { collection: 'audit', resource: stringifyJson(event) }
  if (grant === undefined) return prepareVersion(machine, draft)
  const stream = auditStreamOf(machine, grant)
  return stream === null ? { type: 'no-right' } : prepareVersion(machine, { ...draft, stream })
}
