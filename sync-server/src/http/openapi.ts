/**
 * Describes the HTTP interface (OpenAPI 3.1), from the routes that Fastify has registered: paths, parameters and
 * queries from their schemas, bodies from their message shapes. Committed as docs/openapi.json; a test compares the
 * two.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSigningKeyPair, randomBytes } from '@chartkeep/crypto/server'
import { BLOB_CHUNK_BYTES, SYNC_ERRORS } from '@chartkeep/protocol'
import * as account from '@chartkeep/protocol/account'
import * as audit from '@chartkeep/protocol/audit'
import * as emergency from '@chartkeep/protocol/emergency'
import * as ended from '@chartkeep/protocol/ended'
import * as messages from '@chartkeep/protocol/messages'
import * as pairing from '@chartkeep/protocol/pairing'
import * as records from '@chartkeep/protocol/records'
import { schemaOf } from '@chartkeep/protocol/shape'
import { createApp } from './app.ts'
import { createServerCore } from '../core/core.ts'
import { systemClock } from '../time/server-clock.ts'
import { openSqliteStorage } from '../sqlite/sqlite-storage.ts'
import { VERSION } from './version.ts'

/** The messages by their names, among other exports. */
const PROTOCOL = { ...account, ...audit, ...emergency, ...ended, ...messages, ...pairing, ...records }

interface Described {
  summary: string
  /** Name of the request message in packages/protocol. */
  request?: string
  /** Another message that may be sent instead. */
  orRequest?: string
  /** Null: 204 without a body. */
  answer?: string | null
  /** Needs no session. */
  open?: true
}

