/** The committed FHIR sample, the shared data folder when it is there, and reading both to the end. */
import { existsSync, openAsBlob, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { readFhir, sourceOf, type FhirItem, type ByteSource, type ReadOptions, type Refusal } from '@chartkeep/interop'

const ROOT = resolve(import.meta.dirname, '../..')
export const SAMPLES = join(ROOT, 'test/fixtures/fhir')

export const FLETCHER = 'synthea-smart/Fletcher_Hyatt_fe0562b5-f517-4951-8366-32fdab088930.json.gz'
export const LAWERENCE = 'synthea-data-pipes/Lawerence6_Baumbach677_ea8d2576-4a23-4906-c353-bfed5adb23bd.json.gz'

/** Paths of the committed sample, relative to SAMPLES, sorted. */
export function samplePaths(): string[] {
  return filesUnder(SAMPLES)
    .map((path) => path.slice(SAMPLES.length + 1))
    .filter((path) => !path.endsWith('SOURCE.md'))
}

/** Text of a committed sample file, unpacked. */
export function sampleText(path: string): string {
  const bytes = readFileSync(join(SAMPLES, path))
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** {@link FLETCHER} as a file to choose, without the death that it tells of: journeys are of somebody who takes medicines and is reminded of them. */
export function livingFletcher(): { name: string; mimeType: string; buffer: Buffer } {
  const text = sampleText(FLETCHER).replace(/"deceasedDateTime":\s*"[^"]*",/u, '')
  return { name: 'Fletcher_Hyatt.json', mimeType: 'application/fhir+json', buffer: Buffer.from(text) }
}

/** The folder with all shared data: CHARTKEEP_DATA, else next to the repository; null when there is none. */
export function sharedData(): string | null {
  const folder = process.env['CHARTKEEP_DATA'] ?? join(ROOT, '../shared/data')
  return existsSync(folder) ? folder : null
}

/** All files under a folder, sorted. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesUnder(path) : [path]
    })
}

export interface ReadAll {
  items: FhirItem[]
  refusals: Refusal[]
  outcome: 'read' | 'refused' | 'cancelled'
}

/** Reads a source to its end. */
export async function readAll(source: ByteSource, fileName = '', options: ReadOptions = {}): Promise<ReadAll> {
  const all: ReadAll = { items: [], refusals: [], outcome: 'refused' }
  for await (const event of readFhir(source, fileName, options)) {
    if (event.type === 'resource') all.items.push(event.item)
    else if (event.type === 'refused') all.refusals.push(event)
    else if (event.type === 'done') all.outcome = event.outcome
  }
  return all
}

export async function readFile(path: string): Promise<ReadAll> {
  return readAll(await openAsBlob(path), path)
}

export function readText(text: string, fileName = 'file.json', options: ReadOptions = {}): Promise<ReadAll> {
  return readAll(sourceOf(new TextEncoder().encode(text)), fileName, options)
}
