/** Decisions between versions of a record by somebody who has seen all of them. */
import type { Conflict } from '@chartkeep/sync'
import {
  prepareResolution,
  versionsNow,
  type Prepared,
  type SeenVersions,
  type VaultMachine,
} from '@chartkeep/sync/testing'

/** The next version of a record, with `resource` chosen; nothing is written. */
export function decided(machine: VaultMachine, id: string, resource: string): Prepared {
  const prepared = prepareResolution(machine, id, resource, versionsNow(machine, machine.rows.read(id)!))
  if (prepared.type === 'changed') throw new Error('nothing has changed in between')
  return prepared
}

/** What is before a person who is shown this conflict. */
export function seenIn({ record, others }: Conflict): SeenVersions {
  return { current: record.revision, others: others.map(({ revision }) => revision) }
}
