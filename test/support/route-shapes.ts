/** Every route of the server with the messages that it takes, as docs/openapi.json publishes them, in schemas that need no further look-up. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShapeSchema } from '@chartkeep/protocol/shape'

export interface RouteShape {
  method: string
  /** With `{id}` where a parameter belongs. */
  path: string
  /** Schemas of its bodies; none for a route that takes no body. */
  bodies: ShapeSchema[]
  /** Media type of its body. */
  type: string | null
}

interface Published {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: ShapeSchema }> } }>>
  components: { schemas: Record<string, ShapeSchema> }
}

const NAME = '#/components/schemas/'

export function routeShapes(): RouteShape[] {
  const file = join(import.meta.dirname, '../../docs/openapi.json')
  const { paths, components } = JSON.parse(readFileSync(file, 'utf8')) as Published

  /** The schema with every reference replaced by the schema of that name. */
  function whole(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(whole)
    if (typeof schema !== 'object' || schema === null) return schema
    const name = (schema as { $ref?: string }).$ref
    if (name !== undefined) return whole(components.schemas[name.slice(NAME.length)])
    return Object.fromEntries(Object.entries(schema).map(([word, value]) => [word, whole(value)]))
  }

  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => {
      const [type = null, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
      const schema = body === undefined ? null : (whole(body.schema) as ShapeSchema)
      const bodies = schema === null ? [] : ((schema['anyOf'] as ShapeSchema[] | undefined) ?? [schema])
      return { method: method.toUpperCase(), path, bodies, type }
    }),
  )
}
