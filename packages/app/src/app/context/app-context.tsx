/**
 * What every screen may use: the account manager of this device, the shell, the open session and the chart in view. Sessions and charts
 * exist only in this tree, so locking, which unmounts it, drops every plaintext reference.
 */
import type { Chart, ChartSummary, AccountManager, Session } from '@chartkeep/sync'
import { createContext, use } from 'react'
import type { Platform } from '../../platform/platform.ts'
import type { PersonLabel } from '../../ui/display/person-chip.tsx'
import type { SlotBook } from '../place/slots.ts'
import type { OpenSessionState } from '../session/use-open-session.ts'
import type { RecordViews } from '../words/record-view.ts'

/** A sample that Welcome may offer (`npm start -- --demo`). */
export interface DemoOffer {
  family: () => Promise<Session>
  doctor: () => Promise<Session>
  /** What opens the sample accounts, and what these are called on the unlock screen. */
  words: string
  labels: readonly string[]
}

/** Given once, when the app starts. */
export interface Services {
  accountManager: AccountManager
  platform: Platform
  demo: DemoOffer | null
}

/** Services and what changes while the app runs. */
export interface AppState extends Services, OpenSessionState {}

/**
 * `file`: the chart is not open, and what is read is what the practice's own vault holds about the person (care/patients.ts); `lastAt`: when the
 * practice wrote about them last, milliseconds since 1970.
 */
export type ShownSummary = ChartSummary & { file?: 'ended' | 'unknown'; lastAt?: number }

/** The chart in view. */
export interface OpenChart {
  chart: Chart
  summary: ShownSummary
  person: PersonLabel
  slots: SlotBook
  views: RecordViews
  /** Remembers how lists were left, while the chart is open. */
  memories: Map<string, unknown>
}

export const AppContext = createContext<AppState | null>(null)
export const ChartContext = createContext<OpenChart | null>(null)

/** The app's state. */
export function useApp(): AppState {
  const app = use(AppContext)
  if (!app) throw new Error('no app around this screen')
  return app
}

/** The open session; only for screens inside it. */
export function useSession(): Session {
  const { session } = useApp()
  if (!session) throw new Error('no session around this screen')
  return session
}

/** The chart in view; only for screens of a chart. */
export function useChart(): OpenChart {
  const chart = use(ChartContext)
  if (!chart) throw new Error('no chart around this screen')
  return chart
}

/** Whether this account may do `right` in `collection` of the chart; of a practice's file of a person whose chart is not open, only read. */
export function mayDo(summary: ShownSummary, collection: string, right: 'read' | 'append' | 'amend' | 'sign'): boolean {
  if (summary.state !== 'open' && summary.file === undefined) return false
  return summary.collections.some((entry) => entry.collection === collection && entry.rights.includes(right))
}
