/** Screens of an unlocked session, each loaded when it is first opened; the frame around them stays. */
import type { Session } from '@chartkeep/sync'
import { lazy, type ReactNode, Suspense } from 'react'
import { Navigate, Route, Routes } from 'react-router'
import { pathOf } from './addresses.ts'
import { Delayed } from './delayed.tsx'
import { OtherDevice } from './other-device.tsx'
import { SessionFrame } from './frame/session-frame.tsx'
import { WithChart } from './with-chart.tsx'

const OverviewScreen = lazy(() =>
  import('../features/overview/overview-screen.tsx').then((part) => ({ default: part.OverviewScreen })),
)
const RecordsScreen = lazy(() =>
  import('../features/records/records-screen.tsx').then((part) => ({ default: part.RecordsScreen })),
)
const ListScreen = lazy(() =>
  import('../features/records/list-screen.tsx').then((part) => ({ default: part.ListScreen })),
)
const SearchScreen = lazy(() =>
  import('../features/search/search-screen.tsx').then((part) => ({ default: part.SearchScreen })),
)
const DocumentsScreen = lazy(() =>
  import('../features/records/documents/documents-screen.tsx').then((part) => ({ default: part.DocumentsScreen })),
)
const ViewerScreen = lazy(() =>
  import('../features/records/documents/viewer-screen.tsx').then((part) => ({ default: part.ViewerScreen })),
)
const TimelineScreen = lazy(() =>
  import('../features/records/timeline-screen.tsx').then((part) => ({ default: part.TimelineScreen })),
)
const RecordScreen = lazy(() =>
  import('../features/records/record-screen.tsx').then((part) => ({ default: part.RecordScreen })),
)
const HistoryScreen = lazy(() =>
  import('../features/records/history-screen.tsx').then((part) => ({ default: part.HistoryScreen })),
)
const FormScreen = lazy(() =>
  import('../features/forms/form-screen.tsx').then((part) => ({ default: part.FormScreen })),
)
const PageScreen = lazy(() => import('../features/page/page-screen.tsx').then((part) => ({ default: part.PageScreen })))
const CardScreen = lazy(() => import('../features/card/card-screen.tsx').then((part) => ({ default: part.CardScreen })))
const ImportScreen = lazy(() =>
  import('../features/import/import-screen.tsx').then((part) => ({ default: part.ImportScreen })),
)
const ShareScreen = lazy(() =>
  import('../features/share/share-screen.tsx').then((part) => ({ default: part.ShareScreen })),
)
const ShareWizard = lazy(() =>
  import('../features/share/share-wizard.tsx').then((part) => ({ default: part.ShareWizard })),
)
const PatientsScreen = lazy(() =>
  import('../features/patients/patients-screen.tsx').then((part) => ({ default: part.PatientsScreen })),
)
const WhoScreen = lazy(() => import('../features/who/who-screen.tsx').then((part) => ({ default: part.WhoScreen })))
const SyncScreen = lazy(() => import('../features/sync/sync-screen.tsx').then((part) => ({ default: part.SyncScreen })))
const ResolveScreen = lazy(() =>
  import('../features/resolve/resolve-screen.tsx').then((part) => ({ default: part.ResolveScreen })),
)
const PeopleScreen = lazy(() =>
  import('../features/share/people-screen.tsx').then((part) => ({ default: part.PeopleScreen })),
)
const AddPersonScreen = lazy(() =>
  import('../features/share/add-person-screen.tsx').then((part) => ({ default: part.AddPersonScreen })),
)
const DevicesScreen = lazy(() =>
  import('../features/devices/devices-screen.tsx').then((part) => ({ default: part.DevicesScreen })),
)
const NewKitScreen = lazy(() =>
  import('../features/devices/new-kit-screen.tsx').then((part) => ({ default: part.NewKitScreen })),
)
const PairAddScreen = lazy(() =>
  import('../features/pair/pair-add-screen.tsx').then((part) => ({ default: part.PairAddScreen })),
)
const SettingsScreen = lazy(() =>
  import('../features/settings/settings-screen.tsx').then((part) => ({ default: part.SettingsScreen })),
)
const AddChartScreen = lazy(() =>
  import('../features/family/add-chart-screen.tsx').then((part) => ({ default: part.AddChartScreen })),
)
const ChartSettingsScreen = lazy(() =>
  import('../features/family/chart-settings-screen.tsx').then((part) => ({ default: part.ChartSettingsScreen })),
)
const HandOverScreen = lazy(() =>
  import('../features/share/hand-over-screen.tsx').then((part) => ({ default: part.HandOverScreen })),
)
const RemindersScreen = lazy(() =>
  import('../features/reminders/reminders-screen.tsx').then((part) => ({ default: part.RemindersScreen })),
)
const BackupScreen = lazy(() =>
  import('../features/backup/backup-screen.tsx').then((part) => ({ default: part.BackupScreen })),
)
const CareScreen = lazy(() => import('../features/care/care-screen.tsx').then((part) => ({ default: part.CareScreen })))

