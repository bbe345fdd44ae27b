/** Rows in memory over a disk that outlives them: a list of commits, as CBOR, with a fate for each. For tests that crash or fill a device. */
import { decodeCbor, encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import type { StoredRecord } from '@chartkeep/store'
import type { AccountRows, VaultRows } from '@chartkeep/sync/testing'

interface Commit {
  records: StoredRecord[]
  remove: string[]
  sync: { table: string; key: string; value: Uint8Array }[]
}

export type RowsDisk = Commit[]

/** A commit is written, refused (full disk), or the device dies before or after it: then it never answers. */
export type CommitFate = 'write' | 'refuse' | 'die-before' | 'die-after'

export function memoryRows(disk: RowsDisk, fate: () => CommitFate = () => 'write', die = () => {}): VaultRows {
  const records = new Map<string, StoredRecord>()
  const tables = new Map<string, Map<string, CborValue>>()
  const table = (name: string) => {
    const found = tables.get(name) ?? new Map<string, CborValue>()
    tables.set(name, found)
    return found
  }
  const show = ({ records: written, remove, sync }: Commit) => {
    for (const id of remove) records.delete(id)
    for (const row of written) records.set(row.id, row)
    for (const { table: name, key, value } of sync) {
      const read = decodeCbor(value)
      if (read === null) throw new Error('a row on the disk is not readable')
      if (read.value === null) table(name).delete(key)
      else table(name).set(key, read.value)
    }
  }
  for (const commit of disk) show(commit)
  return {
    read: (id) => records.get(id) ?? null,
    all: () => [...records.values()],
    get: (name, key) => tables.get(name)?.get(key),
    table,
    async commit({ records: written = [], remove = [], sync = [] }) {
      const commit: Commit = {
        records: written.map((row) => ({ ...row })),
        remove,
        sync: sync.map(({ table: name, key, value }) => ({ table: name, key, value: encodeCbor(value) })),
      }
      const chosen = fate()
      if (chosen === 'refuse') throw Object.assign(new Error('quota exceeded'), { name: 'QuotaExceededError' })
      if (chosen !== 'die-before') disk.push(commit)
      if (chosen !== 'write') {
        die()
        return new Promise<never>(() => {})
      }
      show(commit)
    },
  }
}

/** Home over rows whose commits show at once, or never answer. */
export function homeOver({ get, table, commit }: Pick<VaultRows, 'get' | 'table' | 'commit'>): AccountRows {
  return {
    get,
    table,
    commit(given) {
      const rows = typeof given === 'function' ? given()?.rows : given
      return rows === undefined ? Promise.resolve() : commit({ sync: rows })
    },
  }
}

export function memoryHome(disk: RowsDisk): AccountRows {
  return homeOver(memoryRows(disk))
}
