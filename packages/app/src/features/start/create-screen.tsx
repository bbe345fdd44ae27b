/** Create an account on this device, with its first chart, or a practice: name, passphrase, recovery kit, who else may open it. Needs no network. */
import { Button } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { useEffect, useRef, useState } from 'react'
import { firstValueFrom } from 'rxjs'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation, useNavigate, useParams } from 'react-router'
import { pathOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { OpenerChoice, type OpenerAnswer } from '../../app/people/opener-choice.tsx'
import { RecoveryKit, UNPROVED_KIT } from '../../app/enrol/recovery-kit.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { today } from '../../ui/fields/date-entry.ts'
import { KitSheet } from '../../app/enrol/kit-sheet.tsx'
import { type AccountKind, CreateNames, type NewAccountNames } from './create-names.tsx'
import { CreatePassphrase } from './create-passphrase.tsx'
import styles from './start.module.css'
import '../../i18n/all.ts'

const STEPS = 4
/** Who comes in for a practice is asked about their own chart later, on its overview. */
const CLINICIAN_STEPS = 3

/** Of the browser's history, in which the address is the same for all steps. */
const PASSPHRASE_STEP = { step: 'passphrase' }
const MADE_STEP = { step: 'made' }

function isAt(state: unknown, { step }: { step: string }): boolean {
  return typeof state === 'object' && state !== null && 'step' in state && state.step === step
}

const KINDS: Readonly<Record<string, AccountKind>> = { clinician: 'clinician', clinic: 'practice' }

/**
 * Step 1 names, step 2 passphrase, step 3 kit, step 4 who else may open the chart. The account is made between 2 and 3: the browser's way back
 * leads from 2 to 1, and from 3 and 4 into the account, which goes on asking for what was left.
 */
export function CreateScreen() {
  const { t } = useTranslation()
  const { step: word = '' } = useParams()
  const { accountManager, enter } = useApp()
  const { pathname, state } = useLocation()
  const navigate = useNavigate()
  const [names, setNames] = useState<NewAccountNames | null>(null)
  const [made, setMade] = useState<{ session: Session; recoveryCode: string } | null>(null)
  const [isKitDone, setKitDone] = useState(false)
  const step = made !== null ? (isKitDone ? STEPS : 3) : names !== null && isAt(state, PASSPHRASE_STEP) ? 2 : 1
  const isOpened = useRef(false)
  const open = (session: Session) => {
    isOpened.current = true
    enter(session)
  }
  const leave = useRef(() => {})
  useEffect(() => {
    leave.current = () => {
      if (made !== null && !isOpened.current) enter(made.session)
    }
  })
  const isGone = useRef(false)
  useEffect(
    () => () => {
      isGone.current = true
      leave.current()
    },
    [],
  )
  const kind = KINDS[word] ?? 'person'
  const server = names?.server ?? null
  const titles = [
    { person: t('create.title'), clinician: t('joining.alone'), practice: t('joining.make') }[kind],
    t('create.passphrase'),
    t('kit.title'),
    t('opener.question'),
  ]
  const make = async (passphrase: string) => {
    if (names === null) throw new Error('the names come first')
    const { practice, name, label, roles, invite } = names
    const account = { label, passphrase, server, ...(invite === '' ? {} : { invite }) }
    const result = await (kind === 'practice'
      ? accountManager.createPractice({ ...account, name: practice, memberName: name, roles })
      : accountManager.create({ ...account, name }))
    // From now on, for a page may end at any moment: until its print is proved, the account asks for the kit.
    await result.session.setSetting(UNPROVED_KIT, result.recoveryCode).catch(() => {})
    // Left while it was being made.
    if (isGone.current) enter(result.session)
    return result
  }
  const openAs = async (session: Session, opener: OpenerAnswer) => {
    const [first] = await firstValueFrom(session.charts$)
    // Somebody who is still to be added: the question stays on the overview.
    if (first && opener.how !== 'person') await session.setAppearance(first.slot, { opener }).catch(() => {})
    open(session)
  }
  // The page ended after the account was made, and came again.
  if (made === null && isAt(state, MADE_STEP)) return <Navigate to={pathOf('unlock')} replace />
  return (
    <Screen word="start" focusKey={String(step)}>
      <p className={`${styles.step} ck-screen-only`}>
        {t('create.step', { n: step, all: kind === 'person' ? STEPS : CLINICIAN_STEPS })}
      </p>
      <h1 tabIndex={-1} id="screen-title" className={step === STEPS ? 'ck-screen-only' : undefined}>
        {titles[step - 1]}
      </h1>
      {step === 1 ? (
        <CreateNames
          kind={kind}
          given={names}
          onDone={(given) => {
            setNames(given)
            void navigate(pathname, { state: PASSPHRASE_STEP })
          }}
        />
      ) : step === 2 ? (
        <CreatePassphrase
          make={make}
          onBack={() => void navigate(-1)}
          onMade={(result) => {
            setMade(result)
            void navigate(pathname, { replace: true, state: MADE_STEP })
          }}
        />
      ) : made && step === 3 ? (
        <RecoveryKit
          code={made.recoveryCode}
          session={made.session}
          server={server}
          onDone={() => (kind === 'person' ? setKitDone(true) : open(made.session))}
          doneLabel={
            kind === 'person' ? t('deed.continue') : kind === 'practice' ? t('joining.openPractice') : t('create.open')
          }
        />
      ) : made ? (
        <OpenerChoice
          opener={null}
          save={t('create.open')}
          second={<SecondKit code={made.recoveryCode} server={server} />}
          onSave={(answer) => void openAs(made.session, answer)}
          onLater={() => open(made.session)}
        />
      ) : null}
    </Screen>
  )
}

/** The same paper once more, for the envelope. */
function SecondKit({ code, server }: { code: string; server: string | null }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  return (
    <>
      <KitSheet code={code} made={today()} number={1} server={server} />
      <Button className="ck-screen-only" variant="default" onClick={() => void platform.print()}>
        {t('opener.printSecond')}
      </Button>
    </>
  )
}
