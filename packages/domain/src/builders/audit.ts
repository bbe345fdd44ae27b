/**
 * AuditEvents: what a person did, written by the device that did it (A1) and read back into the words of the
 * audit list. Who signed is told by the envelope; the event only repeats it.
 */
import { objectsAt, stringAt } from '../elements/elements.ts'
import { instantText, momentOf } from '../dates/dates.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { given } from './elements-written.ts'

/** Everything that is written down; the words of the app have one sentence for each. */
const AUDIT_ACTIONS = [
  'opened',
  'read',
  'created',
  'changed',
  'deleted',
  'signed',
  'declined',
  'shared',
  'revoked',
  'imported',
  'import-undone',
  'exported',
  'printed',
  'resolved',
  'emergency',
  'emergency-allowed',
  'emergency-seen',
  'emergency-ended',
  'failed-unlock',
  'late-taken',
  'late-left',
  'owner-added',
  'owner-removed',
  'handed-over',
  'took-over',
  'trashed',
  'restored',
  'marked-error',
  'made-private',
  'made-shared',
  'program-reading',
  'program-read',
  'program-suggested',
  'suggestion-taken',
  'suggestion-left',
] as const

/** One of {@link AUDIT_ACTIONS}. */
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** What an audit event says. */
export interface AuditEntry {
  /** One of AUDIT_ACTIONS; a newer app may have written another word, which is kept. */
  action: AuditAction | (string & {})
  /** Account and device ids as the app knows them, and the person's name. */
  account: string
  device: string
  name: string
  /** Collection concerned, '' for the whole chart. */
  collection: string
  /** Records concerned, by their ids; at most 100 are written, `count` says how many there were. */
  records: string[]
  /** Title of the record, name of the person shared with, or name of a file; '' if none. */
  subject: string
  count: number
  /** Milliseconds since 1970 by the device's clock; kept to the second. */
  at: number
  /** The program that read or wrote at that device; absent for what a person did. */
  program?: AuditProgram
}

/** W21, W22: a program and, of each list, how often it asked and which records it read. */
export interface AuditProgram {
  /** The program at its gateway, 22 characters. */
  client: string
  name: string
  /** False where the gateway ended before it could tell all. */
  complete: boolean
  /** `docs`: ids of records as `ChartRecord.doc` has them, 22 characters each. */
  lists: { collection: string; requests: number; docs: readonly string[] }[]
}

const ACTIONS = 'urn:chartkeep:audit-action'
const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const MAX_RECORDS = 100

/** FHIR's own action codes and DICOM's event types for ours. */
const KINDS: Readonly<Record<AuditAction, { code: string; type: string; display: string }>> = {
  opened: { code: 'R', type: '110110', display: 'Patient Record' },
  read: { code: 'R', type: '110110', display: 'Patient Record' },
  created: { code: 'C', type: '110110', display: 'Patient Record' },
  changed: { code: 'U', type: '110110', display: 'Patient Record' },
  deleted: { code: 'D', type: '110110', display: 'Patient Record' },
  trashed: { code: 'U', type: '110110', display: 'Patient Record' },
  restored: { code: 'U', type: '110110', display: 'Patient Record' },
  'marked-error': { code: 'U', type: '110110', display: 'Patient Record' },
  'made-private': { code: 'U', type: '110110', display: 'Patient Record' },
  'made-shared': { code: 'U', type: '110110', display: 'Patient Record' },
  signed: { code: 'U', type: '110110', display: 'Patient Record' },
  declined: { code: 'U', type: '110110', display: 'Patient Record' },
  resolved: { code: 'U', type: '110110', display: 'Patient Record' },
  shared: { code: 'E', type: '110113', display: 'Security Alert' },
  revoked: { code: 'E', type: '110113', display: 'Security Alert' },
  'owner-added': { code: 'E', type: '110113', display: 'Security Alert' },
  'owner-removed': { code: 'E', type: '110113', display: 'Security Alert' },
  'handed-over': { code: 'E', type: '110113', display: 'Security Alert' },
  'took-over': { code: 'E', type: '110113', display: 'Security Alert' },
  emergency: { code: 'E', type: '110113', display: 'Security Alert' },
  'emergency-allowed': { code: 'E', type: '110113', display: 'Security Alert' },
  'emergency-ended': { code: 'E', type: '110113', display: 'Security Alert' },
  'emergency-seen': { code: 'E', type: '110113', display: 'Security Alert' },
  'failed-unlock': { code: 'E', type: '110114', display: 'User Authentication' },
  'late-taken': { code: 'C', type: '110107', display: 'Import' },
  'late-left': { code: 'E', type: '110107', display: 'Import' },
  imported: { code: 'C', type: '110107', display: 'Import' },
  'import-undone': { code: 'U', type: '110107', display: 'Import' },
  exported: { code: 'R', type: '110106', display: 'Export' },
  printed: { code: 'R', type: '110106', display: 'Export' },
  'program-reading': { code: 'R', type: '110110', display: 'Patient Record' },
  'program-read': { code: 'R', type: '110110', display: 'Patient Record' },
  'program-suggested': { code: 'C', type: '110110', display: 'Patient Record' },
  'suggestion-taken': { code: 'U', type: '110110', display: 'Patient Record' },
  'suggestion-left': { code: 'U', type: '110110', display: 'Patient Record' },
}

