/** When a child's chart becomes the child's own to hold: the eighteenth birthday, told three months before. */

const OF_AGE = 18
const NOTICE_DAYS = 90
const DAY_MS = 86_400_000

export interface ComingOfAge {
  /** The eighteenth birthday, `YYYY-MM-DD`. */
  day: string
  isOver: boolean
}

/**
 * Null while it is further away, and for a birth date that says no month (a year alone could be a year wrong). Of a month the first day
 * counts: rather a reminder too early than a chart held too long.
 */
export function comingOfAge(birthDate: string, now: Date): ComingOfAge | null {
  const read = /^(\d{4})-(\d{2})(?:-(\d{2}))?$/u.exec(birthDate)
  if (read === null) return null
  const [, year = '', month = '', day = '01'] = read
  // Born on 29 February: of age on 1 March, as the calendar turns the day over.
  const birthday = new Date(Number(year) + OF_AGE, Number(month) - 1, Number(day))
  if (birthday.getTime() - now.getTime() > NOTICE_DAYS * DAY_MS) return null
  const pad = (number: number) => String(number).padStart(2, '0')
  return {
    day: `${birthday.getFullYear()}-${pad(birthday.getMonth() + 1)}-${pad(birthday.getDate())}`,
    isOver: birthday.getTime() <= now.getTime(),
  }
}
