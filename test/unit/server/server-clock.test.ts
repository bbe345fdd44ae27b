/** H8: the line that the server signs and judges by, and the days that it has lived through, on clocks that a test sets. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServerClock, createServerDays, firstTime, type ServerDay } from '@chartkeep/sync-server/testing'
import { describe, expect, test } from 'vitest'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY
const START = Date.UTC(2026, 10, 25)

/** A machine whose time of day is `ahead` of the truth; `run` lets time go by, in steps of a minute. */
function machine(newest: number | null = null, ahead = 0) {
  let gone = 0
  const state = { ahead }
  const clock = createServerClock({ now: () => START + gone + state.ahead, steady: () => gone }, newest)
  return {
    clock,
    state,
    truth: () => START + gone,
    jump: (ms: number) => void (gone += ms),
    run(ms: number) {
      const end = gone + ms
      while (gone < end) {
        gone = Math.min(end, gone + MINUTE)
        clock.now()
      }
    },
  }
}

describe('H8: the line', () => {
  test('H8: is the clock of the machine while that agrees, to the millisecond', () => {
    const { clock, truth, run } = machine()
    for (const ms of [1, MINUTE, HOUR, 40 * DAY]) {
      run(ms)
      expect([clock.now(), clock.state()]).toEqual([truth(), 'sure'])
    }
  })

  test('H8: never goes back: a clock that is restored by less than five minutes is waited for', () => {
    const { clock, state, truth, run } = machine()
    const before = clock.now()
    state.ahead = -4 * MINUTE
    expect([clock.now(), clock.state()]).toEqual([before, 'sure'])
    run(2 * MINUTE)
    expect(clock.now()).toBe(before)
    run(3 * MINUTE)
    expect(clock.now()).toBe(truth() - 4 * MINUTE)
  })

  test('H8: a step forward is followed after it has lasted two minutes, and is said to be waited for until then', () => {
    const { clock, state, truth, run } = machine()
    state.ahead = 47 * HOUR
    run(MINUTE)
    expect([clock.now(), clock.state()]).toEqual([truth(), 'waiting'])
    run(MINUTE)
    expect([clock.now(), clock.state()]).toEqual([truth(), 'waiting'])
    const steps: number[] = []
    clock.onStep((before) => void steps.push(before))
    run(MINUTE)
    expect([clock.now(), clock.state()]).toEqual([truth() + 47 * HOUR, 'sure'])
    expect(steps).toEqual([truth()])
  })

  test('H8: a step that does not last is forgotten', () => {
    const { clock, state, truth, run } = machine()
    for (const ahead of [HOUR, 2 * HOUR, 3 * HOUR, 0]) {
      state.ahead = ahead
      run(1.5 * MINUTE)
      expect(clock.now()).toBe(truth())
    }
    expect(clock.state()).toBe('sure')
  })

  test.each([
    ['+48 hours', 48 * HOUR],
    ['+3 years', 3 * YEAR],
    ['+10 years', 10 * YEAR],
    ['-6 minutes', -6 * MINUTE],
    ['-5 years', -5 * YEAR],
  ])(
    'H8: a clock %s for good is not followed; the line continues by monotonic time until the operator says so',
    (_, ahead) => {
      const { clock, state, truth, run } = machine()
      run(DAY / 2)
      state.ahead = ahead
      run(30 * DAY)
      expect([clock.now(), clock.state()]).toEqual([truth(), 'unsure'])
      clock.accept()
      expect([clock.now(), clock.state()]).toEqual([truth() + ahead, 'sure'])
      run(HOUR)
      expect([clock.now(), clock.state()]).toEqual([truth() + ahead, 'sure'])
    },
  )

  test.each([
    ['+3 years', 3 * YEAR],
    ['-5 years', -5 * YEAR],
  ])('H8: a clock %s for a moment has changed nothing once it is back', (_, ahead) => {
    const { clock, state, truth, run } = machine()
    state.ahead = ahead
    run(10 * MINUTE)
    expect(clock.state()).toBe('unsure')
    state.ahead = 0
    run(MINUTE)
    expect([clock.now(), clock.state()]).toEqual([truth(), 'sure'])
  })

  test('H8: many steps, or a clock that runs fast, gain no more than two days in a day', () => {
    for (const [every, by] of [
      [3 * MINUTE, 47 * HOUR],
      [MINUTE, 4 * MINUTE],
    ] as const) {
      const { clock, state, truth, run } = machine()
      for (let gone = 0; gone < 3 * DAY; gone += every) {
        state.ahead += by
        run(every)
      }
      expect(clock.now() - truth()).toBeLessThanOrEqual(3 * 2 * DAY)
      expect(clock.state()).toBe('unsure')
    }
  })

  test('H8: at a start an earlier clock is not believed, one up to 30 days later is, a later one is not', () => {
    for (const [since, state, line] of [
      [-YEAR, 'unsure', 0],
      [-6 * MINUTE, 'unsure', 0],
      [-4 * MINUTE, 'sure', 0],
      [0, 'sure', 0],
      [30 * DAY, 'sure', 30 * DAY],
      [30 * DAY + 1, 'unsure', 0],
      [3 * YEAR, 'unsure', 0],
    ] as const) {
      const { clock } = machine(START - since)
      expect([clock.now() - (START - since), clock.state()], `${since}`).toEqual([line, state])
    }
    expect(firstTime(null, 1)).toBe(1)
  })

  test('H8: a start with an earlier clock continues from the newest signed time, and a clock that comes right is followed', () => {
    const { clock, state, truth, run } = machine(START, -5 * YEAR)
    run(3 * HOUR)
    expect([clock.now(), clock.state()]).toEqual([truth(), 'unsure'])
    state.ahead = 8 * HOUR
    run(3 * MINUTE)
    expect([clock.now(), clock.state()]).toEqual([truth() + 8 * HOUR, 'sure'])
  })

  test('H8: a server that starts without a clock believes the first that is set, up to 30 days later, once it has lasted', () => {
    const { clock, state, truth, run } = machine(START, -5 * YEAR)
    run(MINUTE)
    state.ahead = 29 * DAY
    run(3 * MINUTE)
    expect([clock.now(), clock.state()]).toEqual([truth() + 29 * DAY, 'sure'])
    state.ahead = 32 * DAY
    run(3 * MINUTE)
    expect(clock.state()).toBe('unsure')
  })

  test('H8: under random steps of the clock the line never goes back and never leaves the truth for long', () => {
    let seed = 30
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const { clock, state, truth, run } = machine()
    let before = clock.now()
    for (let at = 0; at < 2000; at++) {
      state.ahead = random() < 0.3 ? 0 : (random() - 0.5) * 2 * 10 ** (random() * 12)
      run(random() * 10 * MINUTE)
      const now = clock.now()
      expect(now).toBeGreaterThanOrEqual(before)
      before = now
    }
    // Seven days went by: in each the line may gain two.
    expect(before - truth()).toBeLessThan(8 * 2 * DAY)
  })
})

