/**
 * The shape of what a store holds, by a version number, and the way from older shapes to this program's.
 *
 * The version is in entry 1 and in each snapshot's head. An older store is migrated at opening: all of it in memory, then one snapshot swap; until
 * then the disk holds the old shape, whole. A newer store is refused as such.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import type { AnyDocument, SyncRow } from '../journal/batch.ts'
import { createInstanceData, type InstanceData } from '../memory/instance-state.ts'
import type { MemoryContents } from '../memory/memory-contents.ts'
import { createPace } from '../journal/pace.ts'

/** One step, from a version to the next. Functions are pure: they are given copies, and may be run again. */
export interface Migration {
  /** The fields of one record or audit row in the next version; `null` leaves it out. */
  document?: (fields: Readonly<Record<string, unknown>>, collection: string) => Record<string, unknown> | null
  /** One sync row in the next version; `null` leaves it out. */
  row?: (row: { table: string; key: string; value: CborValue }) => SyncRow | null
}

/** `migrations[i]` leads from version i to version i + 1; their number is the version that this program writes. */
export type Migrations = readonly Migration[]

/**
 * Migrates `contents` to the last shape of `migrations`, in slices. Documents keep their revisions and sequence numbers. Throws, with no word of
 * their contents, when a step does.
 * @param collections - whose documents the steps are for
 * @param tombstone - what a removed document keeps, by its id
 */
export async function migrateContents(
  contents: MemoryContents,
  migrations: Migrations,
  collections: readonly string[],
  tombstone: (id: string) => Record<string, unknown>,
): Promise<void> {
  const pace = createPace()
  for (let version = contents.shape; version < migrations.length; version += 1) {
    const step = migrations[version]!
    for (const collection of collections) {
      const before = contents.instances.get(`${collection}-${version}`)
      if (!before) continue
      const after = createInstanceData(`${collection}-${version + 1}`, before.primaryPath)
      const { ids, sequences } = before.order.all()
      for (let at = 0; at < ids.length; at += 1) {
        migrateDocument(before.documents.get(ids[at]!)!, sequences[at]!, after, (fields, isDeleted) =>
          isDeleted ? tombstone(ids[at]!) : guarded(version, () => (step.document ?? same)(fields, collection)),
        )
        if (pace.isDue()) await pace.rest()
      }
      contents.drop(before.name)
      contents.put(after)
    }
    if (step.row) await migrateRows(contents, version, step.row)
  }
  contents.shape = migrations.length
}

function same(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...fields }
}

function migrateDocument(
  { _rev, _meta, _deleted, _attachments, ...fields }: AnyDocument,
  sequence: number,
  target: InstanceData,
  migrate: (fields: Record<string, unknown>, isDeleted: boolean) => Record<string, unknown> | null,
): void {
  const next = migrate(fields, _deleted)
  if (!next) return
  const document = { ...next, _rev, _meta, _deleted, _attachments } as AnyDocument
  const id = String(document[target.primaryPath])
  target.documents.set(id, document)
  target.order.put(id, sequence)
}

async function migrateRows(
  contents: MemoryContents,
  version: number,
  migrate: NonNullable<Migration['row']>,
): Promise<void> {
  const pace = createPace()
  const next: SyncRow[] = []
  for (const [table, rows] of contents.tables) {
    for (const [key, value] of rows) {
      const row = guarded(version, () => migrate({ table, key, value }))
      if (row) next.push(row)
      if (pace.isDue()) await pace.rest()
    }
  }
  contents.clearTables()
  contents.takeSync(next)
}

/** What a step throws may quote a record; that it threw is enough. */
function guarded<T>(version: number, run: () => T): T {
  try {
    return run()
  } catch {
    throw new Error(`the contents of this store could not be brought from version ${version} to ${version + 1}`)
  }
}
