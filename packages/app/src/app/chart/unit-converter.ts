/** UCUM's arithmetic, fetched when a trend first needs it: 12 kB that most screens do without. */
import { type Analyte, convertUnit } from '@chartkeep/domain'
import { useEffect, useState } from 'react'

/** A value of one UCUM unit in another; null where it cannot be told. */
export type Converter = (value: number, from: string, to: string, analyte: Analyte | null) => number | null

/** What does without the library: a value in its own unit. */
export const SAME_UNIT: Converter = (value, from, to) => (from === to ? value : null)

let loading: Promise<Converter> | null = null

/** The converter with the library; one for the whole app. */
export function loadConverter(): Promise<Converter> {
  loading ??= import('@atomic-ehr/ucum').then(
    ({ ucum }) =>
      (value, from, to, analyte) =>
        convertUnit(value, from, to, analyte, (number, source, target) => {
          try {
            const result = ucum.convert(number, source, target)
            return Number.isFinite(result) ? result : null
          } catch {
            // No UCUM unit, or one that measures something else: the value stays as it is.
            return null
          }
        }),
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
