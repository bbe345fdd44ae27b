/** Calendar files by the rules of RFC 5545, read back by a reader of this test. */
import { calendarFile, type CalendarEntry } from '@chartkeep/interop'
import fc from 'fast-check'
import ical, { type VEvent } from 'node-ical'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const NOW = Date.parse('2026-11-21T08:00:00Z')
const ENTRY: CalendarEntry = { seed: 'a', start: NOW, minutes: 30, alarmMinutes: 60 }

/** Unfolds (3.1) and splits into names with values. */
function linesOf(file: string): [string, string][] {
  expect(file.endsWith('\r\n')).toBe(true)
  return file
    .replace(/\r\n[ \t]/g, '')
    .slice(0, -2)
    .split('\r\n')
    .map((line) => [line.slice(0, line.search(/[:;]/)), line.slice(line.search(/[:;]/))])
}

function fields(entry: Partial<CalendarEntry>, title = 'Chartkeep reminder'): Record<string, string> {
  return Object.fromEntries(linesOf(calendarFile([{ ...ENTRY, ...entry }], { title, now: NOW })))
}

test('Calendar: a file has what RFC 5545 asks of it: version, product, UID and stamp, each block closed', () => {
  const lines = linesOf(calendarFile([ENTRY, { ...ENTRY, seed: 'b' }], { title: 'x', now: NOW }))
  expect(lines[0]).toEqual(['BEGIN', ':VCALENDAR'])
  expect(lines.at(-1)).toEqual(['END', ':VCALENDAR'])
  const open: string[] = []
  for (const [name, value] of lines) {
    if (name === 'BEGIN') open.push(value)
    if (name === 'END') expect(open.pop()).toBe(value)
  }
  expect(open).toEqual([])
  const all = (wanted: string) => lines.filter(([name]) => name === wanted).map(([, value]) => value)
  expect([all('VERSION'), all('PRODID').length]).toEqual([[':2.0'], 1])
  expect(all('DTSTAMP')).toEqual([':20261121T080000Z', ':20261121T080000Z'])
  expect(new Set(all('UID')).size).toBe(2)
})

test('Calendar: the same thing keeps its UID and is newer each time; the UID says nothing', () => {
  const first = fields({})
  const second = Object.fromEntries(linesOf(calendarFile([ENTRY], { title: 'x', now: NOW + 60_000 })))
  expect(second['UID']).toBe(first['UID'])
  expect(Number(second['SEQUENCE']?.slice(1))).toBeGreaterThan(Number(first['SEQUENCE']?.slice(1)))
  expect(fields({ seed: 'Metformin' })['UID']).toMatch(/^:[0-9a-f]{32}@chartkeep\.invalid$/u)
})

test('Calendar: moments are in UTC, times of day are local without a zone, days are dates', () => {
  expect(fields({})['DTSTART']).toBe(':20261121T080000Z')
  expect(fields({ start: '2026-03-29T08:00' })['DTSTART']).toBe(':20260329T080000')
  const day = fields({ start: '2026-12-01', alarmMinutes: -540 })
  expect(day['DTSTART']).toBe(';VALUE=DATE:20261201')
  expect(day['DURATION']).toBeUndefined()
  expect(day['TRIGGER']).toBe(':PT540M')
  expect(fields({})['TRIGGER']).toBe(':-PT60M')
  expect(fields({ alarmMinutes: null })['TRIGGER']).toBeUndefined()
})

test('Calendar: what comes again ends on a day, written as its start is', () => {
  const every = (
    everyDays: number,
    weekdays: NonNullable<CalendarEntry['repeats']>['weekdays'],
    start: number | string,
  ) => fields({ start, repeats: { everyDays, weekdays, until: '2027-02-19' } })['RRULE']
  expect(every(1, [], '2026-11-21T08:00')).toBe(':FREQ=DAILY;UNTIL=20270219T235959')
  expect(every(2, [], '2026-11-21')).toBe(':FREQ=DAILY;INTERVAL=2;UNTIL=20270219')
  expect(every(1, ['mon', 'thu'], NOW)).toBe(':FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20270219T235959Z')
})

test('Calendar: no line is longer than 75 bytes, no character is cut, and every title comes back', () => {
  const title = fc.string({ unit: 'grapheme', maxLength: 200 })
  fc.assert(
    fc.property(title, (text) => {
      const file = calendarFile([ENTRY], { title: text, now: NOW })
      for (const line of file.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
      expect(file).not.toContain('\uFFFD'.repeat(text.includes('\uFFFD') ? 300 : 1))
      const summary =
        linesOf(file)
          .find(([name]) => name === 'SUMMARY')?.[1]
          .slice(1) ?? ''
      const read = summary.replace(/\\([\\;,nN])/g, (_, sign: string) => (/n/iu.test(sign) ? '\n' : sign))
      // oxlint-disable-next-line no-control-regex -- what cannot be in a text is left out
      expect(read).toBe(text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, ''))
    }),
    seeded(300),
  )
  expect(fields({}, 'a;b,c\\d\ne')['SUMMARY']).toBe(':a\\;b\\,c\\\\d\\ne')
  const long = calendarFile([ENTRY], { title: '藥'.repeat(60), now: NOW })
  expect(long).toMatch(/\r\n 藥/u)
})

test.each([
  ['2027', '2027-01-01', true],
  ['2027-02', '2027-02-01', true],
  ['2027-02-09', '2027-02-09', true],
  ['2027-02-09T08:30', '2027-02-09T08:30', false],
  ['2027-02-09T08:30:15', '2027-02-09T08:30', false],
  ['2027-02-09T08:30:60', '2027-02-09T08:30', false],
  ['2027-02-09T08:30:00+08:00', '2027-02-09T00:30Z', false],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59Z', false],
  [Date.parse('2027-02-09T00:30:00Z'), '2027-02-09T00:30Z', false],
])('Calendar: %s is read by another reader as the day or the time that it is', (start, wanted, isDay) => {
  const file = calendarFile([{ ...ENTRY, start, repeats: { everyDays: 2, weekdays: [], until: '2027-04' } }], {
    title: 'Chartkeep reminder',
    now: NOW,
  })
  expect(file).not.toMatch(/NaN|Invalid/u)
  const events = Object.values(ical.sync.parseICS(file)).filter((part) => part?.type === 'VEVENT')
  expect(events).toHaveLength(1)
  const [event] = events as VEvent[]
  expect(event!.datetype).toBe(isDay ? 'date' : 'date-time')
  const begin = event!.start
  expect(Number.isNaN(begin.getTime())).toBe(false)
  const local = `${String(begin.getFullYear())}-${two(begin.getMonth() + 1)}-${two(begin.getDate())}`
  const shown = wanted.endsWith('Z')
    ? `${begin.toISOString().slice(0, 16)}Z`
    : isDay
      ? local
      : `${local}T${two(begin.getHours())}:${two(begin.getMinutes())}`
  expect(shown).toBe(wanted)
  // A month ends with its last day.
  expect(file).toMatch(/UNTIL=20270430/u)
})

test('Calendar: an entry whose start is no date is left out, and the others stay', () => {
  const entries = ['', 'soon', '2027-02-30', Number.NaN, 9e15, '2027-02-09'].map((start, index) => ({
    ...ENTRY,
    seed: String(index),
    start,
  }))
  const file = calendarFile(entries, { title: 'x', now: NOW })
  expect(file.match(/BEGIN:VEVENT/gu)).toHaveLength(1)
  expect(file).toContain('DTSTART;VALUE=DATE:20270209')
})

function two(number: number): string {
  return String(number).padStart(2, '0')
}
