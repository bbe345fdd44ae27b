/** Create an account and its first chart on this device: name, passphrase, recovery kit, who else may open it. Needs no network. */
import { Button, Checkbox, Group, Stack, TextInput } from '@mantine/core'
import type { Session } from '@chartkeep/sync'
import { type FormEvent, useEffect, useState } from 'react'
import { firstValueFrom } from 'rxjs'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router'
import { useApp } from '../../app/app-context.tsx'
import { OpenerChoice, type OpenerAnswer } from '../../app/people/opener-choice.tsx'
import { RecoveryKit } from '../../app/people/recovery-kit.tsx'
import { Screen } from '../../app/screen.tsx'
import { today } from '../../ui/date-entry.ts'
import { ErrorSummary, type FieldError } from '../../ui/error-summary.tsx'
import { Fold } from '../../ui/fold.tsx'
import { KitSheet } from '../../ui/kit-sheet.tsx'
import { PassphraseField } from '../../ui/passphrase-field.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase-strength.ts'
import { Banner } from '../../ui/status-mark.tsx'
import { suggestPassphrase } from '../../ui/passphrase-words.ts'
import styles from './start.module.css'

const STEPS = 4
/** Who comes in for a practice is asked about their own chart later, on its overview. */
const CLINICIAN_STEPS = 3

