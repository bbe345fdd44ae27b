/** A person's age by a FHIR birth date, with exactly the precision of the date. */

/** Full years on the day `now`; of a year alone the lower of the two possible ages, with `isAbout`. Null for no date and for a future one. */
export function ageOf(birthDate: string, now: Date): { years: number; isAbout: boolean } | null {
  const read = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/u.exec(birthDate)
  if (read === null) return null
  const [, year = '', month, day] = read
  const wanted = [now.getMonth() + 1, now.getDate()] as const
  const hasPassed =
    month !== undefined &&
    (Number(month) < wanted[0] || (Number(month) === wanted[0] && day !== undefined && Number(day) <= wanted[1]))
  const years = now.getFullYear() - Number(year) - (hasPassed ? 0 : 1)
  const isAbout = month === undefined || (day === undefined && Number(month) === wanted[0])
  if (years < -1 || (years === -1 && !isAbout)) return null
  return { years: Math.max(0, years), isAbout }
}
