/** A day and a time of day in a zone of the IANA database as a moment, over changes of the clock; by Intl, no tables of ours. */

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * The moment in milliseconds at which clocks of the zone show `day` (`2026-03-29`) and `time` (`08:00`). A time that the clocks leap over is
 * taken as by the clocks before: 02:30 becomes 03:30. Of a time that comes twice the first is meant.
 */
export function zonedMoment(day: string, time: string, zone: string): number {
  const shown = Date.parse(`${day}T${time}:00Z`)
  const [before, after] = [offsetAt(shown - DAY_MS, zone), offsetAt(shown + DAY_MS, zone)]
  const early = shown - before
  if (offsetAt(early, zone) === before) return early
  const late = shown - after
  return offsetAt(late, zone) === after ? late : early
}

/** The day and the time of day that clocks of the zone show at a moment. */
export function zonedDay(moment: number, zone: string): { day: string; time: string } {
  const text = new Date(moment + offsetAt(moment, zone)).toISOString()
  return { day: text.slice(0, 10), time: text.slice(11, 16) }
}

const DAY_MS = 86_400_000

/** How far the clocks of the zone are ahead of UTC at a moment, in milliseconds. */
function offsetAt(moment: number, zone: string): number {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn-hc-h23', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(zone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  const shown = Date.UTC(
    parts['year'] ?? 0,
    (parts['month'] ?? 1) - 1,
    parts['day'] ?? 1,
    parts['hour'] ?? 0,
    parts['minute'] ?? 0,
    parts['second'] ?? 0,
  )
  return shown - Math.floor(moment / 1000) * 1000
}
