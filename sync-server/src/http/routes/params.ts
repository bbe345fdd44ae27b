/** Path and query parameters of all routes, and how Fastify parses them by their schemas. */
import type { FastifyPluginAsync, FastifyServerOptions, FastifyTypeProvider, RawServerDefault } from 'fastify'
import { integer, object, readTexts, string, type JsonSchema, type ValueOf } from '../json-schema.ts'

const Id = string({ pattern: '^[A-Za-z0-9_-]{22}$' })
const whole = (maximum: number) => integer({ minimum: 0, maximum })

export const IdParams = object({ id: Id })
export const BlobParams = object({ id: Id, stream: Id, blob: Id })
export const ChunkParams = object({ index: whole(0xffff) })
export const LinkQuery = object({ link: string({ pattern: '^[A-Za-z0-9_-]{1,1024}$' }) })
export const AfterQuery = object({}, { optional: { after: whole(Number.MAX_SAFE_INTEGER) } })

/** A request has the types of its schemas. */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: ValueOf<this['schema']>
}
export type Routes<Options extends object> = FastifyPluginAsync<Options, RawServerDefault, SchemaTypes>

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>

/** Schemas parse parameters; they never serialize answers. */
const compilers = {
  buildValidator:
    () =>
    ({ schema }: { schema: JsonSchema }) =>
    (texts: Record<string, unknown>) => {
      const value = readTexts(schema, texts)
      return value === null ? { error: new Error('a parameter does not fit') } : { value }
    },
  buildSerializer: () => () => (answer: unknown) => JSON.stringify(answer),
}

/** Options of Fastify. With these compilers it loads none for full JSON Schema. */
export const readBySchema: Pick<FastifyServerOptions, 'schemaController'> = {
  schemaController: { compilersFactory: compilers as unknown as Compilers },
}
