/**
 * What an import would write from a file, as plain data for `npm run convert`: the file's kind and version, its people,
 * each record as lists show it, and each refusal with its reason.
 */
import { describe, type Collection, type Flag, type RecordStatus } from '@chartkeep/domain'
import type { FhirItem, Notice, Refusal, RefusalReason } from '../contract/fhir-items.ts'
import { documentVersion, fhirVersionOf, type FhirVersion } from '../fhir/fhir-version.ts'
import type { SkipReason } from '../contract/door.ts'
import type { FileKind } from '../contract/door.ts'
import type { ImportRead } from '../doors/read-files.ts'

export interface Conversion {
  kind: FileKind
  /** FHIR version that the resources show. FHIR does not name it in a file, so a plain one is `unknown`; it is read as R4. */
  version: FhirVersion
  persons: ConvertedPerson[]
  records: ConvertedRecord[]
  warnings: string[]
  /** What was read and did not become a record, with the reason. */
  skipped: ConvertedSkip[]
  refused: ConvertedRefusal[]
}

export interface ConvertedPerson {
  /** As written; '' when not known. */
  name: string
  birthDate: string
  gender: string
  /** How many records are about this person. */
  records: number
}

export interface ConvertedRecord {
  list: Collection
  type: string
  title: string
  /** As written; '' for none. */
  date: string
  status: RecordStatus
  statusCode: string
  /** The value or the one fact next to the title, as the app shows it. */
  value: string
  /** How the value lies to the source's word or to its range, as the app marks it; `none` where neither says it. */
  flag: Flag
  /** Indexes of `persons`. Empty: it names nobody (a practitioner, a place); an import writes it with the records that refer to it. */
  persons: number[]
  warnings: string[]
}

export interface ConvertedRefusal {
  /** `file`: no part of the file is read. */
  scope: Refusal['scope']
  reason: string
  words: string
  type: string
  /** Entry of the Bundle or line of the file, from 1; 0 when not known. */
  place: number
  /** Path inside the archive; left out for the file itself. */
  file?: string
  /** Code of the exact fault; left out where the reason says all. */
  detail?: string
}

export interface ConvertedSkip {
  /** Its section, element or column; never content. */
  what: string
  reason: string
  words: string
  place: number
  /** Path inside the archive; left out for the file itself. */
  file?: string
}

/** The file as {@link Conversion}. `kind`: as {@link ImportRead.kind} where it is left out. */
export function conversionOf(read: ImportRead, kind: FileKind = read.kind): Conversion {
  const { items, people, refusals, fileRefusal, notices, skipped } = read
  const counts = new Map<string, number>()
  for (const item of items) for (const key of people.peopleOf(item)) counts.set(key, (counts.get(key) ?? 0) + 1)
  // Files that were read together share their people; here are those of this one.
  const patients = people.patients.filter(({ key }) => counts.has(key))
  const indexes = new Map(patients.map(({ key }, index) => [key, index]))
  return {
    kind,
    version: documentVersion(new Set(items.map(({ resource, readAs }) => readAs?.version ?? fhirVersionOf(resource)))),
    persons: patients.map(({ key, name, birthDate, gender }) => ({
      name,
      birthDate,
      gender,
      records: counts.get(key) ?? 0,
    })),
    records: items.map((item) =>
      convertedRecord(
        item,
        people.peopleOf(item).flatMap((key) => indexes.get(key) ?? []),
        people.isUnclear(item),
      ),
    ),
    warnings: notices.map(noticeWords),
    skipped: skipped.map(({ what, reason, place, file }) => ({
      what,
      reason,
      words: SKIP_WORDS[reason],
      place,
      ...(file === '' ? {} : { file }),
    })),
    refused: [...(fileRefusal === null ? [] : [fileRefusal]), ...refusals].map(convertedRefusal),
  }
}

const SKIP_WORDS: Readonly<Record<SkipReason, string>> = {
  'no-place': 'It was read, and no kind of record here can hold it.',
  'no-content': 'The source says nothing in it.',
  'only-as-text': 'Only the text for people names it; no coded entry does.',
  repeated: 'It says the same as another statement of the file.',
  'part-of-another': 'It is a part of another record, which holds it.',
}

function convertedRecord({ resource, readAs }: FhirItem, persons: number[], isUnclear: boolean): ConvertedRecord {
  const { collection, type, title, date, status, statusCode, detail, value } = describe(resource)
  return {
    list: collection,
    type,
    title,
    date,
    status,
    statusCode,
    value: value?.shown ?? detail,
    flag: value?.flag ?? 'none',
    persons,
    warnings: [
      ...(isUnclear ? ['The file does not settle whose record this is. An import leaves it out.'] : []),
      ...(readAs === null ? [] : [readAsWords(readAs)]),
    ],
  }
}