/** The AuditEvent of an entry. */
export function newAuditEvent(entry: AuditEntry): JsonObject {
  const known = Object.hasOwn(KINDS, entry.action) ? KINDS[entry.action as AuditAction] : KINDS.read
  const device = jsonObject({ reference: `Device/${entry.device}` })
  return jsonObject({
    resourceType: 'AuditEvent',
    type: jsonObject({ system: DCM, code: known.type, display: known.display }),
    subtype: [jsonObject({ system: ACTIONS, code: entry.action })],
    action: known.code,
    recorded: instantText(entry.at),
    outcome: entry.action === 'failed-unlock' ? '8' : '0',
    agent: [
      jsonObject({
        who: jsonObject({
          identifier: jsonObject({ system: 'urn:chartkeep:account', value: entry.account }),
          display: given(entry.name),
        }),
        requestor: true,
      }),
    ],
    source: jsonObject({ observer: device }),
    entity: entities(entry),
  })
}

/** What an AuditEvent says, also one that another system wrote; missing parts are ''. */
export function auditEntry(event: JsonObject): AuditEntry {
  const agents = objectsAt(event, 'agent')
  const agent = agents.find((candidate) => candidate['requestor'] === true) ?? agents[0]
  const summary = objectsAt(event, 'entity').find((entity) => stringAt(entity, 'type', 'system') === ACTIONS)
  const details = (name: string) =>
    stringAt(
      objectsAt(summary, 'detail').find((detail) => detail['type'] === name),
      'valueString',
    )
  const own = objectsAt(event, 'subtype').find((subtype) => subtype['system'] === ACTIONS)
  const records = objectsAt(event, 'entity', 'what')
    .map((what) => stringAt(what, 'reference'))
    .filter((reference) => reference !== '')
  const at = momentOf(stringAt(event, 'recorded'))
  const program = programOf(event)
  return {
    action: stringAt(own, 'code') || foreignAction(stringAt(event, 'action')),
    account: stringAt(agent, 'who', 'identifier', 'value'),
    device: stringAt(event, 'source', 'observer', 'reference').replace(/^Device\//, ''),
    name: stringAt(agent, 'who', 'display') || stringAt(agent, 'name'),
    collection: details('collection'),
    records,
    subject: stringAt(summary, 'name') || stringAt(event, 'entity', 'name'),
    count: Number(details('count')) || records.length,
    at: Number.isNaN(at) ? 0 : at,
    ...(program !== null && { program }),
  }
}

function entities(entry: AuditEntry): JsonObject[] {
  const detail = [
    ...(entry.collection === '' ? [] : [jsonObject({ type: 'collection', valueString: entry.collection })]),
    jsonObject({ type: 'count', valueString: String(entry.count) }),
  ]
  const summary = jsonObject({
    type: jsonObject({ system: ACTIONS, code: 'summary' }),
    name: given(entry.subject),
    detail,
  })
  return [
    summary,
    ...programEntities(entry.program),
    ...entry.records.slice(0, MAX_RECORDS).map((record) => jsonObject({ what: jsonObject({ reference: record }) })),
  ]
}

function programEntities(program: AuditProgram | undefined): JsonObject[] {
  if (program === undefined) return []
  const detail = (type: string, valueString: string) => jsonObject({ type, valueString })
  const about = jsonObject({
    type: jsonObject({ system: ACTIONS, code: 'program' }),
    name: given(program.name),
    detail: [detail('client', program.client), detail('complete', String(program.complete))],
  })
  const lists = program.lists.map(({ collection, requests, docs }) =>
    jsonObject({
      type: jsonObject({ system: ACTIONS, code: 'program-list' }),
      name: collection,
      detail: [
        detail('requests', String(requests)),
        detail('count', String(docs.length)),
        ...(docs.length === 0 ? [] : [detail('docs', docs.join(''))]),
      ],
    }),
  )
  return [about, ...lists]
}

const DOC_LENGTH = 22

/** The program that an event names; null where it names none. */
function programOf(event: JsonObject): AuditProgram | null {
  const all = objectsAt(event, 'entity')
  const kind = (code: string) =>
    all.filter((each) => stringAt(each, 'type', 'system') === ACTIONS && stringAt(each, 'type', 'code') === code)
  const said = (entity: JsonObject, name: string) =>
    stringAt(
      objectsAt(entity, 'detail').find((detail) => detail['type'] === name),
      'valueString',
    )
  const [about] = kind('program')
  if (about === undefined) return null
  const lists = kind('program-list').map((list) => {
    const docs = said(list, 'docs')
    return {
      collection: stringAt(list, 'name'),
      requests: Number(said(list, 'requests')) || 0,
      docs: Array.from({ length: Math.floor(docs.length / DOC_LENGTH) }, (_, at) =>
        docs.slice(at * DOC_LENGTH, (at + 1) * DOC_LENGTH),
      ),
    }
  })
  return {
    client: said(about, 'client'),
    name: stringAt(about, 'name'),
    complete: said(about, 'complete') !== 'false',
    lists,
  }
}

function foreignAction(code: string): AuditAction {
  return ({ C: 'created', U: 'changed', D: 'deleted' } as const)[code as 'C' | 'U' | 'D'] ?? 'read'
}
