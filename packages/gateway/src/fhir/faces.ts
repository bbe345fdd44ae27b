/** A record as the client gets it: text by splices, with the gateway's own meta; and the Patient of a chart whose profile is not shared. */
import { jsonObject, stringAt, stringifyJson, type JsonObject } from '@chartkeep/domain'
import { hexName } from '../access/names.ts'
import type { Row, Version, View } from '../access/view.ts'
import { spliceResource } from './splice.ts'

/** The text of a record in its current version, or in `version`. */
export function resourceText(view: View, row: Row, version?: Version & { text: string }): string {
  const text = version?.text ?? row.text
  const original = stringAt(version === undefined ? row.json() : {}, 'id')
  const extension: JsonObject[] = [
    jsonObject({ url: 'urn:chartkeep:extension:saved-at', valueDateTime: instant(version?.savedAt ?? row.savedAt) }),
    jsonObject({ url: 'urn:chartkeep:extension:author', valueString: row.author }),
  ]
  if (original !== '') extension.push(jsonObject({ url: 'urn:chartkeep:extension:imported-id', valueString: original }))
  const own = { versionId: version?.version ?? row.version, lastUpdated: instant(row.arrived), extension }
  return spliceResource(text, {
    id: row.id,
    meta: jsonObject(row.importSource === '' ? own : { ...own, source: sourceText(row.importSource) }),
    reference: (reference) => referenceText(view, row, reference),
    file: (place) => `Binary/${row.id}-${place}`,
  })
}

/** `Type/id` where the reference leads to a record that this client may read; null where it stays as it came. */
function referenceText(view: View, row: Row, reference: string): string | null {
  if (reference.startsWith('#')) return null
  const found = view.resolve(reference, row)
  if (found !== null) return `${found.type}/${found.id}`
  // What our own forms write for the person of the chart.
  return reference === 'Patient/self' ? `Patient/${view.patientId()}` : null
}

/** A source is a URI; file names of imports are not. */
function sourceText(source: string): string {
  return `urn:chartkeep:source:${encodeURIComponent(source.slice(0, 200))}`
}

export function instant(at: number): string {
  return new Date(at).toISOString()
}

/** Name and birth date as the owner chose to show them, for a client that may not read the profile. */
export function shownPatient(view: View): string {
  const { name, birthDate, id } = view.chart
  return stringifyJson(
    jsonObject({
      resourceType: 'Patient',
      id: hexName(id),
      meta: jsonObject({
        tag: [jsonObject({ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' })],
      }),
      ...(name !== '' && { name: [jsonObject({ text: name })] }),
      ...(birthDate !== '' && { birthDate }),
    }),
  )
}
