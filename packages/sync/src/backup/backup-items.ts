/**
 * The items of a backup (K11): the account, the rows of the account store, then each chart with its rows, records and files. They contain
 * everything except the keys of the device that made the backup (DSK, DBK) and its sequence in each stream (F3). The backup file seals the
 * items (backup-file.ts in interop); they are never written unsealed.
 */
import { bytesToUtf8, decodeCbor, encodeCbor, isCborMap, utf8ToBytes, type CborValue } from '@chartkeep/crypto/encoding'
import { decodeAs, type TypeOf } from '@chartkeep/protocol'
import {
  bool as boolShape,
  bytes as bytesShape,
  list as listShape,
  nullable as nullableShape,
  record as recordShape,
  text as textShape,
  uint as uintShape,
  word as wordShape,
} from '@chartkeep/protocol/shape'
import { storedRecordSchema, type StoredRecord, type SyncRow } from '@chartkeep/store'

const MAX_LIST = 1_000_000

const AccountItem = recordShape({
  account: bytesShape(16),
  /** The person's name, and the label on the unlock screen. */
  name: textShape(4096),
  label: textShape(4096),
  server: nullableShape(
    recordShape({ address: textShape(4096), key: nullableShape(bytesShape(32)), registered: boolShape }),
  ),
  /** How many entries of the account log the server is known to have. */
  posted: uintShape(),
  /** Public box key of the kit that opened the store. */
  kitBox: bytesShape(32),
  /** EK by generation, the newest last. */
  boxKeys: listShape(recordShape({ generation: uintShape(), secret: bytesShape(32) }), MAX_LIST),
})

const ChartItem = recordShape({
  vault: textShape(64),
  relation: textShape(8),
  madeHere: boolShape,
  confirmed: boolShape,
  name: textShape(4096),
  birthDate: textShape(64),
  until: uintShape(),
  posted: boolShape,
})

const FileChunk = recordShape({
  blob: textShape(64),
  index: uintShape(0xffffffff),
  total: uintShape(0xffffffff),
  sealed: bytesShape({ max: 2 * 1024 * 1024 }),
})
const FileNoteItem = recordShape({ blob: textShape(64), note: bytesShape({ max: 4 * 1024 * 1024 }) })

export type AccountItem = TypeOf<typeof AccountItem>
export type ChartItem = TypeOf<typeof ChartItem>

const AccountForm = recordShape({ t: wordShape('account'), v: AccountItem })
const ChartForm = recordShape({ t: wordShape('chart'), v: ChartItem })
const ChunkForm = recordShape({ t: wordShape('chunk'), v: FileChunk })
const NoteForm = recordShape({ t: wordShape('note'), v: FileNoteItem })

export type BackupItem =
  | { type: 'account'; account: AccountItem }
  /** Rows of the account store. */
  | { type: 'home'; rows: SyncRow[] }
  | { type: 'chart'; chart: ChartItem }
  /** Sync rows of the chart item before it. */
  | { type: 'rows'; rows: SyncRow[] }
  /** `unsent`: not known to be at a server; the restoring device sends it as its own. */
  | { type: 'records'; records: { row: StoredRecord; unsent: boolean }[] }
  | { type: 'chunk'; blob: string; index: number; total: number; sealed: Uint8Array }
  | { type: 'note'; blob: string; note: Uint8Array }
  /** Replaces a chunk that was removed while the backup was written, so that the chunk count stays correct. */
  | { type: 'gap' }

export function encodeItem(item: BackupItem): Uint8Array {
  switch (item.type) {
    case 'account':
      return encodeCbor({ t: item.type, v: item.account as unknown as CborValue })
    case 'chart':
      return encodeCbor({ t: item.type, v: item.chart as unknown as CborValue })
    case 'home':
    case 'rows':
      // Each value is encoded as separate CBOR, as in the store, so that its nesting depth is counted separately.
      return encodeCbor({
        t: item.type,
        v: item.rows.map(({ table, key, value }) => [table, key, encodeCbor(value)]),
      })
    case 'records':
      return encodeCbor({
        t: item.type,
        v: item.records.map(({ row, unsent }) => [utf8ToBytes(JSON.stringify(row)), unsent]),
      })
    case 'chunk': {
      const { blob, index, total, sealed } = item
      return encodeCbor({ t: item.type, v: { blob, index, total, sealed } })
    }
    case 'note':
      return encodeCbor({ t: item.type, v: { blob: item.blob, note: item.note } })
    case 'gap':
      return encodeCbor({ t: item.type, v: null })
  }
}

/** Reverses {@link encodeItem}; null for anything else. */
export function decodeItem(bytes: Uint8Array): BackupItem | null {
  const account = decodeAs(AccountForm, bytes)
  if (account !== null) return { type: account.t, account: account.v }
  const chart = decodeAs(ChartForm, bytes)
  if (chart !== null) return { type: chart.t, chart: chart.v }
  const chunk = decodeAs(ChunkForm, bytes)
  if (chunk !== null) return { type: chunk.t, ...chunk.v }
  const note = decodeAs(NoteForm, bytes)
  if (note !== null) return { type: note.t, ...note.v }
  return decodeRows(bytes)
}

/** Rows without a limit on their number: the file's seal proves that this account wrote them. */
function decodeRows(bytes: Uint8Array): BackupItem | null {
  const root = decodeCbor(bytes, Number.POSITIVE_INFINITY)?.value
  if (!isCborMap(root)) return null
  const { t: type, v: value = null } = root
  switch (type) {
    case 'home':
    case 'rows': {
      const rows = listOf(value, rowOf)
      return rows && { type, rows }
    }
    case 'records': {
      const records = listOf(value, recordOf)
      return records && { type, records }
    }
    case 'gap':
      return { type }
    default:
      return null
  }
}

function listOf<T>(value: CborValue, read: (value: CborValue) => T | null): T[] | null {
  if (!Array.isArray(value)) return null
  const items = value.map(read)
  return items.every((item) => item !== null) ? (items as T[]) : null
}

function rowOf(value: CborValue): SyncRow | null {
  const [table, key, encoded] = Array.isArray(value) ? value : []
  if (typeof table !== 'string' || typeof key !== 'string' || !(encoded instanceof Uint8Array)) return null
  const decoded = decodeCbor(encoded, Number.POSITIVE_INFINITY)
  return decoded === null ? null : { table, key, value: decoded.value }
}

/** All fields of a stored record; each is a text. */
const TEXTS = storedRecordSchema.required!

function recordOf(value: CborValue): { row: StoredRecord; unsent: boolean } | null {
  const [json, unsent] = Array.isArray(value) ? value : []
  const text = json instanceof Uint8Array ? bytesToUtf8(json) : null
  if (text === null || typeof unsent !== 'boolean') return null
  try {
    const row = JSON.parse(text) as Record<string, unknown>
    return TEXTS.every((name) => typeof row[name] === 'string') ? { row: row as unknown as StoredRecord, unsent } : null
  } catch {
    return null
  }
}
