/**
 * Real FHIR records for measuring: the Synthea patients of test/fixtures. Where more are asked for than there are, they come
 * again as other records: another id, another day. The same number always gives the same record.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { repository } from '../../scripts/pinned-node.mjs'

const FOLDERS = ['test/fixtures/fhir/synthea-smart', 'test/fixtures/fhir/synthea-data-pipes']
const TYPES = new Set(['Observation', 'Encounter', 'Condition', 'MedicationRequest', 'Immunization', 'Procedure'])
/** The size that the benchmark is about: 900 bytes on average. */
const [LEAST, MOST] = [700, 1600]
const DAY_MS = 86_400_000
const DAY = /\b(?:19|20)\d\d-\d\d-\d\d(?=T)/g

interface Entry {
  resource: { resourceType: string; id: string }
}

let templates: { text: string; id: string }[] | null = null

function readTemplates(): { text: string; id: string }[] {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith('.json.gz'))
      .sort()
      .map((name) => join(repository, folder, name)),
  )
  return files.flatMap((file) => {
    const { entry } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as { entry: Entry[] }
    return entry
      .filter(({ resource }) => TYPES.has(resource.resourceType))
      .map(({ resource }) => ({ text: JSON.stringify(resource), id: resource.id }))
      .filter(({ text }) => text.length >= LEAST && text.length <= MOST)
  })
}

/** JSON text of record number `index`, a FHIR R4 resource with an id of its own. */
export function fhirRecord(index: number): string {
  templates ??= readTemplates()
  const { text, id } = templates[index % templates.length]!
  const turn = Math.floor(index / templates.length)
  if (turn === 0) return text
  const other = `${id.slice(0, -6)}${turn.toString(16).padStart(6, '0')}`
  return text
    .replaceAll(id, other)
    .replace(DAY, (day) => new Date(Date.parse(day) - turn * DAY_MS).toISOString().slice(0, 10))
}
