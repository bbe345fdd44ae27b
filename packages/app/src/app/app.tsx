/** The app as a whole: theme, languages, the open session, and which screen an address shows. */
import { MantineProvider } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { HashRouter, Navigate, Route, Routes, useLocation, useNavigate } from 'react-router'
import { WelcomeScreen } from '../features/start/welcome-screen.tsx'
import { UnlockScreen } from '../features/unlock/unlock-screen.tsx'
import { pathOf } from './addresses.ts'
import { AppContext, type AppState, type Services, useApp } from './app-context.tsx'
import { ErrorBoundary } from './error-boundary.tsx'
import { InsecureNotice, LanguageSwitch } from './plain-parts.tsx'
import { colorSchemeManager } from './preferences.ts'
import { cssVariablesResolver, theme } from './theme.ts'
import { PlainFrame } from '../ui/app-frame.tsx'

/** Fetched while the person types the passphrase, so that unlocking does not wait for it. */
const loadSession = () => import('./session-routes.tsx')
const SessionRoutes = lazy(() => loadSession().then((part) => ({ default: part.SessionRoutes })))
const CreateScreen = lazy(() =>
  import('../features/start/create-screen.tsx').then((part) => ({ default: part.CreateScreen })),
)
const RestoreScreen = lazy(() =>
  import('../features/start/restore-screen.tsx').then((part) => ({ default: part.RestoreScreen })),
)

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
  const [session, setSession] = useState<Session | null>(null)
  const [lockedAfter, setLockedAfter] = useState<number | null>(null)
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const open = useRef<Session | null>(null)

  useEffect(() => {
    const timer = setTimeout(() => void loadSession(), 500)
    return () => clearTimeout(timer)
  }, [])

  const enter = useCallback(
    (entered: Session) => {
      open.current = entered
      setLockedAfter(null)
      setSession(entered)
      void navigate(pathOf('overview'), { replace: true })
    },
    [navigate],
  )
  const lock = useCallback(
    async (minutes?: number) => {
      const closing = open.current
      open.current = null
      // The screens go first, so that nothing of the chart stays on them while the databases close.
      setSession(null)
      setLockedAfter(minutes ?? null)
      void navigate(pathOf('unlock'), { replace: true })
      await closing?.lock()
    },
    [navigate],
  )
  const state: AppState = useMemo(
    () => ({ ...services, session, enter, lock, lockedAfter }),
    [services, session, enter, lock, lockedAfter],
  )
  return (
    <AppContext value={state}>
      <ErrorBoundary resetKey={pathname}>
        <Suspense fallback={null}>
          {!services.platform.isSecure ? (
            <Plain>
              <InsecureNotice />
            </Plain>
          ) : session ? (
            <SessionRoutes session={session} />
          ) : (
            <Plain>
              <Routes>
                <Route path="/start" element={<WelcomeScreen />} />
                <Route path="/start/:step" element={<CreateScreen />} />
                <Route path="/restore" element={<RestoreScreen />} />
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

/** Unlock where there is an account on this device, else Welcome. */
function FirstScreen() {
  const { keeper } = useApp()
  const [target, setTarget] = useState<'unlock' | 'start' | null>(null)
  useEffect(() => {
    let isGone = false
    void keeper.accounts().then((accounts) => {
      if (!isGone) setTarget(accounts.length > 0 ? 'unlock' : 'start')
    })
    return () => {
      isGone = true
    }
  }, [keeper])
  return target === null ? null : <Navigate to={pathOf(target)} replace />
}

function Plain({ children }: { children: ReactNode }) {
  return <PlainFrame aside={<LanguageSwitch />}>{children}</PlainFrame>
}
