/** Inline files found in the text of a resource, taken out by place and restored character by character (B1). */
import fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import {
  alignReferences,
  asIs,
  asItWas,
  canonicalJson,
  dataReferences,
  inlineFiles,
  MAX_INLINE_BYTES,
  parseJson,
  spliced,
  withoutFileKeys,
  writeLiteral,
  writeReference,
} from '@chartkeep/domain'
import { sampleText } from '../../support/fhir-samples.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'
import { seeded } from '../../support/seeded.ts'

const base64 = (size: number) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, at) => (at * 151 + (at >> 7)) & 0xff)).toString('base64')
const BIG = base64(MAX_INLINE_BYTES + 1)
const HASH = 'A'.repeat(43)

const attachment = (literal: string, rest = '"contentType":"application/pdf"') =>
  `{"resourceType":"DocumentReference", "content":[ {"attachment":{${rest} , "data" : "${literal}","title":"a"}}]}`

function takenOut(text: string): { lean: string; back: (lean: string) => string } {
  const files = inlineFiles(text).filter((file) => file.readable)
  const known = new Map(files.map((file, index) => [`s.b${index}`, file.base64]))
  const lean = spliced(
    text,
    files.map(({ start, end, layout }, index) => ({
      start,
      end,
      words: writeReference({ layout, sha256: HASH, address: `s.b${index}` }),
    })),
  )
  const back = (from: string) =>
    spliced(
      from,
      dataReferences(from).map(({ start, end, layout, address }) => ({
        start,
        end,
        words: writeLiteral(known.get(address)!, layout),
      })),
    )
  return { lean, back }
}

group('layouts', () => {
  const lines = (width: number, line: string, tail = '') =>
    (BIG.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []).join(line) + tail

  test.each([
    ['plain', BIG, ''],
    ['with \\/', BIG.replaceAll('/', '\\/'), 's'],
    ['with \\u003d', base64(MAX_INLINE_BYTES + 3).replaceAll('=', '\\u003d'), 'e'],
    ['in lines of 76', lines(76, '\\r\\n'), 'w76r'],
    ['in lines of 64 with a last line break', lines(64, '\\n', '\\n'), 'w64nt'],
    ['all at once', lines(76, '\\r\\n', '\\r\\n').replaceAll('/', '\\/'), 'sw76rt'],
  ])('B1: data written %s leave the text and come back as they were', (_, literal, layout) => {
    const text = attachment(literal)
    expect(inlineFiles(text)).toMatchObject([{ readable: true, layout }])
    const { lean, back } = takenOut(text)
    expect(lean.length).toBeLessThan(400)
    expect(parseJson(lean).type).toBe('value')
    expect(back(lean)).toBe(text)
  })

  test.each([
    ['with a space in it', `${BIG.slice(0, 500)} ${BIG.slice(500)}`],
    ['in uneven lines', `${BIG.slice(0, 76)}\\n${BIG.slice(76, 100)}\\n${BIG.slice(100)}`],
    ['without its padding', base64(MAX_INLINE_BYTES + 3).replace(/=+$/, '')],
    ['with spare bits that are not zero', `${BIG.slice(0, -2)}B=`],
    ['with an escape in it', `${BIG.slice(0, 500)}\\u0041${BIG.slice(501)}`],
    ['with other characters', `${BIG.slice(0, 500)}-_${BIG.slice(502)}`],
  ])('B1: data %s are told apart and stay where they are', (_, literal) => {
    expect(inlineFiles(attachment(literal))).toMatchObject([{ readable: false }])
    expect(takenOut(attachment(literal)).lean).toBe(attachment(literal))
  })

  test('B1: any bytes in any layout come back', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(9),
        fc.constantFrom('', 's', 'e', 'se', 'w76r', 'w4n', 'w64nt', 'sew76rt'),
        (seed, more, layout) => {
          const bytes = seededBytes(seed)(MAX_INLINE_BYTES + 1 + more)
          const text = attachment(writeLiteral(Buffer.from(bytes).toString('base64'), layout))
          const { lean, back } = takenOut(text)
          expect(lean.length).toBeLessThan(400)
          expect(back(lean)).toBe(text)
        },
      ),
      seeded(40),
    )
  })
})

