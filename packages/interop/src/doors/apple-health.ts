/**
 * `export.xml` of Apple Health. Statements are what becomes a record (a measurement, a day of a measure) and, of what does
 * not, its kinds; clinical records are files of their own in the archive.
 */
import { jsonObject, parseJsonOrNull, stringAt, typeOf } from '@chartkeep/domain'
import { SourceFailure, unpackedBytes } from '../bytes/byte-source.ts'
import { textOfFile } from '../bytes/text-file.ts'
import { AppleReader } from '../apple/apple-export.ts'
import { appleRecords } from '../apple/apple-records.ts'
import { wordsOf } from '../apple/measures.ts'
import { refusal } from '../contract/fhir-items.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'
import { makeItem } from './make-item.ts'
import { NO_COUNTS, progressAtEnd, wholeBytes } from './whole-text.ts'

export const appleHealthDoor: Door = { kinds: ['apple-health'], read }

const PROGRESS_EVERY_BYTES = 1024 * 1024
const PAUSE_EVERY_MS = 25

async function* read(input: ImportInput, { signal }: DoorOptions): AsyncGenerator<ImportEvent> {
  const reader = new AppleReader()
  const decoder = new TextDecoder()
  const count = { bytes: 0 }
  const counts = { ...NO_COUNTS }
  let told = 0
  let pausedAt = Date.now()
  let failure: SourceFailure['reason'] | null = null
  try {
    for await (const part of unpackedBytes(input.source, count, signal)) {
      reader.push(decoder.decode(part, { stream: true }))
      if (count.bytes - told >= PROGRESS_EVERY_BYTES) {
        told = count.bytes
        yield { type: 'progress', bytesRead: count.bytes, totalBytes: input.source.size ?? null }
      }
      if (Date.now() - pausedAt >= PAUSE_EVERY_MS) {
        await new Promise((resolve) => setTimeout(resolve))
        pausedAt = Date.now()
      }
      if (isAborted(signal) || reader.isTooMuch) break
    }
    reader.push(decoder.decode())
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error
    failure = error.reason
  }
  if (isAborted(signal)) return yield { type: 'done', outcome: 'cancelled', counts }
  const content = reader.finish()
  // An export without its end gives nothing: its last days would be summed up wrongly.
  const reason = failure ?? (reader.isTooMuch ? 'too-many' : content.isWhole ? null : 'truncated')
  if (reason !== null) {
    yield refusal('file', reason)
    return yield { type: 'done', outcome: 'refused', counts: { ...counts, found: 1, refused: 1 } }
  }
  const person = content.person
  const patients = input.siblings.filter(({ path }) => /clinical-records\/[^/]*Patient[^/]*$/iu.test(path))
  const own = 'urn:chartkeep:person:1'
  const subject = patients.length > 0 ? await patientIn(patients) : person === null ? null : own
  for (const { resource, identity, origin } of appleRecords(content)) {
    if (isAborted(signal)) return yield { type: 'done', outcome: 'cancelled', counts }
    if (subject !== null) resource['subject'] = { reference: subject }
    yield { type: 'resource', item: makeItem(resource, counts.resources, { origin, identity }) }
    counts.resources += 1
    counts.taken += 1
    if (Date.now() - pausedAt >= PAUSE_EVERY_MS) {
      await new Promise((resolve) => setTimeout(resolve))
      pausedAt = Date.now()
    }
  }
  if (subject === own && counts.taken > 0) {
    const patient = jsonObject({
      resourceType: 'Patient',
      birthDate: person!.birthDate || undefined,
      gender: person!.gender || undefined,
    })
    const origin = JSON.stringify(person)
    yield { type: 'resource', item: makeItem(patient, counts.resources, { origin, fullUrl: subject }) }
    counts.resources += 1
  }
  const left = [...content.left].sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [kind, times] of left) {
    yield { type: 'skipped', what: `${wordsOf(kind)} (${times})`, reason: 'no-place', place: 0, file: '' }
    counts.skipped += 1
  }
  const missing = content.clinical.filter((path) => !input.siblings.some((each) => each.path.endsWith(path)))
  if (missing.length > 0) {
    yield {
      type: 'skipped',
      what: `Clinical records (${missing.length})`,
      reason: 'part-of-another',
      place: 0,
      file: '',
    }
    counts.skipped += 1
  }
  if (content.unreadable > 0) {
    yield refusal('resource', 'no-resource', { detail: String(content.unreadable) })
    counts.refused += 1
  }
  if (counts.taken + counts.skipped + counts.refused === 0) {
    yield refusal('file', 'no-records')
    counts.refused += 1
  }
  counts.found = counts.taken + counts.skipped + counts.refused
  yield progressAtEnd(input)
  yield { type: 'done', outcome: counts.taken > 0 ? 'read' : 'refused', counts }
}

/** A signal changes while the reader waits. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

/** The reference to the person whose file is among the clinical records; null where there are several. */
async function patientIn(files: readonly ImportInput[]): Promise<string | null> {
  const bytes = files.length === 1 ? await wholeBytes(files[0]!, {}) : null
  const text = bytes instanceof Uint8Array ? textOfFile(bytes) : null
  const resource = text === null ? null : parseJsonOrNull(text)
  const id = stringAt(resource, 'id')
  return typeOf(resource) === 'Patient' && id !== '' ? `Patient/${id}` : null
}
