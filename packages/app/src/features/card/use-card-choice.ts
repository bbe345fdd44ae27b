/**
 * The owner's choice for the emergency card, kept in the chart: a change is on the screen at once and written a moment later, or when the screen
 * is left. What another device of the owner chose shows until something is ticked here.
 */
import {
  changedEmergencyCard,
  emergencyCardChoice,
  type EmergencyCardChoice,
  isJsonObject,
  newEmergencyCard,
  parseJsonOrNull,
  stringifyJson,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useChart } from '../../app/context/app-context.tsx'
import { cardRecordOf } from '../../app/chart/card-state.ts'
import { today } from '../../ui/fields/date-entry.ts'

const FIRST: EmergencyCardChoice = { shows: [], language: 'both', checked: '' }
/** Ticks that follow one another are one version. */
const PAUSE_MS = 2000

/** `keep` writes at once what was chosen, with changes of its own. */
export function useCardChoice(records: readonly ChartRecord[]) {
  const { chart } = useChart()
  const record = cardRecordOf(records)
  const [chosen, setChosen] = useState<EmergencyCardChoice | null>(null)
  const [problem, setProblem] = useState<'no-right' | 'full' | null>(null)
  const choice = chosen ?? emergencyCardChoice(record && parseJsonOrNull(record.resource)) ?? FIRST
  const now = useRef({ choice, record, isKept: true })
  now.current = { choice, record, isKept: now.current.isKept }
  const writing = useRef<Promise<void>>(Promise.resolve())
  const written = useRef<ChartRecord | null>(null)

  const write = useCallback(
    (next: EmergencyCardChoice): Promise<void> => {
      now.current.isKept = true
      const action = async () => {
        // The newest version: this device's own last one where the list does not show it yet.
        const base = now.current.record ?? written.current
        const previous = base && parseJsonOrNull(base.resource)
        const resource =
          base && isJsonObject(previous) ? changedEmergencyCard(previous, next) : newEmergencyCard(next, today())
        const text = stringifyJson(resource)
        if (base?.resource === text) return
        const outcome = await chart.save({
          collection: 'profile',
          resource: text,
          ...(base ? { id: base.id } : {}),
        })
        if (outcome.type === 'saved') written.current = outcome.record
        setProblem(outcome.type === 'saved' ? null : outcome.type)
      }
      writing.current = writing.current.then(action).catch(() => setProblem('full'))
      return writing.current
    },
    [chart],
  )
  useEffect(() => {
    if (chosen === null || now.current.isKept) return
    const timer = setTimeout(() => void write(chosen), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [chosen, write])
  useEffect(
    () => () => {
      if (!now.current.isKept) void write(now.current.choice)
    },
    [write],
  )
  const change = (part: Partial<EmergencyCardChoice>) => {
    now.current.isKept = false
    setChosen({ ...choice, ...part })
  }
  const keep = (part: Partial<EmergencyCardChoice>) => {
    const next = { ...choice, ...part }
    setChosen(next)
    return write(next)
  }
  return { choice, change, keep, problem }
}
