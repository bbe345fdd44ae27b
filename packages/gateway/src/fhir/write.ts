/** Writes of FHIR REST (W3, W25): a program's own records, each with its line in the log of its grant. The text is stored as it came, digits and all. */
import { collectionOf, isJsonObject, jsonObject, parseJson, stringifyJson, type JsonObject } from '@chartkeep/domain'
import { claimsOurs, type Row, type View } from '../access/view.ts'
import { GatewayError } from '../errors.ts'
import { WRITTEN } from './capability.ts'
import { structureFault } from './structure-check.ts'

const MOST_CHARACTERS = 1024 * 1024

/** A body as a resource of this type. Throws what is wrong with it, by place and never by content. */
export function readBody(type: string, body: unknown): { resource: JsonObject; text: string } {
  if (typeof body !== 'string' || body === '') throw new GatewayError('bad-json', 'empty')
  if (body.length > MOST_CHARACTERS) throw new GatewayError('too-large')
  const read = parseJson(body)
  if (read.type === 'error') {
    const place = `line ${read.line}, column ${read.column}`
    if (read.reason === 'duplicate-key') throw new GatewayError('duplicate-key', place)
    throw read.reason === 'too-deep' ? new GatewayError('too-deep') : new GatewayError('bad-json', place)
  }
  const resource = read.value
  if (!isJsonObject(resource)) throw new GatewayError('bad-structure', 'not an object')
  if (resource['resourceType'] !== type) throw new GatewayError('wrong-type')
  if (!WRITTEN(type)) throw new GatewayError('propose-only')
  const fault = structureFault(resource)
  if (fault !== null) throw new GatewayError('bad-structure', fault)
  return { resource, text: body.replace(/^\uFEFF/u, '') }
}

/** Without what is the gateway's to say, and never with what only people's devices write. */
function ownText(resource: JsonObject): string {
  const { id: _, meta, ...rest } = resource
  const kept = isJsonObject(meta)
    ? Object.entries(meta).filter(([key]) => ['profile', 'security', 'tag'].includes(key))
    : []
  const own = jsonObject({ ...rest, ...(kept.length > 0 && { meta: jsonObject(Object.fromEntries(kept)) }) })
  if (claimsOurs(own)) throw new GatewayError('bad-structure', 'urn:chartkeep')
  return stringifyJson(own)
}

export async function createRecord(view: View, type: string, body: unknown): Promise<Row> {
  view.checkMode()
  const { resource } = readBody(type, body)
  if (resource['id'] !== undefined) throw new GatewayError('bad-structure', `${type}.id`)
  const text = ownText(withLocalReferences(view, resource))
  return view.save({ collection: collectionOf(resource), text })
}

export async function updateRecord(
  view: View,
  type: string,
  id: string,
  body: unknown,
  ifMatch: string | undefined,
): Promise<Row> {
  view.checkMode()
  const { resource } = readBody(type, body)
  const row = ownRow(view, type, id)
  if (resource['id'] !== undefined && resource['id'] !== id) throw new GatewayError('wrong-type')
  const base = versionOf(row, ifMatch)
  return view.save({
    collection: row.collection,
    text: ownText(withLocalReferences(view, withoutOurs(resource))),
    row,
    base,
  })
}

/** Marks a record of the program's own as entered in error; its history stays. */
export async function deleteRecord(view: View, type: string, id: string, ifMatch: string | undefined): Promise<void> {
  view.checkMode()
  const row = ownRow(view, type, id)
  const base = ifMatch === undefined ? row.revision : versionOf(row, ifMatch)
  const resource = row.json()
  const marked = jsonObject(
    Object.hasOwn(resource, 'verificationStatus') || type === 'AllergyIntolerance' || type === 'Condition'
      ? {
          ...Object.fromEntries(Object.entries(resource).filter(([key]) => key !== 'clinicalStatus')),
          verificationStatus: jsonObject({
            coding: [
              jsonObject({
                system: `http://terminology.hl7.org/CodeSystem/${type === 'Condition' ? 'condition-ver-status' : 'allergyintolerance-verification'}`,
                code: 'entered-in-error',
              }),
            ],
          }),
        }
      : { ...resource, status: 'entered-in-error' },
  )
  await view.save({ collection: row.collection, text: stringifyJson(marked), row, base })
}

function ownRow(view: View, type: string, id: string): Row {
  if (!WRITTEN(type)) throw new GatewayError('propose-only')
  const row = view.row(type, id)
  if (row === null) throw new GatewayError('not-found')
  if (!view.isOwn(row)) throw new GatewayError('not-your-record')
  return row
}

function versionOf(row: Row, ifMatch: string | undefined): string {
  if (ifMatch === undefined) throw new GatewayError('version-needed')
  const [, version] = /^(?:W\/)?"([0-9a-f]{32})"$/u.exec(ifMatch) ?? []
  if (version !== row.version) throw new GatewayError('version-changed')
  return row.revision
}

/** What the gateway itself adds to an answer comes back with an update; it is taken off again. */
function withoutOurs(resource: JsonObject): JsonObject {
  const { meta } = resource
  if (!isJsonObject(meta)) return resource
  const { versionId: _v, lastUpdated: _l, source: _s, extension: _e, ...rest } = meta
  return jsonObject({ ...resource, meta: jsonObject(rest) })
}

/** The person of the chart by the name that our own records use; other references stay as they came. */
function withLocalReferences(view: View, resource: JsonObject): JsonObject {
  const subject = resource['subject'] ?? resource['patient']
  const member = resource['subject'] === undefined ? 'patient' : 'subject'
  if (!isJsonObject(subject) || typeof subject['reference'] !== 'string') return resource
  const [, id] = /^(?:.*\/)?Patient\/([^/]+)$/u.exec(subject['reference']) ?? []
  if (id === undefined || (id !== 'self' && !view.isPatient(id)))
    throw new GatewayError('bad-structure', `${member}: not the person of this chart`)
  return jsonObject({ ...resource, [member]: jsonObject({ ...subject, reference: 'Patient/self' }) })
}
