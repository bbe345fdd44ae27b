/** Fixtures are made or published under free licences (test/fixtures/apple/SOURCE.md). */
import { readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import { describe } from '@chartkeep/domain'
import { readForImport, sourceOf, type ImportRead } from '@chartkeep/interop'

const bytes = (name: string) => readFileSync(new URL(`../../../fixtures/apple/${name}`, import.meta.url))
const read = async (content: Uint8Array | string, name = 'export.xml') =>
  (await readForImport(sourceOf(Buffer.from(content)), name))!
const exportOf = (...lines: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n<!ELEMENT HealthData (Record*)>\n<!-- a > b ]> -->\n<!ENTITY e "x">\n]>\n<HealthData locale="en_US">\n <ExportDate value="2026-10-04 09:00:00 +0800"/>\n${lines.join('\n')}\n</HealthData>\n`
const record = (type: string, value: string, start: string, { unit = '', source = 'Watch', end = start } = {}) =>
  ` <Record type="HK${type}" sourceName="${source}" unit="${unit}" startDate="${start}" endDate="${end}" value="${value}"/>`
const shown = ({ items }: ImportRead) =>
  items.map(({ resource }) => {
    const { date, title, value, detail } = describe(resource)
    return `${date} | ${title} | ${value?.shown ?? detail}`
  })
const quantity = ({ items }: ImportRead, at = 0) =>
  JSON.parse(JSON.stringify(items[at]!.resource['valueQuantity'])) as { value: unknown; unit?: string }

group('an Apple Health export', () => {
  test('the made archive: vitals by day, single measurements once, clinical records of their own files', async () => {
    const file = await read(bytes('export-made-1.zip'), 'export.zip')
    expect(file.kind).toBe('apple-health')
    const titles = new Map<string, number>()
    for (const { resource } of file.items) {
      const { title } = describe(resource)
      titles.set(title, (titles.get(title) ?? 0) + 1)
    }
    expect(Object.fromEntries(titles)).toMatchObject({
      'Heart rate': 14,
      Steps: 14,
      'Blood pressure': 2,
      'Body weight': 1,
      HbA1c: 1,
    })
    // The document of the same measurements is passed by.
    expect(file.inside.map(({ path }) => path)).not.toContain('apple_health_export/export_cda.xml')
    expect(file.people.patients.map(({ name, count }) => [name, count])).toEqual([['Mei Chen', file.items.length]])
    expect(file.items.every(({ resource }) => describe(resource).collection !== 'conditions')).toBe(true)
  })

  test('a day of heart rates is one record with number, lowest, mean and highest', async () => {
    const file = await read(
      exportOf(
        ...['60', '80', '100'].map((value, at) =>
          record('QuantityTypeIdentifierHeartRate', value, `2026-09-01 0${at}:00:00 +0800`, { unit: 'count/min' }),
        ),
      ),
    )
    expect(shown(file)).toHaveLength(1)
    const { resource } = file.items[0]!
    expect(JSON.stringify(resource)).toMatch(/"Lowest".*"60".*"Highest".*"100".*"Number of measurements".*"3"/u)
    expect(describe(resource)).toMatchObject({ date: '2026-09-01', title: 'Heart rate' })
    expect(JSON.stringify(quantity(file).value)).toContain('80')
  })

  test('steps of two sources are never added: the source with the most on that day counts', async () => {
    const lines = [
      record('QuantityTypeIdentifierStepCount', '1000', '2026-09-01 08:00:00 +0800', {
        source: 'Phone',
        unit: 'count',
      }),
      record('QuantityTypeIdentifierStepCount', '1500', '2026-09-01 08:00:00 +0800', {
        source: 'Watch',
        unit: 'count',
      }),
      record('QuantityTypeIdentifierStepCount', '700', '2026-09-01 09:00:00 +0800', { source: 'Phone', unit: 'count' }),
    ]
    const file = await read(exportOf(...lines))
    expect(shown(file)).toEqual(['2026-09-01 | Steps | 1700'])
  })

  test('a blood pressure alone and inside its Correlation is one', async () => {
    const at = '2026-09-03 07:00:00 +0800'
    const parts = [
      record('QuantityTypeIdentifierBloodPressureSystolic', '131', at, { unit: 'mmHg' }),
      record('QuantityTypeIdentifierBloodPressureDiastolic', '85', at, { unit: 'mmHg' }),
    ]
    const file = await read(
      exportOf(
        ...parts,
        `<Correlation type="HKCorrelationTypeIdentifierBloodPressure" startDate="${at}">`,
        ...parts,
        '</Correlation>',
      ),
    )
    expect(shown(file)).toEqual(['2026-09-03T07:00:00+08:00 | Blood pressure | 131/85 mmHg'])
  })

  test('a night is from noon to noon, and spans that overlap count once', async () => {
    const asleep = (start: string, end: string, source: string) =>
      record('CategoryTypeIdentifierSleepAnalysis', 'HKCategoryValueSleepAnalysisAsleepCore', start, { end, source })
    const file = await read(
      exportOf(
        asleep('2026-09-01 23:00:00 +0800', '2026-09-02 03:00:00 +0800', 'Watch'),
        asleep('2026-09-02 02:00:00 +0800', '2026-09-02 06:30:00 +0800', 'Watch'),
        asleep('2026-09-01 23:00:00 +0800', '2026-09-02 05:00:00 +0800', 'Phone'),
        record(
          'CategoryTypeIdentifierSleepAnalysis',
          'HKCategoryValueSleepAnalysisInBed',
          '2026-09-01 22:00:00 +0800',
          { end: '2026-09-02 07:00:00 +0800' },
        ),
      ),
    )
    expect(shown(file)).toEqual(['2026-09-02 | Sleep | 7.50 h'])
    expect(file.skipped).toMatchObject([{ what: 'Sleep analysis, not asleep (1)', reason: 'no-place' }])
  })

  test('days older than 24 months are one record a month', async () => {
    const rate = (day: string, value: string) =>
      record('QuantityTypeIdentifierRestingHeartRate', value, `${day} 08:00:00 +0800`, { unit: 'count/min' })
    const file = await read(exportOf(rate('2023-03-01', '60'), rate('2023-03-09', '64'), rate('2026-09-01', '61')))
    expect(shown(file)).toEqual(['2023-03 | Resting heart rate | 62 /min', '2026-09-01 | Resting heart rate | 61 /min'])
  })

  test('shares become percentages, and glucose has the code of its unit', async () => {
    const share = await read(
      exportOf(record('QuantityTypeIdentifierOxygenSaturation', '0.97', '2026-09-01 08:00:00 +0800', { unit: '%' })),
    )
    expect(shown(share)).toEqual(['2026-09-01 | Oxygen saturation | 97.0 %'])
    const glucose = await read(
      exportOf(
        record('QuantityTypeIdentifierBloodGlucose', '5.4', '2026-09-01 08:00:00 +0800', {
          unit: 'mmol&lt;180.1558800000541&gt;/L',
        }),
      ),
    )
    expect(shown(glucose)).toEqual(['2026-09-01T08:00:00+08:00 | Glucose | 5.4 mmol/L'])
    expect(JSON.stringify(glucose.items[0]!.resource)).toContain('15074-8')
  })

  test('a later export corrects the day that was not over and doubles none', async () => {
    const step = (value: string, hour: string) =>
      record('QuantityTypeIdentifierStepCount', value, `2026-10-04 ${hour}:00:00 +0800`, { unit: 'count' })
    const before = await read(exportOf(step('100', '08')))
    const after = await read(exportOf(step('100', '08'), step('400', '12')))
    expect(after.items.map(({ identity }) => identity)).toEqual(before.items.map(({ identity }) => identity))
    expect(after.items[0]!.canonicalHash).not.toBe(before.items[0]!.canonicalHash)
  })

  test('what is not taken is counted by kind, what cannot be read is refused, and entities are never expanded', async () => {
    const file = await read(
      exportOf(
        record('QuantityTypeIdentifierHeadphoneAudioExposure', '60', '2026-09-01 08:00:00 +0800'),
        record('QuantityTypeIdentifierHeadphoneAudioExposure', '61', '2026-09-01 09:00:00 +0800'),
        record('QuantityTypeIdentifierBodyMass', 'heavy', '2026-09-01 09:00:00 +0800'),
        record('QuantityTypeIdentifierBodyMass', '62.4', '2026-09-01 09:00:00 +0800', {
          unit: 'kg',
          source: '&e; &lt;Scale>',
        }),
      ),
    )
    expect(file.skipped).toMatchObject([{ what: 'Headphone audio exposure (2)', reason: 'no-place' }])
    expect(file.refusals).toMatchObject([{ reason: 'no-resource', detail: '1' }])
    expect(JSON.stringify(file.items[0]!.resource)).toContain('"&e; <Scale>"')
  })

  test('an export without its end gives nothing', async () => {
    const whole = exportOf(
      record('QuantityTypeIdentifierBodyMass', '62.4', '2026-09-01 09:00:00 +0800', { unit: 'kg' }),
    )
    const cut = await read(whole.slice(0, -5))
    expect([cut.items, cut.fileRefusal?.reason]).toEqual([[], 'truncated'])
  })

  test('tags that are cut between two pieces are read as one', async () => {
    const content = Buffer.from(
      exportOf(
        record('QuantityTypeIdentifierBodyMass', '62.4', '2026-09-01 09:00:00 +0800', { unit: 'kg', source: '體重計' }),
      ),
    )
    const source = {
      size: content.length,
      async *stream() {
        for (let at = 0; at < content.length; at += 7) yield content.subarray(at, at + 7)
      },
    }
    const pieces = (await readForImport(source, 'export.xml'))!
    expect(shown(pieces)).toEqual(['2026-09-01T09:00:00+08:00 | Body weight | 62.4 kg'])
    expect(JSON.stringify(pieces.items[0]!.resource)).toContain('體重計')
  })

  test.each([
    ['rinoshiyo_apple-health-mcp-server__sample_export.xml', 5],
    ['tagbug_apple-health-analyzer__export.xml', 1],
    ['tdda_applehealthdata__export6s3sample.xml', 1],
  ])('an export of another maker is read: %s', async (name, atLeast) => {
    const file = await read(bytes(name), name)
    expect(file.fileRefusal).toBeNull()
    expect(file.items.length).toBeGreaterThanOrEqual(atLeast)
  })

  test.each(['x4-3-multi-empty-xml', 'x4-4-zip-slip', 'x4-5-original', 'x4-7-broken-xml'])(
    'an archive that is not as it should be gives a reason: %s',
    async (name) => {
      const file = await read(bytes(`rinoshiyo_apple-health-mcp-server__${name}.zip`), `${name}.zip`)
      expect(file.items).toEqual([])
      expect(
        [file.fileRefusal, ...file.refusals].filter((each) => each !== null).map(({ reason }) => reason),
      ).not.toContain('failed')
      expect(file.fileRefusal).not.toBeNull()
    },
  )
})
