/**
 * Which versions of results a person has opened, so that what is no news on one device is none on the others: a record in the private list of
 * results, one of each device, so that two that were away from each other never meet. No practice reads it.
 */
import type { CareReference } from '../elements/care-references.ts'
import { stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { careTaskOf, newCareTask, parametersOf, withParameters } from '../practice/care-task.ts'
import { overlaid } from '../builders/elements-written.ts'
import { alsoOpened, OPENED, openedAt, type OpenedVersion } from '../plans/plan-opened.ts'

/** The record with these versions too. `before`: what it was, null for a new one; what was opened before `since` (an instant) is left out. */
export function resultsOpened(
  before: JsonObject | null,
  versions: readonly OpenedVersion[],
  { about, since }: { about: CareReference; since: string },
): JsonObject {
  const at = versions.at(-1)?.at ?? since
  const task =
    before ??
    newCareTask({
      code: 'results-opened',
      status: 'completed',
      list: 'labs',
      focus: about,
      person: about,
      requester: null,
      owner: null,
      at,
      due: '',
    })
  const recent = parametersOf(task, 'output', OPENED).filter((output) => openedAt(output) >= since)
  const kept = overlaid(task, { output: withParameters(task, 'output', OPENED, recent) })
  return versions.reduce((result, version) => alsoOpened(result, version), kept)
}

/** Revisions that such a record names; null for every other resource. */
export function resultsOpenedOf(task: unknown): string[] | null {
  if (careTaskOf(task) !== 'results-opened') return null
  return parametersOf(task, 'output', OPENED).map((output) => stringAt(output, 'valueString'))
}
