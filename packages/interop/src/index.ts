/** Reading what people hold: FHIR R4 files, and whose records they are. */
export { sourceOf, type FhirSource } from './byte-source.ts'
export * from './fhir-items.ts'
export { readFhir, type ReadOptions } from './fhir-reader.ts'
export { fhirVersionOf, type FhirVersion } from './fhir-version.ts'
export * from './people.ts'
