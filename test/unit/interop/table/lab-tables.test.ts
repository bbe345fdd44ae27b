/** Fixtures are made (test/fixtures/lab-csv/SOURCE.md): shapes of CSV that portals and laboratories give. */
import { readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import { describe, stringAt } from '@chartkeep/domain'
import { holdsResults, proposeMapping, tableResults, textOfTable, type TableProposal } from '@chartkeep/interop/table'

const FOLDER = new URL('../../../fixtures/lab-csv/', import.meta.url)
const fixture = (name: string) => textOfTable(readFileSync(new URL(name, FOLDER)))!

function proposed(text: string): TableProposal {
  const proposal = proposeMapping(text)
  if (typeof proposal === 'string') throw new Error(proposal)
  return proposal
}

/** Each result in short: day, test, value as lists show it, mark. */
function shown(text: string, proposal = proposed(text)): string[] {
  return tableResults(text, proposal.mapping)
    .records.filter(({ resource }) => resource['resourceType'] === 'Observation')
    .map(({ resource }) => {
      const { date, title, value, detail } = describe(resource)
      return `${date} | ${title} | ${value?.shown ?? detail} | ${value?.flag ?? ''}`
    })
}

group('tables of results', () => {
  test('one row a result, in English, with a limit, a titre, words and marks', () => {
    const text = fixture('lab-en-comma.csv')
    expect(proposed(text).questions).toEqual([])
    expect(shown(text)).toEqual([
      '2026-10-03 | Glucose, fasting | 126 mg/dL | high',
      '2026-10-03 | Hemoglobin A1c | 6.8 % | high',
      '2026-10-03 | HCV Ab | Non-reactive | normal',
      '2026-10-03 | hs-CRP | <0.30 mg/L | normal',
      '2026-10-03 | ANA titer | 1:80 | abnormal',
    ])
  })

  test('decimal commas, semicolons and days before months', () => {
    const text = fixture('lab-eu-decimal-comma.csv')
    expect(proposed(text)).toMatchObject({ questions: [], mapping: { decimals: ',', delimiter: ';' } })
    expect(shown(text)).toEqual([
      '2026-10-03 | Kreatinin | 0.92 mg/dl | normal',
      '2026-10-03 | HbA1c | 51 mmol/mol | high',
    ])
  })

  test('one column a test, empty cells are no results', () => {
    expect(shown(fixture('lab-wide.csv'))).toHaveLength(9)
    const text = '日期,血糖(mg/dL),備註\n115/01/05,99,\n115/02/05,,沒抽\n115/03/05,101,\n'
    expect(shown(text)).toEqual(['2026-01-05 | 血糖 | 99 mg/dL | none', '2026-03-05 | 血糖 | 101 mg/dL | none'])
  })

  test('days across the head of the table', () => {
    const text = '檢驗項目,單位,參考值,2025/10/01,2026/04/02\n肌酸酐,mg/dL,0.60-1.30,0.88,1.41\n尿酸,mg/dL,<7.0,,6.2\n'
    expect(proposed(text).mapping.layout).toBe('days-across')
    expect(shown(text)).toEqual([
      '2025-10-01 | 肌酸酐 | 0.88 mg/dL | normal',
      '2026-04-02 | 肌酸酐 | 1.41 mg/dL | high',
      '2026-04-02 | 尿酸 | 6.2 mg/dL | normal',
    ])
  })

  test('Chinese headers, a byte order mark, and years of the Republic', () => {
    expect(shown(fixture('lab-zh-utf8-bom.csv'))).toEqual([
      '2026-10-03 | 飯前血糖 | 126 mg/dL | high',
      '2026-10-03 | 肌酸酐 | 0.92 mg/dL | normal',
      '2026-09-01 | 白血球 | 6.42 10^3/uL | normal',
    ])
  })

  test('day and month that cannot be told apart are asked, and refused until somebody says', () => {
    const text = 'Date,Test,Result\n03/04/2026,Glucose,99\n05/06/2026,Glucose,101\n'
    const proposal = proposed(text)
    expect(proposal.questions).toEqual(['day-or-month'])
    const { records, refused, found } = tableResults(text, proposal.mapping)
    expect({ records, refused, found }).toEqual({
      records: [],
      refused: [
        { line: 2, fault: 'date-unsure' },
        { line: 3, fault: 'date-unsure' },
      ],
      found: 2,
    })
    const said = { ...proposal, mapping: { ...proposal.mapping, dates: { dayMonth: 'month' as const, isRoc: false } } }
    expect(shown(text, said)[0]).toMatch(/^2026-03-04/u)
    // One day after the 12th anywhere settles it for the table.
    expect(proposed(`${text}25/06/2026,Glucose,100\n`)).toMatchObject({
      questions: [],
      mapping: { dates: { dayMonth: 'day' } },
    })
  })

  test('a number that can be two is asked, and refused until somebody says', () => {
    const text = 'Date;Test;Result\n2026-01-02;Ferritin;1,234\n'
    const proposal = proposed(text)
    expect(proposal.questions).toEqual(['decimals'])
    expect(tableResults(text, proposal.mapping).refused).toEqual([{ line: 2, fault: 'value-unsure' }])
    expect(shown(text, { ...proposal, mapping: { ...proposal.mapping, decimals: ',' } })).toEqual([
      '2026-01-02 | Ferritin | 1.234 | none',
    ])
  })

  test('a unit in the cell of its value is told from the number', () => {
    const text =
      '日期,項目,結果\n2026-10-03,肌酸酐,0.92 mg/dL\n2026-10-03,白血球,6.42 10^3/uL\n2026-10-03,HbA1c,6.1%\n2026-10-03,HBsAg,Non-Reactive(0.32)\n'
    expect(shown(text)).toEqual([
      '2026-10-03 | 肌酸酐 | 0.92 mg/dL | none',
      '2026-10-03 | 白血球 | 6.42 10^3/uL | none',
      '2026-10-03 | HbA1c | 6.1 % | none',
      '2026-10-03 | HBsAg | Non-Reactive(0.32) | none',
    ])
  })

  test('a table of several people keeps them apart', () => {
    const text =
      'Patient Name,DOB,Date,Test,Result,Units\nA,1980-01-02,2026-01-02,Glucose,99,mg/dL\nB,1990-01-02,2026-01-02,Glucose,99,mg/dL\nA,1980-01-02,2026-02-02,Glucose,98,mg/dL\n'
    const { records } = tableResults(text, proposed(text).mapping)
    expect(
      records.map(({ resource }) => stringAt(resource, 'name', 'text') || stringAt(resource, 'subject', 'reference')),
    ).toEqual(['A', 'B', 'urn:chartkeep:person:1', 'urn:chartkeep:person:2', 'urn:chartkeep:person:1'])
  })

  test('found is taken and skipped and refused: the same result twice is one, an empty one is none', () => {
    const text =
      'Date,Test,Result\n2026-01-02,Glucose,99\n2026-01-02,Glucose,99\n,CHEMISTRY,\nsoon,Glucose,99\n2026-01-02,,99\n'
    const { records, refused, skipped, found } = tableResults(text, proposed(text).mapping)
    expect(records.length + refused.length + skipped.length).toBe(found)
    expect(skipped).toEqual([
      { line: 3, reason: 'repeated' },
      { line: 4, reason: 'no-content' },
    ])
    expect(refused).toEqual([
      { line: 5, fault: 'date-unreadable' },
      { line: 6, fault: 'no-test' },
    ])
  })

  test('lines above the headers, quotes over two lines, and a delimiter that the file names', () => {
    const text =
      'sep=;\nLaboratory report\n\nDate;Test;Result;Comment\n2026-01-02;"Glucose; ""fasting""";99;"first\nsecond"\n'
    const { records } = tableResults(text, proposed(text).mapping)
    expect(shown(text)).toEqual(['2026-01-02 | Glucose; "fasting" | 99 | none'])
    expect(records[0]).toMatchObject({ line: 5 })
    expect(stringAt(records[0]!.resource, 'note', 'text')).toBe('first\nsecond')
  })

  test('a table without headers is proposed by its cells, and always asked', () => {
    const text = '2026-01-02,Glucose,99,mg/dL\n2026-01-02,Creatinine,0.9,mg/dL\n'
    expect(proposed(text)).toMatchObject({ questions: ['columns'], mapping: { headerRow: -1 } })
    expect(shown(text)).toEqual([
      '2026-01-02 | Glucose | 99 mg/dL | none',
      '2026-01-02 | Creatinine | 0.9 mg/dL | none',
    ])
  })

  test('what begins like a formula is a text', () => {
    const text = 'Date,Test,Result\n2026-01-02,Comment,=HYPERLINK("http://a.example")\n'
    expect(stringAt(tableResults(text, proposed(text).mapping).records[0]!.resource, 'valueString')).toBe(
      '=HYPERLINK("http://a.example")',
    )
  })

  test('a table of something else is none of results, and text is no table', () => {
    expect(proposeMapping(fixture('not-labs.csv'))).toBe('no-results')
    expect(proposeMapping('Dear Mrs Chen,\n\nyour results, as we said,\nare fine.\n')).not.toHaveProperty('mapping')
    expect(holdsResults('date,amount,shop\n2026-01-02,99,Corner\n')).toBe(false)
    expect(holdsResults('')).toBe(false)
  })

  test('the key of a table holds its headers and no value', () => {
    const { key } = proposed(fixture('lab-en-comma.csv'))
    expect(key).toContain('test name')
    expect(key).not.toMatch(/126|glucose/iu)
    expect(proposed(`${fixture('lab-en-comma.csv')}2026-10-04 08:15,Sodium,140,mmol/L,136-145,,\n`).key).toBe(key)
  })
})

group('the encoding of a table', () => {
  const chinese = '檢驗日期,檢驗項目,結果,單位\n2026/10/03,飯前血糖,126,mg/dL\n'
  const german = 'Datum;Prüfung;Ergebnis;Einheit;Bemerkung\n03.10.2026;Eisen;98;µg/dl;nüchtern, für Ärztin Größe\n'

  test('UTF-16 with and without a mark, Big5 and Windows-1252', () => {
    const utf16 = Buffer.from(german, 'utf16le')
    const big5 = Uint8Array.from(readFileSync(new URL('made-big5.csv', FOLDER)))
    const latin1 = Buffer.from(german, 'latin1')
    expect(textOfTable(utf16)).toBe(german)
    expect(textOfTable(Buffer.concat([Buffer.of(0xff, 0xfe), utf16]))).toBe(german)
    expect(textOfTable(utf16.swap16())).toBe(german)
    expect(textOfTable(latin1)).toBe(german)
    expect(textOfTable(big5)).toBe(chinese)
    expect(shown(textOfTable(big5)!)).toEqual(['2026-10-03 | 飯前血糖 | 126 mg/dL | none'])
    expect(textOfTable(Uint8Array.of(1, 2, 0, 3))).toBeNull()
  })
})