/** Step 1 name, step 2 passphrase, step 3 kit, step 4 who else may open the chart. The account is made between 2 and 3. */
export function CreateScreen() {
  const { t } = useTranslation()
  const { step: kind } = useParams()
  const { enter } = useApp()
  const [step, setStep] = useState(1)
  const [name, setName] = useState('')
  const [label, setLabel] = useState('')
  const [server, setServer] = useState<string | null | undefined>(undefined)
  const [invite, setInvite] = useState('')
  const [made, setMade] = useState<{ session: Session; recoveryCode: string } | null>(null)
  const isClinician = kind === 'clinician'
  const titles = [t('create.title'), t('create.passphrase'), t('kit.title'), t('opener.question')]
  const openAs = async (session: Session, opener: OpenerAnswer) => {
    const [first] = await firstValueFrom(session.charts$)
    // Somebody who is still to be added: the question stays on the overview.
    if (first && opener.how !== 'person') await session.setLook(first.slot, { opener }).catch(() => {})
    enter(session)
  }
  return (
    <Screen word="start" focusKey={String(step)}>
      <p className={`${styles.step} ck-screen-only`}>
        {t('create.step', { n: step, all: isClinician ? CLINICIAN_STEPS : STEPS })}
      </p>
      <h1 tabIndex={-1} id="screen-title" className={step === STEPS ? 'ck-screen-only' : undefined}>
        {titles[step - 1]}
      </h1>
      {step === 1 ? (
        <Names
          isClinician={isClinician}
          name={name}
          label={label}
          onDone={(given) => {
            setName(given.name)
            setLabel(given.label)
            setServer(given.server)
            setInvite(given.invite)
            setStep(2)
          }}
        />
      ) : step === 2 ? (
        <Passphrase
          account={{ name, label, server: server ?? null, ...(invite === '' ? {} : { invite }) }}
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
          server={server ?? null}
          onDone={() => (isClinician ? enter(made.session) : setStep(STEPS))}
          doneLabel={isClinician ? t('create.open') : t('deed.continue')}
        />
      ) : made ? (
        <OpenerChoice
          opener={null}
          save={t('create.open')}
          second={<SecondKit code={made.recoveryCode} server={server ?? null} />}
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

function Names({
  name: startName,
  label: startLabel,
  isClinician,
  onDone,
}: {
  name: string
  label: string
  isClinician: boolean
  onDone: (given: { name: string; label: string; server: string | null; invite: string }) => void
}) {
  const { t } = useTranslation()
  const { keeper, platform } = useApp()
  const [name, setName] = useState(startName)
  const [label, setLabel] = useState(startLabel || t('create.labelDefault', { n: 1 }))
  const [server, setServer] = useState(platform.ownServer ?? '')
  const [isAlone, setAlone] = useState(false)
  const [invite, setInvite] = useState('')
  const [asked, setAsked] = useState(server)
  const [door, setDoor] = useState<'open' | 'invite' | 'closed' | null>(null)
  useEffect(() => {
    let isGone = false
    setDoor(null)
    // Nothing here waits for the answer: an account is made without the network too.
    if (asked.trim() !== '' && !isAlone)
      void keeper.registration(asked.trim()).then((found) => !isGone && setDoor(found))
    return () => {
      isGone = true
    }
  }, [keeper, asked, isAlone])
  const [errors, setErrors] = useState<FieldError[]>([])
  const [attempt, setAttempt] = useState(0)
  const next = (event: FormEvent) => {
    event.preventDefault()
    const found = [
      ...(name.trim() === '' ? [{ field: 'name', message: t('form.required', { field: t('create.name') }) }] : []),
      ...(label.trim() === '' ? [{ field: 'label', message: t('form.required', { field: t('create.label') }) }] : []),
    ]
    setErrors(found)
    setAttempt((before) => before + 1)
    if (found.length === 0) {
      onDone({
        name: name.trim(),
        label: label.trim(),
        server: isAlone || server.trim() === '' ? null : server.trim(),
        invite: door === 'invite' ? invite.trim() : '',
      })
    }
  }
  return (
    <form onSubmit={next} noValidate autoComplete="off">
      <ErrorSummary errors={errors} attempt={attempt} />
      <Stack gap="lg" mt="md">
        <TextInput
          id="name"
          label={isClinician ? t('create.clinicianName') : t('create.name')}
          description={isClinician ? t('create.clinicianHint') : t('create.nameHint')}
          value={name}
          error={errors.find(({ field }) => field === 'name')?.message}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
        <TextInput
          id="label"
          label={t('create.label')}
          description={t('create.labelHint')}
          value={label}
          error={errors.find(({ field }) => field === 'label')?.message}
          onChange={(event) => setLabel(event.currentTarget.value)}
          autoComplete="off"
        />
        {door === 'invite' ? (
          <TextInput
            id="invite"
            label={t('sync.inviteTitle')}
            description={`${t('sync.inviteHint')} ${t('create.inviteLater')}`}
            value={invite}
            error={errors.find(({ field }) => field === 'invite')?.message}
            onChange={(event) => setInvite(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
          />
        ) : null}
        {door === 'closed' ? <Banner status="info">{t('sync.closed')}</Banner> : null}
        <Fold title={t('welcome.serverMore')}>
          <Stack gap="md" pb="md">
            <TextInput
              label={t('welcome.serverLabel')}
              description={t('welcome.serverHint')}
              type="url"
              value={server}
              disabled={isAlone}
              onChange={(event) => setServer(event.currentTarget.value)}
              onBlur={() => setAsked(server)}
              autoComplete="off"
            />
            {platform.canWorkWithoutServer ? (
              <Checkbox
                label={t('welcome.noServer')}
                checked={isAlone}
                onChange={(event) => setAlone(event.currentTarget.checked)}
              />
            ) : null}
          </Stack>
        </Fold>
        <Button type="submit">{t('deed.continue')}</Button>
      </Stack>
    </form>
  )
}

function Passphrase({
  account,
  onBack,
  onMade,
}: {
  account: { name: string; label: string; server: string | null; invite?: string }
  onBack: () => void
  onMade: (made: { session: Session; recoveryCode: string }) => void
}) {
  const { t } = useTranslation()
  const { keeper } = useApp()
  const [suggested, setSuggested] = useState(() => suggestPassphrase())
  const [isOwn, setOwn] = useState(false)
  const [own, setOwn1] = useState('')
  const [again, setAgain] = useState('')
  const [errors, setErrors] = useState<FieldError[]>([])
  const [attempt, setAttempt] = useState(0)
  const [isMaking, setMaking] = useState(false)
  const make = async (event: FormEvent) => {
    event.preventDefault()
    const found = [
      ...(isOwn && !isPassphraseStrongEnough(own) ? [{ field: 'passphrase', message: t('create.tooWeak') }] : []),
      ...((isOwn ? own : suggested) !== again.trim() && (isOwn || tidy(again) !== suggested)
        ? [{ field: 'again', message: t('create.differs') }]
        : []),
    ]
    setErrors(found)
    setAttempt((before) => before + 1)
    if (found.length > 0) return
    setMaking(true)
    try {
      const made = await keeper.create({ ...account, passphrase: isOwn ? own : suggested })
      onMade(made)
    } finally {
      setMaking(false)
    }
  }
  return (
    <form onSubmit={(event) => void make(event)} noValidate>
      <ErrorSummary errors={errors} attempt={attempt} />
      <p>{t('create.passphraseIntro')}</p>
      <Stack gap="lg" mt="md">
        {isOwn ? (
          <PassphraseField
            id="passphrase"
            value={own}
            onChange={setOwn1}
            isNew
            error={errors.find(({ field }) => field === 'passphrase')?.message}
          />
        ) : (
          <div className={styles.suggested}>
            <p id="suggested-label">{t('create.suggested')}</p>
            <output aria-labelledby="suggested-label" lang="en" translate="no" data-testid="suggested-passphrase">
              {suggested}
            </output>
          </div>
        )}
        <Group gap="sm">
          {isOwn ? null : (
            <Button variant="default" onClick={() => setSuggested(suggestPassphrase())}>
              {t('create.another')}
            </Button>
          )}
          <Button variant="subtle" onClick={() => setOwn(!isOwn)}>
            {isOwn ? t('create.useSuggested') : t('create.own')}
          </Button>
        </Group>
        <PassphraseField
          id="again"
          label={t('create.again')}
          value={again}
          onChange={setAgain}
          error={errors.find(({ field }) => field === 'again')?.message}
        />
        <Button type="submit" loading={isMaking}>
          {t('deed.continue')}
        </Button>
        <Button variant="subtle" onClick={onBack} disabled={isMaking}>
          {t('deed.back')}
        </Button>
        <p role="status">{isMaking ? t('create.making') : ''}</p>
      </Stack>
    </form>
  )
}

/** Suggested words are compared without regard to spaces and capitals at the ends of a copy. */
function tidy(text: string): string {
  return text.trim().toLowerCase().replaceAll(/\s+/gu, ' ')
}
