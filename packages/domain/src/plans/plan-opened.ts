/**
 * That the patient opened a version of a plan: their own record next to the plan, one for each plan, so that the practice sees which version was read.
 * It claims nothing more; that a version was acknowledged is a signature (content-signature).
 */
import { recordReference, referenceValue } from '../elements/care-references.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { careTaskOf, newCareTask, parameter, parametersOf, withParameters } from '../practice/care-task.ts'
import { overlaid } from '../builders/elements-written.ts'

/** A version that was opened, and when for the first time. */
export interface OpenedVersion {
  revision: string
  /** A FHIR instant. */
  at: string
}

/** Code of the outputs that name the versions. */
export const OPENED = 'opened'

/** The record of a plan that was opened for the first time. */
export function newPlanOpened(plan: string, version: OpenedVersion, person: JsonObject): JsonObject {
  const task = newCareTask({
    code: 'plan-opened',
    status: 'completed',
    list: 'plans',
    focus: recordReference(plan, 'CarePlan'),
    person,
    requester: null,
    owner: null,
    at: version.at,
    due: '',
  })
  return alsoOpened(task, version)
}

/** The record with one more version; one that it has stays as it was. */
export function alsoOpened(task: JsonObject, { revision, at }: OpenedVersion): JsonObject {
  const known = parametersOf(task, 'output', OPENED)
  if (known.some((output) => stringAt(output, 'valueString') === revision)) return task
  const added = parameter(OPENED, {
    extension: [jsonObject({ url: 'urn:chartkeep:extension:at', valueDateTime: at })],
    valueString: revision,
  })
  return overlaid(task, { output: withParameters(task, 'output', OPENED, [...known, added]) })
}

/** The plan and its versions that were opened; null for every other resource. */
export function planOpenedOf(task: unknown): { plan: string; versions: OpenedVersion[] } | null {
  if (careTaskOf(task) !== 'plan-opened') return null
  const versions = parametersOf(task, 'output', OPENED).map((output) => ({
    revision: stringAt(output, 'valueString'),
    at: openedAt(output),
  }))
  return { plan: referenceValue(objectAt(task, 'focus'), 'record'), versions }
}

/** When the version that an output names was opened. */
export function openedAt(output: JsonObject): string {
  return stringAt(output, 'extension', 'valueDateTime')
}
