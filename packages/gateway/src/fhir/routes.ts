/** Routes of FHIR R4 REST (hl7.org/fhir/R4/http.html). What they answer is made by read.ts and write.ts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Surface } from '../surface.ts'
import { GatewayError } from '../errors.ts'
import { capabilityStatement } from './capability.ts'
import { instant, resourceText } from './faces.ts'
import {
  nextPage,
  readBinary,
  readEverything,
  readHistory,
  readOne,
  searchType,
  type Answer,
  type SearchContext,
} from './read.ts'
import { createRecord, deleteRecord, updateRecord } from './write.ts'

const JSON_TYPE = 'application/fhir+json; charset=utf-8; fhirVersion=4.0'
const TYPE = /^[A-Z][A-Za-z]{1,63}$/u

type Request = FastifyRequest<{ Params: { type: string; id: string; version: string } }>

export function fhirRoutes(app: FastifyInstance, surface: Surface): void {
  const { base, view, pages } = surface

  app.get('/fhir/metadata', async (request, reply) => {
    speaksJson(request)
    return sent(reply, JSON.stringify(capabilityStatement(base(request), '0.1.0')))
  })

  const context = async (request: FastifyRequest): Promise<SearchContext> => {
    speaksJson(request)
    const seen = await view(request)
    const prefer = String(request.headers.prefer ?? '')
    return {
      view: seen,
      base: base(request),
      pages,
      lenient: /handling\s*=\s*lenient/u.test(prefer),
      owner: surface.owner(seen),
    }
  }

  app.get('/fhir/_page/:id', async (request: Request, reply) =>
    sent(reply, await nextPage(await context(request), request.params.id)),
  )
  app.get('/fhir/Binary/:id', async (request: Request, reply) => {
    const seen = await view(request)
    if (!request.params.id.includes('-'))
      return answered(request, reply, await readOne(seen, 'Binary', request.params.id, null))
    const file = await readBinary(seen, request.params.id)
    return reply
      .header('content-type', 'application/octet-stream')
      .header('content-disposition', 'attachment')
      .send(Buffer.from(file.bytes))
  })
  app.get('/fhir/Patient/:id/$everything', async (request: Request, reply) => {
    const asked = await context(request)
    if (!asked.view.isPatient(request.params.id)) throw new GatewayError('not-found')
    return sent(reply, await readEverything(asked, pairsOf(request)))
  })
  app.get('/fhir/:type', async (request: Request, reply) =>
    sent(reply, await searchType(await context(request), typeOf(request), pairsOf(request))),
  )
  app.post('/fhir/:type/_search', async (request: Request, reply) => {
    const body = typeof request.body === 'string' ? [...new URLSearchParams(request.body)] : []
    return sent(reply, await searchType(await context(request), typeOf(request), [...pairsOf(request), ...body]))
  })
  app.get('/fhir/:type/:id', async (request: Request, reply) => {
    speaksJson(request)
    return answered(request, reply, await readOne(await view(request), typeOf(request), request.params.id, null))
  })
  app.get('/fhir/:type/:id/_history', async (request: Request, reply) => {
    speaksJson(request)
    return sent(reply, await readHistory(await view(request), typeOf(request), request.params.id, base(request)))
  })
  app.get('/fhir/:type/:id/_history/:version', async (request: Request, reply) => {
    speaksJson(request)
    const { id, version } = request.params
    return answered(request, reply, await readOne(await view(request), typeOf(request), id, version))
  })
  app.post('/fhir/:type', async (request: Request, reply) => {
    const seen = await view(request)
    if (request.headers['if-none-exist'] !== undefined) throw new GatewayError('not-built', 'If-None-Exist')
    const row = await createRecord(seen, typeOf(request), request.body)
    reply.code(201).header('location', `${base(request)}/${row.type}/${row.id}/_history/${row.version}`)
    return answered(request, reply, { text: resourceText(seen, row), version: row.version, at: row.arrived })
  })
  app.put('/fhir/:type/:id', async (request: Request, reply) => {
    const seen = await view(request)
    const ifMatch = request.headers['if-match']
    const row = await updateRecord(seen, typeOf(request), request.params.id, request.body, ifMatch)
    return answered(request, reply, { text: resourceText(seen, row), version: row.version, at: row.arrived })
  })
  app.delete('/fhir/:type/:id', async (request: Request, reply) => {
    await deleteRecord(await view(request), typeOf(request), request.params.id, request.headers['if-match'])
    return reply.code(204).send()
  })
  app.post('/fhir', async () => {
    throw new GatewayError('not-built', 'batch and transaction')
  })
}

function typeOf(request: Request): string {
  const { type } = request.params
  if (!TYPE.test(type)) throw type.startsWith('$') ? new GatewayError('not-built', type) : new GatewayError('not-found')
  return type
}

function pairsOf(request: FastifyRequest): [string, string][] {
  return [...new URL(request.url, 'http://gateway').searchParams]
}

/** Only JSON is spoken; a browser or a program that takes everything takes it too. */
function speaksJson(request: FastifyRequest): void {
  const asked = new URL(request.url, 'http://gateway').searchParams.get('_format') ?? request.headers.accept ?? '*/*'
  if (!/json|\*\/\*|application\/\*|text\/html/u.test(asked)) throw new GatewayError('not-acceptable')
}

function sent(reply: FastifyReply, text: string): FastifyReply {
  return reply.header('content-type', JSON_TYPE).send(text)
}

function answered(request: FastifyRequest, reply: FastifyReply, { text, version, at }: Answer): FastifyReply {
  if (version !== null) {
    const etag = `W/"${version}"`
    reply.header('etag', etag)
    if (request.method === 'GET' && request.headers['if-none-match'] === etag) return reply.code(304).send()
  }
  if (at !== null) reply.header('last-modified', new Date(instant(at)).toUTCString())
  return sent(reply, text)
}
