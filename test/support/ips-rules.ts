/**
 * What can be checked of an IPS without a server of terms: the rules of FHIR documents (bdl-*, cmp-2) and of IPS 2.0 (sections, ips-comp-1, ips-pat-1,
 * ips-1, ips-2), and that every reference leads to something in the Bundle. A reader of its own: it takes plain JSON and imports no code of the project.
 */
type Json = { [key: string]: Json } & Json[] & string

const REQUIRED = ['11450-4', '48765-2', '10160-0']

/** One line for each rule that is broken; none for a sound IPS. */
export function ipsFaults(text: string): string[] {
  const bundle = JSON.parse(text) as Json
  const faults: string[] = []
  const must = (isTrue: unknown, what: string) => void (isTrue || faults.push(what))
  const entries = list(bundle['entry'])
  must(bundle['resourceType'] === 'Bundle' && bundle['type'] === 'document', 'a document Bundle')
  must(bundle['identifier']?.['system'] && bundle['identifier']['value'], 'bdl-9: identifier with system and value')
  must(bundle['timestamp'], 'bdl-10: timestamp')
  const urls = entries.map((entry) => String(entry['fullUrl'] ?? ''))
  must(urls.every(Boolean), 'each entry has a fullUrl')
  must(new Set(urls).size === urls.length, 'bdl-7: fullUrls are unique')
  for (const [index, entry] of entries.entries())
    if (urls[index]?.startsWith('urn:uuid:'))
      must(urls[index] === `urn:uuid:${entry['resource']?.['id']}`, `fullUrl and id differ: ${urls[index]}`)
  const resources = entries.map((entry) => entry['resource'] as Json)
  const [composition] = resources
  must(composition?.['resourceType'] === 'Composition', 'bdl-11: Composition first')
  const ofType = (type: string) => resources.filter((resource) => resource['resourceType'] === type)
  must(ofType('Composition').length === 1, 'bdl-ips-1: one Composition')
  must(ofType('Patient').length === 1, 'one Patient')
  // HL7's own samples name by type and id what has a UUID as its fullUrl.
  const find = (reference: unknown) =>
    resources.find(
      (resource, at) => urls[at] === reference || `${resource['resourceType']}/${resource['id']}` === reference,
    )
  if (composition) {
    for (const element of ['status', 'type', 'date', 'author', 'title', 'subject'])
      must(composition[element], `Composition.${element}`)
    must(codes(composition['type']).includes('60591-5'), 'Composition.type is 60591-5')
    must(find(composition['subject']?.['reference'])?.['resourceType'] === 'Patient', 'Composition.subject resolves')
    const sections = list(composition['section'])
    for (const code of REQUIRED)
      must(sections.filter((section) => codes(section['code']).includes(code)).length === 1, `section ${code} once`)
    for (const section of sections) {
      const name = String(section['title'])
      must(section['title'] && section['code'] && section['text']?.['div'], `title, code and text of ${name}`)
      must(!section['section'], `no section inside of ${name}`)
      const inside = list(section['entry'])
      must(!(inside.length > 0 && section['emptyReason']), `cmp-2: entries or a reason in ${name}`)
      must(
        inside.length > 0 || section['emptyReason'] || !REQUIRED.some((code) => codes(section['code']).includes(code)),
        `ips-comp-1: ${name}`,
      )
      for (const entry of inside) must(find(entry['reference']), `an entry of ${name} resolves`)
      if (codes(section['code']).includes('30954-2'))
        for (const entry of inside) faults.push(...resultFaults(find(entry['reference'])))
    }
  }
  for (const resource of resources) faults.push(...resourceFaults(resource))
  for (const [at, resource] of resources.entries()) {
    const own = new Set(list(resource['contained']).map((inner) => `#${inner['id']}`))
    for (const reference of referencesIn(resource))
      must(own.has(reference) || find(reference), `${urls[at]}: ${reference} leads nowhere`)
  }
  return faults
}

function resourceFaults(resource: Json): string[] {
  const type = String(resource['resourceType'])
  const has = (element: string) =>
    Object.keys(resource).some(
      (key) => key.replace(/^_/, '') === element || key.replace(/^_/, '').startsWith(`${element}`),
    )
  const needed: Record<string, string[]> = {
    AllergyIntolerance: ['code', 'patient'],
    Condition: ['code', 'subject'],
    Immunization: ['vaccineCode', 'occurrence', 'patient', 'status'],
    MedicationStatement: ['medication', 'effective', 'subject', 'status'],
    MedicationRequest: ['medication', 'subject', 'status', 'intent'],
    Procedure: ['code', 'performed', 'subject', 'status'],
    Observation: ['code', 'status', 'effective'],
    Patient: ['name', 'birthDate'],
  }
  const faults = (needed[type] ?? []).filter((element) => !has(element)).map((element) => `${type}.${element}`)
  if (type === 'Patient' && !list(resource['name']).some((name) => name['text'] || name['family'] || name['given']))
    faults.push('ips-pat-1: a name')
  return faults
}

function resultFaults(resource: Json | undefined): string[] {
  if (!resource) return []
  const faults: string[] = []
  const date = resource['effectiveDateTime']
  if (typeof date === 'string' && String(date).length < 10) faults.push(`ips-1: ${date}`)
  if (resource['resourceType'] !== 'Observation') return faults
  if (!list(resource['category']).some((category) => codes(category).includes('laboratory')))
    faults.push('category laboratory')
  if (list(resource['performer']).length === 0) faults.push('a performer')
  const says = Object.keys(resource).some((key) => /^(?:_?value[A-Z]|dataAbsentReason|hasMember|component)/.test(key))
  if (!says) faults.push('ips-2: a value or why not')
  return faults
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value as Json[]) : []
}

function codes(concept: unknown): string[] {
  return list((concept as Json | undefined)?.['coding']).map((coding) => String(coding['code']))
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'reference' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  )
}
