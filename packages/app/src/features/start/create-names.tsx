/** Who a new account is for, what it is called on the unlock screen, and its server. Nothing here waits for the network. */
import { Button, Checkbox, Stack, TextInput } from '@mantine/core'
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import { type FormEvent, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useApp } from '../../app/context/app-context.tsx'
import { useUsualLabel } from '../../app/enrol/use-usual-label.ts'
import { ChooseMany } from '../../ui/fields/choices.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { Fold } from '../../ui/display/fold.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'

/** A person's account, one of somebody with whom charts are shared, or a practice's. */
export type AccountKind = 'person' | 'clinician' | 'practice'

export interface NewAccountNames {
  name: string
  label: string
  /** Of a practice alone. */
  practice: string
  roles: readonly PracticeRole[]
  server: string | null
  invite: string
}

export function CreateNames({
  kind,
  given,
  onDone,
}: {
  kind: AccountKind
  /** What was typed before, when the person comes back. */
  given: NewAccountNames | null
  onDone: (names: NewAccountNames) => void
}) {
  const { t } = useTranslation()
  const { accountManager, platform } = useApp()
  const [name, setName] = useState(given?.name ?? '')
  const usual = useUsualLabel()
  const [named, setLabel] = useState<string | null>(given?.label ?? null)
  const label = named ?? usual
  const [practice, setPractice] = useState(given?.practice ?? '')
  const [roles, setRoles] = useState<readonly string[]>(given?.roles ?? ['physician'])
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
      void accountManager.registration(asked.trim()).then((found) => !isGone && setDoor(found))
    return () => {
      isGone = true
    }
  }, [accountManager, asked, isAlone])
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const next = (event: FormEvent) => {
    event.preventDefault()
    const found = [
      ...(kind === 'practice' && practice.trim() === ''
        ? [{ field: 'practice', message: t('form.required', { field: t('joining.practiceName') }) }]
        : []),
      ...(name.trim() === '' ? [{ field: 'name', message: t('form.required', { field: t('create.name') }) }] : []),
      ...(label.trim() === '' ? [{ field: 'label', message: t('form.required', { field: t('create.label') }) }] : []),
    ]
    if (!refuse(found)) {
      onDone({
        name: name.trim(),
        label: label.trim(),
        practice: practice.trim(),
        roles: PRACTICE_ROLES.filter((role) => roles.includes(role)),
        server: isAlone || server.trim() === '' ? null : server.trim(),
        invite: door === 'invite' ? invite.trim() : '',
      })
    }
  }
  return (
    <form onSubmit={next} noValidate autoComplete="off">
      <ErrorSummary errors={errors} attempt={attempt} />
      {kind === 'person' ? null : <p>{t(kind === 'practice' ? 'joining.makeWhat' : 'joining.aloneWhat')}</p>}
      <Stack gap="lg" mt="md">
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
        <TextInput
          id="label"
          label={t('create.label')}
          description={t('create.labelHint')}
          value={label}
          error={errorOf('label')}
          onChange={(event) => setLabel(event.currentTarget.value)}
          autoComplete="off"
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
        <Button component="a" href={addressOf('start')} variant="subtle">
          {t('deed.back')}
        </Button>
      </Stack>
    </form>
  )
}
