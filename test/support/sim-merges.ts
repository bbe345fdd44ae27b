/**
 * Property 17: every version that a device made without a person is the three-way merge that a plain reading of Y3 asks for. Says it
 * again in its own words, without packages/domain/src/records/merge.ts.
 */
import { canonicalJson, isJsonObject, parseJsonOrNull, type JsonObject } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { readEntry, TABLE } from '@chartkeep/sync/testing'
import type { SimDevice } from './sim-device.ts'
import { readRow, sealedRows, type SealedRow, type SimCommit } from './sim-disk.ts'
import { ownVersions } from './sim-own.ts'
import { canonical, COMMON_FIELDS, GUARDED_FIELDS } from './sim-records.ts'

interface Sealed {
  resource: string
  /** Hash text of the envelope that it replaces; null for a first version. */
  parent: string | null
}

const ZERO = 'A'.repeat(43)

/** Every envelope that any of the devices has sealed, by hash. */
function sealedBy(devices: SimDevice[]): Map<string, Sealed> {
  const sealed = new Map<string, Sealed>()
  const disks = devices.flatMap(({ disk, replaced }) => [disk, ...replaced])
  for (const item of disks.flatMap((disk) => [...sealedRows(disk).values()])) {
    const parent = idText(decodeHeader(item.header)!.parent)
    sealed.set(idText(item.hash), { resource: item.row.resource, parent: parent === ZERO ? null : parent })
  }
  return sealed
}

/** Hashes of the envelopes that became current by this commit. */
function wonIn(sync: SimCommit['sync']): Set<string> {
  const won = new Set<string>()
  for (const row of sync) {
    if (!row.table.startsWith('entry.') || row.bytes === null) continue
    const entry = readEntry(readRow(row)!)
    if (entry.outcome === 'current') won.add(idText(envelopeHashOf(entry.header, entry.bodyHash)))
  }
  return won
}

/** What is wrong with the versions that devices made on their own, in words; `count` is told of each of them. */
export function mergeFaults(devices: SimDevice[], count: (name: string) => void): string[] {
  const sealed = sealedBy(devices)
  const faults: string[] = []
  // F3: of one with two lives a row may be what the other life made of the same versions, read in the same breath.
  for (const device of devices.filter(({ isCopied }) => !isCopied)) {
    const current = new Map<string, StoredRecord>()
    const seen = new Set<string>()
    const outbox = new Map<string, SealedRow>()
    const items = sealedRows(device.disk)
    const { isOwn } = ownVersions(device)
    const sent = new Set<string>()
    /** By revision, the text that a person's version was written over. */
    const over = new Map<string, string>()
    for (const { records, remove, sync, byPerson } of device.disk) {
      const answered: SealedRow[] = []
      const won = wonIn(sync)
      for (const each of sync) {
        const { table, key, bytes } = each
        if (table !== TABLE.outbox) continue
        if (bytes !== null) {
          const item = items.get(each)!
          outbox.set(key, item)
          sent.add(item.row.revision)
        } else if (outbox.has(key)) answered.push(outbox.get(key)!)
      }
      for (const row of records) {
        const before = current.get(row.id)
        if (byPerson && before !== undefined) over.set(row.revision, before.resource)
        if (!byPerson && isOwn(row) && !seen.has(row.revision)) {
          // A later edit of another version goes its own way, whatever becomes of the sealed one.
          const isApart = (item: SealedRow) =>
            before !== undefined && isOwn(before) && !sent.has(before.revision) && before.parent !== idText(item.hash)
          const ofRecord = answered.filter((item) => item.id === row.id && !won.has(idText(item.hash)))
          const lost = ofRecord.filter((item) => !isApart(item))
          // Where two answers about a record came together, one row stands for what was made of both.
          if (ofRecord.length <= 1) {
            count('merge')
            const fault = judge(row, before ?? null, lost[0] ?? null, sealed, over)
            if (fault !== null) faults.push(`17 Y3: ${device.name} merged ${row.resource}: ${fault}`)
          }
        }
        seen.add(row.revision)
        current.set(row.id, row)
      }
      for (const id of remove) current.delete(id)
    }
  }
  return faults
}