describe('H8: days of the server', () => {
  function lived(known: ServerDay[] = [], newest = START) {
    const time = { line: newest, steady: 0 }
    const stored = new Map(known.map(({ day, time: begun }) => [day, begun]))
    const days = createServerDays({ now: () => time.line, steady: () => time.steady }, known, ({ day, time: begun }) =>
      stored.set(day, begun),
    )
    return {
      days,
      time,
      stored: () => [...stored].map(([day, begun]) => ({ day, time: begun })),
      both(ms: number) {
        time.line += ms
        time.steady += ms
      },
    }
  }

  test('H8: while clocks agree a time of days ago is the line less that time, to the millisecond', () => {
    const { days, time, both } = lived()
    for (const ms of [1, HOUR, 90 * DAY, DAY - 1, 1, 3.5 * DAY]) {
      both(ms)
      for (const back of [0, 1, HOUR, DAY, 30 * DAY, 400 * DAY]) expect(days.before(back)).toBe(time.line - back)
    }
  })

  test('H8: a line that leaps three years moves the days by one, and what was written before is a day older', () => {
    const { days, time, both } = lived()
    both(10 * DAY)
    const today = days.today()
    const written = time.line
    time.line += 3 * YEAR
    both(HOUR)
    expect(days.today()).toBe(today)
    both(DAY)
    expect(days.today()).toBe(today + 1)
    expect(days.before(3 * DAY)).toBeLessThan(written)
    both(3 * DAY)
    expect(days.before(3 * DAY)).toBeGreaterThan(written)
    expect(days.before(30 * DAY)).toBeLessThan(written)
  })

  test('H8: a day needs twenty hours of monotonic time', () => {
    const { days, time } = lived()
    time.line += DAY
    time.steady += DAY
    expect(days.today()).toBe(1)
    time.line += DAY
    time.steady += 20 * HOUR - 1
    expect(days.today()).toBe(1)
    time.steady += 1
    expect(days.today()).toBe(2)
  })

  test('H8: a server that was off for weeks begins one day at its start', () => {
    const first = lived()
    first.both(5 * DAY)
    first.days.today()
    const again = lived(first.stored(), first.time.line + 20 * DAY)
    expect(again.days.today()).toBe(6)
    again.both(DAY)
    expect(again.days.today()).toBe(7)
    expect(again.days.before(3 * DAY)).toBeLessThan(first.time.line)
  })

  test('H8: after an earlier clock was accepted nothing counts as older than it is', () => {
    const { days, time, both } = lived()
    both(5 * DAY)
    time.line += 3 * YEAR
    both(2 * DAY)
    days.today()
    const ahead = time.line - (START + 7 * DAY)
    time.line -= ahead
    days.putBack(time.line, ahead)
    const written = time.line
    both(2 * DAY)
    expect(days.before(3 * DAY)).toBeLessThanOrEqual(written)
    both(2 * DAY)
    expect(days.before(3 * DAY)).toBeGreaterThan(written)
  })
})

test('H8: no other module of the server reads a clock', () => {
  const folder = join(import.meta.dirname, '../../../sync-server/src')
  const readers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /Date\.now|new Date\(\)|performance\.now|hrtime|uptime\(/u.test(readFileSync(join(folder, file), 'utf8')),
    )
  expect(readers).toEqual(['time/server-clock.ts'])
})
