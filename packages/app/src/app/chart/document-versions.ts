/** Which documents are versions of one another: FHIR's `relatesTo` with `replaces`, read over the documents of a chart. Pure. */
import { replacedBy } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { isOfSameWriter } from '../practice/writers.ts'
import { referencedRecords } from '../words/record-reference.ts'
import type { RecordViews } from '../words/record-view.ts'

export interface DocumentVersions {
  /** Ids of documents that a newer one has taken the place of. */
  older: ReadonlySet<string>
  /** The document and every version of it that is here, the newest first; only itself where it has no other. */
  of(id: string): ChartRecord[]
}

/**
 * A version that was entered in error replaces nothing, and neither does a grantee's version of another author's document (C9). Two devices
 * may each have made a next version: then both are newest.
 */
export function documentVersions(documents: readonly ChartRecord[], views: RecordViews): DocumentVersions {
  const byId = new Map(documents.map((document) => [document.id, document]))
  const replaces = new Map<string, string[]>()
  for (const document of documents) {
    if (document.status === 'error' || !document.resource.includes('"relatesTo"')) continue
    const references = replacedBy(views.of(document).resource)
    const targets = [...referencedRecords(references, documents, views).values()]
      .filter((target) => document.byOwner || isOfSameWriter(target, document))
      .map(({ id }) => id)
    if (targets.length > 0) replaces.set(document.id, targets)
  }
  const replaced = new Map<string, string[]>()
  for (const [id, targets] of replaces)
    for (const target of targets) replaced.set(target, [...(replaced.get(target) ?? []), id])
  return {
    older: new Set(replaced.keys()),
    of(id) {
      // How many versions precede each document; a cycle, which nobody makes on purpose, ends at its first document.
      const depths = new Map<string, number>([[id, 0]])
      const queue = [id]
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const depth = depths.get(next)!
        const around = [
          ...(replaced.get(next) ?? []).map((other) => [other, depth - 1] as const),
          ...(replaces.get(next) ?? []).map((other) => [other, depth + 1] as const),
        ]
        for (const [other, at] of around) {
          if (depths.has(other)) continue
          depths.set(other, at)
          queue.push(other)
        }
      }
      return [...depths]
        .toSorted(([a, one], [b, two]) => one - two || (byId.get(a)!.savedAt < byId.get(b)!.savedAt ? 1 : -1))
        .flatMap(([member]) => byId.get(member) ?? [])
    },
  }
}