function noticeWords(notice: Notice): string {
  if (notice.kind === 'card') {
    const from = `SMART Health Card from ${notice.name || notice.issuer}: ${CARD_WORDS[notice.verdict]}.`
    return notice.isExpired ? `${from} It has expired.` : from
  }
  if (notice.kind === 'outcome') return `The server told (${notice.severity || 'no severity'}): ${notice.text}`
  const { here, total } = notice
  return total === null
    ? `The file holds ${here} results, and the server has more: the export is cut off.`
    : `The file holds ${here} of ${total} results: the export is cut off.`
}

function readAsWords({ version, moved, aside }: NonNullable<FhirItem['readAs']>): string {
  const kept = aside.length === 0 ? '' : ` Kept in an extension, for R4 has no place for it: ${aside.join(', ')}.`
  return `FHIR ${version.toUpperCase()}, read as R4.${moved.length === 0 ? '' : ` Moved: ${moved.join(', ')}.`}${kept}`
}

function convertedRefusal({ scope, reason, resourceType, place, file, detail }: Refusal): ConvertedRefusal {
  const where = { ...(file === '' ? {} : { file }), ...(detail === '' ? {} : { detail }) }
  return { scope, reason, words: REASON_WORDS[reason], type: resourceType, place, ...where }
}

const CARD_WORDS = {
  verified: 'its signature is right, and its issuer is trusted',
  unlisted: 'its signature is right, and its issuer is not on the list of trusted issuers',
  unchecked: 'its signature was not checked, because no key of its issuer is at hand',
} as const

const REASON_WORDS: Readonly<Record<RefusalReason, string>> = {
  'card-code': 'The text of the QR code is damaged.',
  'card-damaged': 'The SMART Health Card is damaged.',
  'card-incomplete': 'The SMART Health Card is in several QR codes, and not all of them are here.',
  'card-changed': 'The SMART Health Card was changed after it was issued, or its signature is wrong.',
  'card-withdrawn': 'The issuer of the SMART Health Card withdrew it.',
  'link-damaged': 'The SMART Health Link is damaged.',
  'link-elsewhere': 'The file is a SMART Health Link. Its records are at another server; open the link to read them.',
  'link-missing': 'The file is sealed. The SMART Health Link that has its key is not here.',
  'no-results': 'The table holds no results.',
  'table-date': 'The date of the row cannot be read.',
  'table-date-unsure': 'The table does not say whether day or month comes first, so the date can be two.',
  'table-number-unsure': 'The table does not say which sign is before decimals, so the number can be two.',
  'table-no-test': 'The row does not name its test.',
  empty: 'The file is empty.',
  unreadable: 'The file could not be read.',
  'damaged-archive': 'The packed file is damaged.',
  'not-text': 'The file is binary and of no kind that is read.',
  'not-json': 'The file is no JSON.',
  xml: 'The file is XML, which is not read as records.',
  'bad-xml': 'The XML is not well-formed, or has a document type of its own.',
  pdf: 'The file is a PDF, which is not read as records.',
  failed: 'Reading the file failed here. This is a fault of this program and not of the file.',
  zip: 'The file is an archive that could not be opened.',
  encrypted: 'The archive is locked by a password. Unpack it with the password first.',
  'too-many-files': 'The archive holds more files than the limit.',
  overlapping: 'The archive is made to unpack without end.',
  'no-records': 'The file holds no record.',
  'not-fhir': 'The JSON is no FHIR.',
  'too-large': 'The file or the line is larger than the limit.',
  'too-many': 'The file holds more entries than the limit.',
  truncated: 'The text ends too early.',
  'fhir-dstu2': 'The record is FHIR DSTU2 in a shape that R4 does not have.',
  'fhir-stu3': 'The record is FHIR STU3 in a shape that R4 does not have.',
  'fhir-r5': 'The record is FHIR R5 in a shape that R4 does not have.',
  syntax: 'The text is no valid JSON.',
  'too-deep': 'The data are nested too deeply.',
  'duplicate-key': 'One field stands twice in the same object.',
  'no-resource': 'The entry holds no resource.',
  deleted: 'The source says that this record was deleted.',
  duplicate: 'The same record stands in the file before.',
  'duplicate-id': 'Another record with the same identity stands in the file before.',
  'older-version': 'A later version of the record stands in the file.',
  'resource-too-large': 'The record is larger than the limit.',
  'bad-base64': 'A file inside the record is no valid base64, and the record is too large with it.',
}
