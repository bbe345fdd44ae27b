/** Writes a dose down by one tap, and takes it back: what is undone stays in the history, marked as entered in error. */
import { doseOf, isJsonObject, newDose, stringifyJson } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { localTime } from '../../ui/fields/date-entry.ts'
import { useChart } from '../context/app-context.tsx'
import { patientText } from '../words/chart-patient.ts'
import { referenceOf } from '../words/record-reference.ts'
import { useObservable } from '../hooks/use-observable.ts'
import { enteredInErrorText } from '../words/error-mark.ts'

/** Who presses twice, as some do everywhere, has taken one dose. */
const SAME_TAP_MS = 1_000

/** The planned dose that is answered: a local day and time; `time` is '' where the plan gives none. */
export interface PlannedDose {
  day: string
  time: string
}

/** What happened with the last tap. */
export type DoseOutcome =
  { type: 'taken' | 'skipped'; id: string; medicine: ChartRecord; at: Date } | { type: 'undone' } | { type: 'failed' }

/** One tap at a time; `busy` names the medicine whose dose is being saved. */
export function useTakeDose() {
  const { t } = useTranslation()
  const { chart, views } = useChart()
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const profiles = useObservable(profile$) ?? []
  const [outcome, setOutcome] = useState<DoseOutcome | null>(null)
  const [busy, setBusy] = useState('')
  const last = useRef({ key: '', at: 0 })

  const write = async (medicine: ChartRecord, answer: 'taken' | 'skipped', planned: PlannedDose | null) => {
    const { resource } = views.of(medicine)
    if (!isJsonObject(resource) || busy !== '') return
    const key = `${medicine.id} ${planned?.day} ${planned?.time}`
    if (last.current.key === key && Date.now() - last.current.at < SAME_TAP_MS) return
    setBusy(medicine.id)
    const at = new Date()
    const due = planned && planned.time !== '' ? localTime(new Date(`${planned.day}T${planned.time}:00`)) : ''
    const dose = {
      ...doseOf(resource, referenceOf(medicine, views)),
      answer,
      // A dose that was not taken has no time of its own but the one when it should have been.
      at: answer === 'skipped' && due !== '' ? due : localTime(at),
      planned: due,
    }
    const saved = await chart
      .save({
        collection: medicine.collection,
        resource: stringifyJson(newDose(dose, `Patient/${patientText(profiles, 'id') || 'self'}`)),
      })
      .catch(() => ({ type: 'failed' as const }))
    setOutcome(saved.type === 'saved' ? { type: answer, id: saved.record.id, medicine, at } : { type: 'failed' })
    // From when it can be pressed again, however long the disk took.
    if (saved.type === 'saved') last.current = { key, at: Date.now() }
    setBusy('')
  }
  const undo = async (dose: ChartRecord) => {
    const text = enteredInErrorText(dose.resource, t('deed.undo'))
    if (text === null || busy !== '') return
    setBusy(dose.id)
    const saved = await chart
      .save({ collection: dose.collection, resource: text, id: dose.id })
      .catch(() => ({ type: 'failed' as const }))
    setOutcome({ type: saved.type === 'saved' ? 'undone' : 'failed' })
    last.current = { key: '', at: 0 }
    setBusy('')
  }
  return { outcome, busy, write, undo }
}
