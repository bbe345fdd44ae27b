/**
 * References between the records of files that were read together. A record of the same file is meant before one of
 * another, for two files may use one name for two things; what the file does not answer, the others may (`Patient.ndjson`
 * next to `Condition.ndjson`).
 */
import { ReferenceIndex, type JsonObject, type Resolved } from '@chartkeep/domain'
import type { FhirItem } from '../contract/fhir-items.ts'

export class FileReferences {
  readonly #byFile = new Map<number, ReferenceIndex<FhirItem>>()
  readonly #all = new ReferenceIndex<FhirItem>()

  constructor(items: readonly FhirItem[]) {
    const seen = new Set<string>()
    for (const item of items) {
      let own = this.#byFile.get(item.file)
      if (own === undefined) this.#byFile.set(item.file, (own = new ReferenceIndex<FhirItem>()))
      own.add(item, item.resource, item.fullUrl)
      // The same text in two files is one record.
      const name = `${item.identity} ${item.canonicalHash}`
      if (!seen.has(name)) this.#all.add(item, item.resource, item.fullUrl)
      seen.add(name)
    }
  }

  /** What the reference of `from` leads to. */
  resolve(reference: JsonObject | string, from: FhirItem): Resolved<FhirItem> {
    const own = this.#byFile.get(from.file)?.resolve(reference, from) ?? { type: 'missing' }
    return own.type === 'missing' ? this.#all.resolve(reference, from) : own
  }
}
