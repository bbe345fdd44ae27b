/**
 * Private lists (decision 0044): beside each list one that only the owners of the chart hold the keys of. They are made with the chart; a
 * chart of before gets them by an entry of its control log. A record moves between the two in one durable entry.
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

/** Who the chart is about, and who vouches for what: a Provenance without its contents no longer shows that it was a signature (N10). */
const STAYING: ReadonlySet<string> = new Set(['Patient', 'Provenance'])

type Row = Extract<Prepared, { type: 'row' }>

/** The lists that this vault lacks; none while a stream's name is not known here, for it may be one of them. */
function missingLists(machine: VaultMachine): string[] {
  const { control, keys } = machine
  if (control === null || [...control.streams.keys()].some((id) => !keys.streams.has(id))) return []
  const names = new Set([...keys.streams.values()].map(({ name }) => name))
  return PRIVATE_LISTS.filter((name) => !names.has(name))
}

/** Without a server's answer the next pass asks again. */
export async function bringPrivateLists(machine: VaultMachine, server: ServerApi): Promise<void> {
  if (!isVaultOwner(machine) || missingLists(machine).length === 0) return
  await postEntry(machine, server, async () => {
    const missing = missingLists(machine)
    if (missing.length === 0) return { type: 'stale', why: 'made' }
    return listsEntry(machine.control!, missing, authorOf(machine))
  })
}

/**
 * The record as a new one in the other list, and its marker where it stood. `stays`: it is there already, or of a kind that does not move.
 * `files`: its files were sealed for readers of the list that it is in.
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
