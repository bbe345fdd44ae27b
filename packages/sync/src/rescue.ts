/**
 * What can still be read from a chart whose store does not open, as a FHIR Bundle that this app and others import. It is
 * plain text and protects nothing: whoever hands it out says so. Contents of files are not in it.
 */
import { rescueStore, type RescueProblem, type SealedLog } from '@chartkeep/store'

/** One chart, as far as it opened. */
export interface RescuedChart {
  name: string
  /** FHIR R4 Bundle of type `collection`, JSON text, each record verbatim. Not protected. */
  bundle: string
  records: number
  /** What could not be used, or was used although it was out of its place. */
  problems: RescueProblem[]
}

/** `null`: nothing in the store opens. Changes nothing in it. */
export async function rescueChart(name: string, key: Uint8Array, log: SealedLog): Promise<RescuedChart | null> {
  const rescued = await rescueStore({ key, log })
  if (rescued.type !== 'rescued') return null
  const resources = (rescued.collections['records'] ?? []).flatMap(({ resource }) =>
    typeof resource === 'string' && isJson(resource) ? [resource] : [],
  )
  return { name, bundle: bundleOf(resources), records: resources.length, problems: rescued.problems }
}

/** Texts are put in as they are: reading and writing them again would change their numbers. */
function bundleOf(resources: readonly string[]): string {
  const entries = resources.map((resource) => `{"resource":${resource}}`).join(',\n')
  return `{"resourceType":"Bundle","type":"collection","entry":[\n${entries}\n]}\n`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
