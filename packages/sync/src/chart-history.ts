/** The versions of one record: from this device where it has them, else from the server, each checked against the chain (S4). */
import { sha256 } from '@chartkeep/crypto'
import { decodeHeader, envelopeHashOf, idText, textId } from '@chartkeep/protocol'
import type { StoredRecord } from '@chartkeep/store'
import type { RecordRevision } from './api.ts'
import type { People } from './people.ts'
import type { ServerApi } from './ports.ts'
import { clockTime } from './record-codec.ts'
import { openRecord } from './judge-entry.ts'
import { conflictRows, entryTable, TABLE, type EntryRow, type VaultMachine } from './vault-state.ts'

/** Newest first; a version whose text is neither here nor to be had has `resource: null`. */
export async function recordHistory(
  machine: VaultMachine,
  people: People,
  server: ServerApi | null,
  id: string,
): Promise<RecordRevision[]> {
  const [stream = '', doc = ''] = id.split('.')
  const current = machine.streams.get(stream)?.records.get(doc)?.current?.hash ?? null
  const known = knownVersions(machine, id)
  const sent: RecordRevision[] = []
  for (const [key, value] of machine.rows.table(entryTable(stream))) {
    const entry = value as unknown as EntryRow
    const header = entry.outcome === 'void' ? null : decodeHeader(entry.header)
    if (header === null || idText(header.doc) !== doc) continue
    const row = known.get(idText(header.revision))
    sent.push({
      revision: idText(header.revision),
      n: Number(key),
      savedAt: row === undefined ? 0 : clockTime(row.clock),
      author: people.author(idText(header.account), idText(header.device)),
      resource: row?.resource ?? null,
      outcome: entry.outcome === 'conflict' ? 'conflict' : 'current',
      current: current !== null && idText(envelopeHashOf(entry.header, entry.bodyHash)) === idText(current),
    })
  }
  if (server !== null) await fetchMissing(machine, server, stream, sent)
  const now = machine.rows.read(id)
  const ordered = sent.toSorted((a, b) => b.n - a.n)
  if (now === null || sent.some(({ revision }) => revision === now.revision)) return ordered
  const unsent: RecordRevision = {
    revision: now.revision,
    n: 0,
    savedAt: clockTime(now.clock),
    author: people.author(now.account, now.device),
    resource: now.resource,
    outcome: 'current',
    current: true,
  }
  return [unsent, ...ordered.map((revision) => ({ ...revision, current: false }))]
}

function knownVersions(machine: VaultMachine, id: string): Map<string, StoredRecord> {
  const past = [...machine.rows.table(TABLE.past).values()]
    .map((value) => value as unknown as StoredRecord)
    .filter((row) => row.id === id)
  const now = machine.rows.read(id)
  const rows = [...past, ...conflictRows(machine, id).map(({ row }) => row), ...(now === null ? [] : [now])]
  return new Map(rows.map((row) => [row.revision, row]))
}

async function fetchMissing(
  machine: VaultMachine,
  server: ServerApi,
  stream: string,
  revisions: RecordRevision[],
): Promise<void> {
  const wanted = revisions.filter(({ resource }) => resource === null).map(({ n }) => n)
  if (wanted.length === 0) return
  const answer = await server.fetchBodies(machine.vault, textId(stream)!, wanted.slice(0, 128))
  if (answer.type !== 'ok') return
  for (const entry of answer.value.entries) {
    const stored = machine.rows.get(entryTable(stream), String(entry.n)) as unknown as EntryRow | undefined
    const header = decodeHeader(entry.header)
    if (stored === undefined || entry.body === null || header === null) continue
    const onChain =
      idText(stored.header) === idText(entry.header) && idText(sha256(entry.body)) === idText(stored.bodyHash)
    const opened = onChain ? openRecord(machine, header, entry.header, entry.body) : null
    const revision = revisions.find(({ n }) => n === entry.n)
    if (opened?.type !== 'row' || revision === undefined) continue
    revision.resource = opened.row.resource
    revision.savedAt = clockTime(opened.row.clock)
  }
}