function judge(
  made: StoredRecord,
  before: StoredRecord | null,
  lost: SealedRow | null,
  sealed: Map<string, Sealed>,
  over: ReadonlyMap<string, string>,
): string | null {
  const theirs = sealed.get(made.parent)
  if (theirs === undefined) return 'over a version that nobody has sealed'
  const follows = lost !== null && before !== null && before.parent === idText(lost.hash)
  const mine = lost === null || follows ? before : lost.row
  if (mine === null) return 'of nothing'
  // A later edit of a lost version merges from where that one came, or, where the effective version has taken the lost one in, from the lost one.
  const parents = [
    lost === null ? mine.parent : idText(decodeHeader(lost.header)!.parent),
    ...(follows ? [mine.parent] : []),
  ]
  // One page can bring the version that was current when the lost one arrived and what came after it: as many merges, of which one row remains.
  const line = lineOf(theirs, sealed)
  // Written over an own one that has lost to a version whose text had not come: it has no parent, and a text that it comes from.
  const seen = lost === null && mine.parent === '' ? over.get(mine.revision) : undefined
  if (seen !== undefined && mergeFault(seen, mine.resource, theirs.resource, made.resource) === null) return null
  const faults = parents.map((parent) => {
    const base = parent === '' || parent === ZERO ? null : sealed.get(parent)
    if (base === undefined) return 'from a version that nobody has sealed'
    const once = mergeFault(base?.resource ?? null, mine.resource, theirs.resource, made.resource)
    const isByLine =
      lost !== null && line.some((_, at) => isMadeAlong(line.slice(at), base, mine.resource, made.resource))
    const fault = isByLine ? null : once
    return fault === null ? null : `${fault} (base ${base?.resource}, mine ${mine.resource}, theirs ${theirs.resource})`
  })
  return faults.includes(null) ? null : faults[0]!
}

/** At most so many versions of a record that came in one page are looked through. */
const LONGEST_LINE = 8

/** A version and those that it was written over, the oldest first. */
function lineOf(last: Sealed, sealed: Map<string, Sealed>): Sealed[] {
  const line: Sealed[] = []
  for (let each: Sealed | undefined = last; each !== undefined && line.length < LONGEST_LINE;) {
    line.unshift(each)
    each = each.parent === null ? undefined : sealed.get(each.parent)
  }
  return line
}

/** Whether `made` comes of merging `mine` with one version of the line after the other. */
function isMadeAlong(line: Sealed[], base: Sealed | null, mine: string, made: string): boolean {
  let [from, now]: [string | null, string] = [base?.resource ?? null, mine]
  for (const [at, { resource }] of line.entries()) {
    if (at === line.length - 1) return mergeFault(from, now, resource, made) === null
    const next = plainMerge(from, now, resource)
    if (next === null) return false
    ;[from, now] = [resource, next]
  }
  return false
}

/** Y3 in plain words: take what one side changed; never a guarded field, never one that both changed. */
export function mergeFault(base: string | null, mine: string, theirs: string, made: string): string | null {
  if (canonical(mine) === canonical(theirs))
    return canonical(made) === canonical(mine) ? null : 'equal texts became another'
  if (base === null) return 'two versions without a common one'
  const [a, m, t, x] = [base, mine, theirs, made].map(fields)
  const oneSided = canonical(base) === canonical(mine) || canonical(base) === canonical(theirs)
  for (const field of new Set([a, m, t, x].flatMap((each) => [...each!.keys()]))) {
    if (COMMON_FIELDS.has(field)) continue
    const [before, one, other, now] = [a!.get(field), m!.get(field), t!.get(field), x!.get(field)]
    if (one === other) {
      if (now !== one) return `${field} was the same on both sides and is another now`
      continue
    }
    if (GUARDED_FIELDS.has(field) && !oneSided) return `${field} is for a person to decide`
    if (before !== one && before !== other) return `${field} was changed on both sides`
    if (now !== (before === one ? other : one)) return `a change of ${field} is gone`
  }
  return null
}

/** What {@link mergeFault} finds nothing wrong with, or null where a person has to decide. */
function plainMerge(base: string | null, mine: string, theirs: string): string | null {
  if (canonical(mine) === canonical(theirs)) return mine
  if (base === null) return null
  const [before, one, other] = [base, mine, theirs].map((text) => parseJsonOrNull(text) as JsonObject)
  const made: JsonObject = { ...other! }
  for (const field of new Set([before, one].flatMap((each) => Object.keys(each!)))) {
    const [was, is] = [before, one].map((each) => canonicalJson(each![field] ?? null))
    if (was === is) continue
    if (one![field] === undefined) delete made[field]
    else made[field] = one![field]
  }
  return mergeFault(base, mine, theirs, canonicalJson(made)) === null ? canonicalJson(made) : null
}

function fields(resource: string): Map<string, string> {
  const value = parseJsonOrNull(resource)
  const object: JsonObject = isJsonObject(value) ? value : ({} as JsonObject)
  return new Map(Object.entries(object).map(([field, each]) => [field, canonicalJson(each)]))
}
