/** With whom: everybody whose words were compared, the role of each practice, and the way to add one more. */
import { ActionIcon, Button } from '@mantine/core'
import { IconUserPlus, IconX } from '@tabler/icons-react'
import { CARE_ROLES, type CareRole } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Card } from '../../ui/display/card.tsx'
import { ChooseOne } from '../../ui/fields/choices.tsx'
import type { Recipient } from './share-draft.ts'
import styles from '../../app/people/share.module.css'

const ALL = 'all'

/** `onAdd` leads to the code of somebody else. */
export function Recipients({
  recipients,
  onChange,
  onAdd,
}: {
  recipients: readonly Recipient[]
  onChange: (recipients: Recipient[]) => void
  onAdd: () => void
}) {
  const { t } = useTranslation()
  return (
    <Card title={t('share.withWhom')}>
      <ul className={styles.recipients}>
        {recipients.map(({ grantee, role }) => (
          <li key={grantee.account}>
            <div className={styles.recipient}>
              <strong>{grantee.name}</strong>
              <ActionIcon
                variant="subtle"
                size={44}
                aria-label={t('share.takeOut', { name: grantee.name })}
                onClick={() => onChange(recipients.filter((other) => other.grantee.account !== grantee.account))}
              >
                <IconX size={20} aria-hidden="true" />
              </ActionIcon>
            </div>
            {grantee.practice ? (
              <ChooseOne
                id={`role-${grantee.account}`}
                legend={t('share.whoThere', { name: grantee.name })}
                value={role ?? ALL}
                isOptional={false}
                onChange={(value) =>
                  onChange(
                    recipients.map((other) =>
                      other.grantee.account === grantee.account
                        ? { grantee, role: value === ALL ? null : (value as CareRole) }
                        : other,
                    ),
                  )
                }
                choices={[
                  { value: ALL, label: t('share.wholePractice') },
                  ...CARE_ROLES.map((value) => ({ value, label: t(`share.only.${value}`) })),
                ]}
              />
            ) : null}
          </li>
        ))}
      </ul>
      <Button variant="default" mt="md" onClick={onAdd} leftSection={<IconUserPlus size={20} aria-hidden="true" />}>
        {t('share.addRecipient')}
      </Button>
    </Card>
  )
}
