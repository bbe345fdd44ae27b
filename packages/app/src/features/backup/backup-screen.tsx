/** Backup: one sealed file with everything that is on this device, checked by reading it back; when to be reminded, and leaving. */
import { Button, Radio, Stack } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApp, useSession } from '../../app/context/app-context.tsx'
import {
  keepLastBackup,
  keepReminder,
  type LastBackup,
  lastBackup,
  REMINDERS,
  type Reminder,
  reminderOf,
} from '../../app/backup/backup-state.ts'
import { scheduleOf } from '../../app/backup/backup-schedule.ts'
import { Screen } from '../../app/place/screen.tsx'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { ErrorSummary } from '../../ui/fields/error-summary.tsx'
import { useFieldErrors } from '../../ui/fields/use-field-errors.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { NOTHING_TYPED, TypedTwiceFields, typedTwiceErrors } from '../../ui/passphrase/typed-twice.tsx'
import { type BackupOutcome, type BackupProgress, makeBackup } from '../../app/backup/backup-run.ts'
import { BackupWork } from './backup-work.tsx'
import { JoinCard } from './join-card.tsx'
import { LeaveCard } from './leave-card.tsx'
import { ScheduleCard } from './schedule-card.tsx'

export function BackupScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const [isJoined, setJoined] = useState(session.isJoined)
  const [last, setLast] = useState<LastBackup | null>(() => lastBackup(session))
  return (
    <Screen word="backup">
      <ScreenHead title={t('screen.backup')}>{t('backup.what')}</ScreenHead>
      <Stack gap="lg">
        {isJoined ? null : <JoinCard onJoined={() => setJoined(true)} />}
        <NowCard last={last} onDone={setLast} />
        <ScheduleCard onDone={() => setLast(lastBackup(session))} />
        {scheduleOf(session) === null ? <ReminderCard /> : null}
        <Card title={t('backup.restoreTitle')}>
          <p>{t('backup.restoreWhat')}</p>
        </Card>
        <LeaveCard />
      </Stack>
    </Screen>
  )
}

function NowCard({ last, onDone }: { last: LastBackup | null; onDone: (last: LastBackup) => void }) {
  const { t } = useTranslation()
  const { platform } = useApp()
  const session = useSession()
  const [typed, setTyped] = useState(NOTHING_TYPED)
  const { errors, attempt, refuse } = useFieldErrors()
  const [progress, setProgress] = useState<BackupProgress | null>(null)
  const [outcome, setOutcome] = useState<BackupOutcome | null>(null)
  const stop = useRef<AbortController | null>(null)
  // Leaving the screen, and locking, ends the work: what was written by then is no backup.
  useEffect(() => () => stop.current?.abort(), [])

  const go = async (event: FormEvent) => {
    event.preventDefault()
    const found = await typedTwiceErrors('now-passphrase', typed, t)
    setOutcome(null)
    if (refuse(found)) return
    const control = new AbortController()
    stop.current = control
    setProgress({ step: 'writing', percent: 0 })
    const made = await makeBackup(
      { session, platform, passphrase: typed.secret },
      { signal: control.signal, onProgress: setProgress },
    )
    stop.current = null
    setProgress(null)
    setOutcome(made)
    if (made.type !== 'done') return
    setTyped(NOTHING_TYPED)
    const { charts, records, files } = made.counts
    const kept = { at: Date.now(), bytes: made.bytes, charts, records, files }
    await keepLastBackup(session, kept)
    onDone(kept)
  }
  return (
    <Card title={t('backup.nowTitle')}>
      <form onSubmit={(event) => void go(event)} noValidate>
        <Stack gap="md">
          {progress !== null ? (
            <BackupWork progress={progress} onStop={() => stop.current?.abort()} />
          ) : (
            <>
              <div role="status">{outcome !== null ? <Outcome outcome={outcome} /> : <Last last={last} />}</div>
              <ErrorSummary errors={errors} attempt={attempt} />
              <TypedTwiceFields
                id="now-passphrase"
                label={t('backup.passphrase')}
                description={t('backup.passphraseHint')}
                value={typed}
                onChange={setTyped}
                errors={errors}
              />
              <Button type="submit">{t('backup.now')}</Button>
            </>
          )}
        </Stack>
      </form>
    </Card>
  )
}

function Last({ last }: { last: LastBackup | null }) {
  const { t } = useTranslation()
  if (last === null) return <Banner status="attention">{t('backup.never')}</Banner>
  const { at, records, files, charts } = last
  const time = formatMoment(new Date(at), currentLanguage())
  return <Banner status="good">{t('backup.last', { time, records, files, charts })}</Banner>
}

function Outcome({ outcome }: { outcome: BackupOutcome }) {
  const { t } = useTranslation()
  switch (outcome.type) {
    case 'done': {
      const { records, files, charts, elsewhere, leftOut } = outcome.counts
      return (
        <Stack gap="sm">
          <Banner status="good">{t('backup.done', { records, files, charts })}</Banner>
          {elsewhere > 0 ? <Banner status="attention">{t('backup.elsewhere', { count: elsewhere })}</Banner> : null}
          {leftOut.length > 0 ? (
            <Banner status="danger">{t('backup.leftOut', { names: leftOut.join(', ') })}</Banner>
          ) : null}
        </Stack>
      )
    }
    case 'not-picked':
    case 'stopped':
      return <Banner status="info">{t('backup.stopped')}</Banner>
    case 'unchecked':
      return <Banner status="danger">{t('backup.unchecked')}</Banner>
    case 'full':
      return <Banner status="danger">{t('backup.noRoom')}</Banner>
    case 'failed':
      return (
        <Banner status="danger">
          {t('backup.failed')} {t('error.code', { code: outcome.why })}
        </Banner>
      )
  }
}

function ReminderCard() {
  const { t } = useTranslation()
  const session = useSession()
  const [every, setEvery] = useState<Reminder>(() => reminderOf(session))
  const change = (value: string) => {
    const wanted = REMINDERS.find((each) => each === value)
    if (wanted === undefined) return
    setEvery(wanted)
    void keepReminder(session, wanted)
  }
  return (
    <Card title={t('backup.remind')}>
      <Radio.Group value={every} onChange={change} label={t('backup.remindHow')}>
        <Stack gap="xs" mt="xs">
          {REMINDERS.map((each) => (
            <Radio
              key={each}
              value={each}
              label={each === '0' ? t('backup.remindNever') : t('backup.remindDays', { count: Number(each) })}
            />
          ))}
        </Stack>
      </Radio.Group>
    </Card>
  )
}
