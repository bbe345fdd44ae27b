/** Where what waits is done: the screen of the chart that it is about. */
import type { WorkItem, WorkKind } from '@chartkeep/domain'
import { addressOf, type ScreenWord } from '../../app/place/addresses.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { useChartsOf } from './charts-of.ts'

const SCREENS: Record<WorkKind, ScreenWord> = {
  clash: 'calendar',
  booking: 'calendar',
  cancelled: 'calendar',
  message: 'messages',
  result: 'results',
  sign: 'sign',
  note: 'note',
  plan: 'plans',
  amendment: 'results',
  consent: 'chart',
}

/** The address of an item; of a chart that is no more the list of patients. */
export function useHrefOf(): (item: WorkItem) => string {
  const { keepOf } = useSessionCharts()
  const charts = useChartsOf()
  return ({ kind, chart, focus }) => {
    const slot = charts.get(chart)?.slot
    // Several patients are in a clash: it is settled in the calendar of all.
    if (kind === 'clash') return addressOf('calendar')
    if (kind === 'sign') return addressOf('sign')
    if (slot === undefined) return addressOf('patients')
    const { slots } = keepOf(slot)
    if ('thread' in focus) return addressOf('messages', slot, slots.slotOf({ type: 'thread', thread: focus.thread }))
    if (kind === 'booking') return addressOf('calendar', slot, slots.slotOf({ type: 'appointment', id: focus.record }))
    return addressOf(SCREENS[kind], slot)
  }
}
