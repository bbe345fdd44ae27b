/**
 * Results that are only inside another record (a report with `contained` Observations): each becomes a record of its
 * own, so that lists, trends and searches find it. The record that holds them keeps them as they came.
 */
import {
  collectionOf,
  importIdentity,
  jsonObject,
  objectsAt,
  patientReferenceOf,
  referencesIn,
  stringAt,
  stringifyJson,
  typeOf,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import { canonicalHashOf } from './fhir-document.ts'
import type { FhirItem } from '../contract/fhir-items.ts'

/** What results have next to them inside their report is copied with each, as long as all copies together are no more than so many reports. */
const COPIES = 8

/** The items of one file, and behind them the results that they contain. The same file gives the same, however often it is read. */
export function withContained(items: readonly FhirItem[]): FhirItem[] {
  const found = new Map<string, FhirItem>()
  const here = new Set(items.map(({ identity }) => identity))
  let index = items.reduce((last, item) => Math.max(last, item.index), -1)
  for (const parent of items) {
    const inner = objectsAt(parent.resource, 'contained')
    let room = COPIES * parent.text.length
    for (const result of inner) {
      const id = stringAt(result, 'id')
      if (typeOf(result) !== 'Observation' || id === '') continue
      const item = itemOf(result, id, room > 0 ? inner : [], parent)
      room -= item.text.length
      const bySelf = ownName(result)
      if (!here.has(bySelf) && !here.has(item.identity) && !found.has(item.identity))
        found.set(item.identity, { ...item, index: ++index })
    }
  }
  return [...items, ...found.values()]
}

function itemOf(result: JsonObject, id: string, inner: readonly JsonObject[], parent: FhirItem): FhirItem {
  const resource = standingAlone(result, id, inner, parent)
  const canonicalHash = canonicalHashOf(resource)
  // By its own number it is the record that the laboratory may send by itself too.
  const own = ownName(resource)
  const inParent = (identity: string) => JSON.stringify(['Observation', 'contained', identity, id])
  return {
    index: -1,
    file: parent.file,
    text: stringifyJson(resource),
    resource,
    resourceType: 'Observation',
    fullUrl: '',
    identity: own || inParent(parent.identity),
    canonicalHash,
    former: { identities: own === '' ? parent.former.identities.map(inParent) : [], canonicalHash },
    collection: collectionOf(resource),
    patientReference: patientReferenceOf(resource),
    readAs: parent.readAs,
  }
}

/** By an identifier alone: the id of a contained resource names nothing outside. */
function ownName(result: JsonObject): string {
  return importIdentity(jsonObject({ ...result, id: '' }))
}

const WHEN = ['effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'effectiveTiming']
const LABORATORY = jsonObject({
  coding: [jsonObject({ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' })],
})

/** With the person, the time and the laboratory of the report where it has none of its own, and with what it refers to inside. */
function standingAlone(result: JsonObject, id: string, inner: readonly JsonObject[], parent: FhirItem): JsonObject {
  const { resource: report } = parent
  const added: { [key: string]: JsonValue | undefined } = {}
  if (!('subject' in result)) added['subject'] = report['subject'] ?? report['patient']
  if (!WHEN.some((name) => name in result)) {
    const when = WHEN.slice(0, 2).find((name) => report[name] !== undefined)
    if (when !== undefined) added[when] = report[when]
  }
  if (!('category' in result) && parent.resourceType === 'DiagnosticReport' && parent.collection === 'labs')
    added['category'] = [LABORATORY]
  const name = `${stringAt(report, 'id')}-${id}`
  added['id'] = /^[A-Za-z0-9\-.]{1,64}$/.test(name) ? name : undefined
  const { id: _, ...rest } = result
  const alone = jsonObject({ ...rest, ...added })
  const beside = referredTo(alone, inner)
  if (beside.length > 0) alone['contained'] = beside
  return alone
}

/** What is next to the result in its report and is referred to from it, directly or through one another. */
function referredTo(result: JsonObject, inner: readonly JsonObject[]): JsonObject[] {
  // Results are records of their own.
  const others = inner.filter((each) => typeOf(each) !== 'Observation')
  const byId = new Map(others.map((each) => [`#${stringAt(each, 'id')}`, each]))
  const found = new Set<JsonObject>()
  const queue = [result]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const { reference } of referencesIn(next)) {
      const each = byId.get(stringAt(reference, 'reference'))
      if (each === undefined || found.has(each)) continue
      found.add(each)
      queue.push(each)
    }
  }
  return [...found]
}
