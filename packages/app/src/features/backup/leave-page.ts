/** The page and the note of the leaving zip: plain HTML and text in both languages, with nothing in them that runs or loads. */
import { COLLECTIONS, isSignature, parseJsonOrNull, shownStream, shownText } from '@chartkeep/domain'
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import { signatureWords } from '../../app/care/notes/signature-words.ts'
import { collectionLabel, withSocial } from '../../app/words/collection-label.ts'
import { factsOf } from '../../app/words/record-facts.ts'
import { titleOf } from '../../app/words/record-view.ts'
import { formatDay } from '../../i18n/dates.ts'
import { LANGUAGES } from '../../i18n/index.ts'
import { lineOf, say } from '../../i18n/said.ts'

/** Addresses of ours in a record's text hold the keys of its files, and mean nothing outside. */
export const FILE_ADDRESS = /chartkeep-file:[\w-]{22}\.([\w-]{22})\.[\w.-]*/gu
const INLINE_ADDRESS = /"chartkeep-data:[^"]*"/gu

export function withoutAddresses(text: string): string {
  return text.replace(INLINE_ADDRESS, '""').replace(FILE_ADDRESS, '')
}

/** What stands beside the charts: that nothing here is protected, and what is what. */
export function leaveNote(): string {
  const { en, 'zh-Hant-TW': zh } = say((t) => `${t('leave.noteTitle')}\n\n${t('leave.note')}\n`)
  return `${en}\n${zh}`
}

/** All records of one chart, list by list, newest first, as they stand in the app; signatures stand with the records that they sign. */
export function chartPage(
  name: string,
  records: readonly ChartRecord[],
  signatures: readonly SignatureView[],
  filesOf: ReadonlyMap<string, readonly string[]>,
): string {
  const both = (speaker: Parameters<typeof say>[0]) => escaped(lineOf(say(speaker), LANGUAGES))
  const known: readonly string[] = withSocial(COLLECTIONS)
  const shown = records.filter((record) => !isSignature(record))
  const signaturesByDoc = Map.groupBy(signatures, ({ record }) => record)
  const collections = [...new Set(shown.map(shownStream))].toSorted((a, b) => known.indexOf(a) - known.indexOf(b))
  const sections = collections.map((collection) => {
    const listed = shown.filter((record) => shownStream(record) === collection)
    const items = listed.toSorted((a, b) => (a.date < b.date ? 1 : -1)).map((record) => entry(record))
    return `<section><h2>${both((t) => collectionLabel(collection, t))}</h2>${items.join('')}</section>`
  })
  function entry(record: ChartRecord): string {
    const resource = parseJsonOrNull(withoutAddresses(record.resource))
    const title = both((t) => titleOf(record, t))
    const [english, chinese] = LANGUAGES.map((language) => {
      const facts = say((t, spoken) => (spoken === language ? JSON.stringify(factsOf(resource, t, language)) : ''))
      return JSON.parse(facts[language]) as ReturnType<typeof factsOf>
    })
    const rows = english!.map(({ label, value }, index) => {
      const other = chinese![index] ?? { label: '', value: '' }
      const text = value === other.value ? value : `${value} · ${other.value}`
      return `<dt>${escaped(`${label} ${other.label}`)}</dt><dd>${escaped(text)}</dd>`
    })
    const links = (filesOf.get(record.id) ?? []).map(
      (path) => `<li><a href="${escaped(path)}">${escaped(path)}</a></li>`,
    )
    const saved = both((t, language) => t('leave.saved', { time: formatDay(new Date(record.savedAt), language) }))
    const signed = (signaturesByDoc.get(record.doc) ?? []).map(
      (signature) => `<li>${both((t, language) => signatureWords(signature, record, { t, language }).text)}</li>`,
    )
    const signers = signed.length === 0 ? '' : `<h4>${both((t) => t('sign.list'))}</h4><ul>${signed.join('')}</ul>`
    const files = links.length === 0 ? '' : `<ul>${links.join('')}</ul>`
    return `<article><h3>${title}</h3><p>${escaped(record.date)} <small>${saved}</small></p><dl>${rows.join('')}</dl>${signers}${files}</article>`
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(name)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}article{border-top:1px solid #bbb}dt{font-weight:600}dd{margin:0 0 .5rem}header p{border:2px solid #a33;padding:.5rem}</style>
</head><body><header><h1>${escaped(name)}</h1><p>${both((t) => t('leave.noteTitle'))}</p></header>
<main>${sections.join('\n')}</main></body></html>
`
}

function escaped(text: string): string {
  return shownText(text).replace(/[&<>"']/gu, (sign) => `&#${sign.charCodeAt(0)};`)
}
