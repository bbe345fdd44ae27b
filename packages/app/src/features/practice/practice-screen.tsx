/** The practice: its members, what each role may do, and for administrators the deeds on members. */
import { Button } from '@mantine/core'
import { PRACTICE_ACTIONS } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { MayNot } from '../../app/practice/may-not.tsx'
import { usePractice } from '../../app/practice/practice-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { MemberRow } from './member-row.tsx'
import { RoleTable } from './role-table.tsx'
import styles from './practice.module.css'

/** Members who do not administer see the list, the table, and for each deed that is not theirs who does it. */
export function PracticeScreen() {
  const { t } = useTranslation()
  const { practice } = usePractice()
  const members = useObservable(practice.members$) ?? []
  const isAdmin = practice.may('administer-members')
  const others = PRACTICE_ACTIONS.filter((action) => !practice.may(action))
  const here = members.filter(({ removed }) => !removed).toSorted((a, b) => Number(b.me) - Number(a.me))
  const left = members.filter(({ removed }) => removed)
  return (
    <Screen word="practice">
      <ScreenHead title={t('screen.practice')}>{practice.name}</ScreenHead>
      <Card
        title={t('practice.members')}
        aside={
          isAdmin ? (
            <Button component="a" href={addressOf('practice', 'invite')}>
              {t('practice.invite')}
            </Button>
          ) : null
        }
        flush
      >
        <ul className={styles.members}>
          {here.map((member) => (
            <MemberRow key={member.id} member={member} others={here} />
          ))}
        </ul>
      </Card>
      {left.length === 0 ? null : (
        <Card title={t('practice.left')} flush>
          <ul className={styles.members}>
            {left.map((member) => (
              <MemberRow key={member.id} member={member} others={here} />
            ))}
          </ul>
        </Card>
      )}
      {others.length === 0 ? null : (
        <Card title={t('mayNot.title')}>
          {others.map((action) => (
            <MayNot key={action} what={action} />
          ))}
        </Card>
      )}
      <Card title={t('practice.rolesTitle')}>
        <p>{t('practice.rolesIntro')}</p>
        <RoleTable />
      </Card>
      {practice.may('read-audit') ? (
        <Card title={t('practice.log')}>
          <Button component="a" href={addressOf('who', practice.slot)} variant="default">
            {t('screen.who')}
          </Button>
        </Card>
      ) : null}
      {isAdmin ? (
        <Card title={t('practice.kit')}>
          <p>{t('practice.kitText')}</p>
          <Button component="a" href={addressOf('devices')} variant="default">
            {t('screen.devices')}
          </Button>
        </Card>
      ) : null}
    </Screen>
  )
}
