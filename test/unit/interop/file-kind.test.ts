import { fileKindOf, type FileKind } from '@chartkeep/interop'
import { expect, test } from 'vitest'

const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const zipped = (name: string) => `PK\u0003\u0004${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`

const KINDS: [what: string, bytes: string, kind: FileKind][] = [
  ['a PDF', '%PDF-1.7', 'pdf'],
  ['a JPEG', '\u00ff\u00d8\u00ff\u00e0', 'picture'],
  ['a HEIC photo', '\0\0\0\u0018ftypheic\0\0\0\0', 'picture'],
  ['a film', '\0\0\0\u0018ftypmp42\0\0\0\0', 'sound-or-film'],
  ['a recording', 'RIFF\0\0\0\0WAVEfmt ', 'sound-or-film'],
  ['a Word document', zipped('[Content_Types].xml'), 'office'],
  ['an old Word document', '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1', 'office'],
  ['RTF', '{\\rtf1\\ansi Letter}', 'office'],
  ['an archive', zipped('letter.txt'), 'zip'],
  ['a web page', '<!DOCTYPE html><html><body>Lab</body></html>', 'web-page'],
  ['XHTML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>', 'web-page'],
  ['a C-CDA summary', '<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"></ClinicalDocument>', 'ccda'],
  ['FHIR in XML', '<Patient xmlns="http://hl7.org/fhir"></Patient>', 'fhir-xml'],
  ['other XML', '<note>milk</note>', 'xml'],
  ['a contact card', 'BEGIN:VCARD\nFN:Mei', 'contact'],
  ['a calendar', 'BEGIN:VCALENDAR\n', 'calendar'],
  ['an HL7 v2 message', 'MSH|^~\\&|LAB|', 'hl7-v2'],
  ['a letter', 'Dear Mrs Chen,', 'text'],
  ['other JSON', '{"orders":[]}', 'json'],
  ['FHIR', '{"resourceType":"Patient"}', 'fhir-json'],
  ['nothing', '', 'empty'],
  ['noise', '\0\u0001\u0002\u0003', 'unknown'],
]

test.each(KINDS)('C13: a file is named by its bytes: %s', async (_what, bytes, kind) => {
  expect(await fileKindOf(new Blob([latin(bytes)]))).toBe(kind)
})
