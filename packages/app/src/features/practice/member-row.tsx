/** One member: name, roles, devices; for administrators changing roles and removing, each after it was said what that stops. */
import { Button, Group, Stack } from '@mantine/core'
import { IconUser } from '@tabler/icons-react'
import { PRACTICE_ROLES } from '@chartkeep/domain'
import type { AccountActionOutcome, PracticeMember } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { useAction } from '../../app/actions/use-action.ts'
import { rolesText } from '../../app/practice/roles-text.ts'
import { ChooseMany } from '../../ui/fields/choices.tsx'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { Question } from '../../ui/dialogs/question.tsx'
import { Problem, StatusMark } from '../../ui/display/status-mark.tsx'
import styles from './practice.module.css'

/** `others`: everybody who is a member now. */
export function MemberRow({ member, others }: { member: PracticeMember; others: readonly PracticeMember[] }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const [open, setOpen] = useState<'roles' | 'remove' | null>(null)
  const { name, roles, me, removed } = member
  const devices = member.devices.filter((device) => !device.removed && device.kind === 'device')
  const isOnlyAdmin = roles.includes('admin') && others.filter((each) => each.roles.includes('admin')).length < 2
  return (
    <li>
      <IconUser size={24} aria-hidden="true" />
      <div className={styles.who}>
        <strong>{name}</strong> {me ? <StatusMark status="good">{t('practice.you')}</StatusMark> : null}
        <div className={styles.how}>{rolesText(roles, t)}</div>
        <div className={styles.how}>
          {devices.length === 0
            ? t('practice.noDevices')
            : t('joined.label', {
                label: t('practice.devices', { count: devices.length }),
                text: devices.map((device) => device.name).join(t('share.comma')),
              })}
        </div>
        {removed ? <StatusMark status="neutral">{t('practice.left')}</StatusMark> : null}
      </div>
      {practice.may('administer-members') && !removed ? (
        <Group gap="xs">
          <Button variant="default" onClick={() => setOpen('roles')} aria-label={t('practice.changeOf', { name })}>
            {t('practice.change')}
          </Button>
          {me || isOnlyAdmin ? null : (
            <Button variant="default" onClick={() => setOpen('remove')} aria-label={t('practice.removeOf', { name })}>
              {t('practice.remove')}
            </Button>
          )}
        </Group>
      ) : null}
      {open === 'roles' ? <Roles member={member} isOnlyAdmin={isOnlyAdmin} onClose={() => setOpen(null)} /> : null}
      {open === 'remove' ? <Remove member={member} onClose={() => setOpen(null)} /> : null}
    </li>
  )
}

function Roles({
  member,
  isOnlyAdmin,
  onClose,
}: {
  member: PracticeMember
  isOnlyAdmin: boolean
  onClose: () => void
}) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const [from, setFrom] = useState(member.roles)
  const [roles, setRoles] = useState<readonly string[]>(member.roles)
  const [isLate, setLate] = useState(false)
  const { isWorking, problem, setProblem, run } = useAction()
  // Another administrator was faster: what was chosen over other roles is chosen anew.
  if (!isWorking && member.roles.join() !== from.join()) {
    setFrom(member.roles)
    setRoles(member.roles)
    setLate(true)
  }
  const save = async () => {
    const wanted = PRACTICE_ROLES.filter((role) => roles.includes(role))
    if (wanted.length === 0) return setProblem(t('practice.needRole'))
    if (isOnlyAdmin && !wanted.includes('admin')) return setProblem(t('practice.lastAdmin'))
    setLate(false)
    await run(async () => {
      const why = problemText(await practice.setRoles(member.id, wanted, from), t, member.name)
      if (why === '') onClose()
      return why
    })
  }
  return (
    <Dialog isOpen onClose={onClose} title={t('practice.changeAsk', { name: member.name })}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <Stack gap="md">
          <p>{t('practice.changeNow')}</p>
          <Problem text={problem || (isLate ? t('practice.rolesChanged', { name: member.name }) : '')} />
          <ChooseMany
            id="roles"
            legend={t('practice.roles')}
            choices={PRACTICE_ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
            values={roles}
            onChange={setRoles}
          />
          <Button type="submit" loading={isWorking}>
            {t('practice.change')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('deed.cancel')}
          </Button>
        </Stack>
      </form>
    </Dialog>
  )
}

function Remove({ member, onClose }: { member: PracticeMember; onClose: () => void }) {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const { isWorking, problem, run } = useAction()
  const remove = async () => {
    if (await run(async () => problemText(await practice.removeMember(member.id), t, member.name, 'removeFull')))
      onClose()
  }
  return (
    <Question
      isOpen
      title={t('practice.removeOf', { name: member.name })}
      problem={problem}
      stay={t('deed.cancel')}
      go={t('practice.remove')}
      isWorking={isWorking}
      onStay={onClose}
      onGo={() => void remove()}
    >
      <p>
        <strong>{t('practice.removeAsk', { name: member.name })}</strong>
      </p>
      <ul>
        <li>{t('practice.removeStops')}</li>
        <li>{t('practice.removeLocks')}</li>
        <li>{t('practice.removePatients')}</li>
        <li>{t('practice.removeKept')}</li>
        <li>{t('practice.removeWork')}</li>
      </ul>
    </Question>
  )
}

/** '' for a deed that was done. */
function problemText(
  outcome: AccountActionOutcome,
  t: TFunction,
  name: string,
  full: 'changeFull' | 'removeFull' = 'changeFull',
): string {
  if (outcome.type === 'done') return ''
  if (outcome.type === 'offline') return t('practice.offline')
  if (outcome.error === 'no-right') return t('practice.noRight')
  if (outcome.error === 'server-full') return t(`practice.${full}`, { name })
  if (outcome.error === 'changed') return t('practice.rolesChanged', { name })
  return `${t('practice.refused')} ${t('error.code', { code: outcome.error })}`
}
