/**
 * Elements that change or turn round what a resource says and that this app does not read: an extension that modifies, rules that were agreed
 * elsewhere, and the modifiers of single steps and items. FHIR R4 forbids to act on such a resource as if they were not there
 * (https://hl7.org/fhir/R4/extensibility.html#modifierExtension, https://hl7.org/fhir/R4/resource.html#implicitRules).
 */
import { isJsonObject } from './json.ts'

/** Extensions that modify and are read here: none today. */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set()
/** Modifier elements that are true or false and are in elements that the app reads; of the whole resource, record-status.ts reads `doNotPerform`. */
const FLAGS = new Set(['isSubpotent', 'exclude', 'deleted', 'doNotPerform'])
/** Deeper than any FHIR element. */
const DEPTH = 40

/** Whether anything in the resource, in what it contains or in any of its parts is under a condition that is not known here. Never throws. */
export function carriesUnknownModifier(resource: unknown): boolean {
  return isJsonObject(resource) && carries(resource, 0)
}

function carries(value: unknown, depth: number): boolean {
  if (depth > DEPTH) return false
  if (Array.isArray(value)) return value.some((item) => carries(item, depth + 1))
  if (!isJsonObject(value)) return false
  return Object.entries(value).some(([key, inner]) => {
    if (key === 'modifierExtension') return isUnknown(inner)
    if (key === 'implicitRules') return typeof inner === 'string' && inner !== ''
    if (FLAGS.has(key) && inner === true) return depth > 0 || key !== 'doNotPerform'
    return typeof inner === 'object' && carries(inner, depth + 1)
  })
}

/** Any that is not in the list, whatever its shape: an extension without a URL is known to nobody. */
function isUnknown(extensions: unknown): boolean {
  const all = Array.isArray(extensions) ? extensions : [extensions]
  return all.some(
    (extension) => extension !== null && !(isJsonObject(extension) && KNOWN_EXTENSIONS.has(String(extension['url']))),
  )
}
