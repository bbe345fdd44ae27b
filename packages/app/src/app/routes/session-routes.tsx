/** Screens of an unlocked session, each loaded when it is first opened; the frame around them stays. */
import type { Session } from '@chartkeep/sync'
import { type ReactNode, Suspense } from 'react'
import { Navigate, Route, Routes } from 'react-router'
import { pathOf } from '../place/addresses.ts'
import { Delayed } from '../hooks/delayed.tsx'
import { OtherDevice } from '../place/other-device.tsx'
import { FirstPlace, PracticeFrame } from '../frame/practice-frame.tsx'
import { SessionFrame } from '../frame/session-frame.tsx'
import { practiceRoutes } from './practice-routes.tsx'
import { WithChart } from './with-chart.tsx'
import { lazyPart } from '../../ui/display/lazy-part.ts'
import '../../i18n/all.ts'

const OverviewScreen = lazyPart(
  () => import('../../features/overview/overview-screen.tsx'),
  (part) => part.OverviewScreen,
)
const RecordsScreen = lazyPart(
  () => import('../../features/records/list/records-screen.tsx'),
  (part) => part.RecordsScreen,
)
const ListScreen = lazyPart(
  () => import('../../features/records/list/list-screen.tsx'),
  (part) => part.ListScreen,
)
const SearchScreen = lazyPart(
  () => import('../../features/search/search-screen.tsx'),
  (part) => part.SearchScreen,
)
const DocumentsScreen = lazyPart(
  () => import('../../features/records/documents/documents-screen.tsx'),
  (part) => part.DocumentsScreen,
)
const ViewerScreen = lazyPart(
  () => import('../../features/records/documents/viewer-screen.tsx'),
  (part) => part.ViewerScreen,
)
const TimelineScreen = lazyPart(
  () => import('../../features/records/timeline/timeline-screen.tsx'),
  (part) => part.TimelineScreen,
)
const RecordScreen = lazyPart(
  () => import('../../features/records/detail/record-screen.tsx'),
  (part) => part.RecordScreen,
)
const HistoryScreen = lazyPart(
  () => import('../../features/records/detail/history-screen.tsx'),
  (part) => part.HistoryScreen,
)
const FormScreen = lazyPart(
  () => import('../../features/forms/form-screen.tsx'),
  (part) => part.FormScreen,
)
const PageScreen = lazyPart(
  () => import('../../features/page/page-screen.tsx'),
  (part) => part.PageScreen,
)
const CardScreen = lazyPart(
  () => import('../../features/card/card-screen.tsx'),
  (part) => part.CardScreen,
)
const ImportScreen = lazyPart(
  () => import('../../features/import/import-screen.tsx'),
  (part) => part.ImportScreen,
)
const ShareScreen = lazyPart(
  () => import('../../features/share/share-screen.tsx'),
  (part) => part.ShareScreen,
)
const ShareWizard = lazyPart(
  () => import('../../features/share/share-wizard.tsx'),
  (part) => part.ShareWizard,
)
const SharedChartsScreen = lazyPart(
  () => import('../../features/shared-charts/shared-charts-screen.tsx'),
  (part) => part.SharedChartsScreen,
)
const WhoScreen = lazyPart(
  () => import('../../features/who/who-screen.tsx'),
  (part) => part.WhoScreen,
)
const SyncScreen = lazyPart(
  () => import('../../features/sync/sync-screen.tsx'),
  (part) => part.SyncScreen,
)
const ResolveScreen = lazyPart(
  () => import('../../features/resolve/resolve-screen.tsx'),
  (part) => part.ResolveScreen,
)
const PeopleScreen = lazyPart(
  () => import('../../features/share/people-screen.tsx'),
  (part) => part.PeopleScreen,
)
const AllowedScreen = lazyPart(
  () => import('../../features/emergency/allowed-screen.tsx'),
  (part) => part.AllowedScreen,
)
const AllowScreen = lazyPart(
  () => import('../../features/emergency/allow-screen.tsx'),
  (part) => part.AllowScreen,
)
const HeldScreen = lazyPart(
  () => import('../../features/emergency/held-screen.tsx'),
  (part) => part.HeldScreen,
)
const AddPersonScreen = lazyPart(
  () => import('../../features/share/add-person-screen.tsx'),
  (part) => part.AddPersonScreen,
)
const DevicesScreen = lazyPart(
  () => import('../../features/devices/devices-screen.tsx'),
  (part) => part.DevicesScreen,
)
const KitScreen = lazyPart(
  () => import('../../features/devices/kit-screen.tsx'),
  (part) => part.KitScreen,
)
const PairAddScreen = lazyPart(
  () => import('../../features/pair/pair-add-screen.tsx'),
  (part) => part.PairAddScreen,
)
const FirstRecordScreen = lazyPart(
  () => import('../../features/start/first-record-screen.tsx'),
  (part) => part.FirstRecordScreen,
)
const SettingsScreen = lazyPart(
  () => import('../../features/settings/settings-screen.tsx'),
  (part) => part.SettingsScreen,
)
const AddChartScreen = lazyPart(
  () => import('../../features/family/add-chart-screen.tsx'),
  (part) => part.AddChartScreen,
)
const ChartSettingsScreen = lazyPart(
  () => import('../../features/family/chart-settings-screen.tsx'),
  (part) => part.ChartSettingsScreen,
)
const HandOverScreen = lazyPart(
  () => import('../../features/share/hand-over-screen.tsx'),
  (part) => part.HandOverScreen,
)
const RemindersScreen = lazyPart(
  () => import('../../features/reminders/reminders-screen.tsx'),
  (part) => part.RemindersScreen,
)
const BackupScreen = lazyPart(
  () => import('../../features/backup/backup-screen.tsx'),
  (part) => part.BackupScreen,
)
const CareScreen = lazyPart(
  () => import('../../features/care/care-screen.tsx'),
  (part) => part.CareScreen,
)

