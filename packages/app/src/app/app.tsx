/** The app as a whole: theme, languages, the open session, and which screen an address shows. */
import { MantineProvider } from '@mantine/core'
import { type ReactNode, Suspense, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { HashRouter, Navigate, Route, Routes, useLocation } from 'react-router'
import { WelcomeScreen } from '../features/start/welcome-screen.tsx'
import { UnlockScreen } from '../features/unlock/unlock-screen.tsx'
import { pathOf } from './place/addresses.ts'
import { AppContext, type AppState, type Services, useApp } from './context/app-context.tsx'
import { ErrorBoundary } from './frame/error-boundary.tsx'
import { BackToStart, InsecureNotice, LanguageSwitch, Opening } from './frame/plain-parts.tsx'
import { colorSchemeManager } from './hooks/preferences.ts'
import { Screen } from './place/screen.tsx'
import { cssVariablesResolver, theme } from './theme.ts'
import { TroubleBanner } from './frame/trouble-banner.tsx'
import { useOpenSession } from './session/use-open-session.ts'
import { useShell } from './session/use-shell.ts'
import { wasHere } from './session/was-here.ts'
import { PlainFrame } from '../ui/frame/plain-frame.tsx'
import { lazyPart } from '../ui/display/lazy-part.ts'

/** Fetched while the person types the passphrase, so that unlocking does not wait for it. */
const loadSession = () => import('./routes/session-routes.tsx')
const SessionRoutes = lazyPart(loadSession, (part) => part.SessionRoutes)
const CreateScreen = lazyPart(
  () => import('../features/start/create-screen.tsx'),
  (part) => part.CreateScreen,
)
const StartWorkScreen = lazyPart(
  () => import('../features/start/work-screen.tsx'),
  (part) => part.StartWorkScreen,
)
const RestoreScreen = lazyPart(
  () => import('../features/start/restore-screen.tsx'),
  (part) => part.RestoreScreen,
)
const RestoreBackupScreen = lazyPart(
  () => import('../features/start/restore-backup-screen.tsx'),
  (part) => part.RestoreBackupScreen,
)
const PairNewScreen = lazyPart(
  () => import('../features/pair/pair-new-screen.tsx'),
  (part) => part.PairNewScreen,
)

/** The parts of the interface on one page: only from the sources (`npm run dev`), in no build. */
const PartsScreen = import.meta.env.DEV
  ? lazyPart(
      () => import('../features/parts/parts-screen.tsx'),
      (part) => part.PartsScreen,
    )
  : null

/** Give it the services once; it renders everything else. */
export function App({ services }: { services: Services }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      colorSchemeManager={colorSchemeManager}
      defaultColorScheme="auto"
    >
      <HashRouter>
        <Inside services={services} />
      </HashRouter>
    </MantineProvider>
  )
}

function Inside({ services }: { services: Services }) {
  const { pathname } = useLocation()
  const opened = useOpenSession(services.accountManager, services.platform)
  const { session, isLocking, trouble } = opened
  useShell(services.platform, session, opened.lock)

  useEffect(() => {
    const timer = setTimeout(() => void loadSession(), 500)
    return () => clearTimeout(timer)
  }, [])

  const state: AppState = useMemo(() => ({ ...services, ...opened }), [services, opened])
  return (
    <AppContext value={state}>
      <ErrorBoundary resetKey={pathname}>
        <Suspense
          fallback={
            <Plain>
              <Opening />
            </Plain>
          }
        >
          {PartsScreen !== null && pathname === '/parts' ? (
            <PartsScreen />
          ) : !services.platform.isSecure ? (
            <Plain>
              <InsecureNotice />
            </Plain>
          ) : session ? (
            <SessionRoutes session={session} />
          ) : isLocking ? (
            <Plain>
              <Locking />
            </Plain>
          ) : (
            <Plain>
              {trouble === null ? null : <TroubleBanner trouble={trouble} />}
              <Routes>
                <Route path="/start" element={<WelcomeScreen />} />
                <Route path="/start/work" element={<StartWorkScreen />} />
                <Route path="/start/:step" element={<CreateScreen />} />
                <Route path="/restore" element={<RestoreScreen />} />
                <Route path="/restore/backup" element={<RestoreBackupScreen />} />
                <Route path="/restore/device" element={<PairNewScreen />} />
                <Route path="/restore/practice" element={<PairNewScreen isMember />} />
                <Route path="/unlock" element={<UnlockScreen />} />
                <Route path="*" element={<FirstScreen />} />
              </Routes>
            </Plain>
          )}
        </Suspense>
      </ErrorBoundary>
    </AppContext>
  )
}

/** Between the last screen of a session and the new document. */
function Locking() {
  const { t } = useTranslation()
  return (
    <Screen word="unlock">
      <h1 tabIndex={-1} id="screen-title">
        {t('lock.locking')}
      </h1>
      <p role="status">{t('lock.finishing')}</p>
    </Screen>
  )
}

/** Unlock where there is an account on this device, or was one that the browser has deleted; else Welcome. */
function FirstScreen() {
  const { accountManager, trouble, clearTrouble } = useApp()
  const [target, setTarget] = useState<'unlock' | 'start' | null>(null)
  useEffect(() => {
    let isGone = false
    accountManager.accounts().then(
      (accounts) => {
        if (isGone) return
        clearTrouble()
        setTarget(accounts.length > 0 || wasHere() ? 'unlock' : 'start')
      },
      // A banner above the screen reports what the disk refuses.
      () => {
        if (!isGone) setTarget('start')
      },
    )
    return () => {
      isGone = true
    }
  }, [accountManager, clearTrouble])
  if (target !== null) return <Navigate to={pathOf(target)} replace />
  // A trouble says itself what is waited for.
  return trouble === null ? <Opening /> : null
}

function Plain({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  return (
    <PlainFrame aside={pathname.startsWith('/start/') ? <BackToStart /> : <LanguageSwitch />}>{children}</PlainFrame>
  )
}
