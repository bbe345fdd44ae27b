/** One file as a record names it: a FHIR Attachment, whose bytes are a sealed blob that `url` leads to. */
import { numberTextAt, objectsAt, stringAt } from '../elements/elements.ts'
import { JsonNumber, jsonObject, type JsonObject } from '../elements/json.ts'
import { given } from './elements-written.ts'

/** One file of a document or a message. */
export interface AttachmentForm {
  title: string
  contentType: string
  sizeBytes: number
  /** Where the sealed file is: opaque text that the sync side gives out, kept as it is; '' where another record holds it. */
  url: string
  /** base64url SHA-256 of the file's bytes, '' when not known. */
  sha256: string
}

const SHA256 = 'urn:chartkeep:extension:sha-256'

/** The Attachment of a file. */
export function newAttachment({ title, contentType, sizeBytes, url, sha256 }: AttachmentForm): JsonObject {
  return jsonObject({
    extension: sha256 === '' ? undefined : [jsonObject({ url: SHA256, valueString: sha256 })],
    contentType: given(contentType),
    url: given(url),
    size: new JsonNumber(String(sizeBytes)),
    title: given(title),
  })
}

/** What an Attachment says of its file. */
export function attachmentForm(attachment: JsonObject): AttachmentForm {
  return {
    title: stringAt(attachment, 'title'),
    contentType: stringAt(attachment, 'contentType'),
    sizeBytes: Number(numberTextAt(attachment, 'size') || '0'),
    url: stringAt(attachment, 'url'),
    sha256: stringAt(
      objectsAt(attachment, 'extension').find((extension) => extension['url'] === SHA256),
      'valueString',
    ),
  }
}