group('which data leave', () => {
  test('B1: 64 KiB stay, one byte more leaves', () => {
    expect(inlineFiles(attachment(base64(MAX_INLINE_BYTES)))).toEqual([])
    expect(inlineFiles(attachment(BIG))).toMatchObject([{ sizeBytes: MAX_INLINE_BYTES + 1 }])
  })

  test('B1: data of an Attachment wherever it is and of a Binary, and no other long text', () => {
    expect(inlineFiles(`{"resourceType":"Binary","data":"${BIG}"}`)).toHaveLength(1)
    expect(inlineFiles(`{"data":"${BIG}","resourceType":"Binary"}`)).toHaveLength(1)
    expect(inlineFiles(`{"photo":[{"data":"${BIG}","contentType":"image/png"}]}`)).toHaveLength(1)
    expect(inlineFiles(`{"contained":[{"resourceType":"Binary","data":"${BIG}"}],"x":1}`)).toHaveLength(1)
    expect(inlineFiles(`{"valueSampledData":{"period":1,"data":"${BIG}"}}`)).toEqual([])
    expect(inlineFiles(`{"text":{"div":"${BIG}"},"contentType":"data"}`)).toEqual([])
    expect(inlineFiles(`{"contentType":"a","data":["${BIG}"]}`)).toEqual([])
    expect(inlineFiles(`{"contentType":"a","data":{"data":"${BIG}"}}`)).toEqual([])
  })

  test('B1: a text that is no JSON gives nothing and does not throw', () => {
    fc.assert(
      fc.property(fc.nat(attachment(BIG).length - 1), (at) => {
        expect(() => inlineFiles(attachment(BIG).slice(0, at))).not.toThrow()
      }),
      seeded(100),
    )
  })

  test('B1: the report of a committed HL7 bundle, a PDF of 70,059 bytes, leaves and comes back', () => {
    const text = sampleText('hl7-r4-examples/Bundle-101.json')
    const [file] = inlineFiles(text)
    expect(file).toMatchObject({ readable: true, sizeBytes: 70_059 })
    const { lean, back } = takenOut(text)
    expect(lean.length).toBeLessThan(text.length - 90_000)
    expect(back(lean)).toBe(text)
  })
})

group('texts of others that look like references', () => {
  const reference = writeReference({ layout: '', sha256: HASH, address: 's.b.k' })
  test.each([reference, 'chartkeep-data:', `chartkeep-as-is:${reference}`, 'chartkeep-as-is:chartkeep-as-is:x'])(
    'B1: %j at data is marked, is no reference while marked, and comes back',
    (literal) => {
      const text = attachment(literal)
      expect(asIs(text)).not.toBe(text)
      expect(dataReferences(asIs(text))).toEqual([])
      expect(asItWas(asIs(text))).toBe(text)
    },
  )

  test('B1: elsewhere such text is text', () => {
    const text = `{"contentType":"a","title":"${reference}","note":"chartkeep-as-is:x"}`
    expect(asIs(text)).toBe(text)
    expect(asItWas(text)).toBe(text)
    expect(dataReferences(text)).toEqual([])
  })
})

test('B1, Y3: one file under two addresses is no difference; another file or layout is one', () => {
  const text = (hash: string, address: string, layout = '') =>
    attachment(writeReference({ layout, sha256: hash, address }))
  const other = 'B'.repeat(43)
  expect(alignReferences(text(HASH, 's.mine'), text(HASH, 's.theirs'))).toBe(text(HASH, 's.theirs'))
  expect(alignReferences(text(other, 's.mine'), text(HASH, 's.theirs'))).toBe(text(other, 's.mine'))
  expect(alignReferences(text(HASH, 's.mine', 's'), text(HASH, 's.theirs'))).toBe(text(HASH, 's.mine', 's'))
})

test('P1: what opens a file is not shown', () => {
  const parsed = parseJson(
    `{"a":[{"data":"${writeReference({ layout: '', sha256: HASH, address: 's.key' })}"}],"url":"chartkeep-file:s.key","title":"x"}`,
  )
  if (parsed.type !== 'value') throw new Error(parsed.reason)
  expect(canonicalJson(withoutFileKeys(parsed.value))).toBe(
    '{"a":[{"data":"chartkeep-data:…"}],"title":"x","url":"chartkeep-file:…"}',
  )
})
