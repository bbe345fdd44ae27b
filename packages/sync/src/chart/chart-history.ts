/** The versions of one record, from this device or else from the server, each checked against the chain (S4). */
import { idText } from '@chartkeep/protocol'
import { BatchVerifier, decodeHeader, matchFetched } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import type { RecordRevision } from '../contract/api.ts'
import { entryTable, readEntry } from '../vault/entry-row.ts'
import { fetchAll } from '../transport/adaptive-page-size.ts'
import type { People } from '../vault/people.ts'
import type { ServerApi } from '../ports/ports.ts'
import { clockTime } from '../record/record-codec.ts'
import { judge, openAdmitted } from '../pull/judge-entry.ts'
import { conflictRows, entryKey, headOf, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** Newest first; a version whose text is neither here nor available has `resource: null`. */
export async function recordHistory(
  machine: VaultMachine,
  people: People,
  server: ServerApi | null,
  id: string,
): Promise<RecordRevision[]> {
  const [stream = '', doc = ''] = id.split('.')
  const current = headOf(machine, id)?.n ?? 0
  const known = knownVersions(machine, id)
  const sent: RecordRevision[] = []
  const names = new Map<string, number>()
  for (const [key, value] of machine.rows.table(entryTable(stream))) {
    const entry = readEntry(value)
    const header = entry.outcome === 'void' ? null : decodeHeader(entry.header)
    if (header === null || idText(header.doc) !== doc || isQuarantined(machine, stream, Number(key))) continue
    const row = known.get(idText(header.revision))
    names.set(idText(header.revision), (names.get(idText(header.revision)) ?? 0) + 1)
    sent.push({
      revision: idText(header.revision),
      n: Number(key),
      savedAt: row === undefined ? 0 : clockTime(row.clock),
      author: people.author(idText(header.account), idText(header.device)),
      resource: row?.resource ?? null,
      outcome: entry.outcome === 'conflict' ? 'conflict' : 'current',
      current: Number(key) === current,
    })
  }
  // If an author used a revision twice, the text stored under it may belong to the other version, unless the server sends the right one.
  for (const version of sent)
    if (!version.current && version.outcome === 'current' && names.get(version.revision) !== 1) version.resource = null
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

/** Earlier versions that were once current and whose text is on this device, for those of `ids` that have any. */
export async function earlierVersions(
  machine: VaultMachine,
  people: People,
  ids: readonly string[],
): Promise<Map<string, RecordRevision[]>> {
  const past = new Set(
    [...machine.rows.table(TABLE.supersededVersions).values()].map((row) => (row as unknown as StoredRecord).id),
  )
  const found = new Map<string, RecordRevision[]>()
  for (const id of ids) {
    if (!past.has(id)) continue
    const versions = await recordHistory(machine, people, null, id)
    const earlier = versions.filter(
      ({ current, outcome, resource }) => !current && outcome === 'current' && resource !== null,
    )
    if (earlier.length > 0) found.set(id, earlier)
  }
  return found
}

/** E6: whether the entry was refused or waits for judgement; it then counts as no version. */
function isQuarantined(machine: VaultMachine, stream: string, n: number): boolean {
  const key = entryKey(stream, n)
  return machine.rows.get(TABLE.quarantine, key) !== undefined || machine.rows.get(TABLE.waiting, key) !== undefined
}

function knownVersions(machine: VaultMachine, id: string): Map<string, StoredRecord> {
  const past = [...machine.rows.table(TABLE.supersededVersions).values()]
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
  const state = machine.streams.get(stream)!
  const verifier = new BatchVerifier()
  const { vault, pageSizes } = machine
  // Newest first: on a connection that breaks, these are the versions that a person looks for.
  const numbers = wanted.toSorted((a, b) => b - a)
  await fetchAll(pageSizes, server, { vault, stream: state.stream, numbers }, async (entries) => {
    for (const entry of entries) {
      const stepped = matchFetched(state, entry)
      const revision = revisions.find(({ n }) => n === entry.n)
      if (stepped === null || entry.body === null || entry.proof === null || revision === undefined) continue
      const verdict = await judge(machine, state, stepped, entry.proof, verifier)
      const opened = verdict.type === 'admitted' ? openAdmitted(machine, stepped, entry.header, entry.body) : verdict
      if (opened.type !== 'row') continue
      revision.resource = opened.row.resource
      revision.savedAt = clockTime(opened.row.clock)
    }
  })
}
