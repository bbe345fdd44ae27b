/** Create an account on this device, with its first chart, or a practice: name, passphrase, recovery kit, who else may open it. Needs no network. */
import { Button } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { useState } from 'react'
import { firstValueFrom } from 'rxjs'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useApp } from '../../app/app-context.tsx'
import { OpenerChoice, type OpenerAnswer } from '../../app/people/opener-choice.tsx'
import { RecoveryKit } from '../../app/people/recovery-kit.tsx'
import { Screen } from '../../app/screen.tsx'
import { today } from '../../ui/date-entry.ts'
import { KitSheet } from '../../ui/kit-sheet.tsx'
import { type AccountKind, CreateNames, type NewAccountNames } from './create-names.tsx'
import { CreatePassphrase } from './create-passphrase.tsx'
import styles from './start.module.css'

const STEPS = 4
/** Who comes in for a practice is asked about their own chart later, on its overview. */
const CLINICIAN_STEPS = 3

const KINDS: Readonly<Record<string, AccountKind>> = { clinician: 'clinician', clinic: 'practice' }

/** Step 1 names, step 2 passphrase, step 3 kit, step 4 who else may open the chart. The account is made between 2 and 3. */
export function CreateScreen() {
  const { t } = useTranslation()
  const { step: word = '' } = useParams()
  const { keeper, enter } = useApp()
  const [step, setStep] = useState(1)
  const [names, setNames] = useState<NewAccountNames | null>(null)
  const [made, setMade] = useState<{ session: Session; recoveryCode: string } | null>(null)
  const kind = KINDS[word] ?? 'person'
  const server = names?.server ?? null
  const titles = [
    { person: t('create.title'), clinician: t('joining.alone'), practice: t('joining.make') }[kind],
    t('create.passphrase'),
    t('kit.title'),
    t('opener.question'),
  ]
  const make = (passphrase: string) => {
    if (names === null) throw new Error('the names come first')
    const { practice, name, label, roles, invite } = names
    const account = { label, passphrase, server, ...(invite === '' ? {} : { invite }) }
    return kind === 'practice'
      ? keeper.createPractice({ ...account, name: practice, memberName: name, roles })
      : keeper.create({ ...account, name })
  }
  const openAs = async (session: Session, opener: OpenerAnswer) => {
    const [first] = await firstValueFrom(session.charts$)
    // Somebody who is still to be added: the question stays on the overview.
    if (first && opener.how !== 'person') await session.setLook(first.slot, { opener }).catch(() => {})
    enter(session)
  }
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
            setStep(2)
          }}
        />
      ) : step === 2 ? (
        <CreatePassphrase
          make={make}
          onBack={() => setStep(1)}
          onMade={(result) => {
            setMade(result)
            setStep(3)
          }}
        />
      ) : made && step === 3 ? (
        <RecoveryKit
          code={made.recoveryCode}
          session={made.session}
          server={server}
          onDone={() => (kind === 'person' ? setStep(STEPS) : enter(made.session))}
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
          onLater={() => enter(made.session)}
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
