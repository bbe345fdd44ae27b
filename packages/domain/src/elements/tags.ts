/** Words that a person puts on a record to find it by: tags of our own system in `meta.tag`, next to those of others. */
import { objectsAt, stringAt } from './elements.ts'

/** The system of these tags. */
export const TAG_SYSTEM = 'urn:chartkeep:tag'

/** The words on a record, as they were typed. */
export function tagsOf(resource: unknown): string[] {
  return objectsAt(resource, 'meta', 'tag')
    .filter((tag) => tag['system'] === TAG_SYSTEM)
    .map((tag) => stringAt(tag, 'code'))
    .filter((tag) => tag !== '')
}
