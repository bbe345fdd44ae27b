/** Name and four words of a new account on one page, and folded away its server. Nothing here waits for the network. */
import { Button, Stack, TextInput } from '@mantine/core'
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp } from '../../app/context/app-context.tsx'
import { useUsualLabel } from '../../app/enrol/use-usual-label.ts'
import { ChooseMany } from '../../ui/fields/choices.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { isPassphraseStrongEnough } from '../../ui/passphrase/passphrase-strength.ts'
import { suggestPassphrase } from '../../ui/passphrase/passphrase-words.ts'
import { ServerChoice } from './server-choice.tsx'
import { WordsChoice } from './words-choice.tsx'
import styles from './start.module.css'

/** A person's account, one of somebody with whom records are shared, or a practice's. */
export type AccountKind = 'person' | 'clinician' | 'practice'

/** What the form answers. */
export interface NewAccount {
  name: string
  label: string
  /** Of a practice alone. */
  practice: string
  roles: readonly PracticeRole[]
  server: string | null
  invite: string
  passphrase: string
}

/** `make` makes the account; what was typed stays while it runs, and when it fails. */
export function CreateForm({ kind, make }: { kind: AccountKind; make: (account: NewAccount) => Promise<void> }) {
  const { t } = useTranslation()
  const { accountManager, platform } = useApp()
  const label = useUsualLabel()
  const [name, setName] = useState('')
  const [practice, setPractice] = useState('')
  const [roles, setRoles] = useState<readonly string[]>(['physician'])
  const [server, setServer] = useState<string | null>(platform.ownServer ?? '')
  const [invite, setInvite] = useState('')
  const [suggested, setSuggested] = useState(() => suggestPassphrase())
  const [own, setOwn] = useState<string | null>(null)
  const [again, setAgain] = useState('')
  const [door, setDoor] = useState<'open' | 'invite' | 'closed' | null>(null)
  const [isMaking, setMaking] = useState(false)
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  useEffect(() => {
    let isGone = false
    setDoor(null)
    // Nothing here waits for the answer: an account is made without the network too.
    if (server !== null && server !== '')
      void accountManager.registration(server).then((found) => !isGone && setDoor(found))
    return () => {
      isGone = true
    }
  }, [accountManager, server])
  // A second press comes before the button is drawn as busy.
  const isBusy = useRef(false)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (isBusy.current) return
    isBusy.current = true
    try {
      await begin()
    } finally {
      isBusy.current = false
    }
  }
  const begin = async () => {
    const required = (field: string) => t('form.required', { field })
    const isWeak = own !== null && !(await isPassphraseStrongEnough(own))
    const found = [
      ...(kind === 'practice' && practice.trim() === ''
        ? [{ field: 'practice', message: required(t('joining.practiceName')) }]
        : []),
      ...(name.trim() === '' ? [{ field: 'name', message: required(t('create.name')) }] : []),
      ...(isWeak ? [{ field: 'passphrase', message: t('create.tooWeak') }] : []),
      ...(isSame({ suggested, own, again }) ? [] : [{ field: 'again', message: t('create.differs') }]),
    ]
    if (refuse(found)) return
    setMaking(true)
    try {
      await make({
        name: name.trim(),
        label,
        practice: practice.trim(),
        roles: PRACTICE_ROLES.filter((role) => roles.includes(role)),
        server: server === null || server === '' ? null : server,
        invite: door === 'invite' ? invite.trim() : '',
        passphrase: own ?? suggested,
      })
    } finally {
      setMaking(false)
    }
  }
  const going = { person: t('create.go'), clinician: t('create.goAccount'), practice: t('joining.make') }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <ErrorSummary errors={errors} attempt={attempt} />
      {kind === 'person' ? null : <p>{t(kind === 'practice' ? 'joining.makeWhat' : 'joining.aloneWhat')}</p>}
      <Stack gap="lg" mt="lg">
        {kind === 'practice' ? (
          <TextInput
            id="practice"
            label={t('joining.practiceName')}
            description={t('joining.practiceHint')}
            value={practice}
            error={errorOf('practice')}
            onChange={(event) => setPractice(event.currentTarget.value)}
            autoComplete="off"
          />
        ) : null}
        <TextInput
          id="name"
          label={kind === 'person' ? t('create.name') : t('create.clinicianName')}
          description={kind === 'person' ? t('create.nameHint') : t('create.clinicianHint')}
          value={name}
          error={errorOf('name')}
          onChange={(event) => setName(event.currentTarget.value)}
          autoComplete="off"
        />
        {kind === 'practice' ? (
          <ChooseMany
            id="roles"
            legend={t('joining.ownRoles')}
            choices={PRACTICE_ROLES.filter((role) => role !== 'admin').map((role) => ({
              value: role,
              label: t(`role.${role}`),
            }))}
            values={roles}
            onChange={setRoles}
          />
        ) : null}
        {/* Password managers file the words under a name; the label is the only one that anybody may know here. */}
        <input type="text" name="username" value={label} autoComplete="username" readOnly hidden />
        <WordsChoice
          suggested={suggested}
          own={own}
          again={again}
          errorOf={errorOf}
          onSuggest={() => setSuggested(suggestPassphrase())}
          onOwn={setOwn}
          onAgain={setAgain}
        />
        {door === 'invite' ? (
          <TextInput
            id="invite"
            label={t('sync.inviteTitle')}
            description={`${t('sync.inviteHint')} ${t('create.inviteLater')}`}
            value={invite}
            error={errorOf('invite')}
            onChange={(event) => setInvite(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
          />
        ) : null}
        {door === 'closed' ? <Banner status="info">{t('sync.closed')}</Banner> : null}
        <Banner status="attention">
          <strong>{t('create.noReset')}</strong>{' '}
          {t(kind === 'practice' ? 'create.noResetPractice' : 'create.noResetWhat')}
        </Banner>
        <Button type="submit" loading={isMaking} mih={56} fullWidth>
          {going[kind]}
        </Button>
      </Stack>
      <p role="status" className={styles.making}>
        {isMaking ? t('create.making') : ''}
      </p>
      <ServerChoice server={server} onChange={setServer} />
    </form>
  )
}

/** Suggested words are compared without regard to spaces and capitals at the ends of a copy. */
function isSame({ suggested, own, again }: { suggested: string; own: string | null; again: string }): boolean {
  if (own !== null) return own === again.trim()
  return again.trim().toLowerCase().replaceAll(/\s+/gu, ' ') === suggested
}
