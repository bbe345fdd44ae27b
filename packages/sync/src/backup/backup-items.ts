/**
 * What stands in a backup (K11), item by item: the account, what home keeps, then each chart with its rows, records and files. Everything but
 * the keys of the device that made it (DSK, DBK) and its own place in each stream (F3). The file around the items seals them
 * (backup-file.ts in interop); nothing here is ever written as it is.
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
  /** The person's name, and what stood on the unlock screen. */
  name: textShape(4096),
  label: textShape(4096),
  server: nullableShape(
    recordShape({ address: textShape(4096), key: nullableShape(bytesShape(32)), registered: boolShape }),
  ),
  /** How many entries of the account log the server was known to have. */
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
  /** Rows of home. */
  | { type: 'home'; rows: SyncRow[] }
  | { type: 'chart'; chart: ChartItem }
  /** Sync rows of the chart before it. */
  | { type: 'rows'; rows: SyncRow[] }
  /** `unsent`: what no server is known to hold; whoever restores sends it as their own. */
  | { type: 'records'; records: { row: StoredRecord; unsent: boolean }[] }
  | { type: 'chunk'; blob: string; index: number; total: number; sealed: Uint8Array }
  | { type: 'note'; blob: string; note: Uint8Array }
  /** In the place of a chunk that was let go while the backup was written, so that their count stays. */
  | { type: 'gap' }

export function encodeItem(item: BackupItem): Uint8Array {
  switch (item.type) {
    case 'account':
      return encodeCbor({ t: item.type, v: item.account as unknown as CborValue })
    case 'chart':
      return encodeCbor({ t: item.type, v: item.chart as unknown as CborValue })
    case 'home':
    case 'rows':
      // Each value is CBOR of its own, as in the store: its depth is its own.
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

/** Items of rows, whose number nothing limits: the file's seal says that this account wrote them. */
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

/** Every field of a stored record; each is a text. */
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