const AmendScreen = lazyPart(
  () => import('../../features/care/amend-screen.tsx'),
  (part) => part.AmendScreen,
)
const PlanScreen = lazyPart(
  () => import('../../features/care/plan-screen.tsx'),
  (part) => part.PlanScreen,
)

const ChartMessagesScreen = lazyPart(
  () => import('../../features/messages/chart-messages-screen.tsx'),
  (part) => part.ChartMessagesScreen,
)
const ThreadScreen = lazyPart(
  () => import('../../features/messages/thread-screen.tsx'),
  (part) => part.ThreadScreen,
)
const ChartCalendarScreen = lazyPart(
  () => import('../../features/calendar/chart-calendar-screen.tsx'),
  (part) => part.ChartCalendarScreen,
)

/** Addresses that lead to where a session begins. */
const BEGINNINGS = ['/', '/unlock', '/start/*']

/** Everything behind the lock. */
export function SessionRoutes({ session }: { session: Session }) {
  const { practice } = session
  const screens = (
    <Suspense
      fallback={
        <Delayed>
          <span />
        </Delayed>
      }
    >
      <Routes>
        <Route path="/list/:chart/:slot" element={inChart(<ListScreen />)} />
        <Route path="/record/:chart/:slot" element={inChart(<RecordScreen />)} />
        <Route path="/history/:chart/:slot" element={inChart(<HistoryScreen />)} />
        <Route path="/form/:chart/:slot" element={inChart(<FormScreen />)} />
        <Route path="/docs/:chart" element={inChart(<DocumentsScreen />)} />
        <Route path="/docs/:chart/:slot" element={inChart(<ViewerScreen />)} />
        <Route path="/timeline/:chart" element={inChart(<TimelineScreen />)} />
        <Route path="/search/:chart" element={inChart(<SearchScreen />)} />
        <Route path="/who/:chart/:slot?" element={inChart(<WhoScreen />)} />
        <Route path="/resolve/:chart/:slot" element={inChart(<ResolveScreen />)} />
        <Route path="/messages/:chart" element={inChart(<ChartMessagesScreen />)} />
        <Route path="/messages/:chart/:slot" element={inChart(<ThreadScreen />)} />
        <Route path="/calendar/:chart/:slot?" element={inChart(<ChartCalendarScreen />)} />
        <Route path="/patients/emergency/:held?" element={<HeldScreen />} />
        <Route path="/sync" element={<SyncScreen />} />
        <Route path="/devices" element={<DevicesScreen />} />
        <Route path="/devices/add" element={<PairAddScreen />} />
        <Route path="/devices/kit" element={<KitScreen />} />
        <Route path="/backup" element={<BackupScreen />} />
        <Route path="/settings" element={<SettingsScreen />} />
        {practice === null ? personRoutes : practiceRoutes}
        {(practice === null ? BEGINNINGS : [...BEGINNINGS, '/overview']).map((path) => (
          <Route
            key={path}
            path={path}
            element={
              practice === null ? <Navigate to={pathOf('overview')} replace /> : <FirstPlace practice={practice} />
            }
          />
        ))}
        <Route path="*" element={<OtherDevice />} />
      </Routes>
    </Suspense>
  )
  if (practice === null) return <SessionFrame session={session}>{screens}</SessionFrame>
  return (
    <PracticeFrame session={session} practice={practice}>
      {screens}
    </PracticeFrame>
  )
}

/** What only a person's session has: charts of their own, and those that others share with them. */
const personRoutes = (
  <>
    <Route path="/start/first/:chart?" element={inChart(<FirstRecordScreen />)} />
    <Route path="/overview/:chart?" element={inChart(<OverviewScreen />)} />
    <Route path="/chart/:chart?" element={inChart(<RecordsScreen />)} />
    <Route path="/care/:chart?" element={inChart(<CareScreen />)} />
    <Route path="/care/:chart/:slot" element={inChart(<AmendScreen />)} />
    <Route path="/plans/:chart/:slot" element={inChart(<PlanScreen />)} />
    <Route path="/card/:chart?" element={inChart(<CardScreen />)} />
    <Route path="/page/:chart?" element={inChart(<PageScreen />)} />
    <Route path="/import/:chart" element={inChart(<ImportScreen />)} />
    <Route path="/share/:chart" element={inChart(<ShareScreen />)} />
    <Route path="/share/:chart/people" element={inChart(<PeopleScreen />)} />
    <Route path="/share/:chart/handover" element={inChart(<HandOverScreen />)} />
    <Route path="/share/:chart/person" element={inChart(<AddPersonScreen />)} />
    <Route path="/share/:chart/emergency" element={inChart(<AllowedScreen />)} />
    <Route path="/share/:chart/allow" element={inChart(<AllowScreen />)} />
    <Route path="/share/:chart/:slot" element={inChart(<ShareWizard />)} />
    <Route path="/patients" element={<SharedChartsScreen />} />
    <Route path="/settings/reminders" element={<RemindersScreen />} />
    <Route path="/settings/add" element={<AddChartScreen />} />
    <Route path="/settings/:chart" element={inChart(<ChartSettingsScreen />)} />
  </>
)

function inChart(screen: ReactNode): ReactNode {
  return <WithChart>{screen}</WithChart>
}