/** Everything behind the lock. */
export function SessionRoutes({ session }: { session: Session }) {
  return (
    <SessionFrame session={session}>
      <Suspense
        fallback={
          <Delayed>
            <span />
          </Delayed>
        }
      >
        <Routes>
          <Route path="/overview/:chart?" element={inChart(<OverviewScreen />)} />
          <Route path="/chart/:chart?" element={inChart(<RecordsScreen />)} />
          <Route path="/list/:chart/:slot" element={inChart(<ListScreen />)} />
          <Route path="/record/:chart/:slot" element={inChart(<RecordScreen />)} />
          <Route path="/history/:chart/:slot" element={inChart(<HistoryScreen />)} />
          <Route path="/form/:chart/:slot" element={inChart(<FormScreen />)} />
          <Route path="/docs/:chart" element={inChart(<DocumentsScreen />)} />
          <Route path="/docs/:chart/:slot" element={inChart(<ViewerScreen />)} />
          <Route path="/timeline/:chart" element={inChart(<TimelineScreen />)} />
          <Route path="/search/:chart" element={inChart(<SearchScreen />)} />
          <Route path="/care/:chart?" element={<CareScreen />} />
          <Route path="/card/:chart?" element={inChart(<CardScreen />)} />
          <Route path="/page/:chart?" element={inChart(<PageScreen />)} />
          <Route path="/import/:chart" element={inChart(<ImportScreen />)} />
          <Route path="/share/:chart" element={inChart(<ShareScreen />)} />
          <Route path="/share/:chart/people" element={inChart(<PeopleScreen />)} />
          <Route path="/share/:chart/handover" element={inChart(<HandOverScreen />)} />
          <Route path="/share/:chart/person" element={inChart(<AddPersonScreen />)} />
          <Route path="/share/:chart/:slot" element={inChart(<ShareWizard />)} />
          <Route path="/who/:chart/:slot?" element={inChart(<WhoScreen />)} />
          <Route path="/resolve/:chart/:slot" element={inChart(<ResolveScreen />)} />
          <Route path="/patients" element={<PatientsScreen />} />
          <Route path="/sync" element={<SyncScreen />} />
          <Route path="/devices" element={<DevicesScreen />} />
          <Route path="/devices/add" element={<PairAddScreen />} />
          <Route path="/devices/kit" element={<NewKitScreen />} />
          <Route path="/backup" element={<BackupScreen />} />
          <Route path="/settings" element={<SettingsScreen />} />
          <Route path="/settings/reminders" element={<RemindersScreen />} />
          <Route path="/settings/add" element={<AddChartScreen />} />
          <Route path="/settings/:chart" element={inChart(<ChartSettingsScreen />)} />
          <Route path="/unlock" element={<Navigate to={pathOf('overview')} replace />} />
          <Route path="/start/*" element={<Navigate to={pathOf('overview')} replace />} />
          <Route path="/" element={<Navigate to={pathOf('overview')} replace />} />
          <Route path="*" element={<OtherDevice />} />
        </Routes>
      </Suspense>
    </SessionFrame>
  )
}

function inChart(screen: ReactNode): ReactNode {
  return <WithChart>{screen}</WithChart>
}