/** By method and path. A route that is missing here is described without its messages. */
const MESSAGES: Record<string, Described> = {
  'GET /v1/server': { summary: 'Who the server is (S6, H2)', answer: 'ServerInfo', open: true },
  'GET /v1/server/state': {
    summary: "The server's time, and what it makes of its machine's clock (H8)",
    answer: 'ServerState',
    open: true,
  },
  'POST /v1/challenge': { summary: 'A challenge to sign in by (H1)', answer: 'Challenge', open: true },
  'POST /v1/session': { summary: 'Signs a device in (H1)', request: 'SignInRequest', answer: 'Session', open: true },
  'POST /v1/accounts': {
    summary: 'Registers an account by the first entry of its log (H2); with an invitation the body is an InvitedPost',
    request: 'LogPost',
    orRequest: 'InvitedPost',
    answer: 'LogAnswer',
    open: true,
  },
  'POST /v1/recovery': {
    summary: 'The account of a recovery kit (K7)',
    request: 'RecoveryLookup',
    answer: 'RecoveryAnswer',
    open: true,
  },
  'GET /v1/accounts/{id}/log': { summary: 'Entries of an account log (K4)', answer: 'AccountLogPage' },
  'POST /v1/accounts/{id}/log': {
    summary: 'Extends the own account log (K4)',
    request: 'LogPost',
    answer: 'LogAnswer',
  },
  'POST /v1/expected': {
    summary: 'Keeps a place for an account whose code an owner has and which the server does not know yet (H9)',
    request: 'Expecting',
    answer: null,
  },
  'GET /v1/vaults': { summary: 'Vaults and grants of the account (C3)', answer: 'VaultList' },
  'GET /v1/vaults/{id}/control': {
    summary: 'Entries of a control log, as far as the reader may see (C8)',
    answer: 'ControlLogPage',
  },
  'POST /v1/vaults/{id}/control': {
    summary: 'Extends a control log; entry 1 makes the vault (C1)',
    request: 'ControlPost',
    answer: 'LogAnswer',
  },
  'POST /v1/vaults/{id}/push': {
    summary: 'Stores envelopes in order (S2, S3)',
    request: 'PushRequest',
    answer: 'PushAnswer',
  },
  'POST /v1/vaults/{id}/pull': {
    summary: 'Contiguous runs of streams (S4)',
    request: 'PullRequest',
    answer: 'PullAnswer',
  },
  'POST /v1/vaults/{id}/fetch': {
    summary: 'Bodies of older revisions (S4)',
    request: 'FetchRequest',
    answer: 'FetchAnswer',
  },
  'POST /v1/vaults/{id}/departures': {
    summary: 'A device says that it removed its copy (C10)',
    request: 'Departure',
    answer: null,
  },
  'GET /v1/vaults/{id}/departures': { summary: 'Departures, for owners (C10)', answer: 'DeparturePage' },
  'POST /v1/vaults/{id}/emergency': {
    summary: 'A device opens a grant for emergencies to itself, with a reason that owners read (C13)',
    request: 'EmergencyRequest',
    answer: 'EmergencyReceipt',
  },
  'POST /v1/vaults/{id}/emergency/end': {
    summary: 'A device ends what it opened in an emergency before its time (C13)',
    request: 'EmergencyEnd',
    answer: null,
  },
  'GET /v1/vaults/{id}/emergency': {
    summary: 'Who opened the vault in an emergency, for owners (C13)',
    answer: 'EmergencyPage',
  },
  'POST /v1/vaults/{id}/late': {
    summary: 'Takes what a device had not sent when its grant ended (C11)',
    request: 'LatePost',
    answer: 'LateAnswer',
  },
  'GET /v1/vaults/{id}/late': { summary: 'What arrived after the end, for owners (C11)', answer: 'LatePage' },
  'POST /v1/vaults/{id}/late/settle': {
    summary: 'What an owner has decided leaves the box (C11)',
    request: 'LateSettle',
    answer: null,
  },
  'POST /v1/vaults/{id}/audit': {
    summary: 'Leaves, proofs and checkpoint of the audit tree (A3)',
    request: 'AuditRequest',
    answer: 'AuditAnswer',
  },
  'POST /v1/vaults/{id}/audit/proof': {
    summary: 'Proof of one leaf (A4)',
    request: 'AuditProofRequest',
    answer: 'AuditProofAnswer',
  },
  'POST /v1/vaults/{id}/audit/cosign': {
    summary: 'A device cosigns a checkpoint (A3)',
    request: 'Cosign',
    answer: null,
  },
  'POST /v1/vaults/{id}/beacons': {
    summary: 'Keeps how far a device has verified the vault, answers those of the others (F2)',
    request: 'Beacon',
    answer: 'BeaconPage',
  },
  'POST /v1/refill/account': {
    summary: 'Gives an account log back to a server that lost it (S9)',
    request: 'AccountRefill',
    answer: 'RefillDone',
    open: true,
  },
  'POST /v1/vaults/{id}/refill': {
    summary: 'A device reports what it can give back; answers what is there (S9)',
    request: 'RefillReport',
    answer: 'RefillState',
  },
  'POST /v1/vaults/{id}/refill/control': {
    summary: 'Gives a control log back (S9)',
    request: 'ControlRefill',
    answer: 'RefillDone',
  },
  'POST /v1/vaults/{id}/refill/chain': {
    summary: 'Proves the rest of a stream up to a signed head (S9)',
    request: 'ChainRefill',
    answer: 'RefillDone',
  },
  'POST /v1/vaults/{id}/refill/entries': {
    summary: 'Gives proved entries of a stream back (S9)',
    request: 'EntryRefill',
    answer: 'RefillDone',
  },
  'POST /v1/vaults/{id}/refill/audit': {
    summary: 'Gives leaves of the audit tree back (S9, A3)',
    request: 'AuditRefill',
    answer: 'RefillDone',
  },
  'POST /v1/pairing/open': {
    summary: 'A new device opens a place to meet (K8)',
    request: 'PairingOpen',
    answer: 'PairingOpened',
    open: true,
  },
  'POST /v1/pairing/read': {
    summary: 'Reads what the other device left there (K8)',
    request: 'PairingRead',
    answer: 'PairingMail',
    open: true,
  },
  'POST /v1/pairing/answer': {
    summary: 'An unlocked device answers (K8)',
    request: 'PairingPost',
    answer: 'PairingDone',
  },
  'POST /v1/pairing/write': {
    summary: 'The new device writes (K8)',
    request: 'PairingWrite',
    answer: 'PairingDone',
    open: true,
  },
  'POST /v1/pairing/close': {
    summary: 'Either device closes the place (K8)',
    request: 'PairingClose',
    answer: 'PairingDone',
    open: true,
  },
  'POST /v1/vaults/{id}/blobs': {
    summary: 'Begins the upload of a sealed file, or goes on with it (B4)',
    request: 'BlobPost',
    answer: 'BlobBegun',
  },
  'GET /v1/vaults/{id}/streams/{stream}/blobs/{blob}': {
    summary: 'A sealed file: hashes of its chunks, and the link by which they are got (B4)',
    answer: 'BlobInfo',
  },
  'PUT /v1/chunks/{index}': {
    summary: 'Stores a sealed chunk by the link of the upload (B1, B4)',
    answer: null,
    open: true,
  },
  'GET /v1/chunks/{index}': { summary: 'A sealed chunk by its link (B1, B4)', open: true },
  'GET /v1/demo': { summary: 'Whether the first screen may offer the sample family', open: true },
  'GET /healthz': { summary: 'The process answers (H5)', open: true },
  'GET /readyz': { summary: 'Storage answers, space is left, and the server is not stopping (H5)', open: true },
  'GET /metrics': { summary: 'Figures in the text format of Prometheus (H5)' },
}

