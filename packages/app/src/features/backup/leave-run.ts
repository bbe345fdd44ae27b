/**
 * "Leave whenever you like": everything of the own charts as a zip of open formats, not protected: for each chart a FHIR R4 Bundle, the files
 * as they came, and one page in both languages that any browser shows. Written as a stream; a file is never whole in memory.
 */
import { makeZip } from 'client-zip'
import { parseJsonOrNull, stringAt } from '@chartkeep/domain'
import type { Chart, ChartRecord, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { endingOf } from '../../platform/file-ending.ts'
import type { Platform } from '../../platform/platform.ts'
import { chartPage, FILE_ADDRESS, leaveNote, withoutAddresses } from './leave-page.ts'

export type LeaveOutcome =
  /** `missing`: files that are only at the server, which did not give them. */
  | { type: 'done'; records: number; files: number; missing: number }
  | { type: 'not-picked' }
  | { type: 'stopped' }
  | { type: 'failed'; why: string }

interface Counts {
  records: number
  files: number
  missing: number
}

interface Entry {
  name: string
  input: string | AsyncGenerator<string> | ReadableStream<Uint8Array<ArrayBuffer>>
  lastModified: Date
}

/** Never resolves (RFC 2606); it only gives relative references something to stand on. */
const BASE = 'https://chartkeep.invalid'

/** Call right after the person's yes: the shell may ask for a place. The name says nothing about anybody. */
export async function leave(
  { session, platform }: { session: Session; platform: Platform },
  signal: AbortSignal,
  onProgress: (records: number) => void,
): Promise<LeaveOutcome> {
  const name = 'not-protected.zip'
  const sink = await platform.openSink(name)
  if (sink === 'cancelled') return { type: 'not-picked' }
  const pieces: Blob[] = []
  const counts: Counts = { records: 0, files: 0, missing: 0 }
  try {
    const reader = makeZip(entriesOf(session, counts, signal, onProgress)).getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      signal.throwIfAborted()
      if (sink) await sink.write(next.value)
      else pieces.push(new Blob([next.value as Uint8Array<ArrayBuffer>]))
    }
    if (sink) await sink.close()
    else await platform.saveFile(name, new Blob(pieces, { type: 'application/zip' }))
    return { type: 'done', ...counts }
  } catch (error) {
    await sink?.abort().catch(() => {})
    if (signal.aborted) return { type: 'stopped' }
    return { type: 'failed', why: error instanceof Error ? error.name : 'unknown' }
  }
}

async function* entriesOf(
  session: Session,
  counts: Counts,
  signal: AbortSignal,
  onProgress: (records: number) => void,
): AsyncGenerator<Entry> {
  const lastModified = new Date()
  yield { name: 'NOT-PROTECTED.txt', input: leaveNote(), lastModified }
  const own = (await firstValueFrom(session.charts$)).filter(
    ({ relation, state }) => relation === 'own' && state === 'open',
  )
  for (const [index, { slot, name }] of own.entries()) {
    const chart = await session.openChart(slot)
    if (chart === null) throw new Error('a chart does not open')
    const release = chart.hold()
    try {
      const folder = `chart-${index + 1}`
      const records = await firstValueFrom(chart.all$)
      const signatures = await firstValueFrom(chart.signatures$)
      // A1: noted before anything is handed out.
      await chart.note('exported', { subject: 'everything', count: records.length })
      const paths = new Map<string, string>()
      const filesOf = new Map<string, string[]>()
      for (const record of records) {
        signal.throwIfAborted()
        const files: string[] = []
        for (const [place, file] of chart.files(record.resource).entries()) {
          const known = file.id === null ? undefined : paths.get(file.id)
          const path = known ?? `files/${String(paths.size + 1).padStart(4, '0')}${endingOf(file)}`
          if (known === undefined) {
            const input = await openFile(chart, record.resource, place, signal)
            if (input === null) {
              counts.missing++
              continue
            }
            paths.set(file.id ?? `${record.id}.${place}`, path)
            counts.files++
            yield { name: `${folder}/${path}`, input, lastModified }
          }
          files.push(path)
        }
        filesOf.set(record.id, files)
        onProgress(++counts.records)
      }
      yield { name: `${folder}/records.json`, input: bundleOf(chart, records, paths), lastModified }
      yield { name: `${folder}/index.html`, input: chartPage(name, records, signatures, filesOf), lastModified }
    } finally {
      release()
    }
  }
}

/** Null for a file that is not here and does not come. */
async function openFile(
  chart: Chart,
  resource: string,
  place: number,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | null> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>()
  const writer = writable.getWriter()
  return new Promise((resolve, reject) => {
    const take = async (piece: Uint8Array) => {
      resolve(readable)
      await writer.write(new Uint8Array(piece))
    }
    chart.streamFile(resource, place, take, { signal }).then(async (problem) => {
      if (problem === null) {
        // A file of no bytes has no piece.
        resolve(readable)
        await writer.close()
        return
      }
      resolve(null)
      await writer.abort(new Error(problem.type)).catch(() => {})
    }, reject)
  })
}

/** The record's text with its inline files in it, and the paths of the others. Nothing that opens a sealed file stays in it. */
async function openText(chart: Chart, resource: string, paths: ReadonlyMap<string, string>): Promise<string> {
  const whole = await chart.wholeText(resource)
  const named = (text: string) => text.replace(FILE_ADDRESS, (_, blob: string) => paths.get(blob) ?? '')
  return whole.type === 'text' ? named(whole.text) : withoutAddresses(named(resource))
}

/** One record after another. Texts are put in as they are: reading and writing them again would change their numbers. */
async function* bundleOf(
  chart: Chart,
  records: readonly ChartRecord[],
  paths: ReadonlyMap<string, string>,
): AsyncGenerator<string> {
  yield '{"resourceType":"Bundle","type":"collection","entry":['
  for (const [index, { type, resource }] of records.entries()) {
    const text = await openText(chart, resource, paths)
    const id = stringAt(parseJsonOrNull(resource), 'id') || `record-${index + 1}`
    yield `${index === 0 ? '' : ','}\n{"fullUrl":${JSON.stringify(`${BASE}/${type}/${id}`)},"resource":${text}}`
  }
  yield '\n]}\n'
}
