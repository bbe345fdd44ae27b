/** Reminders: what is due and comes, what to remind of, ringing on this device, and the file for a calendar. */
import { Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../app/context/app-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { remindersIn } from '../../app/reminders/reminder-watch.ts'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { CalendarCard } from './calendar-card.tsx'
import { ChoicesCard } from './choices-card.tsx'
import { ReminderRows } from './reminder-rows.tsx'
import { RingCard } from './ring-card.tsx'

export function RemindersScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const watch = useMemo(() => remindersIn(session), [session])
  const reminders = useObservable(watch.reminders$)
  const [said, setSaid] = useState('')
  const due = reminders?.filter(({ state }) => state === 'due') ?? []
  const coming = reminders?.filter(({ state }) => state !== 'due') ?? []
  const look = () => watch.look()
  return (
    <Screen word="settings" focusKey="reminders">
      <ScreenHead title={t('reminders.title')}>{t('reminders.what')}</ScreenHead>
      {reminders ? (
        <>
          <Card title={t('reminders.due')}>
            <div role="status">{said === '' ? null : <p>{said}</p>}</div>
            {due.length === 0 ? (
              <p>{t('reminders.nothingDue')}</p>
            ) : (
              <ReminderRows reminders={due} onChanged={look} onSaid={setSaid} />
            )}
            {due.some(({ upcoming }) => upcoming.kind === 'doses') ? (
              <Text c="dimmed">{t('reminders.doseHint')}</Text>
            ) : null}
          </Card>
          <Card title={t('reminders.coming')}>
            {coming.length === 0 ? (
              <p>{t('reminders.nothingComing')}</p>
            ) : (
              <ReminderRows reminders={coming} onChanged={look} onSaid={setSaid} />
            )}
          </Card>
        </>
      ) : (
        <Delayed />
      )}
      <ChoicesCard onChanged={look} />
      <RingCard />
      <CalendarCard />
    </Screen>
  )
}
