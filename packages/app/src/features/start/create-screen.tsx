/** Begin an account on this device: a person's with their own record, a clinician's, or a practice. Names and words on one page; needs no network. */
import type { Session } from '@chartkeep/sync'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation, useNavigate, useParams } from 'react-router'
import { pathOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { RecoveryKit, UNPROVED_KIT } from '../../app/enrol/recovery-kit.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { type AccountKind, CreateForm, type NewAccount } from './create-form.tsx'
import { SafetyCard } from './safety-card.tsx'
import styles from './start.module.css'
import '../../i18n/all.ts'

const KINDS: Readonly<Record<string, AccountKind>> = { new: 'person', clinician: 'clinician', clinic: 'practice' }

/** Of the browser's history, in which the address is the same for both pages of a practice. */
const MADE = { step: 'made' }

interface MadeAccount {
  session: Session
  recoveryCode: string
  server: string | null
}

/**
 * A person's kit is asked for on Home, after the first record; a practice has no Home and shows it here. An account that was made is entered even
 * when its page was left meanwhile.
 */
export function CreateScreen() {
  const { step = '' } = useParams()
  const { accountManager, enter } = useApp()
  const { pathname, state } = useLocation()
  const navigate = useNavigate()
  const [made, setMade] = useState<MadeAccount | null>(null)
  const isOpened = useRef(false)
  const isGone = useRef(false)
  const leave = useRef(() => {})
  const open = (session: Session, to?: string) => {
    isOpened.current = true
    enter(session, to)
  }
  useEffect(() => {
    leave.current = () => {
      if (made !== null && !isOpened.current) enter(made.session)
    }
  })
  useEffect(
    () => () => {
      isGone.current = true
      leave.current()
    },
    [],
  )
  const kind = KINDS[step]
  const isMade = typeof state === 'object' && state !== null && 'step' in state && state.step === MADE.step
  // An address that only an open account has, or the second page of a practice after the document ended.
  if (kind === undefined || (made === null && isMade)) return <Navigate to={pathOf('unlock')} replace />
  const make = async ({ practice, name, label, roles, server, invite, passphrase }: NewAccount) => {
    const account = { label, passphrase, server, ...(invite === '' ? {} : { invite }) }
    const { session, recoveryCode } = await (kind === 'practice'
      ? accountManager.createPractice({ ...account, name: practice, memberName: name, roles })
      : accountManager.create({ ...account, name }))
    // Kept sealed until a copy of it is proved, for a page may end at any moment.
    await session.setSetting(UNPROVED_KIT, recoveryCode).catch(() => {})
    if (kind === 'person') return open(session, pathOf('start', 'first'))
    if (kind === 'clinician' || isGone.current) return open(session)
    setMade({ session, recoveryCode, server })
    void navigate(pathname, { replace: true, state: MADE })
  }
  return (
    <Screen word="start" focusKey={made === null ? kind : 'kit'}>
      {made === null ? (
        <Begin kind={kind} make={make} />
      ) : (
        <PracticeKit made={made} onDone={() => open(made.session)} />
      )}
    </Screen>
  )
}

function Begin({ kind, make }: { kind: AccountKind; make: (account: NewAccount) => Promise<void> }) {
  const { t } = useTranslation()
  const titles = { person: t('create.setUp'), clinician: t('joining.alone'), practice: t('joining.make') }
  return (
    <div className={styles.create} data-wide>
      <div>
        {kind === 'clinician' ? null : <p className={styles.step}>{t('create.step', { n: 1, all: 2 })}</p>}
        <h1 tabIndex={-1} id="screen-title">
          {titles[kind]}
        </h1>
        <CreateForm key={kind} kind={kind} make={make} />
      </div>
      <SafetyCard />
    </div>
  )
}

function PracticeKit({ made, onDone }: { made: MadeAccount; onDone: () => void }) {
  const { t } = useTranslation()
  return (
    <>
      <p className={`${styles.step} ck-screen-only`}>{t('create.step', { n: 2, all: 2 })}</p>
      <h1 tabIndex={-1} id="screen-title">
        {t('kit.title')}
      </h1>
      <RecoveryKit
        code={made.recoveryCode}
        session={made.session}
        server={made.server}
        onDone={onDone}
        doneLabel={t('joining.openPractice')}
      />
    </>
  )
}
