/** `POST /graphql` and `POST /fhir/$graphql`: one query in a body of JSON, `{ "query": "...", "variables": {} }`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { execute, GraphQLError, parse, validate } from 'graphql'
import type { Surface } from '../surface.ts'
import { GatewayError, outcomeOf } from '../errors.ts'
import { checkLimits, MOST_QUERY_CHARACTERS, MOST_TOKENS } from './limits.ts'
import { createSchema, type Context } from './schema.ts'

interface Asked {
  query: string
  variables: Record<string, unknown>
  operationName: string | undefined
}

export async function graphqlRoutes(app: FastifyInstance, surface: Surface): Promise<void> {
  let schema: ReturnType<typeof createSchema> | null = null

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const view = await surface.view(request)
    const { query, variables, operationName } = readAsked(request.body)
    schema ??= createSchema()
    const send = (status: number, body: unknown) =>
      reply
        .code(status)
        .header('content-type', 'application/graphql-response+json; charset=utf-8')
        .send(JSON.stringify(body))
    let document
    try {
      document = parse(query, { maxTokens: MOST_TOKENS })
    } catch (error) {
      return send(400, { errors: [faultOf(error)] })
    }
    const faults = validate(schema, document)
    if (faults.length > 0) return send(400, { errors: faults.slice(0, 10).map(faultOf) })
    checkLimits(document, variables)
    const result = await execute({
      schema,
      document,
      variableValues: variables,
      ...(operationName !== undefined && { operationName }),
      contextValue: { view } satisfies Context,
    })
    if (!('data' in result) && !('errors' in result)) throw new GatewayError('not-built', 'incremental delivery')
    const { data, errors } = result
    // W1: where the access ended while it ran, no part of it is answered.
    view.check()
    return send(200, {
      ...(data !== undefined && { data }),
      ...(errors !== undefined && { errors: errors.map(faultOf) }),
    })
  }

  app.post('/graphql', answer)
  app.post('/fhir/$graphql', answer)
}

function readAsked(body: unknown): Asked {
  if (typeof body !== 'string' || body.length > MOST_QUERY_CHARACTERS) throw new GatewayError('too-large')
  let read: unknown
  try {
    read = JSON.parse(body)
  } catch {
    throw new GatewayError('bad-json', 'GraphQL')
  }
  const { query, variables, operationName } = (read ?? {}) as Record<string, unknown>
  if (typeof query !== 'string') throw new GatewayError('bad-structure', 'query')
  return {
    query,
    variables: typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {},
    operationName: typeof operationName === 'string' ? operationName : undefined,
  }
}

/** What a client may read of an error: of graphql itself its words, which hold the query alone; of ours the outcome. */
function faultOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof GraphQLError)) return { message: 'This query cannot be read.' }
  const { originalError, message, locations, path } = error
  if (originalError instanceof GatewayError)
    return { message: originalError.code, path, extensions: { outcome: outcomeOf(originalError) } }
  if (originalError !== undefined && !(originalError instanceof GraphQLError))
    return { message: 'internal', path, extensions: { outcome: outcomeOf(new GatewayError('internal')) } }
  return { message, locations, path }
}
