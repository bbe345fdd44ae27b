/** Compares and merges two versions of a record by their JSON texts (Y3). */
import {
  alignReferences,
  canonicalJson,
  isJsonObject,
  mergeRecords,
  parseJsonOrNull,
  stringifyJson,
} from '@chartkeep/domain'

/** B1: two devices that import the same file store it under two addresses; that is not a difference. */
export function sameContent(a: string, b: string): boolean {
  const [left, right] = [parseJsonOrNull(alignReferences(a, b)), parseJsonOrNull(b)]
  return left !== null && right !== null && canonicalJson(left) === canonicalJson(right)
}

/** Three-way merge by field (Y3); null if a person must decide. */
export function mergeTexts(base: string | null, mine: string, theirs: string): string | null {
  if (sameContent(mine, theirs)) return theirs
  const [baseValue, mineValue, theirValue] = [
    base === null ? null : parseJsonOrNull(alignReferences(base, theirs)),
    parseJsonOrNull(alignReferences(mine, theirs)),
    parseJsonOrNull(theirs),
  ]
  if (baseValue === null || mineValue === null || theirValue === null) return null
  if (!isJsonObject(baseValue) || !isJsonObject(mineValue) || !isJsonObject(theirValue)) return null
  const merged = mergeRecords(baseValue, mineValue, theirValue)
  return merged.type === 'merged' ? stringifyJson(merged.resource) : null
}
