/**
 * The GraphQL schema (hl7.org/fhir/R4/graphql.html) from the table of FHIR R4: for each type `X(id)` and `XList(...)`, references with `resource`,
 * and `json` with the text of a record, whose numbers keep their digits.
 */
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '@chartkeep/domain'
import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  type GraphQLFieldConfigMap,
  type GraphQLOutputType,
} from 'graphql'
import type { Row, View } from '../access/view.ts'
import { resourceText } from '../fhir/faces.ts'
import { RESOURCE_TYPES, STRUCTURE } from '../fhir/structure.generated.ts'
import { COMMON_PARAMETERS, parametersOf } from '../search/parse.ts'
import { findMany, findOne } from './resolve.ts'

/** What a resolver works on: a record, or a part of one with the record around it. */
export interface Node {
  row: Row
  value: JsonObject
}

export interface Context {
  view: View
}

const SCALARS: Readonly<Record<string, GraphQLOutputType>> = {
  boolean: GraphQLBoolean,
  integer: GraphQLInt,
  positiveInt: GraphQLInt,
  unsignedInt: GraphQLInt,
  decimal: GraphQLFloat,
}

export function createSchema(): GraphQLSchema {
  const objects = new Map<string, GraphQLObjectType>()
  const resources = new GraphQLUnionType({
    name: 'AnyResource',
    types: () => RESOURCE_TYPES.map((type) => objectOf(type)),
    resolveType: (node: Node) => node.row.type,
  })

  function objectOf(type: string): GraphQLObjectType {
    const known = objects.get(type)
    if (known !== undefined) return known
    const made = new GraphQLObjectType({ name: type, fields: () => fieldsOf(type) })
    objects.set(type, made)
    return made
  }

  function fieldsOf(type: string): GraphQLFieldConfigMap<Node, Context> {
    const fields: GraphQLFieldConfigMap<Node, Context> = {}
    for (const [key, code] of Object.entries(STRUCTURE[type] ?? {})) {
      const bare = code.replace('*', '')
      const of = /^[a-z]/u.test(bare)
        ? (SCALARS[bare] ?? GraphQLString)
        : STRUCTURE[bare] === undefined
          ? null
          : objectOf(bare)
      if (of === null) continue
      fields[key] = { type: code.endsWith('*') ? new GraphQLList(of) : of, resolve: (node) => memberOf(node, key) }
    }
    if (type === 'Narrative') fields['div'] = { type: GraphQLString, resolve: (node) => memberOf(node, 'div') }
    if (type === 'Reference')
      fields['resource'] = {
        type: resources,
        resolve: async (node, _args, { view }) => {
          const found = view.resolve(node.value, node.row)
          return found === null || !RESOURCE_TYPES.includes(found.type) ? null : findOne(view, found.type, found.id)
        },
      }
    if (!RESOURCE_TYPES.includes(type)) return fields
    fields['id'] = { type: GraphQLString, resolve: ({ row }) => row.id }
    fields['resourceType'] = { type: GraphQLString, resolve: ({ row }) => row.type }
    fields['json'] = { type: GraphQLString, resolve: ({ row }, _args, { view }) => resourceText(view, row) }
    return fields
  }

  const query: GraphQLFieldConfigMap<unknown, Context> = {}
  for (const type of RESOURCE_TYPES) {
    query[type] = {
      type: objectOf(type),
      args: { id: { type: new GraphQLNonNull(GraphQLString) } },
      resolve: (_source, args, { view }) => findOne(view, type, String(args['id'])),
    }
    const names = [...new Set([...COMMON_PARAMETERS, ...Object.keys(parametersOf(type))])]
    const parameters = Object.fromEntries(names.map((name) => [name.replaceAll('-', '_'), { type: GraphQLString }]))
    query[`${type}List`] = {
      type: new GraphQLList(objectOf(type)),
      args: { ...parameters, _count: { type: GraphQLInt }, _sort: { type: GraphQLString } },
      resolve: (_source, args, { view }) => findMany(view, type, args, names),
    }
  }
  return new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: query }) })
}

function memberOf({ row, value }: Node, key: string): unknown {
  const child = Object.hasOwn(value, key) ? value[key] : undefined
  return Array.isArray(child) ? child.map((each) => shown(row, each)) : shown(row, child)
}

/** A part of a record as a resolver passes it on. What opens a sealed file never leaves. */
function shown(row: Row, value: JsonValue | undefined): unknown {
  if (value === undefined || value === null) return null
  if (value instanceof JsonNumber) return Number(value.text)
  if (typeof value === 'string') return /^chartkeep-(?:file|data):/u.test(value) ? null : value
  return isJsonObject(value) ? ({ row, value } satisfies Node) : value
}
