/** UCUM's arithmetic, fetched when a trend first needs it: 12 kB that most screens do without. */
import { type Converter, convertUnit } from '@chartkeep/domain'
import { useEffect, useState } from 'react'

/** What does without the library: a value in its own unit. */
export const SAME_UNIT: Converter = (value, from, to) => (from === to ? value : null)

/** A trend asks for the same numbers over and over, and the library parses both units each time. */
const MOST_KEPT = 10_000

let loading: Promise<Converter> | null = null

/** The converter with the library; one for the whole app. */
export function loadConverter(): Promise<Converter> {
  loading ??= import('@atomic-ehr/ucum').then(({ ucum }) =>
    kept((value, from, to, analyte) =>
      convertUnit(value, from, to, analyte, (number, source, target) => {
        try {
          const result = ucum.convert(number, source, target)
          return Number.isFinite(result) ? result : null
        } catch {
          // No UCUM unit, or one that measures something else: the value stays as it is.
          return null
        }
      }),
    ),
  )
  return loading
}

/** {@link SAME_UNIT} until the library is there, and where it cannot be had (a device that kept an older shell and is offline). */
export function useConverter(): Converter {
  const [converter, setConverter] = useState<Converter>(() => SAME_UNIT)
  useEffect(() => {
    let isGone = false
    loadConverter().then(
      (loaded) => {
        if (!isGone) setConverter(() => loaded)
      },
      () => {
        loading = null
      },
    )
    return () => {
      isGone = true
    }
  }, [])
  return converter
}

/** `convert` with the memory of its answers. */
function kept(convert: Converter): Converter {
  const answers = new Map<string, number | null>()
  return (value, from, to, analyte) => {
    const question = `${value} ${from} ${to} ${analyte?.key ?? ''}`
    const known = answers.get(question)
    if (known !== undefined) return known
    const answer = convert(value, from, to, analyte)
    if (answers.size >= MOST_KEPT) answers.clear()
    answers.set(question, answer)
    return answer
  }
}
