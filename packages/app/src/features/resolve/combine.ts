/** One record from several versions of it, field by field, as a person picked. Pure. */
import { fieldOf, jsonObject, type JsonObject } from '@chartkeep/domain'

/** Fields that differ but read the same are told apart by marks, never shown as equal. */
export function toldApart(values: readonly string[]): string[] {
  const isEach = values.every((value) => value === values[0])
  return isEach ? values.map((value, place) => (place === 0 ? value : `${value} ${'*'.repeat(place)}`)) : [...values]
}

/** Each element from the version that was picked for its field; where nothing differs, from the first. */
export function combined(versions: readonly JsonObject[], picks: Record<string, number>): JsonObject {
  return jsonObject(
    Object.fromEntries(
      versions.flatMap((version, place) =>
        Object.entries(version).filter(([element]) => (picks[fieldOf(element)] ?? 0) === place),
      ),
    ),
  )
}
