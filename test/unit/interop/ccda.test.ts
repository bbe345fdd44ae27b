/** C-CDA for reading (B1): who, when, by whom, the narrative as plain blocks, and none of what a hostile file would do to a page. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { textOfFile } from '@chartkeep/interop'
import { type CcdaSection, type NarrativeBlock, piecesIn, readCcda } from '@chartkeep/interop/ccda'
import { expect, test } from 'vitest'
import { HOSTILE_CCDA } from '../../support/document-files.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const read = (text: string) => readCcda(bytesOf(text))
const around = (text: string) =>
  `<ClinicalDocument><component><structuredBody><component><section><title>S</title><text>${text}</text></section></component></structuredBody></component></ClinicalDocument>`
const blocksIn = (text: string) => read(around(text))?.sections[0]?.blocks

/** All that a reader sees, in order. */
function wordsOf(blocks: readonly NarrativeBlock[]): string {
  return blocks
    .map((block) => {
      if (block.type === 'paragraph') return block.runs.map((run) => (run.type === 'text' ? run.text : '\n')).join('')
      if (block.type === 'list') return [block.caption, ...block.items.map(wordsOf)].join(' ')
      return [block.caption, ...block.rows.flat().map((cell) => wordsOf(cell.blocks))].join(' ')
    })
    .join(' ')
}
const wordsOfSection = ({ blocks, sections }: CcdaSection): string =>
  [wordsOf(blocks), ...sections.map(wordsOfSection)].join(' ')

test('a published C-CDA (HL7, CC0) is read: person, time, author, custodian, and every part with its text', () => {
  const file = readFileSync(fileURLToPath(new URL('../../fixtures/ccda/hl7-ccd.xml', import.meta.url)))
  const document = readCcda(new Uint8Array(file))!
  expect(document).toMatchObject({
    title: 'Summary of Patient Chart',
    date: '2014-10-15T10:30:26-05:00',
    person: { name: 'Isabella Jones', birthDate: '1950-12-19' },
    authors: ['Patricia Patty Primary M.D.', 'The Doctors Together Physician Group'],
    keeper: 'Good Health HIE',
    embedded: null,
  })
  expect(document.sections.map(({ title }) => title)).toHaveLength(7)
  expect(document.sections.every((section) => section.title !== '' && wordsOfSection(section) !== '')).toBe(true)
})

test('what a hostile document holds is never in what comes out: no script, no picture, frame, style or handler of its own', () => {
  const document = read(HOSTILE_CCDA)!
  const text = JSON.stringify(document)
  expect(text).not.toMatch(/taken over|pixel\.png|alert|onclick|onerror|cda\.xsl/)
  expect(wordsOfSection(document.sections[0]!)).toContain(
    'Known allergies Substance Reaction Penicillin Hives & swelling\nin 1997',
  )
  const [paragraph, list] = document.sections[1]!.blocks
  expect(paragraph).toMatchObject({
    runs: [{ text: 'Come again ' }, { text: 'in May', styles: ['italic'] }, { text: '.' }],
  })
  expect(list).toMatchObject({ type: 'list', isOrdered: true })
  // An address is text for people, and leads nowhere by itself.
  expect(JSON.stringify(list)).toContain('"address":"https://evil.example/track?who=1"')
  expect(document.sections[2]).toEqual({ title: 'Codes only', blocks: [], sections: [] })
})

test('tables keep heads and spans, lists keep their order, nested blocks and styles stay, and white space is that of a text', () => {
  expect(
    blocksIn(
      '<table><thead><tr><th>A</th></tr></thead><tbody><tr><td colspan="2" rowspan="x">b <sub>2</sub></td></tr></tbody></table>',
    ),
  ).toEqual([
    {
      type: 'table',
      caption: '',
      rows: [
        [
          {
            isHead: true,
            columns: 1,
            rows: 1,
            blocks: [{ type: 'paragraph', runs: [{ type: 'text', text: 'A', styles: [] }] }],
          },
        ],
        [
          {
            isHead: false,
            columns: 2,
            rows: 1,
            blocks: [
              {
                type: 'paragraph',
                runs: [
                  { type: 'text', text: 'b ', styles: [] },
                  { type: 'text', text: '2', styles: ['sub'] },
                ],
              },
            ],
          },
        ],
      ],
    },
  ])
  expect(
    wordsOf(
      blocksIn(
        '  one\n  <br/> two <list><item><paragraph>x</paragraph><list><item>y</item></list></item></list>three',
      )!,
    ),
  ).toBe('one \ntwo  x  y three')
  expect(blocksIn('<content revised="delete">old</content>')).toMatchObject([{ runs: [{ styles: ['deleted'] }] }])
  expect(blocksIn('  \n ')).toEqual([])
})

test('names that every object has are no styles: of such an element and such a code only the text stays', () => {
  expect(
    blocksIn(
      '<__proto__>a</__proto__><constructor> b</constructor><content styleCode="constructor valueOf"> c</content>',
    ),
  ).toEqual([
    {
      type: 'paragraph',
      runs: ['a', ' b', ' c'].map((text) => ({ type: 'text', text, styles: [] })),
    },
  ])
})

