/**
 * Versions of records that later versions replaced, by revision. The author draws the revision, so a grantee could reuse the revision of
 * another author's version. The version stored first keeps its key; the other is stored under an alternate key.
 */
import { bytesToBase64Url, utf8ToBytes, type CborValue } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { rowValue, TABLE, type VaultMachine } from './vault-state.ts'

/** The row that stores a version. `at`: the version stored under a key now. */
export function supersededRow(row: StoredRecord, at: (key: string) => StoredRecord | null): SyncRow {
  const there = at(row.revision)
  const isFree = there === null || (there.id === row.id && there.resource === row.resource)
  return { table: TABLE.supersededVersions, key: isFree ? row.revision : alternateKey(row), value: rowValue(row) }
}

/** {@link supersededRow} for the rows of this device. */
export function keptVersion({ rows }: Pick<VaultMachine, 'rows'>, row: StoredRecord): SyncRow {
  return supersededRow(row, (key) => asRow(rows.get(TABLE.supersededVersions, key)))
}

/** A version of the record `id`; null if this device does not have its text. */
export function supersededOf({ rows }: Pick<VaultMachine, 'rows'>, id: string, revision: string): StoredRecord | null {
  const first = asRow(rows.get(TABLE.supersededVersions, revision))
  if (first === null || first.id === id) return first
  for (const [key, value] of rows.table(TABLE.supersededVersions)) {
    const row = key.startsWith(`${revision} `) ? asRow(value) : null
    if (row?.id === id) return row
  }
  return null
}

/** E1: whether this device already has a version of this revision with a different text. */
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
