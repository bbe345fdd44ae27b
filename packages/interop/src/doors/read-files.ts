/**
 * Reading files for an import: everything that is decided from the files alone, before anything is written. The app and
 * the command `npm run convert` both call it; what only a chart knows (its records, its store) comes later.
 */
import { importIdentities, plainIdentity } from '@chartkeep/domain'
import { type FhirItem, type Notice, type Refusal, refusal } from '../contract/fhir-items.ts'
import type { ByteSource } from '../bytes/byte-source.ts'
import { withContained } from '../fhir/contained.ts'
import { withMedicineNames } from '../fhir/medicine-names.ts'
import { findPatients, type FoundPatient, type People } from '../people/people.ts'
import { withStatedEmpty } from '../fhir/stated-empty.ts'
import { openFile, type Opened } from './archive.ts'
import type { DoorCounts, DoorOptions, ImportInput, Skipped } from '../contract/door.ts'
import { doorOf } from './doors.ts'
import type { FileKind } from '../contract/door.ts'

/** A file that was read to its end: the records that an import can write, the people in it, and what was not taken. */
export interface ImportRead {
  kind: FileKind
  items: FhirItem[]
  /** The people of all files that were read together. */
  people: People
  refusals: Refusal[]
  skipped: Skipped[]
  /** Why the file as a whole gave nothing; null where it was read. */
  fileRefusal: Refusal | null
  /** What the file says of itself: that it is cut off, what the server told. */
  notices: Notice[]
  counts: DoorCounts
  /** The files inside an archive, with their kinds; empty for a file by itself. */
  inside: { path: string; kind: FileKind }[]
  /** Files of an archive that are never records. */
  passedBy: number
}

/** A file that somebody chose. */
export interface ChosenFile {
  source: ByteSource
  name: string
}

/** What {@link readForImport} may be told besides its source. */
export interface ImportReadOptions extends DoorOptions {
  /** Bytes as stored, of all files together; `total` is null where a source does not know its size. */
  onProgress?: (bytes: number, total: number | null) => void
}

/** {@link readFiles} of one file. `name`: only its ending is looked at (`.ndjson`). */
export async function readForImport(
  source: ByteSource,
  name: string,
  options: ImportReadOptions = {},
): Promise<ImportRead | null> {
  const read = await readFiles([{ source, name }], options)
  return read === null ? null : read[0]!
}

/**
 * Reads files that were chosen together to their ends; null when `signal` stopped it. Nothing is thrown for bad input:
 * that is a refusal, and it costs no other file. References that a file does not answer are answered by the others, and a
 * person in several files is one.
 */
export async function readFiles(
  chosen: readonly ChosenFile[],
  { onProgress, ...options }: ImportReadOptions = {},
): Promise<ImportRead[] | null> {
  const total = chosen.reduce<number | null>(
    (sum, { source }) => (sum === null || source.size === undefined ? null : sum + source.size),
    0,
  )
  const gathered: Gathered[] = []
  let leaves = 0
  let before = 0
  for (const { source, name } of chosen) {
    const opened = await openFile(source, name)
    const one = gatheredOf(opened)
    const share = (source.size ?? 0) / Math.max(1, opened.files.length)
    for (const [at, input] of opened.files.entries()) {
      const done = await readInput(input, leaves, one, options, (part) =>
        onProgress?.(Math.round(before + (at + part) * share), total),
      )
      if (!done) return null
      leaves += 1
    }
    before += source.size ?? 0
    if (opened.files.length > 1) one.items = settled(one.items, one)
    gathered.push(one)
  }
  const all = withStatedEmpty(withContained(withMedicineNames(gathered.flatMap(({ items }) => items))))
  const people = findPatients(all)
  const byFile = Map.groupBy(all, ({ file }) => file)
  return gathered.map(({ leaves: own, fileRefusals, isArchive, ...one }) => {
    const items = own.flatMap((leaf) => byFile.get(leaf) ?? [])
    // Each file of an archive has its own reason; the archive has a reason where it gave no record.
    const [first] = fileRefusals
    const fileRefusal = !isArchive ? (first ?? null) : items.length > 0 ? null : archiveRefusal(fileRefusals)
    const refusals = isArchive
      ? [...fileRefusals.filter((each) => each !== fileRefusal), ...one.refusals]
      : one.refusals
    return { ...one, items, people, refusals, fileRefusal }
  })
}

