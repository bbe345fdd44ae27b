/**
 * Communication records of a thread: a message, a file that goes with one, and what a reader says of messages. A message is never changed; that it
 * arrived, was read or needs no answer are records of their own by whoever says so, so that nobody writes over another's.
 */
import { type CareReference, recordReference } from '../elements/care-references.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { type AttachmentForm, newAttachment } from '../builders/attachment.ts'
import { asJson } from '../practice/care-task.ts'
import { coded, given, list, overlaid } from '../builders/elements-written.ts'

/** System of the identifier that all records of a thread share. */
export const THREAD_SYSTEM = 'urn:chartkeep:thread'
/** System of {@link MessageMark} and of `message` in `category`. */
export const COMMUNICATION_SYSTEM = 'urn:chartkeep:communication'
/** Until when a message is shown without being asked for: a date. */
export const SHOWN_UNTIL = 'urn:chartkeep:extension:shown-until'

/** What a reader says of messages. `settled`: the practice no longer needs to answer them. */
export const MESSAGE_MARKS = ['delivered', 'read', 'settled'] as const
export type MessageMark = (typeof MESSAGE_MARKS)[number]

/** Category of a record that holds a file of a message (decision 0067). */
export const MESSAGE_FILE = 'file'

export interface NewMessage {
  /** Opaque; the same for all messages of the thread. */
  thread: string
  /** The subject line of the thread. */
  subject: string
  text: string
  /** Each with the `url` that the files of the chart give; without, where {@link newMessageFile} holds it. */
  files: readonly AttachmentForm[]
  from: CareReference
  to: readonly CareReference[]
  /** The chart that it is about. */
  about: CareReference
  /** An instant. */
  sent: string
  /** A FHIR date, or '' for no end. */
  shownUntil: string
}

/** A message as it is sent. */
export function newMessage(message: NewMessage): JsonObject {
  const words = given(message.text)
  return overlaid(null, {
    resourceType: 'Communication',
    status: 'completed',
    category: [coded(COMMUNICATION_SYSTEM, 'message')],
    topic: given(message.subject) === undefined ? undefined : jsonObject({ text: message.subject.trim() }),
    ...placed(message),
    recipient: list(message.to.map((person) => asJson(person))),
    sent: message.sent,
    payload: list([
      ...(words === undefined ? [] : [jsonObject({ contentString: words })]),
      ...message.files.map((file) => jsonObject({ contentAttachment: newAttachment(file) })),
    ]),
    extension:
      message.shownUntil === '' ? undefined : [jsonObject({ url: SHOWN_UNTIL, valueDate: message.shownUntil })],
  })
}

/**
 * A file next to the messages of its sender that name it by its hash. What a practice publishes has one text in both vaults, and a file is sealed for
 * one vault alone: so each vault gets a record of its own that holds it.
 */
export function newMessageFile(
  file: AttachmentForm,
  place: { thread: string; from: CareReference; about: CareReference; sent: string },
): JsonObject {
  return overlaid(null, {
    resourceType: 'Communication',
    status: 'completed',
    category: [coded(COMMUNICATION_SYSTEM, MESSAGE_FILE)],
    topic: given(file.title) === undefined ? undefined : jsonObject({ text: file.title.trim() }),
    ...placed(place),
    sent: place.sent,
    payload: [jsonObject({ contentAttachment: newAttachment(file) })],
  })
}

/** That somebody says so of the messages with these ids. */
export function newMark(
  kind: MessageMark,
  mark: { thread: string; messages: readonly string[]; from: CareReference; about: CareReference; sent: string },
): JsonObject {
  return overlaid(null, {
    resourceType: 'Communication',
    status: 'completed',
    category: [coded(COMMUNICATION_SYSTEM, kind)],
    ...placed(mark),
    inResponseTo: mark.messages.map((id) => asJson(recordReference(id, 'Communication'))),
    sent: mark.sent,
  })
}

function placed({ thread, about, from }: { thread: string; about: CareReference; from: CareReference }) {
  return {
    subject: asJson(about),
    partOf: [jsonObject({ identifier: jsonObject({ system: THREAD_SYSTEM, value: thread }), type: 'Communication' })],
    sender: asJson(from),
  }
}
