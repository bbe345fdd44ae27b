/** Cards, links and tables through the pipeline that the app and the command use. */
import { readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import { conversionOf, readForImport, sourceOf, type DoorOptions } from '@chartkeep/interop'
import { readIssuerKeys, readWithdrawals } from '@chartkeep/interop/cards'

const file = (path: string) => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url))
const NOW = Date.parse('2026-11-25T12:00:00Z')

const convert = async (bytes: Uint8Array, options: DoorOptions = {}) => {
  const read = (await readForImport(sourceOf(bytes), 'a', { now: NOW, ...options }))!
  const { found, taken, skipped, refused } = read.counts
  expect(taken + skipped + refused).toBe(found)
  return conversionOf(read)
}

const SPEC = 'https://spec.smarthealth.cards/examples/issuer'
const { keys } = await readIssuerKeys(file('cards/spec/gen2023-issuer-jwks.json').toString(), SPEC)
const { list } = readWithdrawals(
  file('cards/spec/gen2023-issuer-3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json').toString(),
  null,
)
const cardIssuers = [{ issuer: SPEC, name: 'Example clinic', isTrusted: true, keys, withdrawals: [list!] }]

group('a SMART Health Card as a file', () => {
  test('its person and vaccines are read, and it says what is known of its signature', async () => {
    const read = await convert(file('cards/spec/gen2023-example-00-e-file.smart-health-card'))
    expect(read.kind).toBe('health-card')
    expect(read.persons).toEqual([{ name: 'John B. Anyperson', birthDate: '1951-01-20', gender: '', records: 4 }])
    expect(read.records.map(({ type, date }) => `${type} ${date}`)).toEqual([
      'Patient 1951-01-20',
      'Immunization 2021-01-01',
      'Immunization 2021-01-29',
      'Immunization 2022-09-05',
    ])
    expect(read.warnings).toEqual([
      `SMART Health Card from ${SPEC}: its signature was not checked, because no key of its issuer is at hand.`,
    ])
    const known = await convert(file('cards/spec/gen2023-example-00-d-jws.txt'), { cardIssuers })
    expect(known.warnings).toEqual([
      'SMART Health Card from Example clinic: its signature is right, and its issuer is trusted.',
    ])
    expect(known.records).toEqual(read.records)
  })

  test('a card that was changed or withdrawn is refused by its reason, and costs no other card of the file', async () => {
    const changed = await convert(file('cards/negative/test-example-00-d-jws-invalid-signature.txt'), { cardIssuers })
    expect(changed).toMatchObject({ records: [], refused: [{ reason: 'card-changed', detail: 'signature-wrong' }] })
    const withdrawn = await convert(file('cards/spec/gen2023-example-03-d-jws.txt'), { cardIssuers })
    expect(withdrawn).toMatchObject({ records: [], refused: [{ reason: 'card-withdrawn' }] })
    const two = await convert(file('cards/negative/test-example-00-e-file-multi-jws-issues.smart-health-card'), {
      cardIssuers,
    })
    expect(two.refused).toMatchObject([{ reason: 'card-changed', detail: 'header-alg', place: 1 }])
    expect(two.records.map(({ type }) => type)).toEqual(['Patient', 'Immunization', 'Immunization'])
  })

  test('codes: a damaged one, and one of three', async () => {
    const odd = await convert(file('cards/negative/test-example-00-f-qr-code-numeric-value-0-odd-count.txt'))
    expect(odd.refused).toMatchObject([{ reason: 'card-code', detail: 'numeric-odd' }])
    const one = await convert(file('cards/spec/ig2025-example-02-f-qr-code-numeric-value-1.txt'))
    expect(one.refused).toMatchObject([{ scope: 'file', reason: 'card-incomplete' }])
  })

  test('FHIR Parameters that hold cards are read as cards', async () => {
    const read = await convert(file('cards/negative/test-example-00-fhirhealthcard-multi-jws.json'), { cardIssuers })
    expect([read.kind, read.warnings.length]).toEqual(['health-card', 2])
    expect(read.records.filter(({ type }) => type === 'Patient').length).toBeGreaterThan(0)
  })

  test('a second import of the same card brings nothing new, alone or with others', async () => {
    const names = async (bytes: Uint8Array) =>
      (await readForImport(sourceOf(bytes), 'a', { now: NOW }))!.items.map(({ identity }) => identity)
    const once = await names(file('cards/spec/gen2023-example-00-d-jws.txt'))
    expect(await names(file('cards/spec/gen2023-example-00-f-qr-code-numeric-value-0.txt'))).toEqual(once)
  })
})

test('a SMART Health Link says that its records are elsewhere, and a damaged one why', async () => {
  const link = await convert(file('links/hl7ig-IPS_IG-bundle-01-shl.txt'))
  expect(link).toMatchObject({ kind: 'health-link', refused: [{ scope: 'file', reason: 'link-elsewhere' }] })
  const sealed = await convert(file('links/hl7ig-IPS_IG-bundle-01-enc.txt'))
  expect(sealed).toMatchObject({ kind: 'health-link', refused: [{ scope: 'file', reason: 'link-missing' }] })
  const half = await convert(file('links/devtools-shlink-link.txt').subarray(0, 60))
  expect(half.refused).toMatchObject([{ reason: 'link-damaged', detail: 'payload-unreadable' }])
})

group('a table of results as a file', () => {
  test('results, people and refusals of a table are those of its rows', async () => {
    const read = await convert(file('lab-csv/lab-en-comma.csv'))
    expect(read.kind).toBe('lab-table')
    expect(read.records).toHaveLength(5)
    expect(read.records[0]).toMatchObject({
      list: 'labs',
      date: '2026-10-03',
      title: 'Glucose, fasting',
      value: '126 mg/dL',
      flag: 'high',
    })
    const unsure = await convert(Buffer.from('Date,Test,Result\n03/04/2026,Glucose,99\n'))
    expect(unsure).toMatchObject({ records: [], refused: [{ reason: 'table-date-unsure', place: 2 }] })
  })

  test('what the person confirmed goes before what the table seems to be', async () => {
    const bytes = Buffer.from('Date,Test,Result\n03/04/2026,Glucose,99\n')
    const tableMapping = {
      delimiter: ',' as const,
      headerRow: 0,
      layout: 'long' as const,
      uses: ['date' as const, 'test' as const, 'value' as const],
      tests: [],
      days: [],
      dates: { dayMonth: 'day' as const, isRoc: false },
      decimals: '.' as const,
    }
    expect((await convert(bytes, { tableMapping })).records).toMatchObject([{ date: '2026-04-03' }])
  })

  test('a table of something else stays a text', async () => {
    expect((await convert(file('lab-csv/not-labs.csv'))).kind).toBe('text')
  })
})
