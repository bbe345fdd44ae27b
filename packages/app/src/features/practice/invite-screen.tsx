/** An administrator lets a new member in: who it is and what they may do, then the code of their device, then the words on both screens. */
import { Button, Stack, TextInput } from '@mantine/core'
import { PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { type PairingStep, PairingSteps } from '../../app/enrol/pairing-steps.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useServerAddress } from '../../app/context/use-server-address.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { ChooseMany } from '../../ui/fields/choices.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'

export function InviteScreen() {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const address = useServerAddress()
  const [member, setMember] = useState<{ name: string; roles: readonly PracticeRole[] } | null>(null)
  const [at, setAt] = useState<PairingStep['at']>('read')
  return (
    <Screen word="practice" focusKey={member === null ? 'who' : at}>
      <ScreenHead
        title={t('practice.invite')}
        above={
          <a className="ck-alone" href={addressOf('practice')}>
            {t('screen.practice')}
          </a>
        }
      >
        {practice.name}
      </ScreenHead>
      {!practice.may('administer-members') ? (
        <MayNot what="administer-members" />
      ) : member === null ? (
        <Who onDone={setMember} />
      ) : (
        <PairingSteps
          begin={async (code) => {
            const answered = await practice.addMember(code, member)
            return answered.type === 'no-right' ? { type: 'refused', error: 'no-right' } : answered
          }}
          how={t('practice.inviteHow', { address })}
          means={t('practice.inviteMeans', { name: member.name, roles: rolesText(member.roles, t) })}
          onStep={setAt}
          added={(_device, how) => (
            <Stack gap="lg">
              <Banner status={how === 'entered' ? 'good' : how === 'refused' ? 'attention' : 'info'}>
                {t(`practice.invited.${how}`, { name: member.name })}
              </Banner>
              <Button component="a" href={addressOf('practice')}>
                {t('screen.practice')}
              </Button>
            </Stack>
          )}
        />
      )}
    </Screen>
  )
}

function Who({ onDone }: { onDone: (member: { name: string; roles: readonly PracticeRole[] }) => void }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const members = useObservable(practice.members$) ?? []
  const [name, setName] = useState('')
  const [roles, setRoles] = useState<readonly string[]>([])
  const { errors, attempt, errorOf, refuse } = useFieldErrors()
  const next = (event: FormEvent) => {
    event.preventDefault()
    const chosen = PRACTICE_ROLES.filter((role) => roles.includes(role))
    const twin = members.find((member) => !member.removed && member.name.trim() === name.trim())
    const found = [
      ...(name.trim() === '' ? [{ field: 'name', message: t('practice.needName') }] : []),
      ...(twin ? [{ field: 'name', message: t('practice.nameTaken', { name: twin.name }) }] : []),
      ...(chosen.length === 0 ? [{ field: 'roles', message: t('practice.needRole') }] : []),
    ]
    if (!refuse(found)) onDone({ name: name.trim(), roles: chosen })
  }
  return (
    <Card title={t('practice.inviteWho')}>
      <form onSubmit={next} noValidate autoComplete="off">
        <ErrorSummary errors={errors} attempt={attempt} />
        <Stack gap="lg" maw={520}>
          <TextInput
            id="name"
            label={t('practice.inviteName')}
            description={t('practice.inviteNameHint')}
            value={name}
            error={errorOf('name')}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
          />
          <ChooseMany
            id="roles"
            legend={`${t('practice.roles')}. ${t('practice.rolesHint')}`}
            choices={PRACTICE_ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
            values={roles}
            onChange={setRoles}
          />
          <Button type="submit">{t('deed.continue')}</Button>
        </Stack>
      </form>
    </Card>
  )
}
