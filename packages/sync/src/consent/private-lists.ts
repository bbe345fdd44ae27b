/**
 * Private lists (decision 0044): each list has a private twin whose keys only the chart's owners hold. They are created with the chart;
 * charts of earlier versions get them by a control-log entry. A record moves between the two in one durable entry.
 */
import {
  collectionOfStreamName,
  isJsonObject,
  isPrivateList,
  movedAway,
  parseJsonOrNull,
  PRIVATE_LISTS,
  privateName,
  stringifyJson,
} from '@chartkeep/domain'
import { listsEntry } from './control-writer.ts'
import type { ServerApi } from '../ports/ports.ts'
import { recordFiles } from '../record/record-files.ts'
import { authorOf, postEntry } from './control-action.ts'
import { isKeptByLaw } from '../vault/practice-rules.ts'
import { handSource } from '../record/record-codec.ts'
import { prepareVersion, type Prepared } from '../edit/vault-local.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import type { VaultMachine } from '../vault/vault-state.ts'

/**
 * Types that do not move: the chart's person, and provenance, because the marker left behind would no longer show that it was a signature
 * (N10).
 */
const STAYING: ReadonlySet<string> = new Set(['Patient', 'Provenance'])

type Row = Extract<Prepared, { type: 'row' }>

/** The lists that this vault lacks; empty while the name of a stream is unknown here, because it may be one of them. */
function missingLists(machine: VaultMachine): string[] {
  const { control, keys } = machine
  if (control === null || [...control.streams.keys()].some((id) => !keys.streams.has(id))) return []
  const names = new Set([...keys.streams.values()].map(({ name }) => name))
  return PRIVATE_LISTS.filter((name) => !names.has(name))
}

/** If the server does not answer, the next pass tries again. */
export async function bringPrivateLists(machine: VaultMachine, server: ServerApi): Promise<void> {
  if (!isVaultOwner(machine) || missingLists(machine).length === 0) return
  await postEntry(machine, server, async () => {
    const missing = missingLists(machine)
    if (missing.length === 0) return { type: 'stale', why: 'made' }
    return listsEntry(machine.control!, missing, authorOf(machine))
  })
}

/**
 * The record as a new one in the other list, and the marker in its old place. `stays`: it is there already, or its type does not move.
 * `files`: its files were sealed for the readers of its current list.
 */
export function prepareMove(
  machine: VaultMachine,
  id: string,
  to: 'private' | 'shared',
): { type: 'moved'; there: Row; here: Row } | { type: 'no-right' } | { type: 'files' } | { type: 'stays' } {
  const row = machine.rows.read(id)
  const resource = row === null ? null : parseJsonOrNull(row.resource)
  const collection = row === null ? null : collectionOfStreamName(row.collectionName)
  if (row === null || collection === null || !isJsonObject(resource) || STAYING.has(row.type)) return { type: 'stays' }
  if (isKeptByLaw(machine, row)) return { type: 'stays' }
  const marker = movedAway(resource)
  if (marker === null || isPrivateList(row.collectionName) === (to === 'private') || row.status === 'trash')
    return { type: 'stays' }
  if (recordFiles(row.resource).some(({ content }) => content.type === 'sealed')) return { type: 'files' }
  const there = prepareVersion(machine, {
    collection: to === 'private' ? privateName(collection) : collection,
    resource: row.resource,
    importSource: handSource(row.importSource),
    isCopy: true,
  })
  const here = prepareVersion(machine, {
    collection: row.collectionName,
    id,
    resource: stringifyJson(marker),
    importSource: handSource(row.importSource),
  })
  if (there.type !== 'row' || here.type !== 'row') return { type: 'no-right' }
  return { type: 'moved', there, here }
}
