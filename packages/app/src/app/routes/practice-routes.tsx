/** Screens that only a practice's session has; those of one chart that a person's has too are in session-routes.tsx. */
import type { ReactNode } from 'react'
import { Route } from 'react-router'
import { ForPlace } from '../frame/for-place.tsx'
import type { PracticePlace } from '../frame/practice-places.ts'
import { lazyPart } from '../../ui/display/lazy-part.ts'
import { WithChart } from './with-chart.tsx'

const PatientsScreen = lazyPart(
  () => import('../../features/patients/patients-screen.tsx'),
  (part) => part.PatientsScreen,
)
const PatientScreen = lazyPart(
  () => import('../../features/patients/patient-screen.tsx'),
  (part) => part.PatientScreen,
)
const PracticeScreen = lazyPart(
  () => import('../../features/practice/practice-screen.tsx'),
  (part) => part.PracticeScreen,
)
const InviteScreen = lazyPart(
  () => import('../../features/practice/invite-screen.tsx'),
  (part) => part.InviteScreen,
)
const RecordsScreen = lazyPart(
  () => import('../../features/records/list/records-screen.tsx'),
  (part) => part.RecordsScreen,
)
const VisitsScreen = lazyPart(
  () => import('../../features/visit/visits-screen.tsx'),
  (part) => part.VisitsScreen,
)
const VisitScreen = lazyPart(
  () => import('../../features/visit/visit-screen.tsx'),
  (part) => part.VisitScreen,
)
const NotesScreen = lazyPart(
  () => import('../../features/note/notes-screen.tsx'),
  (part) => part.NotesScreen,
)
const NoteScreen = lazyPart(
  () => import('../../features/note/note-screen.tsx'),
  (part) => part.NoteScreen,
)
const SignScreen = lazyPart(
  () => import('../../features/sign/sign-screen.tsx'),
  (part) => part.SignScreen,
)

const WorkScreen = lazyPart(
  () => import('../../features/work-list/work-screen.tsx'),
  (part) => part.WorkScreen,
)
const MessagesScreen = lazyPart(
  () => import('../../features/messages/messages-screen.tsx'),
  (part) => part.MessagesScreen,
)
const CalendarScreen = lazyPart(
  () => import('../../features/calendar/calendar-screen.tsx'),
  (part) => part.CalendarScreen,
)
const ResultsScreen = lazyPart(
  () => import('../../features/results/results-screen.tsx'),
  (part) => part.ResultsScreen,
)
const ChartResultsScreen = lazyPart(
  () => import('../../features/results/results-screen.tsx'),
  (part) => part.ChartResultsScreen,
)
const ResultPlace = lazyPart(
  () => import('../../features/results/result-place.tsx'),
  (part) => part.ResultPlace,
)
const PlansScreen = lazyPart(
  () => import('../../features/plans/plans-screen.tsx'),
  (part) => part.PlansScreen,
)
const PlanPlace = lazyPart(
  () => import('../../features/plans/plan-place.tsx'),
  (part) => part.PlanPlace,
)

/** For use inside `Routes`. A screen of one patient is under `:chart` and inside {@link WithChart}. */
export const practiceRoutes = (
  <>
    <Route path="/work" element={forPlace('work', <WorkScreen />)} />
    <Route path="/patients" element={forPlace('patients', <PatientsScreen />)} />
    <Route path="/practice" element={<PracticeScreen />} />
    <Route path="/practice/invite" element={<InviteScreen />} />
    <Route path="/messages" element={forPlace('messages', <MessagesScreen />)} />
    <Route path="/calendar" element={forPlace('calendar', <CalendarScreen />)} />
    <Route path="/chart/:chart" element={inChart(<PatientScreen />)} />
    <Route path="/overview/:chart" element={inChart(<RecordsScreen />)} />
    <Route path="/results" element={forPlace('results', <ResultsScreen />)} />
    <Route path="/results/:chart" element={inChart(<ChartResultsScreen />)} />
    <Route path="/results/:chart/:slot" element={inChart(<ResultPlace />)} />
    <Route path="/plans/:chart" element={inChart(<PlansScreen />)} />
    <Route path="/plans/:chart/:slot" element={inChart(<PlanPlace />)} />
    <Route path="/sign" element={forPlace('sign', <SignScreen />)} />
    <Route path="/visit/:chart" element={inChart(<VisitsScreen />)} />
    <Route path="/visit/:chart/new" element={inChart(<VisitsScreen />)} />
    <Route path="/visit/:chart/:slot" element={inChart(<VisitScreen />)} />
    <Route path="/note/:chart" element={inChart(<NotesScreen />)} />
    <Route path="/note/:chart/:slot" element={inChart(<NoteScreen />)} />
  </>
)

function forPlace(place: PracticePlace, screen: ReactNode): ReactNode {
  return <ForPlace place={place}>{screen}</ForPlace>
}

function inChart(screen: ReactNode): ReactNode {
  return <WithChart>{screen}</WithChart>
}
