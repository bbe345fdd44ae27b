/**
 * Versions of records that others have taken the place of, each under its name. A name is drawn by its author, so a grantee can give a version of its
 * own the name of another person's: what stands under it already stays, and the other one stands beside it.
 */
import { bytesToBase64Url, sha256, utf8ToBytes, type CborValue } from '@chartkeep/crypto'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { rowValue, TABLE, type VaultMachine } from './vault-state.ts'

/** The row that keeps a version. `at`: what stands under a key now. */
export function supersededRow(row: StoredRecord, at: (key: string) => StoredRecord | null): SyncRow {
  const there = at(row.revision)
  const isFree = there === null || (there.id === row.id && there.resource === row.resource)
  return { table: TABLE.supersededVersions, key: isFree ? row.revision : alternateKey(row), value: rowValue(row) }
}

/** {@link supersededRow} beside what this device has now. */
export function keptVersion({ rows }: Pick<VaultMachine, 'rows'>, row: StoredRecord): SyncRow {
  return supersededRow(row, (key) => asRow(rows.get(TABLE.supersededVersions, key)))
}

/** A version of this very record; null where its text is not here. */
export function supersededOf({ rows }: Pick<VaultMachine, 'rows'>, id: string, revision: string): StoredRecord | null {
  const first = asRow(rows.get(TABLE.supersededVersions, revision))
  if (first === null || first.id === id) return first
  for (const [key, value] of rows.table(TABLE.supersededVersions)) {
    const row = key.startsWith(`${revision} `) ? asRow(value) : null
    if (row?.id === id) return row
  }
  return null
}

/** E1: this device has the version of this name already, and it says something else. */
export function hasOtherText(machine: VaultMachine, { id, revision, resource }: StoredRecord): boolean {
  const shown = machine.rows.read(id)
  const known = shown?.revision === revision ? shown : supersededOf(machine, id, revision)
  return known !== null && known.resource !== resource
}

function alternateKey({ id, revision, resource }: StoredRecord): string {
  return `${revision} ${bytesToBase64Url(sha256(utf8ToBytes(`${id} ${resource}`)))}`
}

function asRow(value: CborValue | undefined): StoredRecord | null {
  return (value as unknown as StoredRecord | undefined) ?? null
}
