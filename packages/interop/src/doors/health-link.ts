/** A SMART Health Link: its records are at another server, so a file that holds one gives none by itself. */
import { textOfFile } from '../bytes/text-file.ts'
import { refusal } from '../contract/fhir-items.ts'
import { readLink } from '../links/link-text.ts'
import type { Door, DoorOptions, ImportEvent, ImportInput } from '../contract/door.ts'
import { NO_COUNTS, ONE_REFUSED, progressAtEnd, wholeBytes } from './whole-text.ts'

export const healthLinkDoor: Door = { kinds: ['health-link'], read }

async function* read(input: ImportInput, options: DoorOptions): AsyncGenerator<ImportEvent> {
  const bytes = await wholeBytes(input, options)
  if (bytes === null) return yield { type: 'done', outcome: 'cancelled', counts: NO_COUNTS }
  const text = bytes instanceof Uint8Array ? textOfFile(bytes) : null
  const link = text === null ? 'not-a-link' : readLink(text, { allowsLoopback: true })
  yield bytes instanceof Uint8Array
    ? link === 'not-a-link' && text !== null
      ? refusal('file', 'link-missing')
      : typeof link === 'string'
        ? refusal('file', 'link-damaged', { detail: link })
        : refusal('file', 'link-elsewhere')
    : bytes
  yield progressAtEnd(input)
  yield { type: 'done', outcome: 'refused', counts: ONE_REFUSED }
}
