/** The form of a lab result with what the chart already knows of its test: names, units, and the code by which it joins the trend. */
import { currentLanguage } from '../../i18n/index.ts'
import { EMPTY_LAB, LabForm } from '../../record-forms/lab-form.tsx'
import type { FormWork } from './form-records.ts'
import { labResource, labValues } from './lab-records.ts'
import { testNames } from '../words/test-codes.ts'
import { UNITS } from '../measures/units.ts'

/** See {@link FormWork}. */
export function LabEntry({ common, initial, others, views, start, save }: Omit<FormWork, 'about' | 'id'>) {
  const known = (test: string) => others.find(({ type, title }) => type === 'Observation' && title === test)
  const titles = others.filter(({ type }) => type === 'Observation').map(({ title }) => title)
  return (
    <LabForm
      {...common}
      suggestions={[...new Set([...titles, ...testNames(currentLanguage())])]}
      units={UNITS}
      initial={initial ? labValues(initial) : EMPTY_LAB}
      unitOf={(test) => {
        const other = known(test)
        return other ? (views.of(other).descriptor.value?.unit ?? '') : ''
      }}
      onSave={(values, reason) => {
        // A known test keeps its code, so that the new result joins the trend.
        const other = initial ? undefined : known(values.test.trim())
        const view = other ? views.of(other).descriptor : null
        const { unit = '', unitCode = '' } = view?.value ?? {}
        return save(labResource(values, start(), view ? { code: view.code, unit, unitCode } : null), reason)
      }}
    />
  )
}