const CHUNKS = '/v1/chunks/{index}'

interface Operation {
  [word: string]: unknown
}
interface Document {
  paths: Record<string, Record<string, Operation>>
  [word: string]: unknown
}

/** The document as text with a final newline. The same code always gives the same text. */
export async function describeInterface(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-openapi-'))
  const storage = openSqliteStorage(join(folder, 'chartkeep.sqlite'))
  const signingKey = generateSigningKeyPair()
  const core = createServerCore({ storage, signingKey, clock: systemClock, audience: 'http://localhost', randomBytes })
  try {
    const app = await createApp({
      core,
      appFolder: null,
      demo: false,
      logLevel: 'silent',
      operations: {
        readiness: () => Promise.resolve({ failing: [], restored: false, clock: 'sure' }),
        metricsPage: () => Promise.resolve(''),
        metricsToken: 'x'.repeat(16),
      },
      prepare: async (fastify) => {
        // Loaded here, because only this command needs it.
        const { default: swagger } = await import('@fastify/swagger')
        await fastify.register(swagger, {
          openapi: { openapi: '3.1.0', info: { title: 'Chartkeep sync server', version: VERSION } },
        })
      },
    })
    await app.ready()
    const document = app.swagger() as unknown as Document
    await app.close()
    return `${JSON.stringify(complete(document), null, 2)}\n`
  } finally {
    await core.close()
    rmSync(folder, { recursive: true })
  }
}

function complete(document: Document): Document {
  const schemas: Record<string, unknown> = {
    Error: {
      type: 'object',
      properties: { error: { type: 'string', enum: Object.keys(SYNC_ERRORS) }, message: { type: 'string' } },
      required: ['error', 'message'],
    },
  }
  const paths: Document['paths'] = {}
  for (const path of Object.keys(document.paths).toSorted()) {
    if (!/^\/(v1\/|healthz|readyz|metrics)/.test(path)) continue
    const operations = document.paths[path]!
    paths[path] = {}
    for (const method of Object.keys(operations).toSorted()) {
      const known = MESSAGES[`${method.toUpperCase()} ${path}`]
      paths[path][method] = { ...operations[method], ...describe(path, known, schemas) }
    }
  }
  return {
    openapi: document['openapi'],
    info: {
      title: 'Chartkeep sync server',
      version: VERSION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Sealed sync of health records. Bodies are deterministic CBOR (RFC 8949 4.2); the schemas name their fields, and strings of format binary are byte strings. Refusals are JSON. GET /v1/live is a WebSocket of hints and small changes (S7). The rules behind are in docs/spec.',
    },
    security: [{ session: [] }],
    paths,
    components: {
      securitySchemes: {
        session: { type: 'http', scheme: 'bearer', description: 'The token of POST /v1/session (H1).' },
      },
      schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  }
}

function describe(path: string, known: Described | undefined, schemas: Record<string, unknown>): Operation {
  const reference = (name: string) => {
    schemas[name] = schemaOf((PROTOCOL as unknown as Record<string, object>)[name] ?? {})
    return { $ref: `#/components/schemas/${name}` }
  }
  const body = (name: string, other?: string) => ({
    [messages.MEDIA_TYPE]: {
      schema: other === undefined ? reference(name) : { anyOf: [reference(name), reference(other)] },
    },
  })
  const refused = {
    description: 'A refusal by its code.',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
  const chunk = {
    'application/octet-stream': { schema: { type: 'string', format: 'binary', maxLength: BLOB_CHUNK_BYTES } },
  }
  const answer =
    known?.answer === null
      ? { '204': { description: 'Done.' } }
      : known?.answer !== undefined
        ? { '200': { description: known.answer, content: body(known.answer) } }
        : { '200': path === CHUNKS ? { description: 'The chunk.', content: chunk } : { description: 'The answer.' } }
  const content =
    known?.request !== undefined
      ? body(known.request, known.orRequest)
      : path === CHUNKS && known?.answer === null
        ? chunk
        : null
  return {
    ...(known === undefined ? {} : { summary: known.summary }),
    ...(known?.open === true ? { security: [] } : {}),
    ...(content === null ? {} : { requestBody: { required: true, content } }),
    responses: { ...answer, default: refused },
  }
}
