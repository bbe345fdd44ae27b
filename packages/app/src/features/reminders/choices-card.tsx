/** Which kinds are reminded of, how long before, and the quiet hours. Applied at once. */
import { NativeSelect, Text, TextInput } from '@mantine/core'
import { REMINDER_KINDS, type ReminderChoices } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { keepReminderChoices, KINDS, reminderChoices } from '../../app/reminders/reminder-state.ts'
import { Card } from '../../ui/display/card.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import styles from './reminders.module.css'

const OFF = 'off'

export function ChoicesCard({ onChanged }: { onChanged: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const [choices, setChoices] = useState(() => reminderChoices(session))
  const [isFailed, setFailed] = useState(false)
  const change = (next: ReminderChoices) => {
    setChoices(next)
    keepReminderChoices(session, next).then(
      () => {
        setFailed(false)
        onChanged()
      },
      () => setFailed(true),
    )
  }
  const quiet = (end: 'from' | 'to', time: string) => {
    if (/^\d\d:\d\d$/u.test(time)) change({ ...choices, quiet: { ...choices.quiet, [end]: time } })
  }
  return (
    <Card title={t('reminders.choose')}>
      <div className={styles.choices}>
        {KINDS.map((kind) => (
          <NativeSelect
            key={kind}
            label={t(`reminders.${kind}`)}
            value={String(choices.before[kind] ?? OFF)}
            onChange={({ currentTarget: { value } }) =>
              change({ ...choices, before: { ...choices.before, [kind]: value === OFF ? null : Number(value) } })
            }
            data={[
              ...REMINDER_KINDS[kind]
                .toSorted((a: number, b: number) => a - b)
                .map((minutes: number) => ({ value: String(minutes), label: beforeWords(minutes, t) })),
              { value: OFF, label: t('reminders.off') },
            ]}
          />
        ))}
      </div>
      <fieldset className={styles.quiet}>
        <legend>{t('reminders.quiet')}</legend>
        <Text c="dimmed">{t('reminders.quietWhat')}</Text>
        <div className={styles.choices}>
          {(['from', 'to'] as const).map((end) => (
            <TextInput
              key={end}
              type="time"
              label={end === 'from' ? t('reminders.quietFrom') : t('reminders.quietTo')}
              value={choices.quiet[end]}
              onChange={(event) => quiet(end, event.currentTarget.value)}
            />
          ))}
        </div>
      </fieldset>
      <div role="status">{isFailed ? <Banner status="danger">{t('reminders.notKept')}</Banner> : null}</div>
    </Card>
  )
}

function beforeWords(minutes: number, t: TFunction): string {
  if (minutes === 0) return t('reminders.atTime')
  if (minutes % 1440 === 0) return t('reminders.days', { count: minutes / 1440 })
  return minutes % 60 === 0 ? t('reminders.hours', { count: minutes / 60 }) : t('reminders.minutes', { count: minutes })
}
