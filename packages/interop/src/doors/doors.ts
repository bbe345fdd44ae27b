/** The doors by the kinds of files that they open. Each but that of FHIR JSON is loaded when a file of its kind is there. */
import type { Door } from '../contract/door.ts'
import { fhirJsonDoor } from './fhir-json.ts'
import type { FileKind } from '../contract/door.ts'

type LoadDoor = () => Promise<Door>

const DOORS: ReadonlyMap<FileKind, LoadDoor> = new Map<FileKind, LoadDoor>([
  ['apple-health', async () => (await import('./apple-health.ts')).appleHealthDoor],
  ['ccda', async () => (await import('./ccda.ts')).ccdaDoor],
  ['fhir-xml', async () => (await import('./fhir-xml.ts')).fhirXmlDoor],
  ['health-card', async () => (await import('./health-card.ts')).healthCardDoor],
  ['lab-table', async () => (await import('./lab-table.ts')).labTableDoor],
  ['my-health-bank', async () => (await import('./my-health-bank.ts')).myHealthBankDoor],
])

/** Doors of kinds that hold no records: they say where these are. */
const SIGNPOSTS: ReadonlyMap<FileKind, LoadDoor> = new Map<FileKind, LoadDoor>([
  ['health-link', async () => (await import('./health-link.ts')).healthLinkDoor],
])

/** Kinds that a door opens, for the contract suite and for pages that say what can be read. */
export const OPENED_KINDS: readonly FileKind[] = ['fhir-json', 'fhir-ndjson', ...DOORS.keys()]

/** The door of a kind. A file of a kind that no door opens goes to the FHIR door, which says why it is no FHIR. */
export async function doorOf(kind: FileKind): Promise<Door> {
  return (await (DOORS.get(kind) ?? SIGNPOSTS.get(kind))?.()) ?? fhirJsonDoor
}