function archiveRefusal(refusals: readonly Refusal[]): Refusal {
  return refusals.find(({ file }) => file === '') ?? refusal('file', 'no-records')
}

interface Gathered extends Omit<ImportRead, 'people' | 'fileRefusal'> {
  leaves: number[]
  isArchive: boolean
  fileRefusals: Refusal[]
}

function gatheredOf({ kind, files, refused, passedBy }: Opened): Gathered {
  const isArchive = files.length !== 1 || files[0]!.path !== ''
  return {
    kind,
    items: [],
    refusals: [],
    skipped: [],
    notices: [],
    counts: { found: 0, taken: 0, skipped: 0, refused: 0, resources: 0 },
    inside: isArchive ? files.map(({ path, kind: inner }) => ({ path, kind: inner })) : [],
    passedBy,
    leaves: [],
    isArchive,
    fileRefusals: [...refused],
  }
}

/** Reads one file by its door into `into`; false when it was cancelled. `onPart`: from 0 to 1. */
async function readInput(
  input: ImportInput,
  leaf: number,
  into: Gathered,
  options: DoorOptions,
  onPart: (part: number) => void,
): Promise<boolean> {
  into.leaves.push(leaf)
  try {
    return await readThrough(input, leaf, into, options, onPart)
  } catch {
    // A defect of a door costs this file alone. The error could hold content of the file.
    into.fileRefusals.push(refusal('file', 'failed', { file: input.path }))
    return true
  }
}

async function readThrough(
  input: ImportInput,
  leaf: number,
  into: Gathered,
  options: DoorOptions,
  onPart: (part: number) => void,
): Promise<boolean> {
  const door = await doorOf(input.kind)
  for await (const event of door.read(input, options)) {
    switch (event.type) {
      case 'resource':
        into.items.push({ ...event.item, index: into.items.length, file: leaf })
        break
      case 'refused':
        ;(event.scope === 'file' ? into.fileRefusals : into.refusals).push({ ...event, file: input.path })
        break
      case 'skipped':
        into.skipped.push({ ...event, file: input.path })
        break
      case 'notice':
        into.notices.push(event.notice)
        break
      case 'progress':
        if (event.totalBytes !== null) onPart(Math.min(1, event.bytesRead / Math.max(1, event.totalBytes)))
        break
      case 'done':
        if (event.outcome === 'cancelled') return false
        for (const key of Object.keys(into.counts) as (keyof DoorCounts)[]) into.counts[key] += event.counts[key]
    }
  }
  return true
}

/**
 * The records of one archive, each name once. The same text twice is one record; another text by the same name gets the
 * next of its own names, for numbers that a laboratory writes on every result meet in files of one export.
 */
function settled(items: readonly FhirItem[], into: Gathered): FhirItem[] {
  const given = new Map<string, string>()
  const kept: FhirItem[] = []
  for (const item of items) {
    const { identity, canonicalHash, resource, fullUrl, resourceType } = item
    const names = [identity, ...importIdentities(resource, fullUrl).map(plainIdentity)]
    const free = given.get(identity) === canonicalHash ? undefined : names.find((name) => !given.has(name))
    if (free === undefined) {
      const reason = given.get(identity) === canonicalHash ? 'duplicate' : 'duplicate-id'
      into.refusals.push(refusal('resource', reason, { resourceType }))
      into.counts.taken -= 1
      into.counts.resources -= 1
      into.counts.refused += 1
      continue
    }
    given.set(free, canonicalHash)
    kept.push(free === identity ? item : { ...item, identity: free })
  }
  return kept
}

/** The resources that an import for `patient` writes: theirs and those that belong to everybody; all of them for null. */
export function itemsFor(
  { items, people }: Pick<ImportRead, 'items' | 'people'>,
  patient: FoundPatient | null,
): FhirItem[] {
  if (patient === null) return items
  return items.filter((item) => {
    const belonging = people.belongsTo(item, patient)
    return belonging === 'yes' || belonging === 'common'
  })
}