test('a body that is a file of its own comes out with its type: base64, plain text, and nothing for what is neither', () => {
  const body = (attributes: string, text: string) =>
    read(
      `<ClinicalDocument><component><nonXMLBody><text ${attributes}>${text}</text></nonXMLBody></component></ClinicalDocument>`,
    )!.embedded
  const pdf = body('mediaType="application/pdf" representation="B64"', 'JVBER\n i0x')!
  expect([pdf.contentType, new TextDecoder().decode(pdf.bytes)]).toEqual(['application/pdf', '%PDF-1'])
  expect(new TextDecoder().decode(body('mediaType="text/plain"', ' a letter ')!.bytes)).toBe('a letter')
  expect([body('representation="B64"', '!!'), body('', ' ')]).toEqual([null, null])
})

test('what is no CDA document, or not well-formed, is none: other XML, cut short, crossed, too deep, or with a document type that declares', () => {
  const inner = '<ClinicalDocument><title>t</title></ClinicalDocument>'
  expect(read(inner)?.title).toBe('t')
  expect(read(`\ufeff<?xml version="1.0"?><!-- c --><!DOCTYPE ClinicalDocument>${inner}`)?.title).toBe('t')
  for (const bad of [
    '<html><body>ClinicalDocument</body></html>',
    '<ClinicalDocument><title>t</title>',
    '<ClinicalDocument><a></b></ClinicalDocument>',
    `${inner}${inner}`,
    `text ${inner}`,
    '<ClinicalDocument a=b/>',
    '<ClinicalDocument><![CDATA[</ClinicalDocument>',
    `<!DOCTYPE x [<!ENTITY a "aaaa">]>${inner}`,
    `<ClinicalDocument>${'<a>'.repeat(300)}${'</a>'.repeat(300)}</ClinicalDocument>`,
    '',
  ])
    expect([bad.slice(0, 60), read(bad)]).toEqual([bad.slice(0, 60), null])
})

test('entities of XML are read, others stay as they are, and none is ever expanded twice', () => {
  expect(wordsOf(blocksIn('&lt;b&gt; &amp;lt; &#20013;&#x6587; &nbsp; &#0; <![CDATA[<i>&amp;</i>]]>')!)).toBe(
    '<b> &lt; 中文 &nbsp; \ufffd <i>&amp;</i>',
  )
})

test('a text is read in the encoding that it has: marked, declared, UTF-8, Big5, Windows-1252; other bytes are no text', () => {
  const of = (...bytes: number[]) => textOfFile(Uint8Array.from(bytes))
  expect(textOfFile(bytesOf('血糖 5.4'))).toBe('血糖 5.4')
  expect(textOfFile(bytesOf('\ufeffa'))).toBe('a')
  // "中文" in Big5.
  expect(of(0xa4, 0xa4, 0xa4, 0xe5)).toBe('中文')
  expect(of(0xff, 0xfe, 0x2d, 0x4e)).toBe('中')
  expect(of(0x63, 0x61, 0x66, 0xe9, 0x20)).toBe('café ')
  expect(textOfFile(Uint8Array.from([...bytesOf('<?xml version="1.0" encoding="ISO-8859-1"?><a>'), 0xe9]))).toMatch(
    /é$/,
  )
  expect(of(0x50, 0x4b, 3, 4, 0, 0)).toBeNull()
  expect(textOfFile(bytesOf('<?xml version="1.0" encoding="no-such"?><a/>'))).toContain('<a/>')
})

test('a style counts once, however often it is said and within however many others', () => {
  const often = `<content styleCode="${'bold italics '.repeat(20_000)}">${'<b>x</b>'.repeat(20_000)}</content>`
  const [paragraph] = blocksIn(often)!
  expect(paragraph).toMatchObject({ type: 'paragraph' })
  const runs = paragraph!.type === 'paragraph' ? paragraph!.runs : []
  expect(runs).toHaveLength(20_000)
  for (const run of [runs[0], runs.at(-1)]) expect(run).toMatchObject({ styles: ['bold', 'italic'] })
})

test('a document of more parts than a device can hold is none, whatever its parts are', () => {
  const many = 1_000_001
  expect(read(around('<p/>'.repeat(many)))).toBeNull()
  expect(read(around(`<p ${'a="" '.repeat(many)}/>`))).toBeNull()
  expect(read(around('<![CDATA[]]>'.repeat(many)))).toBeNull()
  expect(read(around(`${'x<br/>'.repeat(400_000)}`))).not.toBeNull()
})

test('how much is in a document is counted through lists, tables and parts, and no further than asked', () => {
  const { sections } = read(
    around('<p>a<br/>b</p><list><item>c</item><item>d</item></list><table><tr><td>e</td><td>f</td></tr></table>'),
  )!
  // The part, a paragraph of three runs, and a list and a table of two paragraphs each.
  expect(piecesIn(sections, 1000)).toBe(15)
  expect(piecesIn(sections, 4)).toBe(4)
  expect(piecesIn([...sections, ...sections], 1000)).toBe(30)
})
