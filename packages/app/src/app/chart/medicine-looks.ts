/** Warnings next to a medicine: a recorded allergy, and another medicine with the same ingredient. */
import { type MedicineLook, type MedicineLooks, medicineLooks } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { deviceReader } from '../../i18n/dates.ts'
import type { Mark } from '../../ui/lists/list-rows.ts'
import { useChart } from '../context/app-context.tsx'
import type { RecordViews } from '../words/record-view.ts'
import { useLists } from './use-lists.ts'

const LISTS: readonly string[] = ['allergies', 'allergies-private', 'medications', 'medications-private']
const NO_LISTS: readonly string[] = []

/** Whether a record can be looked at, or looked for. */
const LOOKED = new Set(['AllergyIntolerance', 'MedicationStatement', 'MedicationRequest'])

/** Looks among the records of a chart. */
export function looksAmong(records: readonly ChartRecord[], views: RecordViews): MedicineLooks {
  const looked = records.filter(({ type }) => LOOKED.has(type)).map((record) => lookedAt(record, views))
  return medicineLooks(looked, deviceReader())
}

function lookedAt(record: ChartRecord, views: RecordViews) {
  return { id: record.id, title: record.title, resource: views.of(record).resource }
}

/** What was found, each as a mark. `isOwn`: the chart is the reader's, who wrote the allergy or brought it in. */
export function lookMarks({ allergies, same }: MedicineLook, isOwn: boolean, t: TFunction): Mark[] {
  return [
    ...allergies.map((what): Mark => ({
      status: 'danger',
      word: t(isOwn ? 'medicineLook.allergy' : 'medicineLook.allergyOf', { what }),
    })),
    ...same.map((what): Mark => ({
      status: 'attention',
      word: t(isOwn ? 'medicineLook.same' : 'medicineLook.sameOf', { what }),
    })),
  ]
}

/** Marks of the open chart's medicines, by record and by name while one is typed. `isWanted: false` reads no list and finds nothing. */
export function useMedicineLooks(isWanted = true): {
  of: (record: ChartRecord) => Mark[]
  ofName: (name: string, id: string) => Mark[]
} {
  const { t } = useTranslation()
  const { summary, views } = useChart()
  const records = useLists(isWanted ? LISTS : NO_LISTS)
  return useMemo(() => {
    const looks = looksAmong(records ?? [], views)
    const isOwn = summary.relation === 'own'
    return {
      of: (record) => lookMarks(looks.of(lookedAt(record, views)), isOwn, t),
      ofName: (name, id) => lookMarks(looks.ofName(name, id), isOwn, t),
    }
  }, [records, views, summary.relation, t])
}
