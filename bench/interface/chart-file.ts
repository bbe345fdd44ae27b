/** A FHIR bundle of one invented person with as many records as asked for: those of the Synthea samples, made over to this person. */
import { writeFileSync } from 'node:fs'
import { describe, parseJsonOrNull } from '@chartkeep/domain'
import { fhirRecord } from '../support/fhir-records.ts'

interface Resource {
  resourceType: string
  id: string
  subject?: unknown
  patient?: unknown
}

/** Who it is about. */
export const PERSON = 'Alma Fields'

/** So many lab results, and one other record for five of them: JSON texts, and those of the lab results alone. */
export function chartRecords(labs: number): { records: string[]; ofLabs: string[] } {
  const ofLabs: string[] = []
  const others: string[] = []
  for (let at = 0; ofLabs.length < labs; at += 1) {
    const record = fhirRecord(at)
    if (describe(parseJsonOrNull(record)).collection === 'labs') ofLabs.push(record)
    else if (others.length < labs / 5) others.push(record)
  }
  return { records: [...ofLabs, ...others], ofLabs }
}

/** Writes the bundle; all of it becomes records of one person. */
export function writeChartFile(path: string, records: readonly string[]): void {
  const reference = { reference: 'Patient/alma' }
  const entry = records.map((record) => {
    const resource = JSON.parse(record) as Resource
    if (resource.patient !== undefined) resource.patient = reference
    else resource.subject = reference
    return { resource }
  })
  const person = {
    resourceType: 'Patient',
    id: 'alma',
    name: [{ given: ['Alma'], family: 'Fields' }],
    birthDate: '1956-03-02',
  }
  writeFileSync(
    path,
    JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: person }, ...entry] }),
  )
}
