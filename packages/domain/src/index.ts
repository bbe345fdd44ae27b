/** What a record is: FHIR subsets, collections, descriptors, values, dates and merge rules. No input or output. */
export * from './collections.ts'
export * from './dates.ts'
export * from './descriptor.ts'
export * from './elements.ts'
export * from './import-identity.ts'
export * from './json.ts'
export * from './values.ts'
