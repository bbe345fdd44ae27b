/** What one query may ask for, counted before it runs: depth, aliases, and rows times fields. */
import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql'
import { GatewayError } from '../errors.ts'

const MOST_DEPTH = 12
const MOST_ALIASES = 30
const MOST_COST = 10_000
const USUAL_ROWS = 50
/** Fragments inside fragments grow fast; so many fields are looked at. */
const MOST_FIELDS = 20_000

export const MOST_TOKENS = 2_000
export const MOST_QUERY_CHARACTERS = 16 * 1024

/** Throws `too-costly`. Fragments must not refer to themselves: validate the document before. */
export function checkLimits(document: DocumentNode, variables: Readonly<Record<string, unknown>>): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  const seen = { aliases: 0, cost: 0, fields: 0 }
  const walk = (set: SelectionSetNode | undefined, depth: number, rows: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, depth, rows)
      else if (selection.kind === Kind.FRAGMENT_SPREAD)
        walk(fragments.get(selection.name.value)?.selectionSet, depth, rows)
      else {
        const name = selection.name.value
        // What the schema says of itself is about nobody.
        if (name.startsWith('__')) continue
        if (depth > MOST_DEPTH) throw new GatewayError('too-costly', 'depth')
        if (selection.alias !== undefined && ++seen.aliases > MOST_ALIASES)
          throw new GatewayError('too-costly', 'aliases')
        seen.cost += rows
        if (seen.cost > MOST_COST || ++seen.fields > MOST_FIELDS)
          throw new GatewayError('too-costly', 'rows times fields')
        const count = selection.arguments?.find((argument) => argument.name.value === '_count')?.value
        const asked =
          count?.kind === Kind.INT
            ? Number(count.value)
            : count?.kind === Kind.VARIABLE
              ? Number(variables[count.name.value])
              : USUAL_ROWS
        const isList = name.endsWith('List')
        walk(selection.selectionSet, depth + 1, isList ? rows * Math.max(1, asked || USUAL_ROWS) : rows)
      }
    }
  }
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) walk(definition.selectionSet, 1, 1)
}
