/**
 * What a clinician says to the patient about a result, in the result itself, so that it is released, corrected and signed with it: FHIR's note of an
 * Observation; a DiagnosticReport of R4 has none, there it is an extension with the same Annotation.
 */
import { type CareMember, memberReference, referencedMember } from '../elements/care-references.ts'
import { objectAt, objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { asJson } from './care-task.ts'
import { given, list, overlaid } from '../builders/elements-written.ts'

/** A comment with its author. */
export interface Comment {
  text: string
  by: CareMember
  /** A FHIR instant. */
  at: string
}

const COMMENT = 'urn:chartkeep:extension:comment'

/** The result with the author's comment in the place of an earlier one of the same author; an empty text takes it out. */
export function withComment(result: JsonObject, { text, by, at }: Comment): JsonObject {
  const words = given(text)
  const annotation =
    words === undefined
      ? []
      : [jsonObject({ authorReference: asJson(memberReference(by.id, by.name)), time: at, text: words })]
  const isTheirs = (note: unknown) => authorOf(note)?.id === by.id
  if (typeOf(result) === 'Observation') {
    return overlaid(result, {
      note: list([...objectsAt(result, 'note').filter((note) => !isTheirs(note)), ...annotation]),
    })
  }
  const others = objectsAt(result, 'extension').filter(
    ({ url, valueAnnotation }) => url !== COMMENT || !isTheirs(valueAnnotation),
  )
  const extensions = annotation.map((valueAnnotation) => jsonObject({ url: COMMENT, valueAnnotation }))
  return overlaid(result, { extension: list([...others, ...extensions]) })
}

/** The comments of members of a practice on a result, in its order. */
export function commentsOf(result: unknown): Comment[] {
  const notes = [
    ...objectsAt(result, 'note'),
    ...objectsAt(
      objectsAt(result, 'extension').filter(({ url }) => url === COMMENT),
      'valueAnnotation',
    ),
  ]
  return notes.flatMap((note) => {
    const by = authorOf(note)
    return by === null ? [] : [{ text: stringAt(note, 'text'), by, at: stringAt(note, 'time') }]
  })
}

function authorOf(note: unknown): CareMember | null {
  return referencedMember(objectAt(note, 'authorReference'))
}
