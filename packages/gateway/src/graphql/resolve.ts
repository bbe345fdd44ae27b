/** What the fields of the schema answer: the same reads and searches as REST, noted in the same way (W2, W23). */
import { parseJsonObject, type JsonObject } from '@chartkeep/domain'
import type { Row, View } from '../access/view.ts'
import { resourceText } from '../fhir/faces.ts'
import { listsOf } from '../fhir/read.ts'
import { parseSearch } from '../search/parse.ts'
import { runSearch } from '../search/run.ts'

interface Node {
  row: Row
  value: JsonObject
}

export async function findOne(view: View, type: string, id: string): Promise<Node | null> {
  const owner = await view.note(listsOf(view, type))
  const row = view.row(type, id)
  if (row === null) return null
  const found = nodeOf(view, row)
  view.read(owner, [row])
  return found
}

/** `names`: parameters of the search; arguments have `_` where they have `-`. */
export async function findMany(
  view: View,
  type: string,
  args: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Promise<Node[]> {
  const byArgument = new Map(names.map((name) => [name.replaceAll('-', '_'), name]))
  const pairs = Object.entries(args).map(([key, value]): [string, string] => [
    byArgument.get(key) ?? key,
    String(value),
  ])
  const query = parseSearch(type, pairs, false)
  const owner = await view.note(listsOf(view, type))
  const rows = runSearch(view, query).rows.slice(0, query.count)
  const found = rows.map((row) => nodeOf(view, row))
  view.read(owner, rows)
  return found
}

function nodeOf(view: View, row: Row): Node {
  return { row, value: parseJsonObject(resourceText(view, row)) ?? row.json() }
}
