/**
 * Rebuilds stream entries from stored rows (S9): header, hashes and proof unchanged, the body sealed again under the same key and nonce,
 * byte for byte. If the body cannot be rebuilt, the entry has none.
 */
import { sealBody } from '@chartkeep/crypto'
import { equalBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, idText } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf, isBareHash, StreamEntry, type Header } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { entryAt } from '../vault/entry-row.ts'
import { sealedAs } from '../vault/outbox.ts'
import { supersededOf } from '../vault/superseded-versions.ts'
import { recordId, rowToPadded } from '../record/record-codec.ts'
import { entryKey, TABLE, unsealedOf, type ConflictRow, type VaultMachine } from '../vault/vault-state.ts'

/** Entry `n` of a stream, with its body if this device can rebuild it; null if this device does not have the entry. */
export function rebuildEntry(machine: VaultMachine, stream: string, n: number): StreamEntry | null {
  const entry = entryAt(machine, stream, n)
  // C3: an entry that came as a bare hash must be given back by another device.
  if (entry === undefined || isBareHash(entry)) return null
  const { outcome, header: encoded, bodyHash, proof, nonce } = entry
  const bare = { n, outcome, header: encoded, bodyHash, body: null, proof: null }
  const header = decodeHeader(encoded)
  if (header === null || proof === null || outcome === 'void') return bare
  const body = nonce === null ? null : sealAgain(machine, stream, header, encoded, nonce)
  if (body !== null && equalBytes(sha256(body), bodyHash)) return { ...bare, body, proof }
  const kept = keptBody(machine, stream, n, envelopeHashOf(encoded, bodyHash))
  return kept !== null && equalBytes(sha256(kept), bodyHash) ? { ...bare, body: kept, proof } : bare
}

function sealAgain(
  machine: VaultMachine,
  stream: string,
  header: Header,
  encoded: Uint8Array,
  nonce: Uint8Array,
): Uint8Array | null {
  const key = machine.keys.streams.get(stream)?.byEpoch.get(header.epoch)
  const row = versionOf(machine, header)
  if (key === undefined || row === null) return null
  return sealBody(key, encoded, rowToPadded(idText(machine.vault), row), nonce)
}

/** The text of one version, wherever it is stored: shown, superseded, sibling or in conflict. */
export function versionOf(machine: VaultMachine, { stream, doc, revision }: Header): StoredRecord | null {
  const id = recordId(idText(stream), idText(doc))
  const wanted = idText(revision)
  const shown = machine.rows.read(id)
  if (shown?.revision === wanted) return shown
  const past = supersededOf(machine, id, wanted)
  if (past !== null) return past
  const remote = machine.rows.get(TABLE.remoteCurrent, id) as unknown as StoredRecord | undefined
  if (remote?.revision === wanted) return remote
  const conflicts = [...machine.rows.table(TABLE.conflict).values()] as unknown as ConflictRow[]
  return (
    conflicts.find((each) => each.id === id && each.row.revision === wanted)?.row ??
    unsealedOf(machine, id).find((row) => row.revision === wanted) ??
    null
  )
}

/** A body that is stored in sealed form: of a waiting or quarantined entry, or in this device's outbox. */
function keptBody(machine: VaultMachine, stream: string, n: number, hash: Uint8Array): Uint8Array | null {
  for (const table of [TABLE.waiting, TABLE.quarantine]) {
    const row = machine.rows.get(table, entryKey(stream, n)) as { entry?: Uint8Array } | undefined
    const entry = row?.entry instanceof Uint8Array ? decodeAs(StreamEntry, row.entry) : null
    if (entry?.body) return entry.body
  }
  return sealedAs(machine, hash)?.body ?? null
}
